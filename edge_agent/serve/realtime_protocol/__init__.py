"""The Realtime protocol without I/O: client events and engine reports in, server events and jobs out."""

from edge_agent.serve.realtime_protocol.outputs import Close, Output, Send
from edge_agent.serve.realtime_protocol.protocol import RealtimeProtocol
from edge_agent.serve.realtime_protocol.session import Session

__all__ = ["Close", "Output", "RealtimeProtocol", "Send", "Session"]

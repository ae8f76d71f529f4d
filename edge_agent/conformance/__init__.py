"""Conformance suite of the Realtime wire protocol, for any server: `python -m edge_agent.conformance --help`."""

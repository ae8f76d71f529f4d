"""The device's tools in a session: which of them the client wants, and which calls it wants to be asked about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from edge_agent.serve.realtime_protocol.settings import ApprovalFilter, DeviceServer, ToolFilter
from edge_agent.think.brief import Tool
from edge_agent.types import Json


@dataclass(frozen=True, slots=True)
class DeviceTool:
    """A tool that the server runs itself."""

    tool: Tool
    reads: bool = False
    """Whether it does nothing but look."""
    confirm: bool = False
    """Whether the owner wants each call of it to be approved, whatever the client says."""

    def to_json(self) -> Json:
        """The tool as it is listed (GA)."""
        schema = self.tool.parameters or {"type": "object", "properties": {}}
        hints = {"readOnlyHint": self.reads}
        return {
            "name": self.tool.name,
            "description": self.tool.description,
            "input_schema": schema,
            "annotations": hints,
        }


def allowed(tools: Iterable[DeviceTool], server: DeviceServer, taken: frozenset[str]) -> tuple[DeviceTool, ...]:
    """The tools that the client wants; `taken` are names of its own functions, which go before."""
    wanted = server.allowed_tools
    chosen = ToolFilter(tool_names=wanted) if isinstance(wanted, list) else wanted
    return tuple(each for each in tools if each.tool.name not in taken and (chosen is None or fits(each, chosen)))


def to_approve(tool: DeviceTool, server: DeviceServer) -> bool:
    """Whether a call waits for the client's approval. Without a word of the client's only those do that the owner
    wants to be asked about; "never" does not lift these."""
    asked = server.require_approval
    if tool.confirm or asked == "always":
        return True
    return isinstance(asked, ApprovalFilter) and asked.always is not None and fits(tool, asked.always)


def fits(tool: DeviceTool, chosen: ToolFilter) -> bool:
    """Whether a filter means the tool; what it does not say is no condition."""
    named = chosen.tool_names is None or tool.tool.name in chosen.tool_names
    return named and chosen.read_only in (None, tool.reads)

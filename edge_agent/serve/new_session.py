"""The session that a socket begins with: the server's defaults, and what its client secret was issued for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from edge_agent.act.tools import Tool
from edge_agent.serve.realtime_protocol.device import DeviceTool
from edge_agent.serve.realtime_protocol.ids import random_id
from edge_agent.serve.realtime_protocol.session import Session
from edge_agent.think.brief import Tool as ToolOfBrief

LIFE_S = 3600
"""What `expires_at` says from now on: clients show it. Nothing ends then."""


@dataclass(frozen=True, slots=True)
class NewSessions:
    instructions: str
    model: str
    """The name of the LLM, where a client names none."""
    now: Callable[[], float]
    """Unix time in seconds."""
    voices: tuple[str, ...] = ()
    """Names of those that are installed; () where that is not known."""
    tools: Callable[[], tuple[Tool, ...]] = tuple
    """What the device can do now, for clients that ask for its tools."""

    def make(
        self,
        patch: dict[str, Any] | None = None,
        *,
        model: str = "",
        kind: Literal["realtime", "transcription"] = "realtime",
    ) -> Session:
        """`patch`: the body of a `session.update`; its `type` and `model` win. Raises ClientError for a wrong one."""
        patch = patch or {}
        named = patch.get("model")
        blank = Session.default(
            id=random_id("sess"),
            model=named if isinstance(named, str) else model or self.model,
            instructions=self.instructions,
            expires_at=int(self.now()) + LIFE_S,
            type="transcription" if patch.get("type") == "transcription" else kind,
            voices=self.voices,
            at_hand=tuple(map(device_tool, self.tools())),
        )
        return blank.updated(patch) if patch else blank


def device_tool(tool: Tool) -> DeviceTool:
    """A tool of the device as the protocol knows it."""
    shown = ToolOfBrief(tool.name, tool.description, tool.parameters)
    return DeviceTool(shown, reads=tool.kind == "read", confirm=tool.kind == "confirm")

"""Device: what this device can do for conversations that others own: the tools, and the skills as one tool more."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Any, Protocol

from edge_agent.act.act import Act, Done
from edge_agent.act.plan import Plan
from edge_agent.act.skills.about import HOME
from edge_agent.act.tools import Outcome, Tool, Toolbox
from edge_agent.act.tools.tool import checked
from edge_agent.errors import ToolError

ASSISTANT = "device_assistant"
DOES = (
    "Timers, alarms, reminders, lists, calendar, memory, time, date, sums and units on this device. Give it the whole "
    "request in the user's own words; tell the user what it returns."
)
PARAMETERS: dict[str, Any] = {
    "type": "object",
    "properties": {"request": {"type": "string", "description": "What the user wants, as they said it."}},
    "required": ["request"],
}
RINGING = frozenset({"timer_set", "timer_resumed", "alarm_set", "reminder_set", "snoozed"})
"""The effects whose time comes later."""
SILENT = "It rings only where edge-agent talk runs."
"""A sentence for the user: a small model repeats what a tool returns word for word."""
NOTHING = "No skill of the device can do that."


class DeviceTools(Protocol):
    """What one conversation may call."""

    def call(self, name: str, arguments: str, asked: str) -> Outcome:
        """What comes of a call. `asked`: what the user said last; the skills read it where the arguments fit none."""

    def close(self) -> None: ...


class DeviceToolset:
    """What all conversations of a server share."""

    def __init__(self, toolbox: Toolbox, act: Callable[[], Act], *, rings: bool) -> None:
        """`act` makes one for a conversation, without tools. `rings`: whether what is due is announced, by a line of
        this process."""
        self._toolbox, self._act, self._rings = toolbox, act, rings

    def tools(self) -> tuple[Tool, ...]:
        """All that can be called now; the skills come first."""
        others = (tool for tool in self._toolbox.tools() if tool.name != ASSISTANT)
        return (_Conversation(self._toolbox, self._act, self._rings).assistant, *others)

    def conversation(self) -> DeviceTools:
        """The tools of one conversation: its skills remember what they have asked."""
        return _Conversation(self._toolbox, self._act, self._rings)

    def close(self) -> None:
        self._toolbox.close()


class _Conversation:
    """Any thread may call; the skills take one request after the other."""

    def __init__(self, toolbox: Toolbox, act: Callable[[], Act], rings: bool) -> None:
        self._toolbox, self._make, self._rings = toolbox, act, rings
        self.assistant = checked(Tool(ASSISTANT, DOES, PARAMETERS, "act", "skills", self._ask))
        self._own = Toolbox([self.assistant])
        self._act: Act | None = None
        """Made by the first call: that takes half a second."""
        self._asked = ""
        self._lock = Lock()

    def call(self, name: str, arguments: str, asked: str) -> Outcome:
        if name != ASSISTANT:
            return self._toolbox.call(name, arguments)
        with self._lock:
            self._asked = asked
            return self._own.call(name, arguments)

    def close(self) -> None:
        """Waits for a request that is under way."""
        with self._lock:
            if self._act:
                self._act.close()

    def _ask(self, arguments: dict[str, Any]) -> str:
        """What is said of the request, which is done. Raises ToolError for what no skill knows."""
        act = self._act = self._act or self._make()
        plan = act.plan(arguments["request"]) or act.plan(self._asked)
        if plan is None:
            act.passed()
            raise ToolError(NOTHING)
        done = act.carry_out(plan)
        said = _from_home(act, plan) or done.said or "Done."
        return said if self._rings or not _rings_later(done) else f"{said} {SILENT}"


def _from_home(act: Act, plan: Plan) -> str:
    """What Home Assistant says of it; nothing where it is not asked or does not understand."""
    outcome = act.home.process(plan.call[1]) if plan.call and plan.call[0] == HOME and act.home else None
    return outcome.text if outcome else ""


def _rings_later(done: Done) -> bool:
    return any(effect.what in RINGING for effect in done.effects)

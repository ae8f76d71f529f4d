"""Hands: the LLM's call of a tool: what it is offered, what it asks for, what comes of it, and what is said of that."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Thread

from edge_agent.act.act import Done
from edge_agent.act.plan import Effect
from edge_agent.act.skills.about import HOME
from edge_agent.act.tools import Outcome, Toolbox
from edge_agent.act.tools import Tool as OwnTool
from edge_agent.act.tools.home_assistant import HomeAssistant
from edge_agent.think.brief import Brief, CallArguments, CallBegun, CallDone, Message, Tool
from edge_agent.types import Json

SPOKEN = 300
"""Characters of what a tool returned that are said as they are, where the LLM is not asked for words."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A call that the LLM, or code, asks for."""

    name: str
    arguments: str
    """JSON object."""

    @property
    def values(self) -> Json:
        values: Json = json.loads(self.arguments or "{}")
        return values


@dataclass(frozen=True, slots=True)
class Came:
    """What came of a wish."""

    done: Done
    """Its `said` is final where `brief` is None."""
    brief: Brief | None = None
    """Asks the LLM for words about the result."""


class Hands:
    """Any thread may ask. A call never raises, and takes at most the deadline of the toolbox."""

    def __init__(self, toolbox: Toolbox | None = None, home: HomeAssistant | None = None) -> None:
        self._toolbox, self.home = toolbox, home

    def offered(self, brief: Brief, text: str) -> Brief:
        """The brief with the tools that fit what was said."""
        if self._toolbox is None:
            return brief
        tools = tuple(_shown(tool) for tool in self._toolbox.offered(text))
        return replace(brief, tools=tools, parallel=False, one_call=True)

    def to_confirm(self, wish: Wish) -> str | None:
        """What is to be asked before; None: nothing."""
        tool = self._toolbox.get(wish.name) if self._toolbox else None
        if tool is None or tool.kind != "confirm":
            return None
        arguments = ", ".join(f"{name} {value}" for name, value in wish.values.items())
        told = tool.description.rstrip(".") or tool.name.replace("_", " ")
        return f"{told}{': ' if arguments else ''}{arguments}"

    def use(self, wish: Wish, brief: Brief | None) -> Came:
        """Call it, now. With the `brief` in which the LLM asked for it the LLM words the answer."""
        if wish.name == HOME and self.home is not None:
            return Came(_asked(self.home, wish.arguments))
        assert self._toolbox is not None
        outcome, tool = self._toolbox.call(wish.name, wish.arguments), self._toolbox.get(wish.name)
        acted = outcome.ok and tool is not None and tool.kind != "read"
        effects = (Effect("tool_called", {"name": wish.name, "arguments": wish.values}),) if acted else ()
        done = Done(outcome.text[:SPOKEN], f"tool:{wish.name}", effects)
        return Came(done, _told(brief, wish, outcome, acted=acted) if outcome.ok and brief else None)


class Collected:
    """The parts of an answer, as far as they are a call."""

    def __init__(self, brief: Brief) -> None:
        self.brief = brief
        self._name = ""
        self.wish: Wish | None = None

    def takes(self, part: object) -> bool:
        """Whether the part belongs to a call, and is not for the ear."""
        if isinstance(part, CallBegun):
            self._name = part.name
        elif isinstance(part, CallDone):
            self.wish = Wish(self._name, part.arguments)
        elif not isinstance(part, CallArguments):
            return False
        return True


def _asked(home: HomeAssistant, text: str) -> Done:
    """What Home Assistant did; nothing is said of it where it did not understand."""
    outcome = home.process(text)
    effects = (Effect(HOME, {"text": text}),) if outcome and outcome.ok else ()
    return Done(outcome.text if outcome else "", f"tool:{HOME}", effects)


def _shown(tool: OwnTool) -> Tool:
    return Tool(tool.name, tool.description, tool.parameters)


def _told(brief: Brief, wish: Wish, outcome: Outcome, *, acted: bool) -> Brief:
    """The brief that has the result, once. Words come of it: `one_call`."""
    call = json.dumps({"name": wish.name, "arguments": wish.values})
    messages = (
        *brief.messages,
        Message(f"{brief.key}.call", "call", call),
        Message(f"{brief.key}.result", "result", outcome.text),
    )
    return replace(brief, key=f"{brief.key}.told", messages=messages, honest=not acted)


def in_background(work: Callable[[], object]) -> None:
    """A tool may take long: the conversation goes on beside it."""
    Thread(target=work, name="tool", daemon=True).start()

"""Tools as the model sees them, its calls and their results, in the format of its family."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Protocol

from edge_agent.errors import EngineError
from edge_agent.schema import Schema, arguments_schema, misfit
from edge_agent.think.brief import Brief, Tool
from edge_agent.think.grammar import arguments_grammar
from edge_agent.think.tool_formats import ToolFormat
from edge_agent.types import Json

log = logging.getLogger(__name__)

TemplateSegment = tuple[str, bool]
"""Text, and whether control tokens are read in it: never in what comes from outside."""

MOST_TOOLS = 64
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""What the Realtime API allows: nothing in it needs an escape."""


MOST_KNOWN_CHARS = 8_000
"""The end of the conversation that is searched for what a call has."""


class AsSaid(Protocol):
    """Puts the user's words in place of what the model made of them in the arguments of a call."""

    def __call__(self, arguments: Json, parameters: Json, *, about: str, said: str, known: str) -> tuple[Json, bool]:
        """The arguments, and whether all that must be given was said. `about`: the tool's name and description; `said`:
        the user's last words; `known`: what else the model was told."""


def _as_written(arguments: Json) -> tuple[Json, bool]:
    return arguments, True


@dataclass(frozen=True, slots=True)
class Callee:
    """A tool that the model may call."""

    name: str
    schema: Schema
    grammar: str
    as_said: Callable[[Json], tuple[Json, bool]] = _as_written

    def called(self, arguments: str) -> tuple[str, bool]:
        """The arguments of a call, JSON that fits the grammar, as they were said, and whether they were. Raises
        EngineError unless they fit the schema."""
        self.check(arguments)
        written = json.loads(arguments)
        try:
            found, said = self.as_said(written)
        except Exception:  # a defect of ours costs what it mends, not the call
            log.exception("The arguments of a call are left as they were written.")
            return arguments, True
        told = json.dumps(found, ensure_ascii=False)
        return (arguments if found == written or misfit(self.schema, found) else told), said

    def without_loop(self, arguments: str) -> tuple[str, bool]:
        """Arguments that ended in a loop up to the last member where they fit the schema, and whether there is none."""
        for end in reversed([found.start() for found in re.finditer(r',\s*"', arguments)]):
            try:
                whole = json.loads(arguments[:end] + "}")
            except (ValueError, RecursionError):
                continue
            if not misfit(self.schema, whole):
                return arguments[:end] + "}", False
        return arguments, True

    def check(self, arguments: str) -> None:
        """Raises EngineError unless `arguments` fit the schema: the grammar knows no order of numbers."""
        try:
            found = misfit(self.schema, json.loads(arguments))
        except RecursionError:
            raise EngineError(f"The model called {self.name} with arguments that are nested too deeply.") from None
        if found:  # the argument itself is not quoted
            raise EngineError(f"The model called {self.name} with {found[0]} that do not fit '{found[1]}'.")


def shown(brief: Brief) -> tuple[Tool, ...]:
    """The tools that the model is told of. With the choice `none` it knows of none, and writes no call as text."""
    return () if brief.tool_choice == "none" else brief.tools


def callees(brief: Brief, as_said: AsSaid | None = None) -> dict[str, Callee]:
    """The tools that may be called, by name. Raises EngineError for a name or schema that cannot be used."""
    tools = shown(brief)
    if len(tools) > MOST_TOOLS:
        raise EngineError(f"There are {len(tools)} tools; at most {MOST_TOOLS} can be used.")
    for tool in tools:
        if not _NAME.fullmatch(tool.name):
            raise EngineError(f"{tool.name[:80]!r} is no name of a tool: letters, digits, _ and -, 1 to 64 of them.")
    found = {tool.name: _callee(tool, brief, as_said) for tool in tools}
    if brief.tool_choice in ("auto", "none") or (brief.tool_choice == "required" and found):
        return found
    if brief.tool_choice not in found:
        raise EngineError(f"tool_choice asks for {brief.tool_choice[:80]!r}, and there is no such tool.")
    return {brief.tool_choice: found[brief.tool_choice]}


def _callee(tool: Tool, brief: Brief, as_said: AsSaid | None) -> Callee:
    schema = arguments_schema(tool.parameters)
    grammar = _grammar(json.dumps(schema))
    if as_said is None:
        return Callee(tool.name, schema, grammar)
    told = () if brief.one_call else (brief.instructions,)  # the device's own say nothing of what is wanted
    known = "\n".join((*told, *(message.text for message in brief.messages)))[-MOST_KNOWN_CHARS:]
    about = f"{tool.name} {tool.description}"
    mend = partial(as_said, parameters=tool.parameters, about=about, said=brief.asked, known=known)
    return Callee(tool.name, schema, grammar, mend)


def answer_grammar(brief: Brief, form: ToolFormat) -> str | None:
    """The grammar of an answer that has a schema; the answer may also begin a call. Raises EngineError for a schema
    that cannot be used."""
    if brief.schema is None:
        return None
    grammar = _grammar(json.dumps(arguments_schema(brief.schema)))
    return grammar.replace("root ::=", f'root ::= "{form.triggers[0]}" |', 1) if shown(brief) else grammar


@lru_cache(maxsize=MOST_TOOLS)
def _grammar(schema: str) -> str:
    """The grammar of a schema that was read, which is bounded: what clients send may have any size."""
    return arguments_grammar(json.loads(schema))


def declared(tools: Sequence[Tool], form: ToolFormat) -> list[TemplateSegment]:
    """What follows the instructions."""
    if not tools:
        return []
    lines = (json.dumps({"type": "function", "function": _signature(tool)}, ensure_ascii=False) for tool in tools)
    before, between, after = form.tools
    return [(before, True), (between.join(lines), False), (after, True)]


def _signature(tool: Tool) -> dict[str, object]:
    return {"name": tool.name, "description": tool.description, "parameters": tool.parameters}


def called(text: str, form: ToolFormat) -> list[TemplateSegment]:
    """A call of the conversation, cut where the writer cuts it, so that the tokens come out alike."""
    try:
        call = json.loads(text)
        arguments = call["arguments"]
        if isinstance(arguments, str):
            arguments = json.loads(arguments)
        name = str(call["name"])
    except (ValueError, TypeError, LookupError, RecursionError):  # a client may say what it likes of the past
        return [(text, False)]
    return [
        (form.opening + form.name, True),
        (f" {json.dumps(name)}", False),
        (form.arguments, True),
        (f" {json.dumps(arguments, ensure_ascii=False)}", False),
        (form.closing, True),
    ]


def returned(text: str, form: ToolFormat) -> list[TemplateSegment]:
    """What a tool returned."""
    before, after = form.result
    return [
        (before, True),
        (json.dumps(text, ensure_ascii=False) if form.result_is_json else text, False),
        (after, True),
    ]

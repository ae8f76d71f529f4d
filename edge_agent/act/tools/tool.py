"""Tool: what the LLM may call, whoever brings it, and what comes of a call."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from edge_agent.errors import EngineError, ToolError
from edge_agent.schema import arguments_schema

ToolKind = Literal["read", "act", "confirm"]
"""What a call does: nothing but look; something that is easily undone; something to be asked about aloud before."""

MOST_RESULT_CHARS = 4000
"""What a tool returned is cut there: some 1,000 tokens, half of the context of a small profile."""
MOST_DESCRIPTION_CHARS = 400
MOST_ARGUMENT_CHARS = 120
"""Descriptions are cut there: they are read by the LLM before each answer."""
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class Tool:
    """Something that the LLM may call."""

    name: str
    description: str
    parameters: dict[str, Any]
    """JSON schema of the arguments, an object; only keywords that are safe to work with (schema.py)."""
    kind: ToolKind
    source: str
    """Where it comes from: "file lamp.py", "mcp home", "package x"."""
    call: Callable[[dict[str, Any]], str]
    """Does it, with arguments that fit. Raises ToolError with a sentence, or anything."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a call."""

    ok: bool
    text: str
    """What the tool returned, or one sentence that says what went wrong; at most MOST_RESULT_CHARS."""


def checked(tool: Tool) -> Tool:
    """The tool with a schema and texts that are safe to show to an LLM. Raises ToolError where there is no such."""
    if not _NAME.fullmatch(tool.name):
        raise ToolError(f"{tool.name[:80]!r} is no name of a tool: letters, digits, _ and -, 1 to 64 of them.")
    try:
        schema = arguments_schema(tool.parameters)
    except (EngineError, RecursionError) as error:
        raise ToolError(f"The tool {tool.name} cannot be used: {error}") from None
    for name, member in schema["properties"].items():
        told = _description_of(tool.parameters, name)
        if told:
            schema["properties"][name] = {**member, "description": told}
    description = clipped(" ".join(str(tool.description).split()), MOST_DESCRIPTION_CHARS)
    return Tool(tool.name, description, schema, tool.kind, tool.source, tool.call)


def clipped(text: str, most: int) -> str:
    """At most so many characters of it; three dots stand for what is missing."""
    return text if len(text) <= most else text[: most - 3] + "..."


def _description_of(parameters: dict[str, Any], name: str) -> str:
    members = parameters.get("properties")
    member = members.get(name) if isinstance(members, dict) else None
    told = member.get("description") if isinstance(member, dict) else None
    return clipped(" ".join(told.split()), MOST_ARGUMENT_CHARS) if isinstance(told, str) else ""

"""Functions as tools: what the LLM is told of them, and what they are called with."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import Enum
from typing import Any, Literal

import pytest

from edge_agent.act.tools import confirm, read
from edge_agent.act.tools.functions import tool_of
from edge_agent.errors import ToolError


class Room(Enum):
    HALL = "hall"
    KITCHEN = "kitchen"


def plan(
    room: Room, level: int, mode: Literal["warm", "cold"], at: datetime, names: list[str], note: str | None = None
) -> str:
    """Plan the light
    of a room.

    More than the LLM is told.

    Args:
        room: Where.
        level (int): How bright,
            in percent.

    Returns:
        nonsense: that is no argument
    """
    return f"{room!r} {level} {mode} {at:%d %H} {names} {note}"


def test_a_docstring_and_type_hints_are_all_it_needs() -> None:
    tool = tool_of(plan, "file lamp.py")
    assert (tool.name, tool.description, tool.kind, tool.source) == (
        "plan", "Plan the light of a room.", "act", "file lamp.py",
    )  # fmt: skip
    members = tool.parameters["properties"]
    assert members["room"] == {"enum": ["hall", "kitchen"], "description": "Where."}
    assert members["level"] == {"type": "integer", "description": "How bright, in percent."}
    assert members["mode"] == {"enum": ["warm", "cold"]}
    assert members["names"] == {"type": "array", "items": {"type": "string"}}
    assert {"type": "null"} in members["note"]["anyOf"]
    assert tool.parameters["required"] == ["room", "level", "mode", "at", "names"]
    assert tool.parameters["additionalProperties"] is False


def test_it_is_called_with_what_its_hints_say() -> None:
    given = {"room": "hall", "level": 3, "mode": "cold", "at": "2026-11-29T14:00", "names": ["x"]}
    assert tool_of(plan, "x").call(given) == "<Room.HALL: 'hall'> 3 cold 29 14 ['x'] None"
    with pytest.raises(ToolError, match=r"^at cannot be 'soon': .*\.$"):
        tool_of(plan, "x").call({**given, "at": "soon"})


def test_what_it_returns_becomes_text() -> None:
    def table() -> dict[str, int]:
        """Give a table."""
        return {"a": 1}

    def nothing() -> None:
        """Do it."""

    assert tool_of(table, "x").call({}) == '{"a": 1}'
    assert tool_of(nothing, "x").call({}) == "Done."


def test_a_mark_tells_its_class() -> None:
    @read
    def look() -> str:
        """Look."""
        return ""

    @confirm
    def order() -> str:
        """Order."""
        return ""

    def own() -> str:
        """Look."""
        return ""

    own.kind = "read"  # type: ignore[attr-defined]
    assert [tool_of(each, "x").kind for each in (look, order, own)] == ["read", "confirm", "read"]


def without_docstring(a: int) -> None: ...


def without_hint(a) -> None:  # type: ignore[no-untyped-def]
    """Do it."""


def with_any_number(*a: int) -> None:
    """Do it."""


def of_a_socket(a: Callable[[], int]) -> None:
    """Do it."""


async def later() -> None:
    """Do it."""


def of_nobody(a: Nobody) -> None:  # type: ignore[name-defined]  # noqa: F821
    """Do it."""


def of_no_class() -> None:
    """Do it."""


of_no_class.kind = "evil"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (without_docstring, "no docstring"),
        (without_hint, "a of the function without_hint needs a type hint"),
        (with_any_number, "needs a type hint and a name"),
        (of_a_socket, "takes what JSON cannot tell"),
        (later, "is async"),
        (of_nobody, "cannot be read"),
        (of_no_class, "has the kind 'evil'"),
    ],
)
def test_what_cannot_be_a_tool_is_refused_with_a_sentence(function: Any, said: str) -> None:
    with pytest.raises(ToolError, match=said):
        tool_of(function, "x")


def test_names_that_pydantic_has_uses_for_are_names_like_others() -> None:
    def copy(schema: str, json: int = 1) -> str:
        """Copy it."""
        return f"{schema} {json}"

    assert tool_of(copy, "x").call({"schema": "a"}) == "a 1"

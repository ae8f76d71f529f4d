"""Marks: a decorator says what a function does when it is called as a tool. Without one it is `act`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


def read(function: F) -> F:
    """The function only looks: it may be called at any time, also in vain."""
    return _marked(function, "read")


def act(function: F) -> F:
    """The function does something that is easily undone, such as switching a lamp."""
    return _marked(function, "act")


def confirm(function: F) -> F:
    """The function does something that the user is asked about aloud before: it costs money, opens a door, deletes."""
    return _marked(function, "confirm")


def _marked(function: F, kind: str) -> F:
    function.kind = kind  # type: ignore[attr-defined]
    return function

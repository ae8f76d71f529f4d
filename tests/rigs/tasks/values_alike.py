"""Values alike: whether a value of a row or a form is the one that a caller wants."""

from __future__ import annotations

from typing import Any


def same(key: str, value: Any, wanted: Any) -> bool:
    """Whether a value of a row is the one wanted."""
    if key in ("start", "end"):
        return isinstance(value, str) and value[:16] == wanted[:16]
    if key == "phone":
        return isinstance(value, str) and _digits(value)[-9:] == _digits(wanted)[-9:]
    if key == "name":
        return isinstance(value, str) and _plain(value) == _plain(wanted)
    if isinstance(wanted, str) and isinstance(value, str):
        return _plain(wanted) in _plain(value)
    return str(value) == str(wanted)


def _digits(text: str) -> str:
    return "".join(each for each in text if each.isdigit())


def _plain(text: str) -> str:
    return " ".join("".join(each if each.isalnum() else " " for each in text.casefold()).split())

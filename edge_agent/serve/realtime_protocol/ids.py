"""Names of what a session makes: `item_` and the like, with 21 characters behind."""

from __future__ import annotations

import secrets
from collections.abc import Callable

Ids = Callable[[str], str]
"""A kind (`event`, `item`, `resp`, `call`, `conv`, ...) -> a new id."""


def random_id(kind: str) -> str:
    """84 random bits. Not longer: the hosted service refuses ids beyond 32 characters, and clients check for it."""
    return f"{kind}_{secrets.token_hex(11)[:21]}"

"""Bounded JSON: what a client wrote, read unless reading it would cost far more than it has bytes."""

from __future__ import annotations

import json
import re
from typing import Any

MOST_VALUES = 32_768
"""Values of one text. A conversation of 2,000 messages has some 14,000, 128 tools as many. Of 900 kB of empty arrays
pydantic made 300,000 errors for a list of messages: 0.5 GB and 1.5 s, for which everybody waited."""
_STRING = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)
"""Possessive, and satisfied by the end of the text: linear, whatever the text."""


def read_json(text: str | bytes | bytearray, **how: Any) -> Any:
    """The value of the text; `how` as of `json.loads`. Raises ValueError for what is no JSON, is nested too deeply for
    Python, or has too many values."""
    if _is_wide(text if isinstance(text, str) else text.decode("latin-1")):
        raise ValueError(f"it has more than {MOST_VALUES} values")
    try:
        return json.loads(text, **how)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def read_strict(text: str | bytes | bytearray) -> Any:
    """The same, of what can be written as JSON again: no NaN, no half of a pair of surrogates. Raises ValueError."""
    value = read_json(text)
    try:
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    return value


def _is_wide(text: str) -> bool:
    """Commas and brackets of strings count for nothing; strings are looked for only where there are many."""
    return _marks(text) > MOST_VALUES and _marks(_STRING.sub("", text)) > MOST_VALUES


def _marks(text: str) -> int:
    return sum(map(text.count, ",[{"))

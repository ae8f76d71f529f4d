"""Asides: a comment beside a command that works alone: "take the gas off, dad's bringing it"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any


class Asides:
    """It is asked where the whole sentence does nothing."""

    def __init__(self, words: Mapping[str, Any]) -> None:
        """`words` are those of a language, "asides" in its common.yaml; without them nothing is taken off."""
        self._patterns = {name: re.compile(each, re.IGNORECASE) for name, each in words.get("asides", {}).items()}

    def commands(self, text: str) -> Iterator[tuple[str, str]]:
        """What may be the command, and the aside: a sentence of its own, which asks for nothing."""
        if not self._patterns:
            return
        for cut in re.finditer(r"[\s,.;]+", text):
            before, behind = text[: cut.start()], text[cut.end() :]
            if self._is_aside(behind) and (self._ends(before, "closed") or self._ends(behind, "complete")):
                yield before, behind
            if self._patterns["begins"].match(behind) and self._is_aside(before) and self._ends(before, "complete"):
                yield behind, before

    def _is_aside(self, words: str) -> bool:
        is_clause = self._patterns["clause"].fullmatch(words) is not None
        return is_clause and self._patterns["asks"].search(words) is None

    def _ends(self, words: str, how: str) -> bool:
        """Closed: no sentence behind it can say which one is meant, as "the alarms" of "the alarms i set". Complete:
        it lacks nothing that the words before it could be, as "dad's bringing it"."""
        return self._patterns[how].search(words) is not None

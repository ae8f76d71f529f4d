"""Several: two or more commands in one sentence ("a timer for five minutes and one for ten"), cut apart."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from edge_agent.act.plan import AGAIN, Plan

MOST = 5
"""Pieces of a sentence. What has more is a story."""
REFUSES = "skill:about"
"""It says what cannot be done, and may say so of a part, where another can be."""


class _Piece(NamedTuple):
    start: int
    end: int


class Several:
    """It is asked only where the whole sentence is no command: "add milk and bread" is one."""

    def __init__(self, words: Mapping[str, Any]) -> None:
        """`words` are those of a language, "several" in its common.yaml; without them nothing is cut."""
        self._patterns = {name: re.compile(each, re.IGNORECASE) for name, each in words.get("several", {}).items()}

    def plans(self, text: str, plan: Callable[[str], Plan | None]) -> list[Plan]:
        """A plan for each command of `text`, in their order; none at all unless each word belongs to one.

        `plan` makes one of the words of a command. What would be asked back, or is for a tool, is not one of several.
        """
        cuts = list(self._patterns["joint"].finditer(text)) if self._patterns else []
        if is_many := bool(self._patterns and self._patterns["many"].match(text)):
            cuts = sorted([*cuts, *self._patterns["row"].finditer(text)], key=lambda cut: cut.start())
        if not 0 < len(cuts) < MOST:
            return []
        starts, ends = [0, *(cut.end() for cut in cuts)], [*(cut.start() for cut in cuts), len(text)]
        pieces = [_Piece(*each) for each in zip(starts, ends, strict=True)]

        known: dict[str, Plan | None] = {text: None}  # the LLM waits for it: nothing is matched twice

        def done(words: str) -> Plan | None:
            if words not in known:
                made = plan(words)
                known[words] = None if made is None or made.question or made.call else made
            return known[words]

        def able(words: str) -> Plan | None:
            made = done(words)
            return None if made is None or made.by == REFUSES else made

        head = self._patterns["head"].match(text)
        for found in (
            self._each(text, pieces, "", able),
            self._each(text, _behind(head, pieces), _begin(head), able) if head else None,
            self._each(text, _behind(head, pieces), _begin(head), able, apart=True) if head and is_many else None,
            self._each(text, pieces, "", done),
        ):
            if not found or len(found) < 2:
                continue
            if len(found) == len(pieces) or any(made.by != REFUSES for made in found):
                once = {made.said if made.by == REFUSES or made.topic == AGAIN else id(made): made for made in found}
                return list(once.values())
        return []

    def command_behind(self, text: str) -> tuple[str, str]:
        """A reason and the command behind it: "I've got a flight, so" and "wake me at four"; empty if there is none."""
        reason = self._patterns["reason"].match(text) if self._patterns else None
        return (reason[0], text[reason.end() :]) if reason else ("", "")

    def meant_by(self, reason: str, command: str) -> str:
        """The command with the thing of its reason in place of "that": "I've rung the plumber, so tick that off"."""
        thing = self._patterns["thing"].search(reason)
        return self._patterns["that"].sub(thing["thing"], command, count=1) if thing else command

    def command_before(self, text: str) -> str:
        """The command in front of a reason: "louder please" of "louder please I can't hear you"; empty if none is."""
        found = self._patterns["reason_behind"].match(text) if self._patterns else None
        return found["command"] if found else ""

    def is_two(self, text: str) -> bool:
        """Whether another command surely begins within: "add milk to my list and remind me at five"."""
        if not self._patterns:
            return False
        begins = self._patterns["begins"]
        return any(begins.match(text, cut.end()) for cut in self._patterns["joint"].finditer(text))

    def _each(
        self, text: str, pieces: list[_Piece], begin: str, plan: Callable[[str], Plan | None], *, apart: bool = False
    ) -> list[Plan] | None:
        """A plan for each of the longest commands in front; None where something is left. `apart`: of the shortest, as
        ten minutes and an hour of "two timers" are. `begin`: the words that a piece may leave out."""
        if not pieces:
            return []
        for last in range(len(pieces))[:: 1 if apart else -1]:
            words = text[pieces[0].start : pieces[last].end]
            for said, next_begin in self._meant(words, begin, text):
                made = plan(said)
                if made and (more := self._each(text, pieces[last + 1 :], next_begin, plan, apart=apart)) is not None:
                    return [made, *more]
        return None

    def _meant(self, words: str, begin: str, text: str) -> Iterator[tuple[str, str]]:
        """What may be meant: the words alone, or behind what was said before; with what those behind may leave out."""
        head = self._patterns["head"].match(words)
        yield from ((f"{words} {day}", _begin(head)) for day in self._day_of_all(words, text) if head)
        yield words, _begin(head) if head else begin
        if begin:
            left = self._patterns["another"].sub("", words)
            unit = self._patterns["unit"]
            if (told := unit.search(text)) and not unit.search(left):
                left = self._patterns["bare"].sub(rf"\g<0> {told[0]}", left, count=1)
            yield from ((f"{begin} {left} {day}", begin) for day in self._day_of_all(words, text))
            yield f"{begin} {left}", begin

    def _day_of_all(self, words: str, text: str) -> list[str]:
        """The day at the end of the text, where the words have none: "alarms for five and six tomorrow morning"."""
        day = self._patterns["day"].search(text)
        return [day[0]] if day and not self._patterns["day"].search(words) else []


def _begin(head: re.Match[str]) -> str:
    return f"set a {head['noun']} for"


def _behind(head: re.Match[str], pieces: list[_Piece]) -> list[_Piece]:
    """The pieces without the words that only say what all of them are: "set two timers"."""
    left = [piece for piece in pieces if piece.end > head.end()]
    return [_Piece(max(left[0].start, head.end()), left[0].end), *left[1:]]

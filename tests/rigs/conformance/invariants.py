"""What must hold of every Realtime connection, whatever is asked for. Pure: frames in, violations out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import NamedTuple, Protocol

from tests.rigs.conformance.names import Dialect, Json, canonical, in_ga_shape
from tests.rigs.conformance.rules_answers import Answers
from tests.rigs.conformance.rules_items import Items
from tests.rigs.conformance.rules_shapes import Shapes
from tests.rigs.conformance.rules_turns import Turns


class Rules(Protocol):
    """Rules of one theme. What they return is what is wrong, a sentence each."""

    def sent(self, event: Json) -> None:
        """A client event, as far as it is a JSON object."""

    def received(self, event: Json) -> Iterable[str]:
        """A server event with GA's names."""

    def finish(self) -> Iterable[str]:
        """Nothing more comes, although everything that was begun should have come to its end."""


class Violation(NamedTuple):
    frame: int
    """Of those received, from 0; their number for what is missing at the end."""
    type: str
    """Of the event that shows it."""
    what: str

    def __str__(self) -> str:
        return f"frame {self.frame} ({self.type}): {self.what}"


class Invariants:
    """Of one connection. `violations` grows as frames come."""

    def __init__(self, dialect: Dialect = "ga") -> None:
        self.violations: list[Violation] = []
        self._dialect = dialect
        self._frames = 0
        self._shapes = Shapes(dialect)
        self._order: list[Rules] = [Items(dialect), Turns(), Answers()]

    def sent(self, frame: str | bytes | Json) -> None:
        """What the client sends, garbage too."""
        try:
            event = frame if isinstance(frame, dict) else json.loads(frame)
        except (ValueError, RecursionError):  # garbage on purpose, deeply nested too
            return
        if isinstance(event, dict):
            self._shapes.sent(event)
            for rules in self._order:
                rules.sent(event)

    def received(self, event: Json) -> list[Violation]:
        """What the server sends. Returns what is wrong with it."""
        before = len(self.violations)
        type = str(event.get("type"))
        try:
            for what in self._broken(event):
                self.violations.append(Violation(self._frames, type, what))
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            self.violations.append(Violation(self._frames, type, f"a field is missing or of a wrong type: {error!r}"))
        self._frames += 1
        return self.violations[before:]

    def finish(self, *, complete: bool = True) -> list[Violation]:
        """All violations. complete: nothing was going on when the connection ended."""
        for rules in self._order if complete else ():
            self.violations += [Violation(self._frames, "end", what) for what in rules.finish()]
        return self.violations

    def _broken(self, event: Json) -> Iterator[str]:
        shape = list(self._shapes.received(event))
        yield from shape
        name = canonical(event["type"], self._dialect)
        if shape or name is None:
            return  # the order of what is not well-formed says nothing
        event = event | {"type": name}
        for rules in self._order:
            yield from rules.received(in_ga_shape(event) if self._dialect == "beta" else event)

"""Captions: who said what, as text, for the terminal."""

from __future__ import annotations

from collections.abc import Callable

from edge_agent.types import Event, HeardText, Interrupted, Saying, TurnDone, TurnFailed
from edge_agent.watch.latency import Latency, timeline


class Captions:
    """Captions show a conversation. With `latency`, the time line of each turn follows it; without `words`, as in a
    journal, they show only what failed."""

    def __init__(self, write: Callable[[str], object], latency: Latency | None = None, *, words: bool = True) -> None:
        self._write = write
        self._words = words
        self._latency = latency

    def __call__(self, event: Event) -> None:
        match event:
            case HeardText() | Saying() if not self._words:
                pass
            case HeardText(text=text):
                self._write(f"You:   {text}")
            case Saying(text=text):
                self._write(f"Agent: {text}")
            case Interrupted(spoken=spoken, cause=cause):
                if self._words:
                    what = "interrupted" if cause == "user" else "the speaker was lost"
                    self._write(f"       ({what} after: {spoken or 'nothing'})")
                self._timeline(event)
            case TurnDone():
                self._timeline(event)
            case TurnFailed(error=error):
                self._write(f"       (no answer: {error})")
            case _:
                pass

    def _timeline(self, event: Event) -> None:
        marks = self._latency.turns().get(event.turn) if self._latency else None
        if marks:
            self._write(timeline(marks))

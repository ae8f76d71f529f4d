"""Captions: who said what, as text, for the terminal."""

from __future__ import annotations

from edge_agent.events import (
    Event,
    FellAsleep,
    HeardText,
    Interrupted,
    Murmured,
    Saying,
    TurnDone,
    TurnFailed,
    WasCalled,
    WasPassedOver,
)
from edge_agent.watch.latency import Latency, timeline
from edge_agent.watch.screen import Screen


class Captions:
    """Captions show a conversation, each answer on one line that grows while it is said. With `latency`, the time line
    of each turn follows it; without `words`, as in a journal, they show only what failed."""

    def __init__(self, screen: Screen, latency: Latency | None = None, *, words: bool = True) -> None:
        self._screen = screen
        self._words = words
        self._latency = latency
        self._saying: int | None = None
        """The turn whose answer runs on."""

    def __call__(self, event: Event) -> None:
        match event:
            case HeardText() | Saying() | Murmured() | WasPassedOver() | WasCalled() | FellAsleep() if not self._words:
                pass
            case WasCalled(name=name):
                self._end()
                self._screen.line(f"       ({name})")
            case FellAsleep():
                self._screen.line("       (asleep)")
            case HeardText(text=text):
                self._end()
                self._screen.line(f"You:   {text}")
            case Saying(turn=turn, text=text):
                self._say(turn, text)
            case Murmured(text=aside) | WasPassedOver(reason=aside):
                self._aside(aside, alone=isinstance(event, WasPassedOver))
            case Interrupted(spoken=spoken, cause=cause):
                self._end()
                if self._words:
                    what = "interrupted" if cause == "user" else "the speaker was lost"
                    self._screen.line(f"       ({what} after: {spoken or 'nothing'})")
                self._timeline(event)
            case TurnDone():
                self._end()
                self._timeline(event)
            case TurnFailed(error=error):
                self._end()
                self._screen.line(f"       (no answer: {error})")
            case _:
                pass

    def _say(self, turn: int, text: str) -> None:
        if self._saying != turn:
            self._end()
            self._screen.run_on("Agent:")
        self._saying = turn
        self._screen.run_on(f" {text}")

    def _aside(self, text: str, *, alone: bool) -> None:
        """What was said beside an answer; `alone`: also where there is none."""
        if text and self._saying is not None:
            self._screen.run_on(f" ({text})")
        elif alone:
            self._screen.line(f"       ({text})")

    def _end(self) -> None:
        self._saying = None
        self._screen.end()

    def _timeline(self, event: Event) -> None:
        marks = self._latency.turns().get(event.turn) if self._latency else None
        if marks:
            self._screen.line(timeline(marks))

"""TurnGate: which answer may be heard. What is not wanted any more the link of the host is told (host/link.py)."""

from __future__ import annotations

import threading

from edge_agent.floor import Yields
from edge_agent.types import Turn


class TurnGate:
    """The gate knows the current turn, and whether it is certain.

    Raising `current` makes sound of an older turn or draft stale: playback drops it when it meets it. Sound of a turn
    is held until `commit`.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._current = Turn(0, 0)
        self._committed = Turn(0, 0)
        self._closed = False
        self._yields: Yields = "no"
        self._held: Turn | None = None

    @property
    def closed(self) -> bool:
        return self._closed

    @property
    def waiting(self) -> bool:
        """Whether playback holds sound that may not be heard yet: no longer once it may, even if it has not woken."""
        held = self._held
        return held is not None and self.is_current(held) and not self.may_sound(held)

    @property
    def paused(self) -> bool:
        """Whether the answer waits, as the user may be interrupting it."""
        return self._yields == "silent"

    @property
    def ducked(self) -> bool:
        """Whether the answer is to be heard more quietly, as the user may be about to speak into it."""
        return self._yields == "ducked"

    @property
    def current(self) -> Turn:
        return self._current

    def begin(self) -> Turn:
        """A new turn of the user: everything before it is stale."""
        with self._changed:
            self._current = Turn(self._current.number + 1, 0)
            self._changed.notify_all()
            return self._current

    def redraft(self) -> Turn:
        """The same turn, another answer: earlier drafts of it are stale."""
        with self._changed:
            self._current = Turn(self._current.number, self._current.draft + 1)
            self._changed.notify_all()
            return self._current

    def commit(self, turn: Turn) -> bool:
        """Let the answer of `turn` be heard. False if it is stale already."""
        with self._changed:
            if turn != self._current:
                return False
            self._committed = turn
            self._changed.notify_all()
            return True

    def is_current(self, turn: Turn) -> bool:
        return turn == self._current and not self._closed

    def is_committed(self, turn: Turn) -> bool:
        return turn == self._current == self._committed and not self._closed

    def give_way(self, yields: Yields) -> None:
        """Let the answer wait, be quieter, or go on where it was."""
        with self._changed:
            self._yields = yields
            self._changed.notify_all()

    def may_sound(self, turn: Turn) -> bool:
        return self.is_committed(turn) and not self.paused

    def wait_for_floor(self, turn: Turn) -> bool:
        """Block until `turn` may be heard (True) or is stale (False). For playback alone."""
        with self._changed:
            self._held = turn
            self._changed.wait_for(lambda: not self.is_current(turn) or self.may_sound(turn))
            self._held = None
            return self.is_committed(turn)

    def close(self) -> None:
        """Make every turn stale for good and wake whoever waits."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

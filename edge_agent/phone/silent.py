"""Silent: since when no sound has come of a call's other side. Pure: time is handed in.

The stack ends a call from which no packet comes. RTCP is one, too, and goes on where the program that had the sound is
gone, or its sound is lost on the way: such a call would last, and hold its line, until somebody ends it.
"""

from __future__ import annotations

SILENT_PEER_S = 20
"""A call of which no sound comes for so long is over. Silence is sound, as telephones send it."""
NO_SOUND = "no sound comes"
"""Why it is over."""


class PeerSound:
    """One call that was picked up. `now` in seconds of any steady clock, never going back."""

    def __init__(self) -> None:
        self._since_s: float | None = None
        """When the last packet came, or was not waited for; None before the first look."""

    def came(self, now: float) -> None:
        """A packet of sound, or a key."""
        self._since_s = now

    def is_over(self, now: float, *, rests: bool) -> bool:
        """Whether none has come for too long. `rests`: none is waited for, as one side holds the call, or the other has
        said that it sends none while nobody speaks."""
        if rests or self._since_s is None:
            self._since_s = now
        return now - self._since_s >= SILENT_PEER_S

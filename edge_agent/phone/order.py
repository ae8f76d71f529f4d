"""Order: the RTP packets of a call in their order, before the stack sees them. Pure: time is handed in.

The stack decodes what comes at once, and drops what was overtaken; its own jitter buffer would hold each packet back,
by 10 ms at rest and, once three have been late, for the rest of the call by twice the jitter that there was. Here what
is in order goes on at once. Only what is behind a missing packet waits, for as long as those that were overtaken lately
took to come: where nothing overtakes, a lost packet costs a wait of half a frame.
"""

from __future__ import annotations

from typing import Generic, TypeVar

LEAST_WAIT_S, MOST_WAIT_S = 0.01, 0.12
"""The least is the time between two looks (sound.py): less is not seen. What networks reorder of packets 20 ms apart is
sent over two ways that differ by more than that, or not at all."""
FALL = 0.995
"""The factor by which the wait falls with each packet: half of what is too much is forgotten in 2.8 s."""
SPARE = 1.25
"""The wait is so much longer than the last one would have had to be."""
MOST_JUMP = 100
"""A packet so many numbers from what is due belongs to another stream: 2 s of 20 ms each."""
MOST_STALE = 25
"""So many in a row that come too late are another stream, too."""

P = TypeVar("P")


class RtpOrder(Generic[P]):
    """One call. `now` in seconds of any steady clock, never going back."""

    def __init__(self) -> None:
        self.lost = 0
        """Packets that were not waited for any longer."""
        self.wait_s = LEAST_WAIT_S
        """How long a missing packet is waited for."""
        self._due: int | None = None
        """The number of the next packet, counted on from the first without wrapping round."""
        self._kept: dict[int, tuple[float, P]] = {}
        """What waits behind a missing one, by number, and when it came."""
        self._missed: dict[int, float] = {}
        """When the packets were missed first that are missing, or were given up lately."""
        self._stale = 0

    @property
    def waits(self) -> bool:
        """Whether something waits."""
        return bool(self._kept)

    def push(self, sequence: int, packet: P, now: float) -> list[P]:
        """Takes a packet with its number (16 bits); returns what goes on now. One that comes too late goes nowhere."""
        if self._due is None:
            self._due = sequence
        at = self._due + (sequence - self._due + 0x8000) % 0x10000 - 0x8000
        self.wait_s = max(LEAST_WAIT_S, FALL * self.wait_s)
        if (missed_s := self._missed.pop(at, None)) is not None:
            self.wait_s = max(self.wait_s, min(MOST_WAIT_S, SPARE * (now - missed_s)))
        self._stale = self._stale + 1 if at < self._due else 0
        if abs(at - self._due) > MOST_JUMP or self._stale >= MOST_STALE:
            gone = self.rest()
            self._due, self._stale = sequence + 1, 0
            return [*gone, packet]
        if at < self._due or at in self._kept:
            return []
        self._kept[at] = (now, packet)
        for number in range(self._due, at):
            if number not in self._kept:
                self._missed.setdefault(number, now)
        return self.pull(now)

    def pull(self, now: float) -> list[P]:
        """What goes on now: in order, or no longer waiting for what is missing before it."""
        gone: list[P] = []
        while self._kept and self._due is not None:
            first = min(self._kept)
            if first > self._due and now < self._kept[first][0] + self.wait_s:
                break
            self.lost += first - self._due
            gone.append(self._kept.pop(first)[1])
            self._due = first + 1
        old_s = now - 2 * MOST_WAIT_S
        self._missed = {number: at_s for number, at_s in self._missed.items() if at_s > old_s}
        return gone

    def rest(self) -> list[P]:
        """All that waits. It is empty then, and its next packet the first of another stream."""
        gone = [self._kept[number][1] for number in sorted(self._kept)]
        self._kept.clear()
        self._missed.clear()
        self._due = None
        return gone

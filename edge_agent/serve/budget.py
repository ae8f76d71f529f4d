"""Budget: so much of one thing that all clients share, and of which no client may have more than its part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable

LONG_WAIT = 128 * 2**20
"""Characters that may wait for all readers together."""
MOST_WAITING = 48 * 2**20
"""Characters that may wait for one reader: a quarter of an hour of PCM. An answer is made faster than it is played."""
SPARED = 2**20
"""Characters that may wait for a reader whatever waits for others: who reads is not dropped for those who do not."""
FRAME_COST = 64
"""Bytes that Python keeps for a text beside its characters: a million empty ones are not free."""


def part_of(total: int) -> int:
    """How many of so many one client may have: three quarters, rounded up. Of four or more some are left for others."""
    return total - total // 4


class Budget:
    """Whatever can pile up takes from one: frames that wait, connections, secrets. Runs on the loop."""

    def __init__(
        self, total: int, each: int, told: Callable[[int], object] = lambda used: None, *, spared: int = 0
    ) -> None:
        """`total`: for all clients together; `each`: for one of them, of which it has `spared` beyond the total, too;
        `told`: hears of the sum whenever it changes."""
        self._total, self._each, self._told, self._spared = total, each, told, spared
        self._of = Counter[Hashable]()
        self._used = 0

    def used_by(self, client: Hashable) -> int:
        return self._of[client]

    def take(self, client: Hashable, amount: int = 1) -> bool:
        """Whether there was so much left for the client. It is to be given back."""
        mine = self._of[client] + amount
        if mine > self._each or (mine > self._spared and self._used + amount > self._total):
            return False
        self._set(client, mine)
        return True

    def give(self, client: Hashable, amount: int = 1) -> None:
        self._set(client, self._of[client] - amount)

    def give_all(self, client: Hashable) -> None:
        """The client is gone."""
        self._set(client, 0)

    def _set(self, client: Hashable, amount: int) -> None:
        self._used += amount - self._of[client]
        self._of[client] = amount
        if not amount:
            del self._of[client]
        self._told(self._used)


def waiting_frames(told: Callable[[int], object] = lambda used: None) -> Budget:
    """The budget of all frames of a server that wait for their readers."""
    return Budget(LONG_WAIT, MOST_WAITING, told, spared=SPARED)

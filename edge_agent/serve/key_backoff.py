"""An address that sends wrong keys waits, each time twice as long."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True)
class _Record:
    wrong: int = 0
    blocked_until: float = 0.0


class KeyBackoff:
    """Wrong keys by address. After `free` of them an address waits 1 s, 2 s, 4 s ... up to `longest_s`, whatever key
    it sends by then; a right one clears it. The `addresses` seen last are kept.
    """

    def __init__(
        self, now: Callable[[], float], *, free: int = 5, longest_s: float = 60.0, addresses: int = 1024
    ) -> None:
        self._now, self._free, self._longest_s, self._addresses = now, free, longest_s, addresses
        self._records: OrderedDict[str, _Record] = OrderedDict()

    def wait_s(self, address: str) -> int:
        """Whole seconds until the address may try again; 0: now."""
        record = self._records.get(address)
        return max(0, math.ceil(record.blocked_until - self._now())) if record else 0

    def wrong(self, address: str) -> None:
        record = self._records.setdefault(address, _Record())
        self._records.move_to_end(address)
        record.wrong += 1
        if (over := record.wrong - self._free) >= 0:
            record.blocked_until = self._now() + min(self._longest_s, 2.0 ** min(over, 30))
        while len(self._records) > self._addresses:
            self._records.popitem(last=False)

    def right(self, address: str) -> None:
        self._records.pop(address, None)

"""Mailbox: a bounded, closable, counted queue between two threads.

Python 3.13 has `queue.Queue.shutdown`; small boards still run 3.11.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Mailbox(Generic[T]):
    """First in, first out. `put` waits when full; `offer` never waits and drops the oldest instead.

    `peak` is the greatest depth seen, `dropped` the number of items lost to `offer`, `given` and `taken` how many went
    in and came out. Closing wakes everybody: readers still get what is inside, writers are told that nobody wants more.
    """

    def __init__(self, capacity: int) -> None:
        if capacity < 1:
            raise ValueError(f"capacity must be at least 1, not {capacity}")
        self.capacity = capacity
        self.peak = 0
        self.dropped = 0
        self.given = self.taken = 0
        self._items: deque[T] = deque()
        self._closed = False
        self._waiting = False
        self._changed = threading.Condition()

    @property
    def reader_waits(self) -> bool:
        """Whether the mailbox is empty and its reader has nothing else to do."""
        with self._changed:
            return self._waiting and not self._items

    @property
    def full(self) -> bool:
        return len(self._items) >= self.capacity

    def __len__(self) -> int:
        return len(self._items)

    def put(self, item: T) -> bool:
        """Wait for room. False if the mailbox is closed; the item is then not kept."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or len(self._items) < self.capacity)
            return self._append(item)

    def offer(self, item: T) -> bool:
        """Never wait: when full, the oldest item goes and is counted. False if closed."""
        with self._changed:
            if not self._closed and len(self._items) >= self.capacity:
                self._items.popleft()
                self.dropped += 1
            return self._append(item)

    def _append(self, item: T) -> bool:
        if self._closed:
            return False
        self._items.append(item)
        self.given += 1
        self.peak = max(self.peak, len(self._items))
        self._changed.notify_all()
        return True

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def wait(self, seconds: float) -> bool:
        """Wait as its reader, at most `seconds`, until something is inside or the mailbox is closed: whether it is."""
        with self._changed:
            self._waiting = True
            there = self._changed.wait_for(lambda: self._closed or bool(self._items), seconds)
            self._waiting = False
            return there

    def __iter__(self) -> Iterator[T]:
        """Items until the mailbox is closed and empty."""
        while True:
            with self._changed:
                self._waiting = True
                self._changed.wait_for(lambda: self._closed or bool(self._items))
                self._waiting = False
                if not self._items:
                    return
                item = self._items.popleft()
                self.taken += 1
                self._changed.notify_all()
            yield item

"""FairQueue: a queue of several owners before one thread. What is waited for goes first, and nobody is starved."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable, Iterator
from typing import Generic, TypeVar

Owner = TypeVar("Owner", bound=Hashable)
T = TypeVar("T")

IN_A_ROW = 3
"""So many items of a higher priority go before one that waits: then it is that one's turn."""


class FairQueue(Generic[Owner, T]):
    """Each owner's items stay in order. Owners take turns; one that has something urgent comes before the others.

    Nobody waits to put anything in, so that an event loop may: who puts bounds what is in it. `given` and `taken` count
    what went in and came out.
    """

    def __init__(
        self, rank: Callable[[T], int] = lambda item: 0, on_depth: Callable[[int], object] = lambda depth: None
    ) -> None:
        """`rank` gives the priority of an item: 0 is the most urgent. `on_depth` is told how many items wait, whenever
        that changes."""
        self._items: OrderedDict[Owner, deque[T]] = OrderedDict()
        self._held: set[Owner] = set()
        self._rank, self._on_depth = rank, on_depth
        self._depth = self._passed = 0
        self.given = self.taken = 0
        self._closed = False
        self._waiting = False
        self._changed = threading.Condition()

    @property
    def reader_waits(self) -> bool:
        """Whether nothing can be taken and the reader has nothing else to do."""
        with self._changed:
            return self._waiting and not self._ready()

    def __len__(self) -> int:
        return self._depth

    def others_wait(self, owner: Owner) -> bool:
        """Whether anybody else has something that is most urgent."""
        with self._changed:
            return any(self._rank(items[0]) == 0 for other, items in self._items.items() if other != owner and items)

    def put(self, owner: Owner, item: T) -> bool:
        """False if it is closed; the item is then not kept."""
        return self._put(owner, item, deque.append)

    def put_back(self, owner: Owner, item: T) -> bool:
        """Puts what is left of an item that is done in pieces before whatever else waits for this owner."""
        return self._put(owner, item, deque.appendleft)

    def supersede(self, owner: Owner, item: T, old: Callable[[T], bool]) -> bool:
        """Puts an item as `put` does; what waits for this owner and is `old` is forgotten."""
        with self._changed:
            if items := self._items.get(owner):
                self._items[owner] = kept = deque(each for each in items if not old(each))
                self._count(len(kept) - len(items))
            return self.put(owner, item)

    def _put(self, owner: Owner, item: T, append: Callable[[deque[T], T], None]) -> bool:
        with self._changed:
            if self._closed:
                return False
            append(self._items.setdefault(owner, deque()), item)
            self._count(1)
            self.given += 1
            self._changed.notify()
            return True

    def hold(self, owner: Owner, held: bool) -> None:
        """While an owner is held, what waits for it is not taken: it has enough for now."""
        with self._changed:
            (self._held.add if held else self._held.discard)(owner)
            self._changed.notify_all()

    def drop(self, owner: Owner) -> None:
        """Forget what waits for this owner."""
        with self._changed:
            self._held.discard(owner)
            self._count(-len(self._items.pop(owner, ())))

    def close(self) -> None:
        """Forget everything; the reader ends."""
        with self._changed:
            self._closed = True
            self._items.clear()
            self._count(-self._depth)
            self._changed.notify_all()

    def wait(self, seconds: float) -> bool:
        """Wait as its reader, at most `seconds`, until something can be taken or it is closed: whether it is so."""
        with self._changed:
            return self._wait(seconds)

    def take(self) -> tuple[Owner, T] | None:
        """The next item, without waiting; None if there is none."""
        with self._changed:
            return self._take()

    def __iter__(self) -> Iterator[tuple[Owner, T]]:
        """Items in their turn, until it is closed."""
        while True:
            with self._changed:
                self._wait(None)
                if self._closed:
                    return
                taken = self._take()
            if taken:
                yield taken

    def _wait(self, seconds: float | None) -> bool:
        self._waiting = True
        there = self._changed.wait_for(lambda: self._closed or bool(self._ready()), seconds)
        self._waiting = False
        return there

    def _ready(self) -> list[Owner]:
        """The owners that may be served, in the order of their turns."""
        return [owner for owner, items in self._items.items() if items and owner not in self._held]

    def _take(self) -> tuple[Owner, T] | None:
        ready = self._ready()
        if not ready:
            return None
        owner = self._next(ready)
        items = self._items.pop(owner)
        item = items.popleft()
        if items:
            self._items[owner] = items
        self._count(-1)
        self.taken += 1
        return owner, item

    def _next(self, ready: list[Owner]) -> Owner:
        """The first of those with the most urgent item; after IN_A_ROW of them the first of all, if it was passed."""
        urgent = min(ready, key=lambda owner: min(map(self._rank, self._items[owner])))
        self._passed = self._passed + 1 if urgent != ready[0] else 0
        if self._passed > IN_A_ROW:
            self._passed = 0
            return ready[0]
        return urgent

    def _count(self, change: int) -> None:
        self._depth += change
        if change:
            self._on_depth(self._depth)

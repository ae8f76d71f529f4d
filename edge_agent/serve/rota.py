"""Rota: a queue of several owners before one thread. Each owner's items stay in order, and the owners take turns."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable, Iterator
from typing import Generic, TypeVar

Owner = TypeVar("Owner", bound=Hashable)
T = TypeVar("T")


class Rota(Generic[Owner, T]):
    """Nobody waits to put anything in, so that the loop may: who puts bounds what is in it.

    `given` and `taken` count what went in and came out.
    """

    full = False

    def __init__(self, on_depth: Callable[[int], object] = lambda depth: None) -> None:
        """`on_depth` is told how many items wait, whenever that changes."""
        self._items: OrderedDict[Owner, deque[T]] = OrderedDict()
        self._on_depth = on_depth
        self._depth = 0
        self.given = self.taken = 0
        self._closed = False
        self._waiting = False
        self._changed = threading.Condition()

    @property
    def reader_waits(self) -> bool:
        """Whether it is empty and its reader has nothing else to do."""
        with self._changed:
            return self._waiting and not self._items

    def __len__(self) -> int:
        return self._depth

    def put(self, owner: Owner, item: T) -> bool:
        """False if it is closed; the item is then not kept."""
        return self._put(owner, item, deque.append)

    def put_back(self, owner: Owner, item: T) -> bool:
        """As `put`, before whatever waits for this owner: what is left of an item that is done in pieces."""
        return self._put(owner, item, deque.appendleft)

    def supersede(self, owner: Owner, item: T, old: Callable[[T], bool]) -> bool:
        """As `put`, and what waits for this owner and is `old` is forgotten."""
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

    def drop(self, owner: Owner) -> None:
        """Forget what waits for this owner."""
        with self._changed:
            self._count(-len(self._items.pop(owner, ())))

    def close(self) -> None:
        """Forget everything; the reader ends."""
        with self._changed:
            self._closed = True
            self._items.clear()
            self._count(-self._depth)
            self._changed.notify_all()

    def wait(self, seconds: float) -> bool:
        """Wait as its reader, at most `seconds`, until something is inside or it is closed: whether it is."""
        with self._changed:
            self._waiting = True
            there = self._changed.wait_for(lambda: self._closed or bool(self._items), seconds)
            self._waiting = False
            return there

    def __iter__(self) -> Iterator[tuple[Owner, T]]:
        """One item of each owner in turn, until it is closed."""
        while True:
            with self._changed:
                self._waiting = True
                self._changed.wait_for(lambda: self._closed or bool(self._items))
                self._waiting = False
                if self._closed:
                    return
                owner, items = self._items.popitem(last=False)
                item = items.popleft()
                if items:
                    self._items[owner] = items
                self._count(-1)
                self.taken += 1
            yield owner, item

    def _count(self, change: int) -> None:
        self._depth += change
        if change:
            self._on_depth(self._depth)

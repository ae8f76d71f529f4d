"""Deadline: work in a thread of its own, for which nobody waits longer than agreed."""

from __future__ import annotations

from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Generic, TypeVar

T = TypeVar("T")


class Late(Exception):
    """The work is not done yet. `thread` goes on with it, as no thread can be ended from outside."""

    def __init__(self, thread: Thread) -> None:
        super().__init__("The deadline is over.")
        self.thread = thread


class _Box(Generic[T]):
    """What the work returned, or raised."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self.done: SimpleQueue[tuple[T | None, BaseException | None]] = SimpleQueue()

    def run(self) -> None:
        try:
            self.done.put((self._work(), None))
        except BaseException as error:  # also SystemExit, which would end the thread in silence
            self.done.put((None, error))


def within(seconds: float, work: Callable[[], T], name: str) -> T:
    """What `work` returns. Raises Late after `seconds`, else what `work` raises. The thread is no reason to go on
    living for a process that ends."""
    box = _Box(work)
    thread = Thread(target=box.run, name=name, daemon=True)
    thread.start()
    try:
        result, error = box.done.get(timeout=seconds)
    except Empty:
        raise Late(thread) from None
    if error is not None:
        raise error
    return result  # type: ignore[return-value]  # nothing was raised

"""While the agent runs: tell systemd, or the log, whether all is well, and note that the start was a good one."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from edge_agent.life.stalls import StallDetector, of_host
from edge_agent.life.starts import SETTLED_S, Starts, of_service
from edge_agent.life.systemd import notify, status, watchdog_s

if TYPE_CHECKING:
    from edge_agent.run.inline import InlineConversation
    from edge_agent.run.threads import Conversation

log = logging.getLogger(__name__)

FEED_S = 10.0
"""How often without WatchdogSec=."""


class Supervision:
    """Supervision is made when the agent is ready, which it says. `tick` is called once a second by what must not stand
    still.

    Without systemd, thus without `starts`, it says what is stuck and ends nothing.
    """

    def __init__(
        self,
        stalls: StallDetector,
        starts: Starts | None = None,
        *,
        now: Callable[[], float] = time.monotonic,
        every_s: float | None = None,
    ) -> None:
        self._stalls, self._starts, self._now = stalls, starts, now
        self._every_s = every_s or (watchdog_s() or 2 * FEED_S) / 2
        self._ready_s = self._fed_s = now()
        self._stuck: str | None = None
        self._settled = False
        notify("READY=1")

    def tick(self) -> None:
        """Feed the watchdog when it is time. When something is stuck systemd ends and restarts the process, at once."""
        now_s = self._now()
        stuck = self._stalls.stuck(now_s)
        if stuck and not self._stuck:
            log.error("Stuck: %s. Where everything is: kill -USR1 %d", stuck, os.getpid())
            status(f"stuck: {stuck}")
            if self._starts:
                self._starts.blame(stuck)
            notify("WATCHDOG=trigger")  # an older one than 243 waits until WatchdogSec= is over
        self._stuck = stuck
        if not stuck and now_s - self._fed_s >= self._every_s:
            self._fed_s = now_s
            notify("WATCHDOG=1")
        if self._starts and not self._settled and now_s - self._ready_s >= SETTLED_S:
            self._settled = True
            self._starts.settled()


@contextmanager
def ticking(supervision: Supervision, every_s: float = 1.0) -> Iterator[None]:
    """Tick in a thread of its own, for a main thread that only waits for others."""
    done = threading.Event()

    def tick() -> None:
        while not done.wait(every_s):
            supervision.tick()

    thread = threading.Thread(target=tick, name="watchdog", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


@contextmanager
def watched(conversation: Conversation | InlineConversation, step_s: float) -> Iterator[None]:
    """Ready, and watched by a thread, until the end of the block; in one thread, nothing. `step_s`: see stalls.py."""
    from edge_agent.run.threads import Conversation

    if not isinstance(conversation, Conversation):
        yield
        return
    conversation.host.microphones.append(conversation)
    with ticking(Supervision(of_host(conversation.host, step_s), of_service())):
        yield

"""Switchboard: puts a caller through: somebody is called while the caller hears music, and both are joined."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from edge_agent.phone.line import SipLine
from edge_agent.phone.messages import Transferred
from edge_agent.phone.music import music
from edge_agent.types import Samples, Voiced

log = logging.getLogger(__name__)

RINGS_S = 25.0
"""Whoever is called has so long to pick up."""
OUTCOME_S = 60.0
"""The stack tells what became of a transfer before this is over."""
LOOK_S = 0.05
HEARD_S = 0.2
"""What was said last is heard so much later than it was taken."""
BLOCK_S = 0.02
MUSIC_WAITS = 25
"""Blocks for which there is no music behind what is heard in its place: half a second."""
CANNOT_JOIN = "Replaces"
"""What the stack's words have in them where the other telephone cannot be joined to another call."""


class Switchboard:
    """One of the phone, for all its calls."""

    def __init__(self, dial: Callable[[str], SipLine], announced: Sequence[Voiced], *, asks: bool) -> None:
        """`dial` calls a number; `announced` is said to whoever picks up. `asks`: they are called first, and the caller
        is joined to them (attended); else the caller is told to call them (blind)."""
        self._dial, self._announced, self._asks = dial, announced, asks

    def put_through(self, line: SipLine, uri: str) -> bool:
        """Returns when the caller's call has been handed over, or goes on, or is over: whether it was handed over."""
        outcome = _Outcome(line)
        with muted(line):
            if not self._asks:
                with playing(line):
                    line.transfer(uri)
                    return outcome.is_done()
            other = self._dial(uri)
            try:
                with playing(line) as instead:
                    other.on_early = instead
                    if not _picked_up(line, other):
                        return False
                    self._announce(other)
                return self._joined(line, other, outcome, uri)
            finally:
                other.close()

    def _announce(self, other: SipLine) -> None:
        for block in self._announced:
            other.sink.write(block.samples)
        other.over.wait(HEARD_S)

    def _joined(self, line: SipLine, other: SipLine, outcome: _Outcome, uri: str) -> bool:
        """Both are joined; where the caller's telephone cannot do that, it calls the other side anew."""
        if line.over.is_set() or other.over.is_set():
            return False
        line.join(other)
        if outcome.is_done() or CANNOT_JOIN not in outcome.said:
            return outcome.was_done
        other.close()
        outcome = _Outcome(line)
        line.transfer(uri)
        return outcome.is_done()


def referred(line: SipLine, uri: str) -> str | None:
    """Has the caller call `uri` instead: returns None once they have, else why not."""
    outcome = _Outcome(line)
    line.transfer(uri)
    return None if outcome.is_done() else outcome.said or "the call is over"


class _Outcome:
    """What becomes of a transfer of this line."""

    def __init__(self, line: SipLine) -> None:
        self._line, self._news, self._came = line, Transferred(line.call, False, ""), threading.Event()
        line.on_transferred = self._take

    @property
    def said(self) -> str:
        return self._news.said

    @property
    def was_done(self) -> bool:
        return self._news.is_done

    def is_done(self) -> bool:
        """Waits for it."""
        waited = 0.0
        while not self._came.wait(LOOK_S) and not self._line.over.is_set() and waited < OUTCOME_S:
            waited += LOOK_S
        if not self._news.is_done:
            log.warning("A transfer has failed (%s).", self._news.said or "the call is over")
        return self._news.is_done

    def _take(self, news: Transferred) -> None:
        """Runs in the stack's thread."""
        self._news = news
        self._came.set()


def _picked_up(line: SipLine, other: SipLine) -> bool:
    """Waits for the other side, as long as the caller does."""
    waited = 0.0
    while not other.picked_up.wait(LOOK_S):
        waited += LOOK_S
        if other.over.is_set() or line.over.is_set() or waited > RINGS_S:
            return False
    return True


@contextmanager
def muted(line: SipLine) -> Iterator[None]:
    """The caller is not heard meanwhile."""
    line.source.muted = True
    try:
        yield
    finally:
        line.source.muted = False


@contextmanager
def playing(line: SipLine) -> Iterator[Callable[[Samples, int], None]]:
    """The caller hears music until the end of the block, or what is given to the function that is yielded, at a rate:
    the music waits for as long as that comes."""
    over, waits = threading.Event(), 0

    def play() -> None:
        nonlocal waits
        sound, length, at = music(line.sink.rate_hz), round(BLOCK_S * line.sink.rate_hz), 0
        while not over.is_set() and not line.over.is_set():
            if waits:
                waits -= 1
                over.wait(BLOCK_S)
            else:
                line.sink.write(sound[at : at + length])
                at = at + length if at + length < len(sound) else 0

    def instead(samples: Samples, rate_hz: int) -> None:
        nonlocal waits
        if not waits:
            line.sink.flush()
        waits = MUSIC_WAITS
        line.voice.put(samples, rate_hz)

    thread = threading.Thread(target=play, name="music", daemon=True)
    thread.start()
    try:
        yield instead
    finally:
        over.set()
        line.sink.flush()  # lets go whoever waits for a line that takes nothing: it is on hold
        thread.join()

"""Outbound: the voice on its way to a peer. Whoever speaks puts sound in; the track takes 20 ms of it each 20 ms.

Nothing is sent ahead of its time, so that what was sent is what is heard, and a barge-in leaves only what the network
and the peer still hold. Sound that is put in carries a name; when the last of a block has been taken, its name and
length are told, and so it is known to the block what was heard.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from edge_agent.lines.pcm import FADE_S, faded_out
from edge_agent.resample import Resampler
from edge_agent.rtc.jitter import CLOCK_HZ, FRAME
from edge_agent.types import Samples

OnPlayed = Callable[[str, int], object]
"""Told the name of a block and its samples, as they were put in, once it has been taken."""


@dataclass(slots=True)
class _Block:
    name: str
    count: int
    """Samples as they were put in."""
    sound: Samples
    """What is still to be taken, at `CLOCK_HZ`."""


class Outbound:
    """Any thread may put and drop; the network's takes."""

    AHEAD = FRAME
    """Samples that may still wait when `wait` returns: 20 ms. With the block that is put in then it is 40."""

    def __init__(self, on_played: OnPlayed = lambda name, count: None) -> None:
        self.on_played = on_played
        self._blocks: deque[_Block] = deque()
        self._waiting = 0
        """Samples in it."""
        self._resampler = Resampler(CLOCK_HZ, CLOCK_HZ)
        self._closed = False
        self._changed = threading.Condition()

    @property
    def waiting_s(self) -> float:
        """Sound that was put in and not taken yet, in seconds."""
        return self._waiting / CLOCK_HZ

    def put(self, samples: Samples, rate_hz: int, name: str = "", *, last: bool = False) -> None:
        """Sound is to be heard behind what was put in before. Never waits. `last`: nothing follows that belongs to
        it."""
        with self._changed:
            if self._closed:
                return
            if self._resampler.from_hz != rate_hz or not self._blocks:
                self._resampler = Resampler(rate_hz, CLOCK_HZ)
            sound = self._resampler.push(samples)
            if last:
                sound = np.concatenate([sound, self._resampler.flush()])
                self._resampler = Resampler(CLOCK_HZ, CLOCK_HZ)
            self._blocks.append(_Block(name, len(samples), sound))
            self._waiting += len(sound)

    def wait(self) -> None:
        """Returns when no more than `AHEAD` is left, or nothing will be taken any more."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._waiting <= self.AHEAD)

    def drop(self, name: str | None = None, *, fades: bool = True) -> None:
        """What waits, of this name or all, is not heard any more, but for a fade of a few milliseconds."""
        with self._changed:
            mine = [block for block in self._blocks if name in (None, block.name)]
            if not mine:
                return
            fade = faded_out(np.concatenate([block.sound for block in mine]), round(FADE_S * CLOCK_HZ))
            others = [block for block in self._blocks if name not in (None, block.name)]
            self._blocks = deque([*([_Block("", 0, fade)] if fades else ()), *others])
            self._waiting = sum(len(block.sound) for block in self._blocks)
            self._changed.notify_all()

    def take(self) -> Samples | None:
        """The next 20 ms at `CLOCK_HZ`, with silence where the sound ends; None if there is none."""
        with self._changed:
            frame, played = self._cut()
            self._changed.notify_all()
        for block in played:
            if block.count:
                self.on_played(block.name, block.count)
        return frame

    def close(self) -> None:
        """Nothing will be taken any more: who waits is let go."""
        with self._changed:
            self._closed = True
            self._blocks.clear()
            self._waiting = 0
            self._changed.notify_all()

    def _cut(self) -> tuple[Samples | None, list[_Block]]:
        if not self._blocks:
            return None, []
        frame, at, played = np.zeros(FRAME, np.float32), 0, list[_Block]()
        while self._blocks and at <= FRAME:
            block = self._blocks[0]
            now, block.sound = block.sound[: FRAME - at], block.sound[FRAME - at :]
            frame[at : at + len(now)] = now
            at += len(now)
            self._waiting -= len(now)
            if len(block.sound):
                break
            played.append(self._blocks.popleft())
        return frame, played

"""Caller: a telephone that somebody speaks into: G.711 by the clock of RTP, and what is heard of the other side."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from edge_agent.lines.pcm import to_int16
from edge_agent.resample import resample
from edge_agent.serve import g711
from edge_agent.types import Samples
from tests.rigs.sip.peer import SILENT, SipPeer

RATE_HZ = 8_000
FRAME = RATE_HZ // 50
FRAME_S = 0.02
LOUD = 0.02
"""The level above which something is heard."""
QUIET_S = 0.8
"""The silence behind which an answer is over."""


@dataclass(frozen=True, slots=True)
class Piece:
    at_s: float
    """When it came, by `time.monotonic`."""
    samples: Samples


class Caller:
    """One call that was answered. It sends a packet each 20 ms, of silence where nothing is to be said."""

    def __init__(self, peer: SipPeer) -> None:
        self.peer = peer
        self.pieces: list[Piece] = []
        """What is heard."""
        self.begun_s = time.monotonic()
        self._next: deque[tuple[bytes, threading.Event | None]] = deque()
        """Frames that wait, and who waits for them to be sent; b"" and a key for none."""
        self._keys: deque[str] = deque()
        self._over = threading.Event()
        self._sent_s = 0.0

    @contextmanager
    def speaking(self) -> Iterator[Caller]:
        threads = [threading.Thread(target=work, daemon=True) for work in (self._send, self._receive)]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            self._over.set()
            for thread in threads:
                thread.join()

    def says(self, sound: Samples, rate_hz: int = RATE_HZ) -> float:
        """Returns when all was sent. What is returned: when its first sample was spoken, had there been a person: each
        packet leaves when its last sample has been."""
        coded = g711.encode(to_int16(resample(sound, rate_hz, RATE_HZ)), "alaw")
        frames = [coded[at : at + FRAME].ljust(FRAME, SILENT[:1]) for at in range(0, len(coded), FRAME)]
        first, last = threading.Event(), threading.Event()
        self._next.extend(zip(frames, [first, *[None] * (len(frames) - 2), last], strict=True))
        first.wait()
        begun_s = self._sent_s - FRAME_S
        last.wait()
        return begun_s

    def press(self, keys: str) -> None:
        """Keys by RFC 4733, a third of a second each. Returns when they are pressed."""
        for key in keys:
            self._keys.append(key)
            time.sleep(0.3)

    def hears(self, since_s: float, seconds: float = 15.0) -> Samples:
        """What is said from then on, until it is quiet again, at 8 kHz."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(0.05)
            heard = [
                (each.at_s, np.abs(each.samples).max() > LOUD) for each in list(self.pieces) if each.at_s > since_s
            ]
            loud = [at for at, is_loud in heard if is_loud]
            if loud and heard[-1][0] - loud[-1] > QUIET_S:
                break
        return self.since(since_s)

    def since(self, since_s: float) -> Samples:
        """All that was heard from then on."""
        found = [each.samples for each in list(self.pieces) if each.at_s > since_s]
        return np.concatenate(found) if found else np.zeros(0, np.float32)

    def _send(self) -> None:
        due_s = time.monotonic()
        while not self._over.is_set():
            if self._keys:
                self.peer.press(self._keys.popleft())
            frame, told = self._next.popleft() if self._next else (SILENT, None)
            self.peer.packet(frame)
            self._sent_s = time.monotonic()
            if told:
                told.set()
            due_s += FRAME_S
            time.sleep(max(0.0, due_s - time.monotonic()))

    def _receive(self) -> None:
        while not self._over.is_set():
            if coded := self.peer.heard(0.2):
                pcm = g711.decode(coded, "alaw").astype(np.float32) / np.float32(32768)
                self.pieces.append(Piece(time.monotonic(), pcm))

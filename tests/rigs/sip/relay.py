"""Relay: a network between a telephone and a phone, for RTP alone: it loses packets and scatters them, both ways."""

from __future__ import annotations

import heapq
import itertools
import random
import select
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.rigs.sip.peer import HOST, SipPeer

MOST_BYTES = 2048


class Relay:
    """The telephone sends to `inside`, and has `outside` in its SDP."""

    def __init__(self, loss: float, jitter_s: float, seed: int = 1) -> None:
        """Each packet is lost with probability `loss`, else late by 0 to 2 `jitter_s`, evenly: some overtake others."""
        self._loss, self._jitter_s, self._chance = loss, jitter_s, random.Random(seed)
        self.inside, self.outside = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
        for each in (self.inside, self.outside):
            each.bind((HOST, 0))
        self.telephone: tuple[str, int] | None = None
        self.phone: tuple[str, int] | None = None
        """Where each wants its packets."""
        self._late: list[tuple[float, int, bool, bytes]] = []
        self._count, self._over = itertools.count(), threading.Event()

    def run(self) -> None:
        """Carries packets until `close`."""
        while not self._over.is_set():
            wait_s = self._late[0][0] - time.monotonic() if self._late else 0.05
            for each in select.select([self.inside, self.outside], [], [], min(0.05, max(0.0, wait_s)))[0]:
                self._take(each)
            while self._late and self._late[0][0] <= time.monotonic():
                _, _, is_out, data = heapq.heappop(self._late)
                one, to = (self.outside, self.phone) if is_out else (self.inside, self.telephone)
                if to:
                    one.sendto(data, to)

    def close(self) -> None:
        self._over.set()

    def _take(self, one: socket.socket) -> None:
        data, address = one.recvfrom(MOST_BYTES)
        is_out = one is self.inside
        if is_out:
            self.telephone = address
        if self._chance.random() >= self._loss:
            due_s = time.monotonic() + self._chance.uniform(0, 2 * self._jitter_s)
            heapq.heappush(self._late, (due_s, next(self._count), is_out, data))


@contextmanager
def between(peer: SipPeer, loss: float, jitter_s: float, seed: int = 1) -> Iterator[None]:
    """The next call of the telephone goes through such a network; without loss or jitter through none."""
    if not loss and not jitter_s:
        yield
        return
    relay = Relay(loss, jitter_s, seed)
    peer.relay = relay
    thread = threading.Thread(target=relay.run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        relay.close()
        thread.join()
        for each in (relay.inside, relay.outside):
            each.close()

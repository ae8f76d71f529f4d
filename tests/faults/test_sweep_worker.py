"""Each send and each receive of a worker's socket fails once: one turn fails and says so, the next works."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import program
import pytest

from edge_agent.errors import EngineLost
from edge_agent.workers import child
from edge_agent.workers.packet import Connection
from edge_agent.workers.supervisor import Bounds
from edge_agent.workers.worker import Worker

ENGINE = [sys.executable, str(Path(__file__).parents[1] / "workers" / "fake_engine.py")]
SOUND = np.linspace(-1, 1, 1000, dtype=np.float32)
PIECE = 1500
"""Bytes that a call takes or gives at most."""
ERRORS = (ConnectionResetError(104, "Connection reset by peer"), BrokenPipeError(32, "Broken pipe"), None)
"""None: the other end is closed, or takes nothing more."""


class Wire:
    """All sockets of one test: the call that makes `left` zero fails."""

    def __init__(self) -> None:
        self.left = 0

    def met(self) -> bool:
        self.left -= 1
        return self.left == 0


class End:
    """A socket on `wire`."""

    def __init__(self, wire: Wire, end: Any) -> None:
        self._wire, self._end = wire, end

    def __getattr__(self, name: str) -> Any:
        return getattr(self._end, name)

    def send(self, data: memoryview, flags: int = 0) -> int:
        if self._wire.met():
            raise ERRORS[0]
        return int(self._end.send(data[:PIECE], flags))

    def recv_into(self, view: memoryview) -> int:
        if self._wire.met():
            error = ERRORS[self._wire.left % 3]
            if error:
                raise error
            return 0
        return int(self._end.recv_into(view[:PIECE]))


def turn(worker: Worker) -> None:
    """As a turn asks: something with sound, then a stream. Everything comes back whole."""
    answer = worker.call("echo", {"text": "Grüße"}, SOUND)
    assert answer.fields == {"value": {"text": "Grüße"}}
    assert answer.samples is not None
    np.testing.assert_array_equal(answer.samples, SOUND)
    assert [item.fields["value"] for item in worker.stream("count", {"count": 2})] == [0, 1]


def test_every_call_of_the_socket_may_fail(
    monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    wire, failed = Wire(), 0
    monkeypatch.setattr(child, "Connection", lambda end, most: Connection(End(wire, end), most))  # type: ignore[arg-type]
    with program.nothing_left_behind():
        worker = Worker("tts", {}, Bounds(10.0, 512), command=ENGINE)
        try:
            turn(worker)
            for at in range(1, 200):
                wire.left = at
                try:
                    turn(worker)
                except EngineLost:
                    failed += 1
                if wire.left > 0:
                    break
                turn(worker)
        finally:
            worker.close()
    assert failed == at - 1 >= 15, "no fault passed unnoticed"
    record_property("faults", failed)

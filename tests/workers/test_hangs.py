"""A worker that does not answer in time: it is replaced, what it was asked for is blamed, and the watchdog knows."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from contextlib import suppress

import numpy as np
import pytest
from fake_workers import Start, hurried, pid_of

from edge_agent.errors import EngineError, EngineLost
from edge_agent.waits import wait_of
from edge_agent.workers import supervisor as module
from edge_agent.workers.worker import Worker


def test_one_that_hangs_is_replaced_and_says_where(
    start: Start, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr("edge_agent.workers.child._STACKS_S", 2.0)  # for a busy machine
    worker = start()
    first = pid_of(worker)
    with hurried(worker), pytest.raises(EngineLost, match="hung"):
        worker.call("transcribe", {"seconds": 600})
    assert pid_of(worker) != first
    assert "threading_sleep" in caplog.text
    with pytest.raises(EngineError, match="crashed on this before"):
        worker.call("transcribe", {"seconds": 600})


def test_a_hang_after_a_rest_is_not_tried_again(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_S", 0.0)  # any moment is a rest
    worker = start()
    with hurried(worker), pytest.raises(EngineLost, match="hung"):
        worker.call("transcribe", {"seconds": 600})
    with pytest.raises(EngineError, match="crashed on this before"):
        worker.call("transcribe", {"seconds": 600})


def test_one_that_somebody_stops_blames_nothing(start: Start) -> None:
    """Before it was asked: what all turns ask for would be refused in all of them."""
    worker = start()
    os.kill(pid_of(worker), signal.SIGSTOP)
    with hurried(worker), pytest.raises(EngineLost, match="hung"):
        worker.call("transcribe", {})
    assert worker.call("transcribe", {}).fields == {"value": None}


def test_one_that_is_stopped_is_replaced(start: Start) -> None:
    worker = start()
    first = pid_of(worker)
    os.kill(first, signal.SIGSTOP)
    with hurried(worker), pytest.raises(EngineLost, match="hung"):
        worker.call("echo", {})
    with worker.supervisor.change:
        assert worker.supervisor.change.wait_for(lambda: worker.pid not in (first, None), 30)


def test_a_worker_that_does_not_read_hangs_too(start: Start) -> None:
    """10 s of sound are more than the socket holds."""
    worker = start()
    os.kill(pid_of(worker), signal.SIGSTOP)
    with hurried(worker), pytest.raises(EngineLost, match="hung"):
        worker.call("echo", {}, np.zeros(160_000, np.float32))
    pid_of(worker)


def test_what_is_long_gets_longer(start: Start) -> None:
    worker = start()
    worker.facts()
    with hurried(worker):
        assert worker.call("hang", {"seconds": 0.7}, more_s=10.0).fields == {"value": None}


def test_the_watchdog_knows_who_waits_for_it(fake: Worker) -> None:
    def ask() -> None:
        with suppress(EngineLost):
            fake.call("hang", {"seconds": 600})

    asking = threading.Thread(target=ask, name="hear")
    mine = wait_of("hear")
    begun_s = time.monotonic()
    asking.start()
    while mine.due_s is None and asking.is_alive():
        os.sched_yield()
    assert fake.pid
    assert mine.due_s
    assert time.monotonic() - begun_s < fake.bounds.deadline_s, "known before it is too late"
    assert begun_s < mine.due_s <= time.monotonic() + 2 * fake.bounds.deadline_s
    os.kill(fake.pid, signal.SIGKILL)
    asking.join()
    assert mine.due_s is None

"""A worker that takes more memory than it may: at rest, and in the middle of its work."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from fake_workers import FAKE

from edge_agent.errors import EngineError, EngineLost
from edge_agent.workers import supervisor as module
from edge_agent.workers.supervisor import Bounds
from edge_agent.workers.worker import Worker

BOUNDS = Bounds(deadline_s=60.0, growth_mb=50)


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Iterator[Worker]:
    monkeypatch.setattr(module, "LOOK_S", 0.1)
    made = Worker("tts", {}, BOUNDS, command=FAKE)
    yield made
    made.close()


def test_one_that_has_grown_is_replaced_at_rest(worker: Worker) -> None:
    worker.facts()
    first = worker.pid
    worker.call("grow", {"mb": 80})
    with worker.supervisor.change:
        assert worker.supervisor.change.wait_for(lambda: worker.pid not in (first, None), 30)


def test_one_that_grows_at_work_is_replaced_at_once_and_the_same_is_not_tried_again(worker: Worker) -> None:
    large = {"mb": 150, "seconds": 50}
    begun_s = time.monotonic()
    with pytest.raises(EngineLost, match="was lost"):
        worker.call("transcribe", large)
    assert time.monotonic() - begun_s < BOUNDS.deadline_s / 2
    with pytest.raises(EngineError, match="has crashed on this before"):
        worker.call("transcribe", large)
    worker.call("transcribe", {"mb": 1})

"""Workers with the fake engine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fake_workers import FAKE, Start

from edge_agent.workers.supervisor import Bounds
from edge_agent.workers.worker import Worker


@pytest.fixture
def start() -> Iterator[Start]:
    """Workers with the fake engine; all are closed."""
    workers: list[Worker] = []

    def make(told: dict[str, object] | None = None, *, deadline_s: float = 10.0, growth_mb: int = 512) -> Worker:
        workers.append(Worker("tts", told or {}, Bounds(deadline_s, growth_mb), command=FAKE))
        return workers[-1]

    yield make
    for each in workers:
        each.close()


@pytest.fixture
def fake(start: Start) -> Worker:
    worker = start()
    worker.facts()
    return worker

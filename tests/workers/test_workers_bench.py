"""`bench workers`, with the engine that dies on demand."""

from __future__ import annotations

import signal
from collections.abc import Callable

import pytest
from fake_workers import FAKE

from edge_agent.clock import RealClock
from edge_agent.workers.supervisor import Bounds
from edge_agent.workers.worker import Worker, crossings
from tests.rigs.bench import figures
from tests.rigs.bench.workers import Tried, bench_crossings, bench_kills


@pytest.fixture
def worker() -> Worker:
    return Worker("tts", {}, Bounds(10.0, 512), command=FAKE)


def test_each_kill_is_measured_to_the_next_answer(worker: Worker) -> None:
    pids = list[int | None]()

    def use() -> None:
        worker.call("echo", {})
        if worker.pid not in pids:
            pids.append(worker.pid)

    try:
        (row,) = bench_kills({"tts": Tried(lambda: worker.pid, use)}, RealClock(), runs=2)
    finally:
        worker.close()
    assert len(pids) == 3, "a process for each kill"
    assert len(row["back_s"]) == 2
    assert 0 < row["use_s"] < min(row["back_s"])
    turn = {"asked": {"tts": 3}, "first_s": [0.001, 0.002, 0.004], "crossing_s": [0.01, 0.02, 0.03]}
    crossing, (name, text) = figures.figures({"kind": "workers", "turn": turn, "rows": [row]})
    assert name == "tts"
    assert "s after SIGKILL" in text
    assert "n = 2" in text
    costs = "2.0 ms until its first sound (at most 4.0 ms, n = 3); 20.0 ms in all, for requests: tts 3"
    assert crossing == ("crossings of a turn", costs)


def test_one_that_hangs_is_back_after_its_deadline() -> None:
    worker = Worker("tts", {}, Bounds(1.0, 512), command=FAKE)
    try:
        tried = Tried(lambda: worker.pid, lambda: worker.call("echo", {}))
        (row,) = bench_kills({"tts": tried}, RealClock(), runs=1, number=signal.SIGSTOP)
    finally:
        worker.close()
    assert row["by"] == "SIGSTOP"
    assert 1.0 < row["back_s"][0] < 10.0


def test_a_crossing_is_what_asking_takes_beyond_the_engine(worker: Worker) -> None:
    def turn(sounds: Callable[[], object]) -> None:
        for _ in range(3):
            worker.call("work", {"seconds": 0.2})
            sounds()

    try:
        worker.facts()
        of_tts = crossings["tts"]
        found = bench_crossings(turn, lambda: {"tts": (of_tts.asked, of_tts.cost_s)}, runs=2, progress=str)
    finally:
        worker.close()
    assert found["asked"] == {"tts": 3}
    assert all(0 < cost_s < 0.2 for cost_s in found["crossing_s"]), "the engine's own 0.6 s are not among it"
    assert all(0 < first_s < whole_s for first_s, whole_s in zip(found["first_s"], found["crossing_s"], strict=True))

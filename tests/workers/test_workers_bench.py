"""`bench workers`, with the engine that dies on demand."""

from __future__ import annotations

from fake_workers import FAKE

from edge_agent.bench import figures
from edge_agent.bench.workers import Tried, bench_workers
from edge_agent.clock import RealClock
from edge_agent.workers.worker import Bounds, Worker


def test_each_kill_is_measured_to_the_next_answer() -> None:
    worker = Worker("tts", {}, Bounds(10.0, 512), command=FAKE)
    pids = list[int | None]()

    def use() -> None:
        worker.call("echo", {})
        if worker.pid not in pids:
            pids.append(worker.pid)

    try:
        tried = {"tts": Tried(lambda: worker.pid, lambda: worker.call("echo", {}), use)}
        result = bench_workers(tried, RealClock(), runs=2)
    finally:
        worker.close()
    assert len(pids) == 3, "a process for each kill"
    (row,) = result["rows"]
    assert len(row["back_s"]) == 2
    assert 0 < row["cross_s"] < min(row["back_s"])
    ((name, text),) = figures.figures({"kind": "workers", **result})
    assert name == "tts"
    assert "n = 2" in text

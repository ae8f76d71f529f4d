"""A worker's life: what it is asked, how it dies, and who takes its place."""

from __future__ import annotations

import gc
import logging
import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from fake_workers import FAKE, Start, pid_of
from tiers import fast_first

from edge_agent import cores, processes
from edge_agent.errors import ComputeFailed, ConfigError, EngineError, EngineLost, ModelError
from edge_agent.workers import supervisor as module
from edge_agent.workers.supervisor import Bounds
from edge_agent.workers.worker import Worker
from tests.rigs import kernel


def test_what_it_is_asked_comes_back_with_its_sound(fake: Worker) -> None:
    sound = np.linspace(-1, 1, 160_001, dtype=np.float32)
    answer = fake.call("echo", {"text": "Grüße 🐟", "draft": [1, 2]}, sound)
    assert answer.fields == {"value": {"text": "Grüße 🐟", "draft": [1, 2]}}
    assert answer.samples is not None
    np.testing.assert_array_equal(answer.samples, sound)
    answer.samples[:] = 0  # the rooms may write into what they are given
    assert fake.call("echo", {}).samples is None
    assert fake.facts()["rate_hz"] == 16_000


def test_a_stream_is_made_as_it_is_asked_for(fake: Worker) -> None:
    stream = fake.stream("count", {"count": 3})
    assert next(stream).fields == {"value": 0}
    assert fake.call("echo", {"between": True}).fields == {"value": {"between": True}}
    assert [(item.fields["value"], len(item.samples)) for item in stream if item.samples is not None] == [
        (1, 1),
        (2, 2),
    ]
    abandoned = fake.stream("count", {"count": 100})
    next(abandoned)
    abandoned.close()
    assert len(list(fake.stream("count", {"count": 2}))) == 2


def test_errors_cross_without_what_was_said(fake: Worker) -> None:
    with pytest.raises(EngineError, match="does not know") as refused:
        fake.call("refuse", {})
    assert refused.value.fix == "edge-agent doctor"
    pid = pid_of(fake)
    with pytest.raises(EngineError, match="ValueError") as failed:
        fake.call("fail", {})
    assert "Rumpelstiltskin" not in str(failed.value)
    assert pid_of(fake) == pid, "an exception is no reason to be replaced"


def test_a_model_whose_files_have_changed_is_not_loaded_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "PAUSES_S", (0.0, 0.01))
    damage: list[ModelError] = []

    def check() -> None:
        if damage:
            raise damage[0]

    worker = Worker("tts", {}, Bounds(10.0, 512), check=check, command=FAKE)
    try:
        worker.facts()
        damage.append(ModelError("voice.onnx is damaged."))
        for _ in range(2):
            with pytest.raises(EngineLost):
                worker.call("crash", {"by": "SIGKILL"})
        with pytest.raises(EngineLost, match=r"is not there: voice.onnx is damaged\.$"):
            worker.call("echo", {})
        assert "Nothing takes the place of the voice yet: voice.onnx is damaged." in caplog.text
        damage.clear()
        while worker.pid is None:  # at the next try
            with suppress(EngineLost):
                worker.call("echo", {})
    finally:
        worker.close()


def test_one_that_fails_on_a_gpu_is_loaded_without_it_and_stays_so(caplog: pytest.LogCaptureFixture) -> None:
    for told in ({"crash": "SIGSEGV"}, {"refuse": True}):
        worker = Worker("tts", told, Bounds(10.0, 512), instead={"model": "on the CPU"}, command=FAKE)
        try:
            assert worker.facts()["model"] == "on the CPU", "who asks at the start is told nothing of the failure"
        finally:
            worker.close()
    assert caplog.text.count("goes on without the GPU") == 2


def test_one_that_loses_its_gpu_in_use_comes_back_without_it(caplog: pytest.LogCaptureFixture) -> None:
    told, instead = {"model": "on the GPU"}, {"model": "on the CPU"}
    worker = Worker("tts", told, Bounds(10.0, 512), instead=instead, command=FAKE)
    try:
        assert worker.facts()["model"] == "on the GPU"
        for _ in range(2):
            with pytest.raises(EngineLost):
                worker.call("crash", {"by": "SIGSEGV"})
            pid_of(worker)
            assert worker.facts()["model"] == "on the CPU"
    finally:
        worker.close()
    assert caplog.text.count("goes on without the GPU") == 1


def test_one_that_fails_on_its_gpu_in_use_is_replaced_by_one_without(caplog: pytest.LogCaptureFixture) -> None:
    """Memory of a card that another program has taken is an exception, and no end of the process."""
    told, instead = {"model": "on the GPU"}, {"model": "on the CPU"}
    worker = Worker("tts", told, Bounds(10.0, 512), instead=instead, command=FAKE)
    try:
        pid = pid_of(worker)
        with pytest.raises(EngineError, match="does not know"):
            worker.call("refuse", {})
        assert pid_of(worker) == pid, "what it is asked for may be wrong: no fault of the GPU"
        with pytest.raises(EngineLost, match="failed on the GPU"):
            worker.call("fail", {})
        assert worker.call("echo", {"text": "back"}).fields == {"value": {"text": "back"}}
        assert worker.facts()["model"] == "on the CPU"
        pid = pid_of(worker)
        with pytest.raises(ComputeFailed):
            worker.call("fail", {})
        assert pid_of(worker) == pid
    finally:
        worker.close()
    assert caplog.text.count("goes on without the GPU: It failed (ValueError)") == 1


def test_what_a_gpu_has_crashed_on_is_asked_of_the_one_without() -> None:
    worker = Worker("asr", {"model": "on the GPU"}, Bounds(10.0, 512), instead={"model": "on the CPU"}, command=FAKE)
    try:
        for _ in range(2):
            with pytest.raises(EngineLost, match="was lost"):
                worker.call("transcribe", {"by": "SIGSEGV"})
        with pytest.raises(EngineError, match="has crashed on this before"):
            worker.call("transcribe", {"by": "SIGSEGV"})
    finally:
        worker.close()


def test_one_that_is_closed_while_it_loads_is_no_failure(caplog: pytest.LogCaptureFixture) -> None:
    worker = Worker("tts", {"model": "on the GPU"}, Bounds(10.0, 512), instead={"hang": True}, command=FAKE)
    try:
        pid = pid_of(worker)
        os.kill(pid, signal.SIGKILL)
        with worker.supervisor.change:
            while (started := worker.supervisor._started) is None or started.pid == pid:
                worker.supervisor.change.wait(0.01)
    finally:
        worker.close()
    assert "goes on without the GPU" in caplog.text
    assert "Nothing takes the place" not in caplog.text


@pytest.mark.parametrize("what", fast_first(["{", "\xff", "[]", '"text"', "null"], 2))
def test_nonsense_is_an_end(fake: Worker, what: str) -> None:
    first = pid_of(fake)
    with pytest.raises(EngineLost):
        fake.call("babble", {"what": what})
    assert pid_of(fake) != first


def test_an_end_by_a_signal_without_a_name(fake: Worker, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(EngineLost):
        fake.call("crash", {"by": 40})
    pid_of(fake)
    assert "signal 40" in caplog.text


def test_one_that_cannot_be_watched_leaves_nothing(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(pid: int) -> int:
        raise OSError(24, "Too many open files")

    before = kernel.descriptors(os.getpid()), len(processes.children())
    with monkeypatch.context() as patched:
        patched.setattr(os, "pidfd_open", refused)
        worker = start()
        with pytest.raises(EngineLost, match="could not be started"):
            worker.facts()
        worker.close()
    assert (kernel.descriptors(os.getpid()), len(processes.children())) == before


def test_a_stream_that_is_open_is_no_rest(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its reader waits until what was made before has been heard."""
    monkeypatch.setattr(module, "LOOK_S", 0.05)
    worker = start(growth_mb=50)
    first = pid_of(worker)
    stream = worker.stream("count", {"count": 3})
    next(stream)
    worker.call("grow", {"mb": 80})
    with worker.supervisor.change:
        assert not worker.supervisor.change.wait_for(lambda: worker.pid != first, 0.5)
    list(stream)
    with worker.supervisor.change:
        assert worker.supervisor.change.wait_for(lambda: worker.pid not in (first, None), 30)


@pytest.mark.parametrize("by", fast_first(["null", "SIGKILL", "SIGSEGV", "SIGABRT", "SIGBUS"], 2))
def test_a_crash_costs_one_call(fake: Worker, by: str, caplog: pytest.LogCaptureFixture) -> None:
    first = pid_of(fake)
    with pytest.raises(EngineLost, match="The voice was lost"):
        fake.call("crash", {"by": by})
    assert pid_of(fake) != first
    (line,) = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert ("SIGSEGV" if by == "null" else by) in line


def test_a_crash_in_a_stream_ends_that_stream(fake: Worker) -> None:
    stream = fake.stream("count", {"count": 9, "crash_at": 2})
    assert [next(stream).fields["value"] for _ in range(2)] == [0, 1]
    with pytest.raises(EngineLost):
        next(stream)
    assert len(list(fake.stream("count", {"count": 3}))) == 3


def test_a_stream_does_not_go_on_in_another_worker(fake: Worker) -> None:
    stream = fake.stream("count", {"count": 9})
    first = pid_of(fake)
    next(stream)
    with pytest.raises(EngineLost):
        fake.call("crash", {"by": "SIGKILL"})
    assert pid_of(fake) != first
    with pytest.raises(EngineLost):
        next(stream)


def test_what_crashed_it_is_not_tried_again(fake: Worker) -> None:
    sound = np.ones(100, np.float32)
    with pytest.raises(EngineLost):
        fake.call("transcribe", {"by": "SIGSEGV"}, sound)
    second = pid_of(fake)
    with pytest.raises(EngineError, match="crashed on this before"):
        fake.call("transcribe", {"by": "SIGSEGV"}, sound)
    assert pid_of(fake) == second
    with pytest.raises(EngineLost):
        fake.call("transcribe", {"by": "SIGSEGV"}, 2 * sound)


def test_what_says_the_same_in_every_turn_is_not_to_blame(fake: Worker) -> None:
    for _ in range(2):
        with pytest.raises(EngineLost):
            fake.call("tokenize", {"by": "SIGSEGV"})
        pid_of(fake)


def test_what_it_was_killed_over_may_be_tried_again(fake: Worker) -> None:
    """SIGKILL comes from the kernel's want of memory or from a person: the input is not to blame."""
    for _ in range(2):
        with pytest.raises(EngineLost):
            fake.call("crash", {"by": "SIGKILL"})
        pid_of(fake)


def test_one_that_dies_at_rest_is_replaced_unasked(fake: Worker) -> None:
    first = pid_of(fake)
    os.kill(first, signal.SIGKILL)
    with fake.supervisor.change:
        assert fake.supervisor.change.wait_for(lambda: fake.pid not in (first, None), 30)


def test_one_that_cannot_load_says_why(start: Start) -> None:
    with pytest.raises(ConfigError, match="Such an engine there is not"):
        start({"refuse": True}).facts()


@pytest.mark.parametrize(
    ("by", "meaning", "fix"),
    [
        ("SIGSEGV", r"dies \(SIGSEGV\)", "edge-agent models verify"),
        ("SIGILL", r"dies \(SIGILL; it may have been built for another CPU\)", "rm -r .venv && scripts/run --help"),
        (
            "SIGKILL",
            r"dies \(SIGKILL; memory may have run out\)",
            "edge-agent talk --profile tiny, or close other programs",
        ),
    ],
)
def test_one_that_dies_while_it_loads_says_what_mends_it(start: Start, by: str, meaning: str, fix: str) -> None:
    """It must not be `doctor`, which is told the same."""
    with pytest.raises(ModelError, match=f"The voice {meaning} while it loads") as died:
        start({"crash": by}).facts()
    assert died.value.fix == fix


def test_one_that_answers_nonsense_when_it_is_loaded(start: Start) -> None:
    with pytest.raises(ModelError, match="answers nonsense while it loads"):
        start({"nonsense": True}).facts()


def test_what_it_prints_harms_nobody(fake: Worker, capfd: pytest.CaptureFixture[str]) -> None:
    fake.call("shout", {})
    for _ in range(20):
        fake.call("shout", {})
    assert fake.call("echo", {"still": "there"}).fields == {"value": {"still": "there"}}
    assert capfd.readouterr() == ("", "")


def test_it_is_secluded(start: Start, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EDGE_AGENT_SERVE__TOKEN", "secret")
    monkeypatch.setenv("NOTIFY_SOCKET", "/run/systemd/notify")
    monkeypatch.delenv(cores.TRACEABLE, raising=False)
    with (tmp_path / "open.txt").open("w") as ours:
        os.set_inheritable(ours.fileno(), True)
        worker = start()
        told = worker.call("environment", {}).fields
        environment = told["value"]
        files = worker.call("files", {}).fields["value"]
    assert not {"EDGE_AGENT_SERVE__TOKEN", "NOTIFY_SOCKET"} & environment.keys()
    assert told["dumpable"] == 0
    assert environment["ORT_DISABLE_TELEMETRY"] == "1"
    assert not [name for name in files if "open.txt" in name]
    assert len([name for name in files if "socket:" in name]) == 1
    status = Path(f"/proc/{worker.pid}/status").read_text()
    assert "NoNewPrivs:\t1" in status
    score = Path(f"/proc/{worker.pid}/oom_score_adj").read_text()
    assert int(score) == min(1000, int(Path("/proc/self/oom_score_adj").read_text()) + 300)
    limits = Path(f"/proc/{worker.pid}/limits").read_text()
    assert next(line for line in limits.splitlines() if line.startswith("Max core")).split()[4:6] == ["1", "1"]
    assert int(Path(f"/proc/{worker.pid}/coredump_filter").read_text(), 16) == 0


def test_it_dies_with_the_agent() -> None:
    """Even where it is busy, and the agent had no time to say goodbye."""
    code = f"""
import os, signal, threading
from edge_agent.workers.supervisor import Bounds
from edge_agent.workers.worker import Worker
worker = Worker("tts", {{}}, Bounds(60, 512), command={FAKE!r})
worker.facts()
threading.Thread(target=worker.call, args=("hang", {{"seconds": 600}}), daemon=True).start()
print(worker.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    orphan = os.pidfd_open(pid) if Path(f"/proc/{(pid := int(done.stdout))}").exists() else None
    if orphan is not None:
        import select

        poll = select.poll()
        poll.register(orphan, select.POLLIN)
        assert poll.poll(10_000), "it lives on"
        os.close(orphan)


def test_nothing_of_it_remains(start: Start) -> None:
    def census() -> tuple[int, int, int]:
        gc.collect()
        return kernel.descriptors(os.getpid()), threading.active_count(), len(processes.children())

    before = census()
    worker = start()
    for _ in range(3):
        with pytest.raises(EngineLost):
            worker.call("crash", {"by": "SIGKILL"})
        pid_of(worker)
    worker.close()
    assert census() == before
    starting = start()
    starting.close()
    assert census() == before
    with pytest.raises(EngineLost):
        starting.call("echo", {})


def test_processor_time_and_memory_of_it_are_counted(fake: Worker) -> None:
    assert fake.pid in processes.children()
    before_mb = processes.total_peak_mb()
    fake.call("grow", {"mb": 100})
    assert processes.total_peak_mb() - before_mb == pytest.approx(100, abs=15)
    assert processes.resident_mb(pid_of(fake)) > 100
    assert 0 < processes.pss_mb(pid_of(fake)) < 1000
    assert processes.total_cpu_s() > processes.cpu_s(pid_of(fake)) > 0

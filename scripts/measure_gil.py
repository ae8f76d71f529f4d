"""What a second Python thread costs the engines: medians of their times beside a load, in one process or in another.

    .venv/bin/python scripts/measure_gil.py tests/data/speech/manifest.jsonl        (2 minutes)

A busy *process* takes a core but never the GIL: what a busy *thread* costs beyond it is the GIL's. docs/decisions/0007.
"""

from __future__ import annotations

import multiprocessing
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from statistics import median

import numpy as np

from edge_agent import build, engines
from edge_agent.bench.clips import read_clips
from edge_agent.bench.sound import read_16_khz
from edge_agent.settings import EngineSettings, Settings
from edge_agent.speak.voice import Voice
from edge_agent.types import HEAR_RATE_HZ, Heard, Sentence

ROUNDS = 15
Stop = Callable[[], bool]


def spin(stop: Stop) -> None:
    """Python code that never waits."""
    while not stop():
        sum(range(1000))


def capture_and_play(stop: Stop) -> None:
    """What the threads of a conversation do to the GIL meanwhile: a frame of 32 ms in, blocks of 20 ms out."""
    frame = np.zeros(HEAR_RATE_HZ // 100, np.float32)
    while not stop():
        time.sleep(0.01)
        np.square(frame.copy()).mean()


@contextmanager
def thread(load: Callable[[Stop], None], interval_s: float = 0.005) -> Iterator[None]:
    done, usual_s = threading.Event(), sys.getswitchinterval()
    worker = threading.Thread(target=load, args=(done.is_set,))
    sys.setswitchinterval(interval_s)
    worker.start()
    try:
        yield
    finally:
        done.set()
        worker.join()
        sys.setswitchinterval(usual_s)


@contextmanager
def process() -> Iterator[None]:
    done = multiprocessing.get_context("spawn").Event()
    worker = multiprocessing.get_context("spawn").Process(target=_spin_until, args=(done,), daemon=True)
    worker.start()
    time.sleep(1.0)  # until it has imported what it needs
    try:
        yield
    finally:
        done.set()
        worker.join()


@contextmanager
def nothing() -> Iterator[None]:
    yield


LOADS: dict[str, Callable[[], AbstractContextManager[None]]] = {
    "alone": nothing,
    "capture and playback": lambda: thread(capture_and_play),
    "busy process": process,
    "busy thread": lambda: thread(spin),
    "busy thread, switch interval 1 ms": lambda: thread(spin, 0.001),
    "busy thread, switch interval 0.1 ms": lambda: thread(spin, 0.0001),
}


def main(manifest: str) -> None:
    stages = _stages(Path(manifest))
    times: dict[str, dict[str, list[float]]] = {load: {stage: [] for stage in stages} for load in LOADS}
    for _ in range(3):  # the machine drifts: every load has its turn in every third
        for name, load in LOADS.items():
            with load():
                for _ in range(ROUNDS // 3):
                    for stage, work in stages.items():
                        times[name][stage].append(work())
    print(f"{'ms, medians of ' + str(ROUNDS):36}", *(f"{stage:>16}" for stage in stages))
    for name, row in times.items():
        print(f"{name:36}", *(f"{median(seconds) * 1000:16.0f}" for seconds in row.values()))


def _stages(manifest: Path) -> dict[str, Callable[[], float]]:
    settings = Settings(engines=EngineSettings(isolation="thread"))
    chosen = build.choose(settings)
    asr = engines.asr(settings, chosen.asr.engine, chosen.asr.main)
    mind = build.mind(settings, chosen.llm, lambda: datetime(2026, 11, 22))
    tts = engines.tts(settings, chosen.voice.engine, chosen.voice.main)
    voice = Voice(tts, language=tts.language, keep=0)
    clip = min(read_clips([manifest])[0], key=lambda clip: abs(clip.speech_end_s - 3))
    samples = read_16_khz(clip.path)

    def hear() -> None:
        asr.transcribe(samples)

    def onset() -> None:
        mind.reset()
        mind.prepare(1, "", (), lambda: True)

    def think() -> None:
        next(mind.think(1, Heard("What can I cook tonight?", "en", 1.0), ()))

    def speak() -> None:
        next(voice.speak(Sentence(0, "You could make an omelette.", False)))

    def timed(work: Callable[[], None], before: Callable[[], None] = lambda: None) -> Callable[[], float]:
        def run() -> float:
            before()
            started = time.perf_counter()
            work()
            return time.perf_counter() - started

        return run

    asr.warm_up()
    mind.warm_up()
    voice.render("Hello.")
    return {
        "ASR": timed(hear),
        "LLM, fragment": timed(think, onset),
        "TTS, first sound": timed(speak),
    }


def _spin_until(done: object) -> None:
    spin(done.is_set)  # type: ignore[attr-defined]


if __name__ == "__main__":
    main(sys.argv[1])

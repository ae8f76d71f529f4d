"""Tier R: recorded speech and the real models in their workers, which are killed now and then."""

from __future__ import annotations

import os
import queue
import random
import signal
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np

from edge_agent import build
from edge_agent.bench.clips import read_clips
from edge_agent.bench.sound import read_16_khz
from edge_agent.config import load
from edge_agent.types import Samples
from tests.rigs.soak.gauges import workers
from tests.rigs.soak.plan import RECORDING, Plan
from tests.rigs.soak.soak import Part, Progress, Soak

CLIPS = Path(__file__).parents[2] / "data" / "speech" / "manifest.jsonl"
SETTINGS = {"engines": {"deadline_s": 3.0}, "think": {"max_tokens": 32}}
"""A stopped worker is seen within 3 s, and answers are short: a soak is about many turns."""
SIGNALS = (signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT, signal.SIGSTOP)
LATEST_S = 1.5
"""A worker is killed so long after its turn began, at most: most turns take as long."""
BACK_S = 5.0
"""Real time between a turn with a kill and the next: the tape takes none, and a person would still be speaking when the
worker is back."""
CUT_SHARE = 0.1
"""Of the answers are interrupted."""
NOISE = 1e-4
"""Added to each recording: no two inputs are equal, as in life. One on which an engine crashed is never tried again."""


def soak(turns: int, *, seed: int, kills: int, profile: str, clips: Path, window: int, progress: Progress) -> Soak:
    """One conversation on a virtual clock; its second half is the first one again. Raises EdgeAgentError."""
    sounds = [read_16_khz(clip.path) for clip in read_clips([clips])[0]]
    settings = load({**SETTINGS, "models": {"profile": profile}})
    progress("loading")
    engines = build.engines(settings, build.choose(settings))
    found = Soak("real", progress)
    with Killer(turns, kills, seed) as killer:
        half = (turns + 1) // 2
        part = Part(
            _again(sounds, (half, turns - half), seed), engines, known={}, window=window, progress=progress,
            on_plan=killer.on_plan,
        )  # fmt: skip
        found.run("one thread", part)
    found.killed = killer.killed
    return found


def _again(sounds: list[Samples], lengths: tuple[int, ...], seed: int) -> Iterator[Plan]:
    number, noise = 0, np.random.default_rng(seed)
    for length in lengths:
        dice = random.Random(seed)
        for _ in range(length):
            sound = dice.choice(sounds)
            cut_s = dice.uniform(0.0, 2.0) if dice.random() < CUT_SHARE else None
            said = sound + NOISE * noise.standard_normal(len(sound), np.float32)
            yield Plan(number, RECORDING, str(number), gap_s=dice.uniform(0.4, 1.5), cut_s=cut_s, recording=said)
            number += 1


class Killer:
    """Kills workers at moments of a seed: in a thread of its own, as the engine is to be at work."""

    def __init__(self, turns: int, kills: int, seed: int) -> None:
        self._dice = random.Random(seed)
        self._turns = set(self._dice.sample(range(turns), min(kills, turns)))
        self._wait_first = False
        self.killed: dict[str, int] = {}
        """Engine and signal -> how often."""
        self._orders: queue.SimpleQueue[float | None] = queue.SimpleQueue()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="killer", daemon=True)

    def __enter__(self) -> Killer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._orders.put(None)
        self._thread.join()

    def on_plan(self, plan: Plan) -> None:
        if self._wait_first:
            self._ending.wait(BACK_S)
        self._wait_first = plan.number in self._turns
        if self._wait_first:
            self._orders.put(self._dice.uniform(0.0, LATEST_S))

    def _serve(self) -> None:
        while (delay_s := self._orders.get()) is not None:
            self._ending.wait(delay_s)
            there = workers()
            if there:  # all may be dead already
                name, number = self._dice.choice(sorted(there)), self._dice.choice(SIGNALS)
                with suppress(ProcessLookupError):
                    os.kill(there[name], number)
                    how = f"{name} {number.name}"
                    self.killed[how] = self.killed.get(how, 0) + 1

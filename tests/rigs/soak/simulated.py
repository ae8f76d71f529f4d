"""Tier S: the real rooms with scripted engines on a virtual clock, 20,000 turns, and faults of every kind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from edge_agent.clock import ManualClock
from edge_agent.heap import limit_heaps
from edge_agent.hear.ears import Ears
from edge_agent.host.engines import Engines
from edge_agent.host.jobs import Detection
from edge_agent.interfaces import Asr, Endpoint
from edge_agent.speak.voice import Voice
from edge_agent.think.pieces import Limits
from edge_agent.think.template import template_for
from edge_agent.think.writer import Writer
from tests.rigs.fakes import HOLD, THRESHOLDS, LevelVad
from tests.rigs.soak.engines import Known, SoakAsr, SoakEndpoint, SoakLlm, SoakTts
from tests.rigs.soak.plan import Plan, plans
from tests.rigs.soak.soak import Part, Progress, Soak

LIMITS = Limits(max_tokens=160, max_s=20.0)
KEPT = 8
"""Openers kept as sound."""
THREADED_SHARE = 0.1
"""Of the turns: in five threads a turn takes four times as long, and the events are the same."""


CARD_SHARE = 0.05
CARD_FAULTS = 0.1
"""Of the turns through the sound card's code, which only these two kinds concern."""
BROKEN_CARD = ("frames are lost", "microphone is lost")


def engines(known: Known) -> Engines:
    """Ears, Writer and Voice as in any conversation; only what infers is scripted."""
    clock, asr = ManualClock(), SoakAsr(known)
    writer = Writer(SoakLlm(known, clock), template_for("chatml"), limits=LIMITS, clock=clock)
    return Engines(ears, SoakEndpoint(known), lambda language: asr, writer, Voice(SoakTts(known), keep=KEPT))


def ears(endpoint: Endpoint, asr: Asr, detection: Detection) -> Ears:
    return Ears(LevelVad(), endpoint, asr, replace(THRESHOLDS, partial_s=0.3), HOLD)


def soak(turns: int, *, seed: int, faults: float, window: int, progress: Progress) -> Soak:
    """First in five threads and through the sound card's code, then in one thread; there the second half is the first
    one again."""
    limit_heaps()
    threaded, carded = round(THREADED_SHARE * turns), round(CARD_SHARE * turns)
    plain = turns - threaded - carded

    def again() -> Iterator[Plan]:
        yield from plans((plain + 1) // 2, seed=seed, faults=faults)
        yield from plans(plain // 2, seed=seed, faults=faults)

    on_card = plans(carded, seed=seed + 2, faults=max(faults, CARD_FAULTS), broken=BROKEN_CARD)
    found = Soak("simulated", progress)
    for name, given, threads, card in (
        ("five threads", plans(threaded, seed=seed + 1, faults=faults), True, False),
        ("sound card", on_card, False, True),
        ("one thread", again(), False, False),
    ):
        known: Known = {}
        part = Part(given, engines(known), known=known, threads=threads, card=card, window=window, progress=progress)
        found.run(name, part)
    return found

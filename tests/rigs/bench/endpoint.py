"""Endpoint bench: how many people a policy cuts off, against how long it lets them wait (the way of eot-bench)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from edge_agent.hear.endpoint import HoldPolicy
from edge_agent.hear.finality import Signs
from edge_agent.hear.framing import FRAME_S, frames_of
from tests.rigs.bench.pauses import LEAST_S, LONGEST_S, TAIL_S, Replay

Row = dict[str, Any]

CUT_OFF_S = 0.1
"""A turn ended this long before the annotated end of speech is cut off, as in `bench turns`."""
INCOMPLETE_S = 1.0
"""A turn that was left open should not be taken in less."""


class Policy(Protocol):
    def commit_s(self, replay: Replay, number: int) -> float:
        """Seconds of silence at which the turn would be ended in pause `number`, if nobody spoke again."""
        ...


@dataclass(frozen=True, slots=True)
class Timer:
    """Silence alone."""

    hold_s: float

    def commit_s(self, replay: Replay, number: int) -> float:
        return _whole_frames(self.hold_s)


@dataclass(frozen=True, slots=True)
class Stock:
    """Smart Turn as pipecat drives it: asked once at `delay_s`; a turn that is not complete waits for `timeout_s`."""

    threshold: float = 0.5
    delay_s: float = 0.2
    timeout_s: float = 3.0

    def commit_s(self, replay: Replay, number: int) -> float:
        at_s = _whole_frames(self.delay_s)
        sure = replay.pauses[number].score_at(at_s) > self.threshold
        return at_s if sure else _whole_frames(self.timeout_s)


@dataclass(frozen=True, slots=True)
class Combined:
    """Ours: the probability of all signs together, asked again while it is not sure, decides on the hold."""

    hold: HoldPolicy
    probability: Callable[[Signs], float]
    soft_end_s: float
    rescore_s: float

    def commit_s(self, replay: Replay, number: int) -> float:
        pause, before = replay.pauses[number], replay.before(number)
        soft_end, every = frames_of(self.soft_end_s), frames_of(self.rescore_s)
        p, scores = 0.0, list[float]()
        for silent in range(soft_end, frames_of(self.hold.max_s) + 1):
            if p < self.hold.sure and (silent - soft_end) % every == 0:
                scores.append(pause.score_at(silent * FRAME_S))
                p = self.probability(Signs(tuple(scores), pause.text, before))
            if silent * FRAME_S >= self.hold.hold_s(p):
                return silent * FRAME_S
        return _whole_frames(self.hold.max_s)


def judge(replays: Sequence[Replay], policy: Policy) -> Row:
    """What `policy` would have done. Each pause is judged as if the ones before had been waited out.

    `cut_off_rate`: share of turns ended too early; `spans_cut_rate`: of the silences of 0.2 to 5 s inside turns.
    Dead air (`mean_s`, `median_s`, `p90_s`): from the annotated end of speech to the end of the turn, over all turns.
    Turns that were left open are counted apart: `incomplete`, and of these `incomplete_taken` within 1 s.
    """
    turns = [replay for replay in replays if not replay.incomplete and replay.pauses]
    outcomes = [_outcome(replay, policy) for replay in turns]
    dead_air = [outcome.dead_air_s for outcome in outcomes]
    spans = sum(outcome.spans for outcome in outcomes)
    left_open = [_outcome(replay, policy) for replay in replays if replay.incomplete and replay.pauses]
    cut_off = sum(outcome.cut_off for outcome in outcomes)
    spans_cut = sum(outcome.spans_cut for outcome in outcomes)
    return {
        "turns": len(turns),
        "cut_off": cut_off,
        "cut_off_rate": cut_off / max(1, len(turns)),
        "spans": spans,
        "spans_cut": spans_cut,
        "spans_cut_rate": spans_cut / max(1, spans),
        "mean_s": float(np.mean(dead_air)) if dead_air else None,
        "median_s": float(np.median(dead_air)) if dead_air else None,
        "p90_s": float(np.quantile(dead_air, 0.9)) if dead_air else None,
        "incomplete": len(left_open),
        "incomplete_taken": sum(outcome.dead_air_s < INCOMPLETE_S for outcome in left_open),
    }


@dataclass(frozen=True, slots=True)
class _Outcome:
    cut_off: bool
    spans: int
    spans_cut: int
    dead_air_s: float


def _outcome(replay: Replay, policy: Policy) -> _Outcome:
    spans = spans_cut = 0
    cut_off, dead_air_s = False, TAIL_S
    for number, pause in enumerate(replay.pauses):
        length_s = math.inf if pause.length_s is None else pause.length_s
        commit_s = policy.commit_s(replay, number)
        committed = commit_s <= length_s + 1e-6
        at_s = pause.start_s + commit_s
        if replay.is_inside(pause):
            counts = LEAST_S <= length_s <= LONGEST_S
            spans += counts
            spans_cut += counts and committed
        if committed and at_s < replay.speech_end_s - CUT_OFF_S:
            cut_off = True
        elif committed:
            dead_air_s = at_s - replay.speech_end_s
            break
    return _Outcome(cut_off, spans, spans_cut, dead_air_s)


def _whole_frames(seconds: float) -> float:
    """The silence at which the ears first see that it has lasted for `seconds`."""
    return frames_of(seconds) * FRAME_S


def frontier(points: Iterable[Row]) -> list[Row]:
    """Those points which no other one beats in both mean dead air and cut-off rate, by dead air."""
    best: list[Row] = []
    for point in sorted(points, key=lambda point: (point["mean_s"], point["cut_off_rate"])):
        if not best or point["cut_off_rate"] < best[-1]["cut_off_rate"]:
            best.append(point)
    return best


def cut_off_at(curve: Sequence[Row], mean_s: float) -> float | None:
    """Cut-off rate of a frontier at a mean dead air, on a straight line between its points; None outside of it."""
    if not curve or not curve[0]["mean_s"] <= mean_s <= curve[-1]["mean_s"]:
        return None
    return float(np.interp(mean_s, [p["mean_s"] for p in curve], [p["cut_off_rate"] for p in curve]))

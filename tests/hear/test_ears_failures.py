"""Ears whose engines fail: each turn still has exactly one end, and is lost only if its words are not known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.errors import EngineError
from edge_agent.hear.ears import FAILED_HOLD_S, Ears
from edge_agent.hear.endpoint import SmartTurn
from edge_agent.hear.framing import FRAME_S
from edge_agent.interfaces import Transcript
from edge_agent.types import HEAR_FRAME, HEAR_RATE_HZ, AudioFrame, Finished, Onset, Partial, Rejected
from tests.rigs.fakes import FIRST_LEVEL, HOLD, THRESHOLDS, LevelAsr, LevelVad, ScriptedEndpoint

FAILED = "failed"


def hearings(
    loud: list[bool], *, asr_fails: list[bool], scores_fail: list[bool], score: float = 0.1, partial_s: float = 0.3
) -> list[tuple[int, object]]:
    """What comes of frames that are loud or silent, as (frame number, hearing or FAILED); the calls fail in the order
    given, and the last says of all that follow."""
    calls = {"asr": iter(asr_fails), "score": iter(scores_fail)}
    last = {"asr": asr_fails[-1], "score": scores_fail[-1]}

    def meet(name: str) -> None:
        if next(calls[name], last[name]):
            raise EngineError(f"the {name} failed")

    class Asr(LevelAsr):
        def transcribe(self, samples, *, voiced_s=None, draft=(), final=True) -> Transcript:
            meet("asr")
            return super().transcribe(samples, voiced_s=voiced_s, draft=draft, final=final)

    class Endpoint(ScriptedEndpoint):
        def score(self, samples) -> float:
            meet("score")
            return super().score(samples)

    thresholds = replace(THRESHOLDS, partial_s=partial_s)
    ears = Ears(LevelVad(), Endpoint([score]), Asr(["hello"]), thresholds, HOLD)
    found: list[tuple[int, object]] = []
    for i, is_loud in enumerate(loud):
        frame = AudioFrame(np.full(HEAR_FRAME, FIRST_LEVEL * is_loud, np.float32), HEAR_RATE_HZ, i * HEAR_FRAME)
        try:
            found += [(i, hearing) for hearing in ears.hear(frame)]
        except EngineError:
            ears.abandon()
            found.append((i, FAILED))
    return found


SPEECH = [True] * 40 + [False] * 80


def test_a_part_that_cannot_be_heard_is_not_tried_again_and_the_whole_is() -> None:
    kinds = [type(hearing) for _, hearing in hearings(SPEECH, asr_fails=[True, False], scores_fail=[False])]
    assert Partial not in kinds
    assert kinds[-1] is Finished


@pytest.mark.parametrize("fails", [[True], [True, False], [False, True]])
def test_without_a_score_words_and_pauses_decide(fails: list[bool]) -> None:
    found = hearings(SPEECH, asr_fails=[False], scores_fail=fails)
    at, finished = found[-1]
    assert isinstance(finished, Finished)
    assert (at - 39) * FRAME_S <= HOLD.long_s + FRAME_S


def test_a_turn_whose_words_are_not_known_ends_within_a_second_and_the_next_is_heard() -> None:
    found = hearings(SPEECH * 2, asr_fails=[True, False], scores_fail=[False], partial_s=0)
    assert [hearing if hearing is FAILED else type(hearing).__name__ for _, hearing in found] == [
        "Onset", FAILED, "Onset", "Draft", "Finished",
    ]  # fmt: skip
    assert (found[1][0] - 39) * FRAME_S == pytest.approx(FAILED_HOLD_S, abs=FRAME_S)


@given(
    st.lists(st.tuples(st.integers(1, 60), st.integers(1, 60)), min_size=1, max_size=6),
    st.lists(st.booleans(), min_size=1, max_size=12),
    st.lists(st.booleans(), min_size=1, max_size=12),
    st.floats(0, 1),
)
def test_whatever_fails_each_turn_has_one_end(spans, asr_fails, scores_fail, score) -> None:
    loud = [is_loud for on, off in spans for is_loud in [True] * on + [False] * off] + [False] * 80
    open_turn = False
    for _, hearing in hearings(loud, asr_fails=asr_fails, scores_fail=scores_fail, score=score):
        if isinstance(hearing, Onset):
            assert not open_turn
            open_turn = True
        else:
            assert open_turn
            open_turn = not (hearing is FAILED or isinstance(hearing, Finished | Rejected))
    assert not open_turn


def test_an_endpoint_model_that_breaks_is_an_engine_that_failed() -> None:
    class Broken:
        def run(self, *_: object) -> object:
            raise RuntimeError("of a class of its own")

    turn = SmartTurn.__new__(SmartTurn)
    turn._session, turn._extract = Broken(), lambda samples, padding: np.zeros((80, 800), np.float32)
    with pytest.raises(EngineError, match="RuntimeError"):
        turn.score(np.zeros(HEAR_RATE_HZ, np.float32))

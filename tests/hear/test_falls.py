"""Falls: what was said is looked at when the VAD's probability falls, before there is silence."""

from dataclasses import replace

import numpy as np
import pytest

from edge_agent.floor import ALONE, Meanwhile, Speaking
from edge_agent.hear.ears import FALL_FRAMES, Ears
from edge_agent.types import HEAR_FRAME, HEAR_RATE_HZ, AudioFrame, Draft, Finished, Onset, Resumed
from tests.rigs.fakes import FIRST_LEVEL, HOLD, THRESHOLDS, LevelAsr, ScriptedEndpoint

AT = replace(THRESHOLDS, falls=0.8)
SPOKEN, FADING, OVER = [1.0] * 20, [0.6], [0.0] * 80


class ScriptedVad:
    def __init__(self, probabilities):
        self._probabilities = iter(probabilities)

    def probability(self, samples):
        return next(self._probabilities)

    def reset(self):
        pass


def hearings(probabilities, *, asr=None, at=AT, meanwhile=ALONE):
    """(frame number, hearing); a frame sounds unless its probability is 0."""
    ears = Ears(ScriptedVad(probabilities), ScriptedEndpoint(), asr or LevelAsr(["hello"]), at, HOLD)
    found = []
    for i, p in enumerate(probabilities):
        frame = AudioFrame(np.full(HEAR_FRAME, FIRST_LEVEL * (p > 0), np.float32), HEAR_RATE_HZ, i * HEAR_FRAME)
        found += [(i, hearing) for hearing in ears.hear(frame, meanwhile)]
    return found


def kinds(found):
    return [type(hearing) for _, hearing in found]


def when(found, kind):
    return [i for i, hearing in found if isinstance(hearing, kind)]


@pytest.mark.parametrize("fading", [FADING, []])
def test_the_draft_comes_with_the_first_frame_of_the_fall_and_the_turn_ends_no_sooner(fading):
    asr = LevelAsr(["hello"])
    found = hearings([*SPOKEN, *fading, *OVER], asr=asr)
    assert kinds(found) == [Onset, Draft, Finished]
    assert when(found, Draft) == [20]
    assert len(asr.given) == 1
    late = hearings([*SPOKEN, *fading, *OVER], at=replace(AT, falls=0.0))
    assert when(found, Finished) == when(late, Finished)
    assert when(late, Draft) == [23 + len(fading)]


def test_falls_within_speech_cost_none_of_the_drafts():
    found = hearings([*[*SPOKEN, *FADING] * 5, *OVER])
    assert kinds(found) == [Onset, *[Draft, Resumed] * 4, Draft, Finished]


def test_who_speaks_softly_goes_on_and_all_of_it_is_heard():
    asr = LevelAsr(["hello"])
    found = hearings([*SPOKEN, *FADING * 30, *OVER], asr=asr)
    assert kinds(found) == [Onset, Draft, Resumed, Draft, Finished]
    assert when(found, Resumed) == [20 + FALL_FRAMES]
    assert len(asr.given[-1]) >= 50 * HEAR_FRAME


def test_where_a_look_is_dear_falls_that_follow_each_other_are_not_all_looked_at():
    falls = [[*[1.0] * 5, *FADING] * 6, OVER]
    looks = [
        len(when(hearings([p for part in falls for p in part], asr=LevelAsr(["hello"], cost_s=c)), Draft))
        for c in (0.0, 0.2)
    ]
    assert looks == [6, 3]


def test_a_fraction_of_a_word_is_looked_at_again_at_the_soft_end():
    class Asr(LevelAsr):
        def transcribe(self, samples, **more):
            heard = super().transcribe(samples, **more)
            return replace(heard, rejected="too little voice") if len(self.given) == 1 else heard

    found = hearings([*SPOKEN, *FADING, *OVER], asr=Asr(["hello"], cost_s=0.2))
    assert kinds(found) == [Onset, Draft, Finished]
    assert when(found, Draft) == [24]


@pytest.mark.parametrize("meanwhile", [Meanwhile(Speaking.ANSWERING), Meanwhile(hurried=True)])
def test_nothing_is_looked_at_sooner_into_an_answer_or_while_others_wait(meanwhile):
    assert when(hearings([*SPOKEN, *FADING, *OVER], meanwhile=meanwhile), Draft) == [24]

"""Ears: onset, soft end, hold and commit, counted in frames."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.floor import Meanwhile, Speaking
from edge_agent.hear.ears import Ears
from edge_agent.hear.endpoint import HoldPolicy
from edge_agent.hear.framing import FRAME_S
from edge_agent.types import HEAR_FRAME, HEAR_RATE_HZ, AudioFrame, Draft, Finished, Onset, Partial, Rejected, Resumed
from tests.rigs.fakes import FIRST_LEVEL, HOLD, LEVEL_STEP, THRESHOLDS, LevelAsr, LevelVad, ScriptedEndpoint


def frames(loud):
    """One for each, loud (True) or silent."""
    for i, is_loud in enumerate(loud):
        yield AudioFrame(np.full(HEAR_FRAME, FIRST_LEVEL * is_loud, np.float32), HEAR_RATE_HZ, i * HEAR_FRAME)


def hearings(loud, *, scores=(1.0,), answering=False, phrases=("hello",), thresholds=THRESHOLDS, cost_s=0.0, asr=None):
    """What the ears say to frames that are loud (True) or silent, as (frame number, hearing)."""
    asr = asr or LevelAsr(list(phrases), cost_s=cost_s)
    ears = Ears(LevelVad(), ScriptedEndpoint(scores), asr, thresholds, HOLD)
    found = []
    for i, frame in enumerate(frames(loud)):
        found += [(i, hearing) for hearing in ears.hear(frame, Meanwhile(Speaking(answering)))]
    return found


def kinds(found):
    return [type(hearing) for _, hearing in found]


def test_a_turn_begins_with_the_fourth_frame_and_is_dated_from_the_first():
    found = hearings([False] * 10 + [True] * 10)
    assert found == [(13, Onset(at_s=pytest.approx(10 * FRAME_S)))]


def test_clicks_are_not_speech_and_an_answer_takes_longer_to_interrupt():
    assert hearings([True] * 3 + [False] * 30) == []
    assert hearings([True] * 6 + [False] * 30, answering=True) == []
    assert kinds(hearings([True] * 7, answering=True)) == [Onset]


@pytest.mark.parametrize(
    ("loud", "wavering"),
    [
        ([True] * 3 + [False], []),  # a click
        ([True] * 6 + [False] * 5, [3, 4, 5, 6, 7, 8]),  # a cough
        ([True] * 20, [3, 4, 5]),  # from the onset on the answer is over
        ([True] * 4 + [False] * 3 + [True] * 20, [3, 4, 5, 6, 7, 8]),  # one word, a breath, and more
        ([True] * 4 + [False] * 5 + [True] * 6, [3, 4, 5, 6, 12, 13, 14]),
    ],
)
def test_the_ears_waver_from_the_first_suspicion_until_it_is_speech_or_was_nothing(loud, wavering):
    for answering, expected in ((True, wavering), (False, [])):
        ears = Ears(LevelVad(), ScriptedEndpoint(), LevelAsr(["hello"]), THRESHOLDS, HOLD)
        found = []
        for i, frame in enumerate(frames(loud)):
            list(ears.hear(frame, Meanwhile(Speaking(answering))))
            found += [i] if ears.yields == "silent" else []
        assert found == expected


def test_a_finished_turn_is_drafted_at_the_soft_end_and_committed_after_the_short_hold():
    speech = 20
    found = hearings([True] * speech + [False] * 60)
    assert kinds(found) == [Onset, Draft, Finished]
    (_, (drafted, draft), (committed, finished)) = found
    assert (drafted - speech + 1) * FRAME_S == pytest.approx(THRESHOLDS.soft_end_s, abs=FRAME_S)
    assert (committed - speech + 1) * FRAME_S == pytest.approx(HOLD.short_s, abs=FRAME_S)
    assert finished.heard == draft.heard
    assert finished.end_s == pytest.approx(speech * FRAME_S)
    assert finished.ended_by == "silence"


def test_a_request_that_is_settled_is_not_held_for_long_whatever_it_sounds_like():
    ears = Ears(LevelVad(), ScriptedEndpoint([0.1]), LevelAsr(["what time is it"]), THRESHOLDS, HOLD)
    found, settled = [], False
    for i, frame in enumerate(frames([True] * 20 + [False] * 80)):
        for hearing in ears.hear(frame, Meanwhile(settled=settled)):
            found.append((i, hearing))
            settled = isinstance(hearing, Draft)  # as an agent that knows the answer
    assert kinds(found) == [Onset, Draft, Finished]
    assert (found[-1][0] - 19) * FRAME_S == pytest.approx(HOLD.short_s, abs=FRAME_S)


def test_words_are_weighed_in_the_language_that_the_asr_tells_of():
    class Asr(LevelAsr):
        def transcribe(self, samples, **more):
            return replace(super().transcribe(samples, **more), language=language)

    committed = {}
    for language in ("en", "de"):
        found = hearings([True] * 20 + [False] * 80, asr=Asr(["das Fenster in der"]), scores=[0.5])
        committed[language] = next(i for i, hearing in found if isinstance(hearing, Finished))
    assert committed["en"] < committed["de"]


def test_a_turn_that_sounds_unfinished_is_drafted_too_and_held_longer():
    found = hearings([True] * 20 + [False] * 80, scores=[0.1])
    assert kinds(found) == [Onset, Draft, Finished]
    assert (found[-1][0] - 19) * FRAME_S == pytest.approx(HOLD.long_s, abs=FRAME_S)


def test_the_turn_is_scored_again_while_the_silence_lasts():
    found = hearings([True] * 20 + [False] * 80, scores=[0.1, 0.1, 1.0])
    assert kinds(found) == [Onset, Draft, Finished]
    assert HOLD.short_s < (found[-1][0] - 19) * FRAME_S < HOLD.long_s - 0.3


def test_an_open_clause_is_held_longer_than_its_sound_asks_for():
    closed, open_ = (hearings([True] * 20 + [False] * 80, phrases=[text]) for text in ("a table", "I would like to"))
    assert (open_[-1][0] - closed[-1][0]) * FRAME_S > 0.3


def test_a_speaker_who_pauses_is_given_longer():
    pause = [False] * 9
    quick, slow = (hearings([*begin, *[True] * 20, *[False] * 80]) for begin in ([], [*[True] * 20, *pause]))
    held = [(found[-1][0] * FRAME_S - found[-1][1].end_s) for found in (quick, slow)]
    assert held[1] > held[0] + 0.1


def test_partials_come_at_a_steady_pace_while_somebody_speaks_and_never_in_silence():
    thresholds = replace(THRESHOLDS, partial_s=0.5)
    found = hearings([True] * 100 + [False] * 60, thresholds=thresholds)
    partials = [i for i, hearing in found if isinstance(hearing, Partial)]
    assert np.diff(partials).tolist() == [16] * (len(partials) - 1)
    assert len(partials) == 6
    assert partials[-1] < 100
    assert kinds(found)[-2:] == [Draft, Finished]


def test_a_slow_asr_is_asked_for_fewer_partials():
    thresholds = replace(THRESHOLDS, partial_s=0.5)
    found = hearings([True] * 100 + [False] * 60, thresholds=thresholds, cost_s=0.3)
    assert kinds(found).count(Partial) == 2


def test_while_others_wait_to_be_heard_nothing_is_read_along_and_the_turn_is_the_same():
    thresholds, found = replace(THRESHOLDS, partial_s=0.5), []
    ears = Ears(LevelVad(), ScriptedEndpoint(), LevelAsr(["hello"]), thresholds, HOLD)
    for frame in frames([True] * 100 + [False] * 30):
        found += ears.hear(frame, Meanwhile(hurried=True))
    assert [type(hearing) for hearing in found] == [Onset, Draft, Finished]


def test_there_are_no_partials_of_endless_speech():
    found = hearings([True] * 900 + [False] * 60, thresholds=replace(THRESHOLDS, partial_s=0.5))
    partials = [i * FRAME_S for i, hearing in found if isinstance(hearing, Partial)]
    assert 20 < partials[-1] < 26


def test_each_pass_is_given_the_tokens_of_the_last_one():
    asr = LevelAsr(["hello"])
    hearings([True] * 40 + [False] * 60, thresholds=replace(THRESHOLDS, partial_s=0.5), asr=asr)
    assert asr.drafts[0] == ()
    assert all(asr.drafts[1:])


def test_going_on_voids_the_draft_and_makes_one_utterance():
    found = hearings([True] * 20 + [False] * 8 + [True] * 20 + [False] * 60)
    assert kinds(found) == [Onset, Draft, Resumed, Draft, Finished]
    assert found[-1][1].end_s == pytest.approx(48 * FRAME_S)


def test_at_most_three_drafts_a_turn():
    found = hearings(([True] * 10 + [False] * 6) * 6 + [False] * 60)
    assert kinds(found).count(Draft) == THRESHOLDS.max_drafts
    assert kinds(found)[-1] is Finished


def test_what_holds_no_words_is_rejected_and_the_next_turn_is_heard():
    found = hearings([True] * 20 + [False] * 60, phrases=["noise"])
    assert kinds(found) == [Onset, Rejected]


def test_endless_speech_is_cut_at_the_ceiling():
    frames = round(THRESHOLDS.max_utterance_s / FRAME_S)
    found = hearings([True] * (frames + 5))
    assert found[1][1].ended_by == "length"


@given(st.lists(st.booleans(), max_size=400), st.floats(0, 1))
def test_hearings_always_come_in_a_lawful_order(loud, score):
    """Onset first, then drafts that are resumed or finished; never two ends without an onset between."""
    open_turn = drafted = False
    for kind in kinds(hearings([*loud, *[False] * 80], scores=[score])):
        if kind is Onset:
            assert not open_turn
            open_turn = True
        elif kind is Draft:
            assert open_turn
            assert not drafted
            drafted = True
        elif kind is Resumed:
            assert drafted
            drafted = False
        else:
            assert open_turn
            open_turn = drafted = False
    assert not open_turn


@given(st.floats(0, 1), st.floats(0, 1))
def test_the_surer_the_shorter(p, q):
    policy = HoldPolicy(short_s=0.2, long_s=1.0, max_s=0.9, sure=0.9, doubt=0.3)
    assert policy.hold_s(max(p, q)) <= policy.hold_s(min(p, q))
    assert policy.short_s <= policy.hold_s(p) <= policy.max_s


def spoken(*parts):
    """Frames of phrases and pauses: the level of each phrase tells the ASR which it is; None is silence."""
    levels = [
        0.0 if phrase is None else FIRST_LEVEL + LEVEL_STEP * phrase for phrase, count in parts for _ in range(count)
    ]
    for i, level in enumerate(levels):
        yield AudioFrame(np.full(HEAR_FRAME, level, np.float32), HEAR_RATE_HZ, i * HEAR_FRAME)


@pytest.mark.parametrize(
    ("first", "pause", "passes_over"),
    [
        (230, 10, 5 + 40 + 4),  # long, and a pause: the last pass goes over what came behind its middle
        (100, 10, 100 + 10 + 40 + 4),  # 3 s: understood better as a whole
        (230, 5, 230 + 5 + 40 + 4),  # a dip within a word is no pause
    ],
)
def test_what_was_said_before_a_pause_is_final_once_the_pause_is_over(first, pause, passes_over):
    asr = LevelAsr(["tell me of it", "and of that"])
    ears = Ears(LevelVad(), ScriptedEndpoint([0.1]), asr, THRESHOLDS, HOLD)
    found = [h for f in spoken((0, first), (None, pause), (1, 40), (None, 80)) for h in ears.hear(f)]
    assert kinds([(0, h) for h in found]) == [Onset, Draft, Resumed, Draft, Finished]
    assert found[-1].heard.text == "tell me of it and of that"
    assert len(asr.given[-1]) == passes_over * HEAR_FRAME


def test_long_speech_is_final_at_its_pauses_however_often_it_was_drafted_before():
    """Else the last pass would go over all of it, and no answer would be ready."""

    class Asr(LevelAsr):
        def transcribe(self, samples, *, context="", **more):
            told.append(context)
            return super().transcribe(samples, **more)

    told, asr = [], Asr(["one", "two", "three"])
    ears = Ears(LevelVad(), ScriptedEndpoint([0.1]), asr, replace(THRESHOLDS, max_drafts=1), HOLD)
    talk = spoken((0, 230), (None, 10), (1, 230), (None, 10), (2, 30), (None, 80))
    found = [h for f in talk for h in ears.hear(f)]
    assert kinds([(0, h) for h in found]) == [Onset, *(Draft, Resumed) * 2, Draft, Finished]
    assert found[-1].heard.text == "one two three"
    assert told == ["", "one", "one two"]
    assert len(asr.given[-1]) == (5 + 30 + 4) * HEAR_FRAME

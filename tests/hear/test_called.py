"""Called: asleep nothing is heard but a name; awake all is, without the name in front."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from edge_agent.errors import EngineError
from edge_agent.floor import Meanwhile, Speaking
from edge_agent.hear.called import KEPT_S, CalledEars
from edge_agent.hear.ears import Ears
from edge_agent.hear.framing import FRAME_S
from edge_agent.types import (
    HEAR_FRAME,
    HEAR_RATE_HZ,
    Asleep,
    AudioFrame,
    Called,
    Draft,
    Finished,
    Hearing,
    Onset,
    Rejected,
    Samples,
)
from tests.rigs.fakes import FIRST_LEVEL, HOLD, LEVEL_STEP, THRESHOLDS, LevelAsr, LevelVad, ScriptedEndpoint
from tests.rigs.fakes.wake import ScriptedWake

FOLLOW_UP_S = 6.0
NAME = "hey jarvis"


class CountingVad(LevelVad):
    asked = 0

    def probability(self, samples: Samples) -> float:
        self.asked += 1
        return super().probability(samples)


def ears_of(
    phrases: Sequence[str],
    script: Mapping[float, str],
    own: Sequence[str] = (),
    vad: LevelVad | None = None,
    far_db: float = math.inf,
) -> CalledEars:
    inner = Ears(vad or LevelVad(), ScriptedEndpoint(), LevelAsr(list(phrases)), THRESHOLDS, HOLD)
    return CalledEars(inner, ScriptedWake(script) if script else None, own, follow_up_s=FOLLOW_UP_S, far_db=far_db)


def sound(spans: Sequence[tuple[float, float]], seconds: float) -> list[AudioFrame]:
    """Somebody speaks from when to when; the phrases in their order."""
    samples = np.zeros(round(seconds / FRAME_S) * HEAR_FRAME, np.float32)
    for i, (start_s, end_s) in enumerate(spans):
        samples[round(start_s * HEAR_RATE_HZ) : round(end_s * HEAR_RATE_HZ)] = FIRST_LEVEL + i * LEVEL_STEP
    cuts = range(0, len(samples), HEAR_FRAME)
    return [AudioFrame(samples[at : at + HEAR_FRAME], HEAR_RATE_HZ, at) for at in cuts]


def told(ears: CalledEars, frames: Sequence[AudioFrame], answering: tuple[float, float] = (0, 0)) -> list[Hearing]:
    return [
        hearing
        for frame in frames
        for hearing in ears.hear(frame, Meanwhile(Speaking(answering[0] <= frame.start_s < answering[1])))
    ]


def kinds(hearings: Sequence[Hearing]) -> list[type[Hearing]]:
    return [type(each) for each in hearings]


def texts(hearings: Sequence[Hearing]) -> list[str]:
    return [each.heard.text for each in hearings if isinstance(each, Finished)]


def test_asleep_nothing_is_heard_and_neither_vad_nor_asr_is_asked() -> None:
    vad = CountingVad()
    ears = ears_of(["set a timer"], {99: NAME}, vad=vad)
    assert told(ears, sound([(1, 2)], 5)) == []
    assert vad.asked == 0
    assert not ears.busy


def test_the_name_and_the_words_behind_it_are_one_utterance_without_the_name() -> None:
    ears = ears_of(["Hey Jarvis, what time is it?"], {1.9: NAME})
    found = told(ears, sound([(1, 2.5)], 4))
    assert kinds(found) == [Called, Onset, Draft, Finished]
    assert isinstance(found[0], Called)
    assert found[0].name == NAME
    assert 1.9 <= found[0].at_s < 1.9 + 2 * FRAME_S
    assert isinstance(found[1], Onset)
    assert abs(found[1].at_s - 1) <= FRAME_S  # also what was said before it was known
    assert texts(found) == ["What time is it?"]


def test_the_name_alone_is_no_turn_and_what_comes_after_a_pause_is() -> None:
    ears = ears_of(["Hey Jarvis.", "stop"], {1.9: NAME})
    found = told(ears, sound([(1, 1.8), (4, 4.6)], 6))
    assert kinds(found) == [Called, Onset, Rejected, Onset, Draft, Finished]
    assert texts(found) == ["stop"]


def quieter(*, at_s: float = 4.0) -> tuple[list[AudioFrame], float]:
    """The second phrase is said first, and is 0.8 dB louder. And so many dB are far."""
    return sound([(at_s, at_s + 1), (1, 2)], 7), 0.5


def test_who_is_far_quieter_after_an_answer_has_spoken_to_somebody_else() -> None:
    frames, far_db = quieter()
    for limit_db, answers in ((far_db, ["What time is it"]), (math.inf, ["What time is it", "and tomorrow"])):
        ears = ears_of(["and tomorrow", "Hey Jarvis, what time is it"], {1.9: NAME}, far_db=limit_db)
        found = told(ears, frames, (2.5, 3.5))
        assert texts(found) == answers
        assert isinstance(found[-1], Finished if limit_db == math.inf else Rejected)
    assert kinds(found)[-3:] == [Onset, Draft, Finished]


def test_the_name_counts_from_afar_and_so_does_what_is_said_into_an_answer() -> None:
    frames, far_db = quieter()
    words = "Hey Jarvis, and tomorrow"
    assert len(texts(told(ears_of([words, "Hey Jarvis, what time is it"], {1.9: NAME}, far_db=far_db), frames))) == 2
    ears = ears_of(["stop", "Hey Jarvis, what time is it"], {1.9: NAME}, far_db=far_db)
    assert texts(told(ears, frames, (2.5, 4.5)))[-1] == "stop"


def test_it_falls_asleep_when_nothing_was_said_for_the_follow_up() -> None:
    ears = ears_of(["set a timer"], {1.0: NAME})
    found = told(ears, sound([(9, 10)], 12))
    assert kinds(found) == [Called, Asleep]
    assert isinstance(found[1], Asleep)
    assert abs(found[1].at_s - 1 - FOLLOW_UP_S) < 2 * FRAME_S


def test_it_does_not_fall_asleep_while_somebody_speaks_to_it() -> None:
    found = told(ears_of(["a long story"], {1.0: NAME}), sound([(5, 12)], 20))
    assert kinds(found) == [Called, Onset, Draft, Finished, Asleep]
    assert isinstance(found[-1], Asleep)
    assert found[-1].at_s > 12 + FOLLOW_UP_S


def test_an_answer_opens_the_window_and_what_is_said_into_it_needs_no_name() -> None:
    ears = ears_of(["stop", "and tomorrow"], {99: NAME})
    found = told(ears, sound([(3, 4), (8, 9)], 17), answering=(1, 3.3))
    assert kinds(found) == [Onset, Draft, Finished, Onset, Draft, Finished, Asleep]
    assert texts(found) == ["stop", "and tomorrow"]


def test_after_a_question_it_listens_twice_as_long() -> None:
    ears = ears_of([], {99: NAME})
    found = list[Hearing]()
    for frame in sound([], 16):
        found += ears.hear(frame, Meanwhile(Speaking.ASKING if frame.start_s < 2 else Speaking.SILENT))
    assert kinds(found) == [Asleep]
    assert isinstance(found[0], Asleep)
    assert abs(found[0].at_s - 2 - 2 * FOLLOW_UP_S) < 2 * FRAME_S


def test_a_name_into_an_answer_is_told_at_once() -> None:
    found = told(ears_of(["Hey Jarvis, stop."], {2.0: NAME}), sound([(1.5, 2.5)], 4), answering=(0, 1.8))
    assert Called in kinds(found)
    assert texts(found) == ["Stop."]


def test_only_the_last_sound_before_the_name_is_heard() -> None:
    vad = CountingVad()
    told(ears_of([], {4.95: NAME}, vad=vad), sound([], 5.0))
    assert abs(vad.asked * FRAME_S - KEPT_S) <= 2.5 * FRAME_S


def test_a_phrase_of_ones_own_is_found_in_what_is_overheard() -> None:
    ears = ears_of(["pass me the salt", "Computer, set a timer."], {}, own=["computer"])
    found = told(ears, sound([(1, 2), (4, 5)], 7))
    assert kinds(found) == [Called, Onset, Draft, Finished]
    assert found[0] == Called("computer", found[0].at_s if isinstance(found[0], Called) else 0)
    assert isinstance(found[1], Onset)
    assert abs(found[1].at_s - 4) <= FRAME_S
    assert texts(found) == ["Set a timer."]


def test_a_name_in_doubt_counts_if_the_words_begin_with_it() -> None:
    ears = ears_of(["Hey Jarvis, what time is it?", "Hey Charlie, come here."], {1.8: f"{NAME}?", 11.8: f"{NAME}?"})
    found = told(ears, sound([(1, 2.5), (11, 12.5)], 20))
    assert kinds(found) == [Called, Onset, Draft, Finished, Asleep]
    assert texts(found) == ["What time is it?"]


def test_a_name_in_doubt_is_looked_for_while_the_words_are_being_said() -> None:
    asr = LevelAsr(["Hey Jarvis, what time is it?"])
    inner = Ears(LevelVad(), ScriptedEndpoint(), asr, replace(THRESHOLDS, partial_s=0.6), HOLD)
    ears = CalledEars(inner, ScriptedWake({1.8: f"{NAME}?"}), (), follow_up_s=FOLLOW_UP_S)
    found = told(ears, sound([(1, 4)], 6))
    assert isinstance(found[0], Called)
    assert found[0].at_s < 2.2  # and not at 4, when all has been said
    assert texts(found) == ["What time is it?"]


def test_whoever_was_called_by_the_words_is_not_called_again_by_the_engine() -> None:
    asr = LevelAsr(["Hey Jarvis, what time is it?"])
    inner = Ears(LevelVad(), ScriptedEndpoint(), asr, replace(THRESHOLDS, partial_s=0.6), HOLD)
    ears = CalledEars(inner, ScriptedWake({1.8: f"{NAME}?", 2.4: NAME}), (), follow_up_s=FOLLOW_UP_S)
    assert kinds(told(ears, sound([(1, 4)], 6))).count(Called) == 1


def test_a_doubt_that_turns_out_to_be_sure_wakes_at_once() -> None:
    ears = ears_of(["Hey Jarvis, what time is it?"], {1.7: f"{NAME}?", 1.8: NAME})
    found = told(ears, sound([(1, 2.5)], 4))
    assert kinds(found) == [Called, Onset, Draft, Finished]
    assert isinstance(found[0], Called)
    assert found[0].at_s < 1.9
    assert texts(found) == ["What time is it?"]


def test_the_ears_rest_again_after_a_doubt() -> None:
    vad = CountingVad()
    ears = ears_of(["dinner is ready"], {1.8: f"{NAME}?"}, vad=vad)
    frames = sound([(1, 2.5)], 30)
    assert told(ears, frames[:300]) == []
    asked = vad.asked
    told(ears, frames[300:])
    assert vad.asked == asked < 200


def test_whoever_overhears_is_not_busy_and_what_fails_then_is_nobodys() -> None:
    ears = ears_of(["broken", "computer stop"], {}, own=["computer"])
    frames = sound([(1, 2), (6, 7)], 9)
    busy = []
    found: list[Hearing] = []
    for frame in frames:
        found += ears.hear(frame)
        busy += [frame.start_s] if ears.busy else []
    assert texts(found) == ["Stop"]
    assert all(at_s > 6 for at_s in busy)


def test_what_fails_behind_the_name_is_told() -> None:
    ears = ears_of(["broken"], {1.5: NAME})
    try:
        told(ears, sound([(1, 2)], 5))
    except EngineError:
        return
    raise AssertionError("nothing was told")

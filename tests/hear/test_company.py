"""Company: what strangers say is passed over, counted in frames; voices are told by the levels of the sound."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from edge_agent.errors import StateError
from edge_agent.floor import Heeds, Meanwhile, Speaking, Yields
from edge_agent.hear.called import CalledEars
from edge_agent.hear.company import LEAST_S, STRANGER, Company, likeness, needed, speech_of
from edge_agent.hear.ears import Ears
from edge_agent.hear.enrolled import KnownVoice
from edge_agent.hear.framing import FRAME_S
from edge_agent.hear.names import OwnNames
from edge_agent.hear.yielding import Yielding
from edge_agent.interfaces import Listener
from edge_agent.types import (
    HEAR_FRAME,
    HEAR_RATE_HZ,
    AudioFrame,
    Backchannel,
    Called,
    Draft,
    Finished,
    Hearing,
    Onset,
    Partial,
    PassedOver,
    Rejected,
    Samples,
)
from tests.rigs.fakes import (
    FIRST_LEVEL,
    HOLD,
    LEVEL_STEP,
    PATIENCE,
    THRESHOLDS,
    LevelAsr,
    LevelVad,
    ScriptedEndpoint,
)
from tests.rigs.fakes.voices import LevelEncoder
from tests.rigs.fakes.wake import ScriptedWake

ANNA = 0
"""The phrase that is said by whoever is enrolled; all others are said by strangers."""
SECOND = round(1 / FRAME_S)


def anna() -> Sequence[KnownVoice]:
    return [LevelEncoder().known("anna", ANNA, date(2026, 1, 1))]


class Room:
    """Ears among others. A phrase is said by its number, -1 is silence."""

    def __init__(
        self,
        phrases: Sequence[str],
        *,
        enrolled: Callable[[], Sequence[KnownVoice]] = anna,
        encoder: LevelEncoder | None = None,
        names: Sequence[str] = (),
    ) -> None:
        self.company = Company(encoder or LevelEncoder(), enrolled, OwnNames(names))
        asr = self.company.guarding(LevelAsr(list(phrases)))
        ears = Ears(LevelVad(), ScriptedEndpoint(), asr, replace(THRESHOLDS, partial_s=0.6), HOLD)
        self.listener: Listener = Yielding(ears, PATIENCE, self.company)
        self.yields: list[Yields] = []
        self._at = 0

    def hear(
        self, *script: tuple[int, int], speaking: Speaking = Speaking.SILENT, heeds: Heeds = "known"
    ) -> list[Hearing]:
        """What is told of `script`: phrases and the frames for which they are said. A second of silence follows."""
        found: list[Hearing] = []
        for phrase, frames in (*script, (-1, SECOND)):
            for _ in range(frames):
                found += self.listener.hear(self._frame(phrase), Meanwhile(speaking, heeds=heeds))
                self.yields.append(self.listener.yields)
        return [each for each in found if not isinstance(each, Partial)]

    def _frame(self, phrase: int) -> AudioFrame:
        level = 0.0 if phrase < 0 else FIRST_LEVEL + phrase * LEVEL_STEP
        self._at += HEAR_FRAME
        return AudioFrame(np.full(HEAR_FRAME, level, np.float32), HEAR_RATE_HZ, self._at - HEAR_FRAME)


def kinds(found: Iterable[Hearing]) -> list[type]:
    return [type(each) for each in found]


def test_known_voices_are_answered_and_others_are_passed_over() -> None:
    room = Room(["what time is it", "tonight at eight"])
    assert kinds(room.hear((0, 30))) == [Onset, Draft, Finished]
    onset, passed, rejected = room.hear((1, 30))
    assert isinstance(onset, Onset)
    assert isinstance(rejected, Rejected)
    assert passed == PassedOver(STRANGER, rejected.end_s)
    assert kinds(room.hear((0, 30))) == [Onset, Draft, Finished], "and it listens on"


def test_nothing_is_read_along_of_a_stranger() -> None:
    room = Room(["what time is it", "tonight at eight"])
    frame = room._frame
    heard = [each for phrase in (0, -1, 1) for _ in range(SECOND) for each in room.listener.hear(frame(phrase))]
    assert [each.heard.text for each in heard if isinstance(each, Partial)] == ["what time is it"]


def test_too_little_speech_is_heard_as_without_voices() -> None:
    room = Room(["yes", "no"])
    short = int(LEAST_S / FRAME_S) - 1
    assert kinds(room.hear((1, short))) == [Onset, Draft, Finished]
    assert kinds(room.hear((1, short + 2))) == [Onset, PassedOver, Rejected]


@pytest.mark.parametrize("words", ["stop", "Okay, stop that.", "Never mind.", "Be quiet!", "forget it please"])
def test_anybody_may_ask_for_silence(words: str) -> None:
    for speaking, expected in (
        (Speaking.SILENT, [Onset, Draft, Finished]),
        (Speaking.ASKING, [Onset, Draft, Finished]),
    ):
        assert kinds(Room(["x", words]).hear((1, 30), speaking=speaking))[:3] == expected


@pytest.mark.parametrize("words", ["The bus stop is over there.", "stop the press and read all about it"])
def test_talk_that_has_the_word_in_it_is_no_request_to_stop(words: str) -> None:
    assert kinds(Room(["x", words]).hear((1, 30))) == [Onset, PassedOver, Rejected]


def test_an_answer_goes_on_while_a_stranger_speaks() -> None:
    room = Room(["and tomorrow", "the weather will be fine on the whole"])
    found = room.hear((-1, 5), (1, 4 * SECOND), speaking=Speaking.ANSWERING)
    assert kinds(found) == [PassedOver, Backchannel]
    silent = [at for at, each in enumerate(room.yields) if each == "silent"]
    assert len(silent) * FRAME_S < 1.0
    assert max(silent) * FRAME_S < 1.2, "it does not wait for the end of what is said"
    assert kinds(room.hear((0, 30), speaking=Speaking.ANSWERING)) == [Onset, Draft, Finished]


def test_a_question_is_not_answered_by_a_stranger() -> None:
    for phrase, expected in ((0, [Onset, Draft, Finished]), (1, [PassedOver, Backchannel])):
        room = Room(["yes please do that", "yes of course we do"])
        assert kinds(room.hear((-1, 5), (phrase, 30), speaking=Speaking.ASKING)) == expected


def test_a_known_yes_into_a_question_is_its_answer() -> None:
    assert kinds(Room(["yes"]).hear((-1, 5), (0, 15), speaking=Speaking.ASKING)) == [Onset, Draft, Finished]
    assert kinds(Room(["yes"]).hear((-1, 5), (0, 15), speaking=Speaking.ANSWERING)) == [Backchannel]


def test_whoever_has_said_the_name_is_known_until_another_does() -> None:
    room = Room(["a", "five minutes in the oven", "b", "what about him"])
    assert kinds(room.hear((1, 30))) == [Onset, PassedOver, Rejected]
    assert kinds(room.hear((1, 30), heeds="caller")) == [Onset, Draft, Finished]
    assert kinds(room.hear((1, 30))) == [Onset, Draft, Finished]
    assert kinds(room.hear((3, 30))) == [Onset, PassedOver, Rejected]
    assert kinds(room.hear((3, 30), heeds="caller")) == [Onset, Draft, Finished]
    assert kinds(room.hear((1, 30))) == [Onset, PassedOver, Rejected]


def test_a_name_in_the_words_counts_as_well() -> None:
    room = Room(["a", "Computer, what time is it?"], names=["computer"])
    assert kinds(room.hear((1, 30))) == [Onset, Draft, Finished]


def test_called_ears_heed_whoever_calls() -> None:
    room = Room(["a", "hey jarvis what time is it", "and on the news tonight"])
    asleep = CalledEars(room.listener, ScriptedWake({1.0: "hey jarvis"}), (), follow_up_s=6.0)
    room.listener = asleep
    found = room.hear((1, 60))
    assert kinds(found) == [Called, Onset, Draft, Finished]
    assert kinds(room.hear((2, 30))) == [Onset, PassedOver, Rejected], "within the follow-up window"


def test_nobody_enrolled_means_everybody_is_heard() -> None:
    assert kinds(Room(["a", "tonight at eight"], enrolled=tuple).hear((1, 30))) == [Onset, Draft, Finished]


def test_where_voices_cannot_be_told_everybody_is_heard(caplog: pytest.LogCaptureFixture) -> None:
    def damaged() -> Sequence[KnownVoice]:
        raise StateError("voices.json is damaged.")

    for room in (
        Room(["a", "tonight"], encoder=LevelEncoder(broken=True), enrolled=list),
        Room(["a", "tonight"], enrolled=damaged),
    ):
        assert kinds(room.hear((1, 30))) == [Onset, Draft, Finished]
        assert "It is not known whose voice it is" in caplog.text
        caplog.clear()


def test_more_speech_needs_a_higher_score() -> None:
    assert needed(0.1) == needed(LEAST_S) < needed(0.5) < needed(2.0) < needed(4.0) == needed(60)
    assert needed(0.5) == pytest.approx(0.58)
    embedding = LevelEncoder().embed(np.full(9, FIRST_LEVEL, np.float32))
    assert likeness(embedding, 1.0, []) is None
    found = likeness(
        embedding, 1.0, [*anna(), *(replace(each, name="b", embedding=-each.embedding) for each in anna())]
    )
    assert found is not None
    assert (found.name, found.known) == ("anna", True)


def test_pauses_are_no_speech() -> None:
    def level(db: float, frames: int) -> Samples:
        return np.full(frames * HEAR_FRAME, 10 ** (db / 20), np.float32)

    sound = np.concatenate([level(-70, 20), level(-20, 10), level(-35, 5), level(-45, 30)])
    assert len(speech_of(sound)) == 15 * HEAR_FRAME
    assert len(speech_of(sound[:100])) == 0

"""Yielding: who speaks into an answer interrupts it or only listens, counted in frames."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
import pytest
from act_said import Said

from edge_agent.build_ears import ears as made_from
from edge_agent.errors import EngineError
from edge_agent.floor import Meanwhile, Speaking, Yields
from edge_agent.hear.backchannel import is_backchannel, is_murmur, is_sure, unsteadiness
from edge_agent.hear.ears import Ears
from edge_agent.hear.framing import FRAME_S
from edge_agent.hear.yielding import Yielding
from edge_agent.host.jobs import Detection
from edge_agent.settings import HearSettings, Settings
from edge_agent.types import (
    HEAR_FRAME,
    HEAR_RATE_HZ,
    AudioFrame,
    Backchannel,
    Draft,
    Finished,
    Heard,
    Hearing,
    Onset,
    Partial,
)
from tests.rigs.bench import throat
from tests.rigs.fakes import FIRST_LEVEL, HOLD, PATIENCE, THRESHOLDS, LevelAsr, LevelVad, ScriptedEndpoint


class Listening:
    """Ears with a script: what they say to frames that are loud (True) or silent."""

    def __init__(self, words: str, *, scores: Iterable[float] = (1.0,), **more: float) -> None:
        at = replace(THRESHOLDS, **more)
        ears = Ears(LevelVad(), ScriptedEndpoint(tuple(scores)), LevelAsr([words]), at, HOLD)
        self.listener = Yielding(ears, PATIENCE)
        self.found: list[tuple[int, Hearing]] = []
        self.yields: list[Yields] = []
        self._at = 0

    def hear(self, loud: Iterable[bool], answering: Speaking = Speaking.ANSWERING) -> list[tuple[int, Hearing]]:
        for is_loud in loud:
            frame = AudioFrame(np.full(HEAR_FRAME, FIRST_LEVEL * is_loud, np.float32), HEAR_RATE_HZ, self._at)
            for hearing in self.listener.hear(frame, Meanwhile(answering)):
                self.found.append((len(self.yields), hearing))
            self.yields.append(self.listener.yields)
            self._at += HEAR_FRAME
        return self.found


def kinds(found: Iterable[tuple[int, Hearing]]) -> list[type]:
    return [type(hearing) for _, hearing in found]


def spoken(frames: int) -> Iterator[bool]:
    yield from [False] * 5 + [True] * frames + [False] * 60


def test_the_answer_is_quieter_then_silent_then_as_before() -> None:
    listening = Listening("mhm")
    assert listening.hear(spoken(12)) == [(29, Backchannel("mhm"))]
    first_of = {each: listening.yields.index(each) for each in ("ducked", "silent")}
    assert first_of == {"ducked": 8, "silent": 10}
    assert listening.yields[29:] == ["no"] * (len(listening.yields) - 29)
    assert pytest.approx(HOLD.short_s, abs=FRAME_S) == (29 - 16) * FRAME_S, "it sounds finished"


def test_a_cough_is_a_short_gap_and_what_is_said_behind_a_breath_counts_with_it() -> None:
    """Six frames; three of silence are a breath, then it is quieter for a while, and as before."""
    listening = Listening("mhm", resume_after_s=0.5)
    assert listening.hear([True] * 6 + [False] * 30) == []
    assert listening.yields == ["no"] * 3 + ["ducked"] * 2 + ["silent"] * 4 + ["ducked"] * 12 + ["no"] * 15
    again = Listening("mhm")
    again.hear([True] * 6 + [False] * 2 + [True] * 2)
    assert kinds(again.found) == [], "an onset that it keeps to itself"
    assert again.yields[5:] == ["silent"] * 5


def test_what_sounds_unfinished_is_waited_for_a_little_longer() -> None:
    ((at, heard),) = Listening("mhm", scores=(0.1,)).hear(spoken(12))
    assert heard == Backchannel("mhm")
    assert (at - 16) * FRAME_S == pytest.approx(PATIENCE.silence_s, abs=FRAME_S)


def test_an_interruption_is_told_with_its_words_and_dated_from_its_first_sound() -> None:
    found = Listening("stop").hear(spoken(12))
    assert kinds(found) == [Onset, Draft, Finished]
    assert found[0] == (20, Onset(at_s=pytest.approx(5 * FRAME_S)))
    assert found[1][0] == found[0][0], "as soon as its words are known"


def test_all_behind_the_onset_comes_as_soon_as_without() -> None:
    for partial_s in (0.0, 0.3):
        found = Listening("what is the time", partial_s=partial_s).hear(spoken(25))
        plain = Ears(LevelVad(), ScriptedEndpoint(), LevelAsr(["what is the time"]),
                     replace(THRESHOLDS, partial_s=partial_s), HOLD)  # fmt: skip
        expected: list[tuple[int, Hearing]] = []
        for at, is_loud in enumerate(spoken(25)):
            sound = np.full(HEAR_FRAME, FIRST_LEVEL * is_loud, np.float32)
            frame = AudioFrame(sound, HEAR_RATE_HZ, at * HEAR_FRAME)
            expected += [(at, each) for each in plain.hear(frame, Meanwhile(Speaking.ANSWERING))]
        assert found[1:] == expected[1:]
        assert found[0][1] == expected[0][1]
        assert found[0][0] == (14 if partial_s else 33)


def test_what_is_read_along_decides_while_somebody_speaks() -> None:
    found = Listening("what is the time", partial_s=0.3).hear(spoken(30))
    assert kinds(found[:2]) == [Onset, Partial]
    assert kinds(Listening("yes yes", partial_s=0.3).hear(spoken(25))) == [Backchannel]


def test_so_much_speech_is_no_backchannel() -> None:
    most = int(PATIENCE.longest_s / FRAME_S)
    assert kinds(Listening("mhm").hear(spoken(most))) == [Backchannel]
    found = Listening("mhm").hear(spoken(most + 1))
    assert kinds(found) == [Onset, Draft, Finished]
    assert found[0][0] == 5 + most


def test_a_sound_without_words_is_let_pass() -> None:
    assert [hearing for _, hearing in Listening("noise").hear(spoken(12))] == [Backchannel("")]


@pytest.mark.parametrize("answering", [Speaking.SILENT, Speaking.ASKING])
def test_whoever_is_asked_or_spoken_to_by_nobody_is_answered(answering: Speaking) -> None:
    found = Listening("yes").hear(spoken(12), answering)
    assert kinds(found) == [Onset, Draft, Finished]
    assert found[0][0] < 12


def test_a_word_that_outlasts_the_answer_was_said_into_it() -> None:
    listening = Listening("okay")
    listening.hear([False] * 5 + [True] * 5)
    assert kinds(listening.hear([True] * 8 + [False] * 30, Speaking.SILENT)) == [Backchannel]
    assert kinds(listening.hear([True] * 8 + [False] * 30, Speaking.SILENT)[1:]) == [Onset, Draft, Finished]


def test_whoever_goes_on_is_heard_from_the_first_word_on() -> None:
    listening = Listening("okay")
    listening.hear([True] * 10 + [False] * 8)
    found = listening.hear([True] * 25 + [False] * 30)
    assert kinds(found) == [Onset, Draft, Finished]
    assert found[0][1] == Onset(at_s=0.0)


def test_ears_that_break_tell_first_that_somebody_spoke() -> None:
    listening = Listening("broken")
    with pytest.raises(EngineError):
        listening.hear(spoken(12))
    assert kinds(listening.found) == [Onset]


def test_to_forget_lets_the_answer_go_on() -> None:
    listening = Listening("okay")
    listening.hear([True] * 10)
    assert listening.listener.yields == "silent"
    listening.listener.abandon()
    assert (listening.listener.yields, listening.listener.busy) == ("no", False)


def test_only_the_device_itself_yields() -> None:
    for device in (False, True):
        made = made_from(Settings(), Another(), ScriptedEndpoint(), LevelAsr([]), Detection(device=device))
        assert isinstance(made, Yielding) == device
    off = Settings(hear=HearSettings(backchannel_s=0))
    assert isinstance(made_from(off, Another(), ScriptedEndpoint(), LevelAsr([]), Detection(device=True)), Ears)


class Another(LevelVad):
    def warm_up(self) -> None:
        pass

    def another(self) -> Another:
        return Another()


NODS = [
    "Mhm.",
    "Mm-hmm.",
    "Uh-huh.",
    "Yes.",
    "Yeah, yeah.",
    "Okay, right.",
    "I see.",
    "Hmm...",
    "Ha ha ha!",
    "Hahahahaha!",
    "Tuhuhuhuhuhuh",
    "Mmmmmmm",
    "ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ",
    "Oh, wow.",
    "",
]


@pytest.mark.parametrize("text", NODS)
def test_what_shows_that_somebody_listens(text: str) -> None:
    assert is_backchannel(Heard(text, "en", 0.9))


@pytest.mark.parametrize(
    "text",
    ["No.", "Stop.", "Okay, stop.", "What?", "Sorry?", "Yes, but why?", "Go on.", "Thanks.", "Wait.", "Right now",
     "Enough.", "Never mind.", "Louder.", "yes okay right sure good"],
)  # fmt: skip
def test_what_wants_something(text: str) -> None:
    assert not is_backchannel(Heard(text, "en", 0.9))


def test_it_is_a_matter_of_the_language() -> None:
    assert is_backchannel(Heard("Ach so, genau.", "de", 0.9))
    assert not is_backchannel(Heard("Ach so, genau.", "en", 0.9))


@pytest.mark.parametrize("text", [text for text in NODS if text])
def test_code_answers_none_of_it(text: str, tmp_path: object) -> None:
    assert Said(tmp_path)(text).by == "llm"  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["hum", "vowel"])
def test_one_steady_sound_that_was_taken_for_words_is_a_murmur(kind: str) -> None:
    for seed in range(10):
        sound = throat.make(kind, seed)
        assert is_murmur(Heard("Come on.", "en", 0.46), sound, 0.8)
        assert not is_murmur(Heard("Why?", "en", 0.46), sound, 0.8), "a word that interrupts, however unclear"
        assert not is_murmur(Heard("Rome", "en", 0.9), sound, 0.8), "words that it is sure of are words"


def test_a_sound_that_changes_is_a_murmur_if_it_is_short_or_nothing() -> None:
    chirp = np.sin(np.cumsum(np.linspace(0.05, 1.2, 8000)) + 2 * np.sin(np.arange(8000) / 300)).astype(np.float32)
    assert not is_murmur(Heard("Come on.", "en", 0.46), chirp, 0.8)
    assert is_murmur(Heard("Come on.", "en", 0.46), chirp, 0.4)
    assert is_murmur(Heard("you", "en", 0.3), chirp, 0.8)
    assert not is_murmur(Heard("Stop.", "en", 0.3), chirp, 0.4)
    assert unsteadiness(np.zeros(8000, np.float32)) == 0


def test_a_doubtful_part_of_an_utterance_does_not_decide() -> None:
    assert is_sure(Heard("What time", "en", 0.7))
    assert not is_sure(Heard("I'm", "en", 0.1))
    assert not is_sure(Heard("fa " * 20, "en", 0.8))

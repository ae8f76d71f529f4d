"""An engine fails at any point of a turn: what was not needed is not missed; what was is said, and apologized for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from edge_agent.errors import EngineError, EngineLost
from edge_agent.events import TurnFailed
from edge_agent.hear.ears import Ears
from edge_agent.host.engines import Engines
from edge_agent.interfaces import Chunk
from edge_agent.speak.apology import MOST_IN_A_ROW, Apology
from edge_agent.speak.voice import Voice
from edge_agent.types import Sentence
from tests.rigs.fakes import (
    HOLD,
    THRESHOLDS,
    VOICE_RATE_HZ,
    LevelAsr,
    LevelVad,
    Played,
    Scene,
    ScriptedEndpoint,
    ScriptedWriter,
    ToneTts,
)

BOTH = pytest.mark.parametrize("threaded", [False, True], ids=["inline", "threads"])


@dataclass
class Faults:
    """Which calls of each engine fail, counted from 0; and how often each was called."""

    at: dict[str, Callable[[int], bool]] = field(default_factory=dict)
    calls: dict[str, int] = field(default_factory=dict)

    def meet(self, name: str) -> None:
        number = self.calls.get(name, 0)
        self.calls[name] = number + 1
        if name in self.at and self.at[name](number):
            raise EngineLost(f"The {name} was lost.")


def engines_with(scene: Scene, faults: Faults, openers: Sequence[str] = ()) -> Engines:
    class Asr(LevelAsr):
        def transcribe(self, samples, *, final=True, **more):
            faults.meet("final" if final else "partial")
            return super().transcribe(samples, final=final, **more)

    class Endpoint(ScriptedEndpoint):
        def score(self, samples):
            faults.meet("score")
            return super().score(samples)

    class Writer(ScriptedWriter):
        def prepare(self, brief, wanted):
            faults.meet("prepare")
            super().prepare(brief, wanted)

        def write(self, brief, wanted):
            faults.meet("think")
            for part in super().write(brief, wanted):
                yield part
                if isinstance(part, Sentence):
                    faults.meet("next sentence")

    class Tts(ToneTts):
        def stream(self, text: str, speed: float = 1.0) -> Iterator[Chunk]:
            faults.meet("speak")
            for chunk in super().stream(text, speed):
                yield chunk
                faults.meet("next sound")

    asr = Asr(scene._phrases)
    voice = Voice(Tts(), keep=len(openers), openers=openers)
    return Engines(scene.ears, Endpoint(scene.scores), lambda language: asr, Writer(scene._replies), voice)


def play(scene: Scene, engines: Engines, *, threaded: bool) -> Played:
    return scene.run(engines, threaded=threaded)


def played(scene: Scene, *, threaded: bool, openers: Sequence[str] = (), **at: Callable[[int], bool]) -> Played:
    faults = Faults(at)
    found = play(scene, engines_with(scene, faults, openers), threaded=threaded)
    for name in faults.at:
        assert faults.calls.get(name), f"{name} was never called: the test shows nothing"
    return found


def types(found: Played, turn: int) -> list[str]:
    return [event.type for event in found.events if event.turn == turn]


def always(number: int) -> bool:
    return True


def first(number: int) -> bool:
    return number == 0


def apology_at(found: Played, failures: int = 1) -> float:
    """Line time at which the first block of the apology went to the sink; all of it must follow."""
    expected = np.concatenate([block.samples for block in Apology(VOICE_RATE_HZ).blocks(failures)])
    starts, written = zip(*found.tape.sink.blocks, strict=True)
    for i, start in enumerate(starts):
        if np.array_equal(np.concatenate(written[i:])[: len(expected)], expected):
            return float(start / VOICE_RATE_HZ)
    raise AssertionError("the apology was not heard whole")


TWO_TURNS = (
    Scene(partial_s=0.4)
    .user(0.5, 2.0, "hello you")
    .reply("hello you", "Hi there.", "How are you today?")
    .user(7.0, 8.0, "again")
    .reply("again", "Yes.")
)
WHOLE = ["speech_started", "speech_stopped", "heard", "saying", "saying", "turn_done"]


@BOTH
@pytest.mark.parametrize("name", ["partial", "score"])
def test_what_is_not_needed_is_not_missed(name, threaded):
    found = played(TWO_TURNS, threaded=threaded, **{name: always})
    assert types(found, 1) == WHOLE
    assert types(found, 2)[-1] == "turn_done"


@pytest.mark.parametrize(("name", "when"), [("prepare", always), ("speak", first)])
def test_what_is_done_ahead_is_not_missed(name, when):
    """While the user speaks the prompt cannot be evaluated; before the first frame an opener could not be made."""
    found = played(TWO_TURNS, threaded=True, openers=("So,",), **{name: when})
    assert types(found, 1) == WHOLE
    assert types(found, 2)[-1] == "turn_done"


@pytest.mark.parametrize("name", ["partial", "prepare", "score"])
def test_what_is_not_needed_is_a_line_in_the_log_without_a_word_of_the_user(name, caplog):
    played(TWO_TURNS, threaded=True, **{name: always})
    assert caplog.records
    assert not any("hello" in record.getMessage() for record in caplog.records)


@BOTH
@pytest.mark.parametrize("name", ["final", "think", "next sentence", "next sound"])
def test_what_is_needed_is_announced_once_and_the_next_turn_works(name, threaded):
    found = played(TWO_TURNS, threaded=threaded, **{name: first})
    ends = [type for type in types(found, 1) if type in ("turn_done", "interrupted", "turn_failed")]
    assert ends == ["turn_failed"]
    assert types(found, 2)[-1] == "turn_done"
    (failed,) = [event for event in found.events if isinstance(event, TurnFailed)]
    assert -0.04 <= apology_at(found) - failed.at_s <= 0.1  # inline, a block may begin a frame ahead


@BOTH
@pytest.mark.parametrize("reply", ["unspeakable", "Well now then, unspeakable"])
def test_a_voice_that_fails_is_apologized_for_with_a_recording(reply, threaded):
    scene = Scene().user(0.5, 1.5, "hello").reply("hello", "Yes.", reply).user(7, 8, "again").reply("again", "Yes.")
    found = scene.run(threaded=threaded)
    assert types(found, 1) == ["speech_started", "speech_stopped", "heard", "saying", "turn_failed"]
    assert types(found, 2)[-1] == "turn_done"
    (failed,) = [event for event in found.events if isinstance(event, TurnFailed)]
    assert -0.04 <= apology_at(found) - failed.at_s <= 0.1  # inline, a block may begin a frame ahead


@BOTH
def test_the_same_words_are_not_tried_twice_and_the_user_knows_it_within_a_second(threaded):
    """The ears fail at the soft end, though the turn sounds unfinished: no second pass over the same words."""
    scene = replace(TWO_TURNS, scores=[0.1], partial_s=0.0)
    faults = Faults({"final": first})
    found = play(scene, engines_with(scene, faults), threaded=threaded)
    assert types(found, 1) == ["speech_started", "turn_failed"]
    soft_end_s = 2.0 + THRESHOLDS.soft_end_s
    assert soft_end_s < apology_at(found) < soft_end_s + 1.0
    assert faults.calls["final"] == 2, "one a turn"


@BOTH
def test_whoever_goes_on_after_the_ears_failed_is_heard_as_a_whole(threaded):
    scene = (
        Scene(scores=[0.1]).user(0.5, 1.5, "turn on").user(2.1, 3.0, "the light").reply("turn on the light", "Done.")
    )
    found = played(scene, threaded=threaded, final=first)
    assert types(found, 1) == ["speech_started", "speech_stopped", "heard", "saying", "turn_done"]


@BOTH
@pytest.mark.parametrize("reply", [("",), ("😀",), ("...", "")])
def test_an_answer_without_anything_to_be_heard_is_no_silence(reply, threaded):
    found = Scene().user(0.5, 1.5, "hello").reply("hello", *reply).run(threaded=threaded)
    assert types(found, 1)[-1] == "turn_failed"
    assert apology_at(found) < 2.5


@BOTH
def test_an_apology_is_interrupted_like_an_answer_and_without_an_event_of_its_own(threaded):
    scene = Scene().user(0.5, 1.5, "broken").user(2.8, 3.6, "hello").reply("hello", "Hi.")
    found = scene.run(threaded=threaded)
    assert types(found, 1) == ["speech_started", "turn_failed"]
    assert types(found, 2)[-1] == "turn_done"
    sound = found.tape.sound()
    silent = 2.8 + THRESHOLDS.barge_in_s
    assert np.any(sound[round(2.2 * VOICE_RATE_HZ) : round(2.8 * VOICE_RATE_HZ)])
    assert not np.any(sound[round((silent + 0.1) * VOICE_RATE_HZ) : round(3.6 * VOICE_RATE_HZ)])


@BOTH
def test_the_llm_is_not_told_of_a_turn_that_failed_unheard(threaded):
    """Nor of the apology: what it failed on is not put to it again with every turn that follows."""
    found = played(TWO_TURNS, threaded=threaded, think=first)
    assert [said.text for said in found.conversation.agent.ledger.entries()] == ["again", "Yes."]
    text, history = found.engines.writer.asked[-1]
    assert (text, list(history)) == ("again", [])


@BOTH
def test_what_was_heard_before_a_failure_stays(threaded):
    scene = Scene().user(0.5, 1.5, "hello").reply("hello", "Yes.", "broken")
    entries = scene.run(threaded=threaded).conversation.agent.ledger.entries()
    assert [(said.text, said.whole) for said in entries] == [("hello", True), ("Yes.", False)]


@BOTH
def test_an_agent_that_fails_at_everything_does_not_talk_to_itself_for_ever(threaded):
    """Its apology comes back as speech of the user. After a few it is a tone, which is no speech."""
    scene, turns = Scene(), MOST_IN_A_ROW + 2
    for i in range(turns):
        scene.user(0.5 + 6 * i, 1.5 + 6 * i, "broken")
    found = scene.run(threaded=threaded)
    failed = [event for event in found.events if isinstance(event, TurnFailed)]
    assert [event.turn for event in failed] == list(range(1, turns + 1))
    sound = found.tape.sound()
    lengths = []
    for event in failed:
        after = sound[round(event.at_s * VOICE_RATE_HZ) :][: 5 * VOICE_RATE_HZ]
        lengths.append(np.flatnonzero(after)[-1] / VOICE_RATE_HZ)
    assert all(length > 1.5 for length in lengths[:MOST_IN_A_ROW])
    assert all(0.1 < length < 0.5 for length in lengths[MOST_IN_A_ROW:])


@BOTH
@pytest.mark.parametrize(("reply", "next_s"), [("Hi.", 6.0), ("One two three four five. " * 8, 2.6)])
def test_after_an_answer_that_was_heard_it_apologizes_in_words_again(reply, next_s, threaded):
    """To its end, or until the user interrupted it."""
    scene = Scene()
    for i, text in enumerate(["broken"] * (MOST_IN_A_ROW + 1) + ["hello"]):
        scene.user(0.5 + 6 * i, 1.5 + 6 * i, text)
    last_s = 0.5 + 6 * (MOST_IN_A_ROW + 1) + next_s
    found = scene.user(last_s, last_s + 1, "broken").reply("hello", reply).run(threaded=threaded)
    failed = [event for event in found.events if isinstance(event, TurnFailed)][-1]
    after = found.tape.sound()[round(failed.at_s * VOICE_RATE_HZ) :]
    assert np.count_nonzero(after) > 1.0 * VOICE_RATE_HZ


def test_ears_that_fail_outside_of_a_turn_fail_no_turn(caplog):
    class Deaf(LevelVad):
        def probability(self, samples):
            raise EngineError("deaf")

    def ears(endpoint, asr, detection):
        return Ears(Deaf(), endpoint, asr, THRESHOLDS, HOLD)

    scene = Scene().user(0.5, 1.5, "hello")
    found = play(scene, replace(scene.engines(), ears=ears), threaded=False)
    assert found.events == []
    assert caplog.records

"""Speech into an answer, on a tape: who only listens does not stop it, who interrupts does; inline = threaded."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from act_said import NOON, Said

from edge_agent.agent.answering import DUCKED
from edge_agent.events import HeardText, Interrupted, Murmured, Saying, SpeechStarted, TurnDone
from edge_agent.types import Samples
from tests.rigs.fakes import PATIENCE, VOICE_RATE_HZ, Played, Scene, Tape, play

LONG = "This answer has quite a few words so that somebody can easily speak into the middle of it all."
ASK = "tell me a story"
SENTENCES = (
    "The first sentence has nine words and is long.",
    "The second one has as many words as it.",
    "Here it ends.",
)
BOTH = pytest.mark.parametrize("threaded", [False, True], ids=["inline", "threads"])


def story(*sentences: str, **more: object) -> Scene:
    """It is heard from 1.9 s on, 0.1 s a word."""
    return replace(Scene(), **more).user(0.5, 1.5, ASK).reply(ASK, *(sentences or (LONG,)))


def of(played: Played, kind: type) -> list:
    return [event for event in played.events if isinstance(event, kind)]


def level(sound: Samples, start_s: float, end_s: float) -> float:
    """The peak, where the tone of the voice has 0.5."""
    return float(np.abs(sound[round(start_s * VOICE_RATE_HZ) : round(end_s * VOICE_RATE_HZ)]).max(initial=0))


SCENES = {
    "a cough": story().user(2.6, 2.74, "noise"),
    "a laugh": story().user(2.6, 3.1, "noise"),
    "mhm": story().user(2.6, 3.0, "mhm"),
    "a slow mhm": story(scores=(1.0, 0.1)).user(2.6, 3.0, "mhm"),
    "two of them": story().user(2.3, 2.6, "okay").user(3.9, 4.2, "right"),
    "yes to a question": story("Do you want to hear more of it, now or later?", LONG).user(2.4, 2.8, "yes"),
    "yes, and more": story(partial_s=0.3).user(2.3, 2.7, "yes").user(2.9, 3.5, "but why"),
    "a long one": story(partial_s=0.5).user(2.3, 3.6, "what is the time"),
    "too long to be one": story().user(2.3, 3.5, "mhm"),
    "at the end of the answer": story("Three words here.").user(2.1, 2.6, "okay"),
    "the ears break": story().user(2.3, 2.8, "broken"),
}


@pytest.mark.parametrize("name", SCENES)
def test_threads_give_the_events_that_one_thread_gives(name: str) -> None:
    assert SCENES[name].run(threaded=True).plot() == SCENES[name].run().plot()


@BOTH
@pytest.mark.parametrize(
    ("name", "words"),
    [("a laugh", [""]), ("mhm", ["mhm"]), ("a slow mhm", ["mhm"]), ("two of them", ["okay", "right"])],
)
def test_the_answer_goes_on_where_it_was(name: str, words: list[str], threaded: bool) -> None:
    alone, played = story().run(threaded=threaded), SCENES[name].run(threaded=threaded)
    assert [event.text for event in of(played, Murmured)] == words
    assert [event for event in played.plot() if event[0] != "backchannel"] == alone.plot()
    entries = [(said.text, said.whole) for said in played.conversation.agent.ledger.entries()]
    assert entries == [(ASK, True), (LONG, True)]
    heard = np.count_nonzero(played.tape.sound())
    assert heard == pytest.approx(np.count_nonzero(alone.tape.sound()), abs=10)


@BOTH
def test_a_cough_makes_it_quieter_and_leaves_no_trace(threaded: bool) -> None:
    """From a block after the fourth frame (2.72 s) until nothing more has come for a while."""
    alone, played = story().run(threaded=threaded), SCENES["a cough"].run(threaded=threaded)
    assert played.plot() == alone.plot()
    sound = played.tape.sound()
    assert level(sound, 2.3, 2.6) == pytest.approx(0.5, abs=0.01)
    assert level(sound, 2.76, 2.85) == pytest.approx(0.5 * DUCKED, abs=0.01)
    assert level(sound, 3.0, 3.4) == pytest.approx(0.5, abs=0.01)
    assert 20 * np.log10(DUCKED) == pytest.approx(-12, abs=0.1)


@BOTH
def test_it_is_quiet_at_once_silent_soon_and_back_when_the_word_is_over(threaded: bool) -> None:
    sound = SCENES["mhm"].run(threaded=threaded).tape.sound()
    assert level(sound, 2.752, 2.758) == pytest.approx(0.5 * DUCKED, abs=0.01)
    assert level(sound, 2.6 + PATIENCE.waits_s + 0.1, 3.0) == 0
    assert level(sound, 3.0 + 0.45, 3.0 + 0.7) == pytest.approx(0.5, abs=0.01)


@BOTH
@pytest.mark.parametrize("name", ["yes, and more", "a long one", "too long to be one"])
def test_words_that_are_none_interrupt_and_so_does_length(name: str, threaded: bool) -> None:
    played = SCENES[name].run(threaded=threaded)
    assert not of(played, Murmured)
    (cut,) = of(played, Interrupted)
    assert LONG.startswith(cut.spoken)
    _, second = of(played, SpeechStarted)
    assert second.at_s == pytest.approx(2.3, abs=0.04)
    assert of(played, HeardText)[-1].text in ("yes but why", "what is the time", "mhm")


@BOTH
def test_a_yes_to_a_question_is_an_answer(threaded: bool) -> None:
    played = SCENES["yes to a question"].run(threaded=threaded)
    assert [event.text for event in of(played, HeardText)] == [ASK, "yes"]
    assert not of(played, Murmured)


@BOTH
def test_what_only_follows_an_answer_makes_no_turn(threaded: bool) -> None:
    played = SCENES["at the end of the answer"].run(threaded=threaded)
    assert [event.type for event in played.events][-2:] == ["turn_done", "backchannel"]
    assert len(of(played, HeardText)) == 1


@BOTH
def test_ears_that_break_are_apologized_for(threaded: bool) -> None:
    played = SCENES["the ears break"].run(threaded=threaded)
    assert [event.type for event in played.events][-3:] == ["interrupted", "speech_started", "turn_failed"]


@BOTH
@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("what", SENTENCES[1:]),
        ("repeat that", SENTENCES[1:]),
        ("go on", SENTENCES[1:]),
    ],
)
def test_the_sentence_that_was_cut_is_said_again_and_the_rest(
    words: str, said: tuple[str, ...], threaded: bool, tmp_path: Path
) -> None:
    """The first ends at 2.8 s; the second is under way."""
    played = converse(story(*SENTENCES).user(3.0, 3.6, words), tmp_path, threaded=threaded)
    assert " ".join(event.text for event in of(played, Saying)) == " ".join([*SENTENCES[:2], *said])
    assert isinstance(played.events[-1], TurnDone)


@BOTH
def test_it_goes_on_after_what_code_has_answered_meanwhile(threaded: bool, tmp_path: Path) -> None:
    scene = story(*SENTENCES).user(3.0, 3.7, "what time is it").user(6.0, 6.6, "go on").user(10.0, 10.6, "go on")
    played = converse(scene.reply("go on", "Nothing is left."), tmp_path, threaded=threaded)
    told, _, rest, nothing = (
        " ".join(event.text for event in of(played, Saying) if event.turn == turn) for turn in (1, 2, 3, 4)
    )
    assert (told, rest) == (" ".join(SENTENCES[:2]), " ".join(SENTENCES[1:]))
    assert nothing == "Nothing is left."


def converse(scene: Scene, folder: Path, *, threaded: bool) -> Played:
    said = Said(folder)
    tape = Tape(scene.samples(), threaded=threaded)
    said.act._now = lambda: NOON + timedelta(seconds=tape.now_s())
    return play(tape, scene.engines(), scene.linger_s, act=said.act)

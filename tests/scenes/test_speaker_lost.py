"""The loudspeaker goes in the middle of an answer: nothing more is made, all of it is read, what was heard is known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from edge_agent.events import Interrupted, Saying
from edge_agent.host.engines import voiced
from edge_agent.interfaces import Chunk
from edge_agent.run.threads import BLOCKS, Conversation
from edge_agent.speak.voice import BLOCK_S, Voice
from edge_agent.types import Sentence
from tests.rigs.fakes import VOICE_RATE_HZ, Played, Scene, Tape, ToneTts
from tests.rigs.fakes import play as run

BOTH = pytest.mark.parametrize("threaded", [False, True], ids=["inline", "threads"])
SENTENCES = (
    "One two three four five six.",
    "Seven eight nine ten eleven.",
    "The end of it is this " + "word " * 40 + ".",
)
LOST_S = 2.6
"""Some half a second into the answer."""
LONG = tuple(f"Line {number} of it goes on and on." for number in range(40))


AHEAD_S = BLOCKS * BLOCK_S + 1.0
"""Five threads make sound ahead in no line time; LONG is 28 s."""


class CountingTts(ToneTts):
    def __init__(self) -> None:
        self.made_s = 0.0

    def stream(self, text: str, speed: float = 1.0) -> Iterator[Chunk]:
        for chunk in super().stream(text, speed):
            self.made_s += len(chunk.samples) / self.rate_hz
            yield chunk


def play(scene: Scene, lost_s: tuple[float, float], *, threaded: bool) -> tuple[Played, CountingTts]:
    tape, tts = Tape(scene.samples(), threaded=threaded), CountingTts()
    tape.sink.lost_s = lost_s
    return run(tape, replace(scene.engines(), voice=Voice(tts)), scene.linger_s), tts


def two_turns(again_s: float = 12.0) -> Scene:
    return (
        Scene()
        .user(0.5, 1.5, "hello")
        .reply("hello", *SENTENCES)
        .user(again_s, again_s + 1, "again")
        .reply("again", "Yes.")
    )


def cut_short(found: Played) -> Interrupted:
    event, *_ = [event for event in found.events if isinstance(event, Interrupted)]
    return event


@BOTH
@pytest.mark.parametrize("gone_s", [0.1, 0.8, 5.0, 60.0])
def test_the_answer_is_read_whole_and_only_what_was_heard_counts(gone_s: float, threaded: bool) -> None:
    found, _ = play(two_turns(), (LOST_S, LOST_S + gone_s), threaded=threaded)
    assert [event.text for event in found.events if isinstance(event, Saying) and event.turn == 1] == [*SENTENCES]
    event = cut_short(found)
    assert (event.turn, event.cause) == (1, "speaker")
    assert " ".join(SENTENCES).startswith(event.spoken)
    heard = np.count_nonzero(found.tape.sound()[: round((LOST_S + 0.05) * VOICE_RATE_HZ)]) / VOICE_RATE_HZ
    assert 0.2 < heard < 1.0
    assert event.played_s == pytest.approx(heard, abs=0.04)
    assert 10 * event.played_s - 1 <= len(event.spoken.split()) <= 10 * event.played_s
    entry = found.conversation.agent.ledger.entries()[1]
    assert (entry.who, entry.text, entry.whole) == ("agent", event.spoken, False)


@BOTH
@pytest.mark.parametrize("gone_s", [0.1, 5.0])
def test_nothing_goes_on_by_itself_and_the_next_turn_is_heard(gone_s: float, threaded: bool) -> None:
    found, _ = play(two_turns(), (LOST_S, LOST_S + gone_s), threaded=threaded)
    after = found.tape.sound()[round((LOST_S + 0.05) * VOICE_RATE_HZ) :]
    assert np.count_nonzero(after) == pytest.approx(0.1 * VOICE_RATE_HZ, rel=0.1), "a word: the second answer"
    assert found.events[-1].type == "turn_done"
    assert found.events[-1].turn == 2


@BOTH
def test_the_answer_ends_at_once_and_nothing_more_is_made(threaded: bool) -> None:
    scene = Scene().user(0.5, 1.5, "hello").reply("hello", *LONG)
    found, tts = play(scene, (LOST_S, 100.0), threaded=threaded)
    assert 0 <= cut_short(found).at_s - LOST_S <= 0.5
    heard_s = cut_short(found).played_s
    assert tts.made_s - heard_s <= AHEAD_S
    assert [event.text for event in found.events if isinstance(event, Saying)] == [*LONG]
    if isinstance(found.conversation, Conversation):
        assert len(found.conversation.blocks) == len(found.conversation.host.to_speak) == 0


@BOTH
def test_without_a_speaker_answers_are_read(threaded: bool) -> None:
    found, _ = play(two_turns(), (0.0, 100.0), threaded=threaded)
    ends = [(event.turn, event.spoken, event.cause) for event in found.events if isinstance(event, Interrupted)]
    assert ends == [(1, "", "speaker"), (2, "", "speaker")]
    assert [event.text for event in found.events if isinstance(event, Saying)] == [*SENTENCES, "Yes."]
    assert [said.who for said in found.conversation.agent.ledger.entries()] == ["user", "user"]
    assert found.tape.sink.blocks == []


@BOTH
def test_a_turn_that_fails_without_a_speaker_fails_all_the_same(threaded: bool) -> None:
    """And the apology is over before there is a speaker again: half of one would be none."""
    scene = Scene().user(0.5, 1.5, "hello").reply("hello", "One two three four five six.", "broken")
    found, _ = play(scene, (LOST_S, LOST_S + 0.5), threaded=threaded)
    assert [event.type for event in found.events][-1] == "turn_failed"
    assert not found.conversation.agent.answering
    assert not np.any(found.tape.sound()[round((LOST_S + 0.05) * VOICE_RATE_HZ) :])


def test_a_sentence_of_which_some_was_heard_is_not_made_to_its_end() -> None:
    tts, unheard = CountingTts(), [False, False, False, True]
    made = list(voiced(Voice(tts), Sentence(0, SENTENCES[2], last=True), iter(unheard).__next__))
    assert [len(block.samples) > 0 for block in made] == [True, True, False]
    assert [block.ends_sentence for block in made] == [False, False, True]
    assert tts.made_s <= 0.2

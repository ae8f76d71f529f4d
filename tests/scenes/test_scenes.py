"""Whole conversations on a tape: the same events in one thread and in five."""

from dataclasses import replace

import numpy as np
import pytest

from edge_agent.errors import EngineError
from edge_agent.events import Interrupted, TurnFailed
from edge_agent.run.threads import Conversation
from edge_agent.speak.voice import Voice
from edge_agent.types import HEAR_RATE_HZ, Sentence, Voiced
from tests.rigs.fakes import THRESHOLDS, VOICE_RATE_HZ, WORD_S, Scene, Tape, ToneTts, play, settled, thread_names

LONG = "This answer has quite a few words so that somebody can easily interrupt it in the middle of it all."

SCENES = {
    "one turn": Scene().user(0.5, 1.5, "hello").reply("hello", "Hi there.", "How are you today?"),
    "two turns": Scene()
    .user(0.5, 1.5, "hello")
    .reply("hello", "Hi.")
    .user(4.0, 5.0, "bye")
    .reply("bye", "Goodbye, my dear friend."),
    "barge-in": Scene().user(0.5, 1.5, "hello").reply("hello", LONG).user(2.6, 3.4, "stop").reply("stop", "Fine."),
    "the user goes on": Scene()
    .user(0.5, 1.5, "turn on")
    .user(1.75, 2.5, "the light")
    .reply("turn on the light", "Done."),
    "unsure, so it waits": Scene(scores=[0.1])
    .user(0.5, 1.5, "turn on")
    .user(2.3, 3, "it")
    .reply("turn on it", "Done."),
    "a hesitation": Scene()
    .user(0.5, 1.1, "I'd like to...")
    .user(1.45, 1.7, "um...")
    .user(2.3, 3.0, "book a table.")
    .reply("I'd like to... um... book a table.", "For how many?"),
    "two sentences": Scene(scores=[0.3])
    .user(0.5, 1.3, "I am hungry.")
    .user(1.8, 2.8, "What is there to eat?")
    .reply("I am hungry. What is there to eat?", "Soup."),
    "a long question": Scene(partial_s=0.5)
    .user(0.5, 1.5, "one two three")
    .user(1.6, 2.6, "four five")
    .reply("one two three four five", "Six."),
    "noise": Scene().user(0.5, 1.0, "noise").user(3.0, 3.5, "hello").reply("hello", "Hi."),
    "the mind breaks": Scene()
    .user(0.5, 1.5, "hello")
    .reply("hello", "Hi.", "broken")
    .user(4, 5, "again")
    .reply("again", "Yes."),
    "the voice breaks": Scene()
    .user(0.5, 1.5, "hello")
    .reply("hello", "unspeakable")
    .user(4, 5, "again")
    .reply("again", "Yes."),
    "the ears break": Scene().user(0.5, 1.5, "broken").user(4, 5, "again").reply("again", "Yes."),
    "an empty answer": Scene().user(0.5, 1.5, "hello").reply("hello", ""),
    "nobody speaks": Scene(),
}


@pytest.mark.parametrize("name", SCENES)
def test_one_thread_and_five_give_the_same_events(name):
    assert SCENES[name].run(threaded=True).plot() == SCENES[name].run().plot()


def test_a_question_is_answered_and_both_sides_are_in_the_ledger():
    played = SCENES["one turn"].run()
    assert [event.type for event in played.events] == [
        "speech_started", "speech_stopped", "heard", "saying", "saying", "turn_done",
    ]  # fmt: skip
    assert [said.text for said in played.conversation.agent.ledger.entries()] == [
        "hello",
        "Hi there. How are you today?",
    ]


def test_times_are_those_of_the_tape():
    started, stopped, heard, *_ = SCENES["one turn"].run().events
    assert started.at_s == pytest.approx(0.5, abs=0.032)
    assert stopped.at_s == pytest.approx(1.5, abs=0.032)
    assert heard.at_s == pytest.approx(1.5 + 0.4, abs=0.064)


def test_the_first_word_is_never_lost():
    """The ASR is given all of the speech and at least half a second from before it."""
    (given,) = SCENES["one turn"].run().engines.asr(None).given
    assert np.count_nonzero(given) == 1.0 * HEAR_RATE_HZ
    assert np.flatnonzero(given)[0] >= 0.47 * HEAR_RATE_HZ  # the tape has no more: speech begins at 0.5 s


@pytest.mark.parametrize("threaded", [False, True])
def test_barge_in_stops_the_sound_and_keeps_what_was_heard(threaded):
    played = SCENES["barge-in"].run(threaded=threaded)
    (cut,) = [event for event in played.events if isinstance(event, Interrupted)]
    assert cut.turn == 1
    assert cut.spoken
    assert LONG.startswith(cut.spoken)
    assert len(cut.spoken) < len(LONG) / 2
    entry = played.conversation.agent.ledger.entries()[1]
    assert (entry.text, entry.whole) == (cut.spoken, False)
    sound = played.tape.sound()
    silent_s = 2.6 + THRESHOLDS.barge_in_s + 0.06
    after = sound[round(silent_s * VOICE_RATE_HZ) : round(3.3 * VOICE_RATE_HZ)]
    assert not np.any(after), "sound goes on for more than 60 ms after there was enough speech"
    assert cut.at_s < 3.4 + THRESHOLDS.soft_end_s + 0.1


def test_what_was_interrupted_is_what_the_model_is_told():
    played = SCENES["barge-in"].run()
    (cut,) = [event for event in played.events if isinstance(event, Interrupted)]
    _, history = played.engines.writer.asked[-1]
    assert [said.text for said in history[:2]] == ["hello", cut.spoken]


def test_a_pause_inside_a_turn_leaves_no_trace():
    """The answer begun in the pause is dropped: no sound, no event, nothing in the ledger."""
    played = SCENES["the user goes on"].run()
    assert [event.type for event in played.events].count("speech_started") == 1
    assert [said.text for said in played.conversation.agent.ledger.entries()] == [
        "turn on the light",
        "Done.",
    ]
    assert len(played.engines.asr(None).given) == 2


@pytest.mark.parametrize("threaded", [False, True])
@pytest.mark.parametrize("name", ["a hesitation", "two sentences", "the user goes on"])
def test_what_was_prepared_in_vain_leaves_no_trace(name, threaded):
    """However often the user pauses: one turn, one answer, and only the whole of it is ever sounded or remembered."""
    played = SCENES[name].run(threaded=threaded)
    ((heard, replies),) = SCENES[name]._replies.items()
    assert [event.type for event in played.events] == [
        "speech_started", "speech_stopped", "heard", "saying", "turn_done",
    ]  # fmt: skip
    assert [said.text for said in played.conversation.agent.ledger.entries()] == [heard, *replies]
    drafts = [text for text, _ in played.engines.writer.asked]
    assert drafts[-1] == heard
    assert {said.text for _, history in played.engines.writer.asked for said in history} <= {heard}
    words = len(replies[0].split())
    assert np.count_nonzero(played.tape.sound()) == pytest.approx(words * WORD_S * VOICE_RATE_HZ, rel=0.01)


def test_something_was_prepared_in_vain():
    """Or the test above would prove nothing."""
    for name in ("a hesitation", "two sentences", "the user goes on"):
        assert len(SCENES[name].run(threaded=True).engines.writer.asked) > 1


def test_the_model_reads_along_while_the_user_speaks():
    played = SCENES["a long question"].run(threaded=True)
    read = [text for text in played.engines.writer.read if text]
    assert read[0] == "one two three"
    assert played.conversation.agent.ledger.entries()[0].text == "one two three four five"
    assert [event.type for event in played.events].count("heard") == 1


def test_a_turn_that_sounds_unfinished_is_given_longer():
    played = SCENES["unsure, so it waits"].run()
    assert played.conversation.agent.ledger.entries()[0].text == "turn on it"


@pytest.mark.parametrize("name", ["the mind breaks", "the voice breaks", "the ears break"])
def test_a_broken_engine_costs_one_turn_and_says_so(name):
    played = SCENES[name].run()
    failures = [event for event in played.events if isinstance(event, TurnFailed)]
    assert [event.turn for event in failures] == [1]
    assert "broken" in failures[0].error
    assert played.events[-1].type == "turn_done"


def test_noise_reaches_nobody():
    played = SCENES["noise"].run()
    assert [text for text, _ in played.engines.writer.asked] == ["hello"]


def test_every_committed_turn_ends_once():
    for scene in SCENES.values():
        events = scene.run().events
        heard = [event.turn for event in events if event.type == "heard"]
        ended = [event.turn for event in events if event.type in ("turn_done", "interrupted", "turn_failed")]
        assert set(heard) <= set(ended)
        assert len(ended) == len(set(ended))


def test_an_unexpected_exception_ends_the_conversation_with_its_traceback():
    scene = Scene().user(0.5, 1.5, "hello")
    scene._replies["hello"] = None  # type: ignore[assignment]
    for threaded in (False, True):
        with pytest.raises(TypeError) as caught:
            scene.run(threaded=threaded)
        assert any("scene.py" in str(entry.path) for entry in caught.traceback)
    assert not isinstance(caught.value, EngineError)


def test_no_thread_is_left_behind():
    before = thread_names()
    SCENES["barge-in"].run(threaded=True)
    assert thread_names() == before


def test_openers_are_rendered_ahead_while_nobody_speaks():
    """The first of them before the first frame, so that the answer finds its sound; none into speech or an answer."""
    scene = SCENES["two turns"]
    spoken, busy, conversations = list[Voiced](), list[bool](), list[Conversation]()

    class Noted(Voice):
        def idle(self) -> bool:
            busy.append(any(each.link.listening.busy or each.agent.answering for each in conversations))
            return super().idle()

        def speak(self, sentence, *, speed=1.0):
            for block in super().speak(sentence, speed=speed):
                spoken.append(block)
                yield block

    def rests(conversation: Conversation) -> bool:
        conversations[:] = [conversation]
        return settled(conversation, conversation._line.sink)

    voice = Noted(ToneTts(), keep=2, openers=("Hi.", "Never."))
    play(Tape(scene.samples(), threaded=True), replace(scene.engines(), voice=voice), rests=rests)
    assert busy
    assert not any(busy)
    assert {block.cached for block in spoken if block.sentence == Sentence(0, "Hi.", True)} == {True}
    assert {block.cached for block in spoken if block.sentence.text == "Goodbye, my dear friend."} == {False}

"""What an answer may not claim, and what it may not repeat."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from edge_agent.think.brief import Part, Usage, Written
from edge_agent.think.honest import claims, echoes, honest
from edge_agent.think.sentences import SentenceStream
from edge_agent.think.speech import Glimpse, spoken
from edge_agent.types import Sentence
from edge_agent.words import words_of

CANNOT, NOT_UNDERSTOOD = words_of("en").cannot, words_of("en").not_understood

CLAIMS = (
    ("Launch Firefox.", "Firefox has been launched on November 29, 2026 at 14:33."),
    ("Skip on TV.", "The TV is off."),
    ("turn on the living room lamp", "Sure, I'll turn on the living room lamp."),
    ("Set a timer.", "The timer is set for five minutes."),
    ("Book a table for two.", "Your table is booked for seven."),
    ("Send Anna a message.", "I have sent the message."),
    ("Play some jazz.", "Playing some jazz."),
    ("Open the door.", "Okay, opening the door now."),
    ("Add milk to my list.", "I've added milk to your list."),
    ("Remind me to eat.", "I will remind you to eat."),
    ("Call Mum.", "Done."),
    ("Take eggs off.", "Eggs taken off."),
    ("Set two timers.", "Sure, I can set two timers for eggs and ten for pasta."),
    ("How are my timers?", "I have two timers set for eggs and pasta."),
    ("What did you just do?", "I just added bananas to my shopping list."),
    ("To the shopping list.", "Bananas added to the shopping list."),
    ("Add bananas.", "Sure, I can add bananas to your list."),
    ("Move the dentist to eleven.", "Moved to eleven."),
    ("Delete it.", "Deleted it."),
    ("Mark it as done.", "Okay, marked as done."),
    ("Turn on the lamp.", "The lamp is turned on."),
    ("Turn on the desk lamp and set a timer.", "Switched on the light"),
    ("Turn the lamp off.", "Sure, turned off the lamp."),
    ("I've a call at ten, give me a shout before.", "I'll give you a shout 5 minutes before the call."),
    ("Wake me an hour earlier.", "Sure, I'll wake you an hour earlier."),
    ("Tell me when it rains.", "I'll let you know when it rains."),
    ("Order a pizza.", "Your pizza is on its way."),
    ("Look up the score.", "Let me look that up."),
)
TRUE = (
    ("How do planes fly?", "The wings are set at an angle."),
    ("Who painted it?", "It was painted by Leonardo."),
    ("Tell me about the moon.", "The moon is a rock that turns around the earth."),
    ("Give me advice.", "You should turn off the lamp before bed."),
    ("What is a timer?", "A timer is set for a length of time, and rings when it is over."),
    ("Why is the light on?", "The light is on because somebody pressed the switch."),
    ("Tell me a story.", "Once I opened the door, and a dragon was there."),
    ("What can you tell me of Rome?", "I can tell you that it was not built in a day."),
    ("How does it work?", "Turned on by a switch, the pump fills the tank."),
    ("How do I camp?", "Set up the tent first."),
    ("Say something.", "I'll give you a riddle about a bridge."),
    ("Can you help me?", "I'll do my best to answer."),
    ("Tell me a joke.", "Why did the chicken cross the road? To get to the other side."),
)


@pytest.mark.parametrize(("asked", "answer"), CLAIMS)
def test_a_claim(asked: str, answer: str) -> None:
    assert claims(answer, asked)


@pytest.mark.parametrize(("asked", "answer"), TRUE)
def test_no_claim(asked: str, answer: str) -> None:
    assert not claims(answer, asked)


def test_an_echo() -> None:
    assert echoes("Set a timer for ten minutes.", "set a timer for ten minutes")
    assert echoes("What time is it?", "What time is it?")
    assert not echoes("Paris is the capital of France.", "What is the capital of France?")
    assert not echoes("Yes.", "Yes.")


def said(asked: str, *answers: str) -> tuple[list[str], int]:
    """What is heard of an answer that is written so, and how often it was written."""
    tries = []

    def write(attempt: int) -> Iterator[Part]:
        tries.append(attempt)
        stream = SentenceStream(first_min_words=1, first_max_words=4)
        yield from [*stream.push(answers[attempt]), *stream.finish()]
        yield Written("stop", Usage())

    parts = list(honest(asked, write))
    assert isinstance(parts[-1], Written)
    assert sum(isinstance(part, Written) for part in parts) == 1
    sentences = [part for part in parts if isinstance(part, Sentence)]
    assert [each.index for each in sentences] == list(range(len(sentences)))
    assert [each.last for each in sentences] == [False] * (len(sentences) - 1) + [True]
    return [each.text for each in sentences if each.text], len(tries)


@pytest.mark.parametrize(("asked", "answer"), CLAIMS)
def test_of_a_claim_nothing_is_heard(asked: str, answer: str) -> None:
    assert said(asked, answer) == ([CANNOT], 1)


@pytest.mark.parametrize(("asked", "answer"), TRUE)
def test_an_answer_is_heard_whole(asked: str, answer: str) -> None:
    sentences, tries = said(asked, answer)
    assert " ".join(sentences).split() == answer.split()
    assert tries == 1


def test_a_claim_behind_an_answer_is_not_heard() -> None:
    sentences, _ = said("Play some jazz.", "Jazz is fine music. I have started the playlist. Enjoy.")
    assert sentences == ["Jazz is fine music.", CANNOT]


def test_the_honest_sentence_of_the_model_itself_is_heard_once() -> None:
    assert " ".join(said("Rename the timer.", CANNOT)[0]) == CANNOT


def test_an_echo_is_written_anew_and_given_up_the_second_time() -> None:
    asked = "tell me something about the old bridge"
    assert said(asked, "Tell me something about the old bridge.", "It is old.") == (["It is old."], 2)
    assert said(asked, *["Tell me something about the old bridge."] * 2) == ([NOT_UNDERSTOOD], 2)


def words_until_heard(asked: str, answer: str) -> tuple[str, int]:
    """The first of what is heard of an answer that is written word by word, and how many words were written by then."""
    written = []

    def pieces() -> Iterator[str]:
        for word in answer.split():
            written.append(word)
            yield f"{word} "

    def write(attempt: int) -> Iterator[Part | Glimpse]:
        return spoken(pieces(), SentenceStream(first_min_words=1, first_max_words=4))

    heard = next(part for part in honest(asked, write) if isinstance(part, Sentence))
    return heard.text, len(written)


@pytest.mark.parametrize(
    ("asked", "answer", "heard", "words"),
    [
        # what begins like a claim is heard once four words more tell that it is none
        ("Can I get a mocha?", "Yes, you may have one with skim milk if you like.", "Yes,", 6),
        ("I lost my keys.", "I'm sorry, but I don't know where your keys are.", "I'm sorry,", 3),
        ("Say hello.", "Okay, hello to all of you who are listening.", "Okay,", 2),
        # what still may become one is held, as long as it may
        ("Add milk.", "Sure, I think that we have run out of it. Buy some.", "Sure,", 11),
        ("Turn on the lamp.", "Okay, the lamp in the hall is turned on now.", CANNOT, 10),
        ("Turn on the lamp.", "Okay, I have just turned it on for you.", CANNOT, 9),
    ],
)
def test_an_answer_is_heard_as_soon_as_it_can_be_no_claim(asked: str, answer: str, heard: str, words: int) -> None:
    assert words_until_heard(asked, answer) == (heard, words)

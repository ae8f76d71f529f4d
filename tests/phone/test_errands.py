"""What a caller wants of a telephone: to be put through, to leave a message, to end the call."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from act_said import english

from edge_agent.act.answers import AnswerReader
from edge_agent.act.times import Context
from edge_agent.phone.errands import Errands
from edge_agent.words.calls import call_words

WORDS = call_words("en")
PEOPLE = {"Anna": "611", "the workshop": "sip:612@10.0.0.1"}


@dataclass
class Desk:
    number: str = "+4930123456"
    done: list[tuple[str, ...]] = field(default_factory=list)

    def put_through(self, uri: str) -> None:
        self.done.append(("through", uri))

    def write_down(self, name: str, number: str, text: str, who: str) -> None:
        self.done.append(("note", name, number, text, who))

    def end(self) -> None:
        self.done.append(("end",))


class Caller:
    def __init__(self, people: dict[str, str]) -> None:
        self.desk = Desk()
        yes = AnswerReader(english(), Context()).yes
        self.errands = Errands(people, WORDS, yes, self.desk)

    def says(self, *turns: str) -> str | None:
        """What is said to the last of them. Each turn is planned several times, as drafts are."""
        said = None
        for text in turns:
            self.errands.plan(text[: len(text) // 2])
            before = list(self.desk.done)
            plan = [self.errands.plan(text) for _ in range(2)][-1]
            assert self.desk.done == before, "a plan has no effect"
            if plan and plan.effect:
                plan.effect()
            said = plan.said if plan else None
        return said


@pytest.fixture
def caller() -> Caller:
    return Caller(PEOPLE)


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("Can I speak to Anna, please?", "Anna"),
        ("I'd like to talk to Anna.", "Anna"),
        ("Please put me through to the workshop.", "the workshop"),
        ("I want to speak with the workshop", "the workshop"),
        ("Could you connect me with a real person?", "Anna"),
        ("Is Anna there?", "Anna"),
        ("Get me a human", "Anna"),
    ],
)
def test_who_wants_somebody_is_asked_and_put_through_after_a_yes(caller: Caller, text: str, who: str) -> None:
    assert caller.says(text) == WORDS.may_i.format(who=who)
    assert caller.desk.done == []
    assert caller.says("Yes, please.") == WORDS.one_moment
    assert caller.desk.done == [("through", PEOPLE[who])]


def test_a_no_leaves_it(caller: Caller) -> None:
    assert caller.says("Can I speak to Anna?", "No, thanks.") == WORDS.left
    assert caller.says("Yes.") is None
    assert caller.desk.done == []


def test_who_is_not_known_leaves_a_message(caller: Caller) -> None:
    turns = ["Can I speak to Bertha?", "Yes.", "My name is Ada Byron.", "It's 0 3 0, 1 2 3 4.", "The engine is ready."]
    assert caller.says(turns[0]) == WORDS.unknown
    assert caller.says(*turns[1:]) == WORDS.taken
    assert caller.desk.done == [("note", "Ada Byron", "0301234", "The engine is ready.", "bertha"), ("end",)]


def test_a_message_is_taken_word_by_word_whatever_it_says(caller: Caller) -> None:
    assert caller.says("Can I leave a message for Anna?") == WORDS.whose_name
    assert caller.says("Ada") == WORDS.which_number
    assert caller.says("this number") == WORDS.which_text
    assert caller.says("Can I speak to Anna? That is all I wanted to know. Bye.") == WORDS.taken
    assert caller.desk.done[0] == (
        "note", "Ada", "+4930123456", "Can I speak to Anna? That is all I wanted to know. Bye.", "anna",
    )  # fmt: skip


def test_keys_are_a_number(caller: Caller) -> None:
    caller.says("take a message", "Ada", "03012345", "Call me.")
    assert caller.desk.done[0][2] == "03012345"


@pytest.mark.parametrize("step", [1, 2, 3, 4])
def test_a_message_can_be_given_up_at_any_step(caller: Caller, step: int) -> None:
    caller.says(*["take a message", "Ada", "0301234"][:step])
    if step == 4:
        caller.errands.offer_message()
    assert caller.says("Never mind.") == WORDS.left
    assert caller.says("what time is it") is None
    assert caller.desk.done == []


def test_a_failed_transfer_becomes_a_message(caller: Caller) -> None:
    caller.says("Can I speak to Anna?", "Yes.")
    caller.errands.offer_message()
    assert caller.says("Yes.") == WORDS.whose_name
    caller.says("Ada", "0301234", "Call me.")
    assert caller.desk.done[1] == ("note", "Ada", "0301234", "Call me.", "Anna")


@pytest.mark.parametrize("text", ["Goodbye.", "Okay, thanks, bye bye.", "Hang up.", "That's all, thank you."])
def test_who_says_goodbye_is_told_goodbye_and_the_call_ends(caller: Caller, text: str) -> None:
    assert caller.says(text) == WORDS.goodbye
    assert caller.desk.done == [("end",)]


@pytest.mark.parametrize(
    "text", ["What time is it?", "Can I speak to you about the Thirty Years' War and its causes, " * 3]
)
def test_what_is_no_errand_is_left_alone(caller: Caller, text: str) -> None:
    assert caller.says(text) is None


def test_without_people_talk_of_people_is_talk() -> None:
    caller = Caller({})
    assert caller.says("Can I speak to Anna?") is None
    assert caller.says("Can I leave a message?") == WORDS.whose_name


def test_a_language_without_words_of_its_own_has_english_ones() -> None:
    assert call_words("de_DE") == WORDS

"""What callers of a hairdresser, a restaurant, a garage or a car rental say, and those of a dentist do not."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from edge_agent.desk.conversation import CallState
from edge_agent.desk.desk import Desk
from edge_agent.desk.phrases import phrases_of
from edge_agent.desk.readers.consent import restated
from edge_agent.desk.readers.email import read_email
from edge_agent.desk.readers.named import OwnersNames
from edge_agent.desk.readers.person import read_name
from edge_agent.desk.readers.plain_values import read_birth, read_code, read_number
from edge_agent.desk.reply import Reply
from tests.desk.dentist import desk

EN = phrases_of("en")
NOW = datetime.fromisoformat("2026-03-02T09:00+00:00")
HEAD = """kind = "receptionist"
[business]
name = "Curl Up"
timezone = "Europe/London"
phone_region = "GB"
[hours]
tue = ["09:00-18:00"]
wed = ["09:00-18:00"]
thu = ["09:00-18:00"]
fri = ["09:00-18:00"]
"""
HAIR = (
    HEAD
    + """
[[staff]]
name = "Maria"
[[staff]]
name = "Tom"
does = ["cut"]
[[service]]
name = "cut"
hears = ["haircut"]
minutes = 45
[[service]]
name = "highlights"
minutes = 90
[booking]
ask = ["service", "when", "name", "phone"]
"""
)
TABLES = (
    HEAD
    + """
[[staff]]
name = "table one"
[[service]]
name = "table"
minutes = 120
[booking]
ask = ["when", "people", "occasion"]
[[ask]]
id = "people"
say = "For how many people?"
type = "number"
[[ask]]
id = "occasion"
say = "Is it for a special occasion?"
type = "text"
"""
)
RENTAL = (
    HEAD
    + """
[[service]]
name = "van"
minutes = 15
[booking]
ask = ["when", "back", "plate"]
[[ask]]
id = "back"
say = "On which day do you bring it back?"
type = "date"
[[ask]]
id = "plate"
say = "Which number plate?"
type = "text"
"""
)


def dialogue(call: Desk, *turns: str) -> list[Reply]:
    return [call.hear(words) for words in turns]


WHO = ("Ann Smith", "07700 900123")


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("seventh grade", 7), ("twelve grand", 12000), ("two adults and a child", 3), ("just me", 1),
        ("me and my wife", 2), ("half a dozen", 6), ("fifteen hundred", 1500), ("three, no, four", 4),
    ],
)  # fmt: skip
def test_numbers_as_people_say_them(said: str, number: int) -> None:
    assert read_number(said, EN) == number


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("K for kilo, A, 6, 5, B, C, D", "KA65BCD"), ("bravo delta five one", "BD51"), ("my blue car", None),
        ("a dog", None), ("BD51 SMR", None),
    ],
)  # fmt: skip
def test_a_code_is_put_together(said: str, code: str | None) -> None:
    assert read_code(said, EN) == code


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("March 3rd '85", "1985-03-03"), ("July 22 79", "1979-07-22"), ("the 22nd of the 7th 1979", "1979-07-22"),
        ("the 5th of the 7th 1979", "1979-07-05"), ("the third of May", None),
    ],
)  # fmt: skip
def test_days_of_birth(said: str, day: str | None) -> None:
    assert read_birth(said, NOW, "GB", EN) == day


@pytest.mark.parametrize(
    ("said", "question", "answer"),
    [
        ("we do own the house", "Do you own your home?", True), ("we own it", "Do you own your home?", True),
        ("we rent our home", "Do you own your home?", None), ("we are renting", "Do you own your home?", None),
        ("I'm not insured", "Do you have private insurance?", False), ("I can't", "Can everybody swim?", False),
    ],
)  # fmt: skip
def test_a_question_is_answered_by_its_own_words(said: str, question: str, answer: bool | None) -> None:
    assert restated(said, question, EN) is answer


@pytest.mark.parametrize("said", ["my rabbit must be spayed", "spaying please", "two spays"])
def test_the_owners_words_in_other_forms(said: str) -> None:
    assert [each.name for each in OwnersNames([("neutering", ["spay"])]).find(said)] == ["neutering"]


@pytest.mark.parametrize(
    ("said", "name"), [("Will Hunt", "Will Hunt"), ("For my mother, Rosa Alvarez", "Rosa Alvarez")]
)
def test_names(tmp_path: Path, said: str, name: str) -> None:
    assert dialogue(desk(tmp_path, HAIR), "a cut with Tom on Thursday at 10", said)[-1].form["name"] == name
    assert read_name("we were cut off", EN, asked=True) is None


@pytest.mark.parametrize(
    ("said", "value"), [("no", "no"), ("nope, none", "no"), ("no special occasion", "no"), ("a birthday", "a birthday")]
)
def test_a_no_answers_a_question_in_any_words(tmp_path: Path, said: str, value: str) -> None:
    reply = dialogue(desk(tmp_path, TABLES), "a table for four on Thursday at 2 pm", said)[-1]
    assert (reply.form["people"], reply.form["occasion"]) == (4, value)
    assert (
        reply.said
        == f"So that's a table at table one on Thursday, March 5 at 2 PM, people: 4, occasion: {value}. "
        + ("Shall I book it?")
    )


def test_how_many_come_is_no_time(tmp_path: Path) -> None:
    reply = dialogue(desk(tmp_path, TABLES), "a table for 3 on Friday at 2 pm", "actually we're four")[-1]
    assert (reply.form["people"], reply.form["when"][:16]) == (4, "2026-03-06T14:00")


@pytest.mark.parametrize(("said", "day"), [("a week later", "12"), ("for three nights", "08"), ("the next day", "06")])
def test_a_day_from_the_one_that_is_booked_on(tmp_path: Path, said: str, day: str) -> None:
    reply = dialogue(desk(tmp_path, RENTAL), "a van from the 5th of March at 10 am", said)[-1]
    assert (reply.form["when"][:16], reply.form["back"]) == ("2026-03-05T10:00", f"2026-03-{day}")


def test_what_is_wrong_is_asked_again(tmp_path: Path) -> None:
    call = desk(tmp_path, RENTAL)
    replies = dialogue(call, "a van on Thursday at 10 am", "Friday", "B D 5 1 S M R", "the plate is wrong")
    assert replies[2].form["plate"] == "BD51SMR"
    assert (replies[3].asks, replies[3].form.get("plate")) == ("plate", None)


def test_a_weekday_is_near_the_days_that_are_talked_of(tmp_path: Path) -> None:
    replies = dialogue(desk(tmp_path, HAIR), "a cut next Monday at 2", "Tuesday at 2 then")
    assert replies[-1].form["when"].startswith("2026-03-10T14:00")


def test_two_things_are_booked_one_behind_the_other(tmp_path: Path) -> None:
    call = desk(tmp_path, HAIR)
    replies = dialogue(call, "a cut on Thursday at 10 and highlights", *WHO, "yes", "Friday at noon", "yes")
    assert "And highlights, too. I have Thursday, March 5 at 10:45 AM, or" in replies[3].said
    assert [each.service for each in call.ledger.bookings()] == ["cut", "highlights"]


def test_who_does_not_do_it_is_said(tmp_path: Path) -> None:
    reply = dialogue(desk(tmp_path, HAIR), "highlights with Tom on Friday at noon")[-1]
    assert "Tom doesn't do highlights." in reply.said


@pytest.mark.parametrize(
    ("said", "task"),
    [
        ("I have to cancel my haircut", "cancel"), ("can I move my haircut to Friday?", "move"),
        ("I won't be able to make it on Thursday", "cancel"), ("I can't make Thursday, can I come on Friday?", "move"),
    ],
)  # fmt: skip
def test_an_appointment_that_is_given_up(tmp_path: Path, said: str, task: str) -> None:
    call = desk(tmp_path, HAIR)
    reply = dialogue(call, "a cut on Thursday at 10", *WHO, "yes", said)[-1]
    assert (call.conversation.task, reply.asks) == (task, "confirm" if task == "cancel" else "when")


def test_what_was_to_be_cancelled_is_moved(tmp_path: Path) -> None:
    call = desk(tmp_path, HAIR)
    dialogue(
        call,
        "a cut on Thursday at 10",
        *WHO,
        "yes",
        "cancel my appointment",
        "no, can we move it to Friday at 2?",
        "yes",
    )
    assert [each.start.isoformat()[:16] for each in call.ledger.bookings()] == ["2026-03-06T14:00"]


def test_a_dropped_draft_leaves_no_name(tmp_path: Path) -> None:
    reply = dialogue(desk(tmp_path, HAIR), "a cut on Thursday at 10", "Actually forget it, I'll call again")[-1]
    assert (reply.asks, reply.form) == ("more", {})


def test_days_from_and_to(tmp_path: Path) -> None:
    reply = dialogue(desk(tmp_path, RENTAL), "a van from March 4th to 6th", "ten", "my first name's spelled A N N")[-1]
    assert (reply.form["when"][:16], reply.form["back"]) == ("2026-03-04T10:00", "2026-03-06")


def test_morning_or_evening_is_asked_once(tmp_path: Path) -> None:
    text = HAIR.replace('fri = ["09:00-18:00"]', 'fri = ["09:00-23:00"]')
    replies = dialogue(desk(tmp_path, text), "a cut on Friday at 10", "Friday at 10")
    assert replies[0].said.endswith("Do you mean Friday, March 6 at 10 AM or Friday, March 6 at 10 PM?")
    assert replies[1].form["when"].startswith("2026-03-06T10:00")


def test_a_yes_ahead_of_a_text_is_none_of_it(tmp_path: Path) -> None:
    reply = dialogue(desk(tmp_path, TABLES), "a table for two on Friday at 2 pm", "Yes, that's right. It's a birthday")[
        -1
    ]
    assert reply.form["occasion"] == "birthday"


@pytest.mark.parametrize(
    ("said", "start"),
    [("could it be half an hour later", "05T10:30"), ("no, can we do it the day after?", "06T10:00")],
)
def test_a_time_is_told_from_the_one_that_was_read_back(tmp_path: Path, said: str, start: str) -> None:
    reply = dialogue(desk(tmp_path, HAIR), "a cut on Thursday at 10", *WHO, said)[-1]
    assert (reply.asks, reply.form["when"][:16]) == ("confirm", f"2026-03-{start}")


def test_what_is_booked_is_told_to_who_has_shown_that_it_is_theirs(tmp_path: Path) -> None:
    call = desk(tmp_path, HAIR)
    dialogue(call, "a cut with Tom on Thursday at 10", *WHO, "yes")
    call.conversation = CallState()
    replies = dialogue(call, "when is my haircut?", *WHO)
    assert "You have a cut with Tom on Thursday, March 5 at 10 AM." in replies[-1].said
    call.conversation = CallState()
    assert "I can't find an appointment" in dialogue(call, "when is my haircut?", "Bob Jones", WHO[1])[-1].said


@pytest.mark.parametrize(
    ("said", "address"),
    [
        ("jo dot park, that's P A R K, at i cloud dot com", "jo.park@icloud.com"),
        ("it's b costa, b for bravo, at hot mail dot com, that's B C O S T A", "bcosta@hotmail.com"),
        ("juliet oscar seven seven at proton mail dot com", "jo77@protonmail.com"),
    ],
)
def test_an_address_is_spelled_in_part(said: str, address: str) -> None:
    assert read_email(said, EN) == address


def test_who_is_lost_may_leave_a_message_or_go_on(tmp_path: Path) -> None:
    call = desk(tmp_path, HAIR)
    replies = dialogue(call, "cancel my appointment", "Ann Smith", "la", "la la", "la la la", "la la")
    assert any("Shall I take a message?" in each.said for each in replies)
    assert not [effect for each in dialogue(call, "no", WHO[1], "no", "yes") for effect in each.effects]

"""Whole calls: what is asked, what is said yes to, what is booked."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.desk.dentist import booked, desk, dialogue

TO_THE_YES = ("I'd like a check-up on Thursday at 3 in the afternoon", "Anna Smith", "07700 900123")


def test_a_booking(tmp_path: Path) -> None:
    call = desk(tmp_path)
    said = dialogue(call, "hello", *TO_THE_YES)
    assert said == [
        "Harbour Dental.",
        "What name shall I put it under?",
        "What's your phone number?",
        "So that's a check-up with Dr Okafor on Thursday, March 5 at 3 PM, for Anna Smith, "
        "phone 0 7 7, 0 0, 9 0 0, 1 2 3. Shall I book it?",
    ]
    assert booked(call) == []
    reply = call.hear("yes please")
    assert reply.said.startswith("Your appointment is booked: a check-up with Dr Okafor on Thursday, March 5 at 3 PM.")
    assert [effect["type"] for effect in reply.effects] == ["booked"]
    assert reply.effects[0]["start"] == "2026-03-05T15:00:00+00:00"
    assert booked(call) == [("Thu 05 15:00", "check-up", "Anna Smith")]
    assert call.hear("no, that's all, thanks").ends


def test_all_in_one_sentence(tmp_path: Path) -> None:
    call = desk(tmp_path)
    said = dialogue(call, "My name is Bob Jones, I need a filling on Friday at nine, my number is 07700 900123")
    assert said[0].startswith(
        "Harbour Dental. So that's a filling with Dr Okafor on Friday, March 6 at 9 AM, for Bob Jones"
    )


@pytest.mark.parametrize(
    ("correction", "when", "name"),
    [
        ("no, Friday at nine", "Fri 06 09:00", "Anna Smith"),
        ("actually make it four", "Thu 05 16:00", "Anna Smith"),
        ("sure, what about 4:30 instead?", "Thu 05 16:30", "Anna Smith"),
        ("not Thursday, Friday at 10", "Fri 06 10:00", "Anna Smith"),
        ("the name is Anna Smyth, S M Y T H", "Thu 05 15:00", "Anna Smyth"),
        ("sorry, four instead of three", "Thu 05 16:00", "Anna Smith"),
        ("can I have half past four, no sorry, quarter past four", "Thu 05 16:15", "Anna Smith"),
    ],
)
def test_a_correction_changes_that_alone_and_is_read_back(
    tmp_path: Path, correction: str, when: str, name: str
) -> None:
    call = desk(tmp_path)
    dialogue(call, *TO_THE_YES)
    first = call.conversation.proposal
    reply = call.hear(correction)
    assert booked(call) == []
    assert reply.proposal is not None
    assert first is not None
    assert reply.proposal["id"] != first.id
    dialogue(call, "yes")
    assert booked(call) == [(when, "check-up", name)]


@pytest.mark.parametrize(
    "doubtful",
    [
        "yes but later",
        "yes, if Dr Okafor isn't there",
        "yes, well, actually wait",
        "I said yes to my sister yesterday about the whole thing",
        "say yes",
        "he asked whether the answer was yes",
        "thank you",
        "maybe",
    ],
)
def test_only_a_pure_yes_counts(tmp_path: Path, doubtful: str) -> None:
    call = desk(tmp_path)
    dialogue(call, *TO_THE_YES)
    reply = call.hear(doubtful)
    assert booked(call) == []
    assert reply.effects == ()
    assert "booked:" not in reply.said


@pytest.mark.parametrize(
    "yes", ["yes", "Yes, that works.", "sure", "that's right, thank you", "yep sounds good", "ok great"]
)
def test_what_is_a_yes(tmp_path: Path, yes: str) -> None:
    call = desk(tmp_path)
    dialogue(call, *TO_THE_YES, yes)
    assert booked(call) == [("Thu 05 15:00", "check-up", "Anna Smith")]


def test_a_yes_of_before_is_none_to_a_proposal(tmp_path: Path) -> None:
    call = desk(tmp_path)
    dialogue(call, "Yes, speaking. Yes.", *TO_THE_YES)
    assert booked(call) == []


def test_offers_and_something_later(tmp_path: Path) -> None:
    call = desk(tmp_path)
    said = dialogue(call, "I need a filling", "what do you have on Thursday?", "something later", "the second one")
    assert said[1:] == [
        "I have Thursday, March 5 at 10 AM, or 11:30 AM. Which would you like?",
        "I have Thursday, March 5 at 11:45 AM, or 1:15 PM. Which would you like?",
        "What name shall I put it under?",
    ]
    assert call.conversation.opening is not None
    assert f"{call.conversation.opening.start:%H:%M}" == "13:15"


def test_any_morning_next_week(tmp_path: Path) -> None:
    call = desk(tmp_path)
    said = dialogue(call, "a cleaning please", "any morning next week")
    assert said[1] == "I have Tuesday, March 10 at 8:30 AM, or 10 AM. Which would you like?"


def test_a_day_that_is_closed(tmp_path: Path) -> None:
    call = desk(tmp_path)
    said = dialogue(call, "a check-up next Monday at ten", "a check-up on March 9th at ten")
    assert "We're closed on Monday, March 9." in said[1]


def test_a_question_in_between_and_the_form_goes_on(tmp_path: Path) -> None:
    call = desk(tmp_path)
    dialogue(call, *TO_THE_YES)
    reply = call.hear("What is your address?")
    assert reply.said.startswith("I don't know that.")
    assert reply.said.endswith("Shall I book it?")
    dialogue(call, "yes")
    assert len(booked(call)) == 1


def test_move_and_cancel_by_name_and_number(tmp_path: Path) -> None:
    call = desk(tmp_path)
    dialogue(call, *TO_THE_YES, "yes")
    dialogue(call, "I need to move my appointment to Friday at nine", "yes")
    assert booked(call) == [("Fri 06 09:00", "check-up", "Anna Smith")]
    dialogue(call, "cancel my appointment")
    assert dialogue(call, "yes")[0].startswith("Your appointment on Friday, March 6 at 9 AM is cancelled.")
    assert booked(call) == []


def test_who_has_an_appointment_is_not_told(tmp_path: Path) -> None:
    first = desk(tmp_path)
    dialogue(first, *TO_THE_YES, "yes")
    refusals = []
    for name, phone in (("Anna Smith", "07700 900999"), ("Bob Jones", "07700 900123"), ("Bob Jones", "07700 900999")):
        call = desk(tmp_path)
        call.ledger = first.ledger
        refusals.append(dialogue(call, "I want to cancel my appointment", name, phone)[-1])
    assert len(set(refusals)) == 1
    assert refusals[0].startswith("I can't find an appointment")


def test_urgent_goes_first_and_a_person_gets_the_form(tmp_path: Path) -> None:
    call = desk(tmp_path)
    dialogue(call, *TO_THE_YES)
    reply = call.hear("can I talk to a person please")
    assert reply.effects[0]["type"] == "handoff"
    assert reply.effects[0]["summary"]["form"]["name"] == "Anna Smith"
    assert call.hear("yes I can't breathe").said == "Please call 999 now."
    assert booked(call) == []


def test_a_call_that_drops_leaves_a_draft(tmp_path: Path) -> None:
    call = desk(tmp_path)
    dialogue(call, *TO_THE_YES)
    reply = call.hung_up()
    assert reply.effects[0]["type"] == "draft"
    assert booked(call) == []
    (kept,) = call.ledger.calls()
    assert kept["outcome"] == "draft"
    assert kept["state"]["form"]["name"]["value"] == "Anna Smith"


def test_keys_are_a_number_at_any_time(tmp_path: Path) -> None:
    call = desk(tmp_path)
    dialogue(call, "a check-up on Thursday at 3 pm")
    call.digits("07700900123#")
    said = dialogue(call, "Anna Smith")
    assert said[0].startswith("So that's a check-up")
    assert call.digits("1").effects[0]["type"] == "booked"


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Sure, Jane Okafor.", "Jane Okafor"),
        ("Anna Rossi, that's R-O-S-S-I.", "Anna Rossi"),
        ("A N N A, R O S S I", "Anna Rossi"),
        ("Tom Novak. november, oscar, victor, alfa, kilo", "Tom Novak"),
        ("Shane Cole, first name's spelled S-H-A-Y-N-E", "Shayne Cole"),
    ],
)
def test_a_name_is_no_doctor_no_month_and_keeps_the_word_that_was_not_spelled(
    tmp_path: Path, said: str, name: str
) -> None:
    call = desk(tmp_path)
    dialogue(call, TO_THE_YES[0], said)
    assert call.conversation.value("name") == name


@pytest.mark.parametrize(
    "correction", ["Sorry, Friday at nine instead.", "No, wait, Friday at nine is better.", "Actually make it four"]
)
def test_what_is_corrected_while_the_name_is_asked_is_no_name(tmp_path: Path, correction: str) -> None:
    call = desk(tmp_path)
    dialogue(call, TO_THE_YES[0], correction)
    assert call.conversation.value("name") is None
    assert call.conversation.asked == "name"


def test_a_value_that_is_wrong_is_asked_again(tmp_path: Path) -> None:
    call = desk(tmp_path)
    dialogue(call, *TO_THE_YES)
    assert call.hear("No, my name is wrong.").asks == "name"
    assert call.hear("Sorry, it's Jo Baker.").proposal is not None
    assert call.hear("Not Jo Baker, Joe Baker.").form["name"] == "Joe Baker"


def test_okay_no_is_a_no(tmp_path: Path) -> None:
    call = desk(tmp_path)
    dialogue(call, *TO_THE_YES, "Okay, no.")
    assert booked(call) == []


def test_never_mind_and_another_time_goes_on(tmp_path: Path) -> None:
    call = desk(tmp_path)
    dialogue(call, *TO_THE_YES)
    reply = call.hear("Never mind, make it Friday at nine.")
    assert reply.proposal is not None
    assert reply.proposal["start"].startswith("2026-03-06T09:00")


def test_the_first_is_the_first_offer_and_no_day_of_a_month(tmp_path: Path) -> None:
    call = desk(tmp_path)
    said = dialogue(call, "I need a check-up", "what do you have on Thursday?", "the first please")
    assert said[-1] == "What name shall I put it under?"
    assert f"{call.conversation.opening.start:%a %H:%M}" == "Thu 10:00" if call.conversation.opening else False


def test_a_bare_time_within_the_read_back_is_another_time(tmp_path: Path) -> None:
    call = desk(tmp_path)
    dialogue(call, "A check-up with Dr Okafor on Thursday at half past one", "Anna Smith", "020 7946 0018")
    assert "on Thursday, March 5 at 10:30 AM" in call.hear("ten thirty is fine").said
    assert booked(call) == []
    call.hear("yes")
    assert booked(call) == [("Thu 05 10:30", "check-up", "Anna Smith")]

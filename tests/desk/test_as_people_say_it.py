"""What callers say who know nothing of forms: the whole wish in one breath, in any words, in any order."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from tests.desk.dentist import DENTIST, LONDON, booked, desk, dialogue

WHO = ("Ann Smith", "07700 900123")
PRICED = DENTIST.replace('name = "check-up"\n', 'name = "check-up"\nprice = "62 pounds"\n')
ALONE = DENTIST.replace('does = ["check-up", "cleaning"]', 'does = ["cleaning"]')


@pytest.mark.parametrize("words", ["how much is a check up", "what does a checkup cost?"])
def test_who_asks_for_the_price_of_it_is_told_that(tmp_path: Path, words: str) -> None:
    (tmp_path / "answers").mkdir()
    (tmp_path / "answers" / "parking.md").write_text("# Parking\n\nThere are six spaces behind the house.\n", "utf-8")
    call = desk(tmp_path, PRICED + '[answers]\nfolder = "answers/"\n')
    assert "62 pounds" in dialogue(call, words)[-1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("I have an appointment next week and I need to change it", "What name is the appointment under?"),
        ("we've got a booking on Friday, can we move that", "What name is the appointment under?"),
        ("I made an appointment for Tuesday but I'd like to cancel it", "What name is the appointment under?"),
    ],
)
def test_an_appointment_that_is_there_is_meant_by_it(tmp_path: Path, words: str, said: str) -> None:
    assert dialogue(desk(tmp_path), words)[-1].endswith(said)


def test_the_earliest_may_be_asked_for_at_once(tmp_path: Path) -> None:
    call = desk(tmp_path)
    said = dialogue(call, "I'd like the earliest appointment you have for a filling")[-1]
    assert said.endswith("I have Monday, March 2 at 11 AM. Would that suit you?")
    dialogue(call, "ok, the first", *WHO, "yes")
    assert booked(call) == [("Mon 02 11:00", "filling", "Ann Smith")]


def test_a_weekday_is_of_the_week_that_was_named(tmp_path: Path) -> None:
    said = dialogue(desk(tmp_path), "a check-up next week", "Friday")
    assert "March 13" in said[-1], "and not March 6, which comes first"


def test_a_weekday_that_is_today_is_of_the_week_that_was_named(tmp_path: Path) -> None:
    tuesday = datetime(2026, 3, 3, 9, tzinfo=LONDON)
    said = dialogue(desk(tmp_path, now=tuesday), "a check-up next week", "on Tuesday please")
    assert "March 10" in said[-1]


def test_the_afternoon_one_is_no_time_of_day(tmp_path: Path) -> None:
    call = desk(tmp_path)
    assert "at 10 AM, or 11:30 AM" in dialogue(call, "a check-up on Thursday")[-1]
    assert "at noon, or 1:30 PM" in dialogue(call, "the afternoon one")[-1]


def test_who_does_one_thing_alone_is_asked_for_that(tmp_path: Path) -> None:
    said = dialogue(desk(tmp_path, ALONE), "I'd like to see Dr Lindqvist on Thursday at five")[-1]
    assert "What name" in said


def test_a_day_that_is_said_before_it_is_asked_is_repeated(tmp_path: Path) -> None:
    said = dialogue(desk(tmp_path), "I want an appointment", "maybe Tuesday")[-1]
    assert said.startswith("All right, Tuesday, March 3. Which of these is it")


@pytest.mark.parametrize(
    "turns",
    [
        ("a filling on Thursday at 3 pm", "and a cleaning right after", *WHO, "yes"),
        ("a filling on Thursday at 3 pm", *WHO, "yes and also a cleaning"),
    ],
)
def test_something_beside_it_is_booked_behind_it(tmp_path: Path, turns: tuple[str, ...]) -> None:
    call = desk(tmp_path)
    said = dialogue(call, *turns)[-1]
    assert "And a cleaning, too. I have Thursday, March 5 at 3:45 PM, or" in said
    dialogue(call, "the first one", "yes")
    assert booked(call) == [("Thu 05 15:00", "filling", "Ann Smith"), ("Thu 05 15:45", "cleaning", "Ann Smith")]


def test_before_and_by_a_day_are_limits(tmp_path: Path) -> None:
    assert "I have Tuesday, March 3" in dialogue(desk(tmp_path), "a cleaning after today")[-1]
    said = dialogue(desk(tmp_path), "a cleaning after Wednesday")[-1]
    assert "I have Thursday, March 5" in said
    said = dialogue(desk(tmp_path), "a cleaning by Tuesday")[-1]
    assert "I have Monday, March 2" in said


def test_the_day_after_that(tmp_path: Path) -> None:
    said = dialogue(desk(tmp_path), "not tomorrow but the day after, a check-up")[-1]
    assert "Wednesday, March 4" in said


def test_not_tuesday_is_the_one_that_was_offered(tmp_path: Path) -> None:
    sunday = datetime(2026, 3, 1, 9, tzinfo=LONDON)
    call = desk(tmp_path, DENTIST.replace('mon = ["08:30-12:30", "13:30-17:30"]\n', ""), now=sunday)
    assert "Tuesday, March 10" in dialogue(call, "a check-up in the week of March 9th")[-1]
    assert "Thursday, March 12" in dialogue(call, "not Tuesday")[-1]


def test_the_time_is_told_again_and_what_waits_asked(tmp_path: Path) -> None:
    said = dialogue(desk(tmp_path), "a check-up on Thursday at 3 pm", "what was the time again")[-1]
    assert said == "It's on Thursday, March 5 at 3 PM. What name shall I put it under?"


def test_another_time_is_said_where_it_is_not_read_back(tmp_path: Path) -> None:
    said = dialogue(desk(tmp_path), "a check-up on Thursday at 3 pm", "no wait, make that four")[-1]
    assert said.startswith("All right, Thursday, March 5 at 4 PM.")


def test_how_long_it_takes(tmp_path: Path) -> None:
    assert "For a filling we take 45 minutes." in dialogue(desk(tmp_path), "how long does a filling take")[-1]


def test_who_is_late_leaves_that_as_a_message(tmp_path: Path) -> None:
    call = desk(tmp_path)
    said = dialogue(call, "I'm running late for my appointment, about ten minutes", *WHO)[-1]
    assert said.startswith("I pass on: I'm running late for my appointment, about ten minutes")


def test_who_wants_to_speak_to_somebody_books_nothing_with_them(tmp_path: Path) -> None:
    call = desk(tmp_path)
    assert [each["type"] for each in call.hear("can I speak to Dr Okafor").effects] == ["handoff"]


def test_a_yes_with_a_goodbye_is_a_yes_and_the_end(tmp_path: Path) -> None:
    call = desk(tmp_path)
    dialogue(call, "a check-up on Thursday at 3 pm", *WHO)
    reply = call.hear("yes, thanks, bye")
    assert reply.ends
    assert "is booked" in reply.said
    assert "Goodbye" in reply.said
    assert booked(call) == [("Thu 05 15:00", "check-up", "Ann Smith")]


def test_what_was_booked_is_not_told_again_with_the_offers_behind_it(tmp_path: Path) -> None:
    call = desk(tmp_path)
    dialogue(call, "a filling on Thursday at 3 pm", *WHO, "yes and also a cleaning")
    assert dialogue(call, "yes")[-1].startswith("I have Thursday, March 5")


def test_a_time_alone_moves_it_on_its_day(tmp_path: Path) -> None:
    call = desk(tmp_path)
    dialogue(call, "a check-up on Thursday at 3 pm", *WHO, "yes", "can you make it a bit later", "4", "yes")
    assert booked(call) == [("Thu 05 16:00", "check-up", "Ann Smith")]


def test_a_name_that_is_begun_anew(tmp_path: Path) -> None:
    call = desk(tmp_path)
    call.hear("a check-up on Thursday at 3 pm")
    assert call.hear("it's Bea, Bea Arthur").form["name"] == "Bea Arthur"


@pytest.mark.parametrize("words", ["I can't make it on Thursday", "I've a check-up booked and something's come up"])
def test_what_is_to_be_cancelled_is_cancelled_at_yes_cancel_it(tmp_path: Path, words: str) -> None:
    call = desk(tmp_path)
    dialogue(call, "a check-up on Thursday at 3 pm", *WHO, "yes", words, *WHO, "no don't cancel it")
    assert len(booked(call)) == 1
    dialogue(call, "cancel my appointment", *WHO, "yes, cancel it")
    assert booked(call) == []


def test_the_wrong_day_is_moved(tmp_path: Path) -> None:
    call = desk(tmp_path)
    dialogue(
        call, "a check-up on Thursday at 3 pm", *WHO, "yes", "hang on, that's the wrong day", "Tuesday at three", "yes"
    )
    assert booked(call) == [("Tue 03 15:00", "check-up", "Ann Smith")]


def test_how_far_it_is_moved_may_be_said_before_who_it_is(tmp_path: Path) -> None:
    call = desk(tmp_path, state=tmp_path)
    dialogue(call, "a check-up on Thursday at 3 pm", *WHO, "yes", "bye")
    call.close()
    other = desk(tmp_path, state=tmp_path)
    said = dialogue(other, "Hi, it's Ann Smith, I need to push my appointment back an hour", WHO[1])[-1]
    assert "to Thursday, March 5 at 4 PM" in said


@pytest.mark.parametrize(
    "words", ["when am I coming in", "do I still have an appointment", "I forgot when my check-up is"]
)
def test_who_asks_for_their_appointment_is_told(tmp_path: Path, words: str) -> None:
    assert "What name is the appointment under?" in dialogue(desk(tmp_path), words)[-1]


def test_the_second_choice_is_not_the_first(tmp_path: Path) -> None:
    call = desk(tmp_path)
    reply = call.hear("a check-up on Thursday at 3, with Dr Lindqvist if she's free, otherwise Dr Okafor")
    assert reply.form["staff"] == "Dr Lindqvist"


def test_it_books_one_at_a_time_and_says_so(tmp_path: Path) -> None:
    assert "one appointment at a time" in dialogue(desk(tmp_path), "can I have a cleaning every four weeks")[-1]


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("a check-up, any time but not Mondays", "Tuesday, March 3"),
        ("a check-up next week, any afternoon except Tuesday", "Thursday, March 12"),
        ("a check-up, anything but Tuesday", "Monday, March 2"),
        ("a check-up, oh, not this week. A week on Tuesday", "Tuesday, March 10"),
    ],
)
def test_days_that_are_ruled_out(tmp_path: Path, words: str, day: str) -> None:
    said = dialogue(desk(tmp_path), words)
    said += dialogue(desk(tmp_path), words, "what do you have") if "Which" not in said[-1] else []
    assert day in said[-1]


@pytest.mark.parametrize("name", ["Dawn Pike", "Omar Said", "April Summers"])
def test_names_that_are_words(tmp_path: Path, name: str) -> None:
    call = desk(tmp_path)
    call.hear("a check-up on Thursday at 3 pm")
    assert call.hear(f"{name}.").form["name"] == name


@pytest.mark.parametrize("words", ["No, don't worry.", "Oh, Lindqvist's fine then."])
def test_what_is_no_name(tmp_path: Path, words: str) -> None:
    call = desk(tmp_path)
    call.hear("a check-up on Thursday at 3 pm")
    assert "name" not in call.hear(words).form


def test_a_name_may_be_said_with_the_wish(tmp_path: Path) -> None:
    said = dialogue(desk(tmp_path), "I need to cancel my appointment, sorry. It's Nina Patel, 07700 900 666.")[-1]
    assert "I can't find an appointment with that name and number" in said


def test_it_is_moved_to_the_same_time(tmp_path: Path) -> None:
    call = desk(tmp_path)
    dialogue(call, "a check-up on Thursday at 3 pm", *WHO, "yes", "can we move that to Tuesday at the same time", "yes")
    dialogue(call, "can I move my appointment to Thursday at the same time", "yes")
    assert booked(call) == [("Thu 05 15:00", "check-up", "Ann Smith")]


@pytest.mark.parametrize("words", ["Can I leave a message?", "None of those, I only want to know if it's ready."])
def test_who_wants_no_service_may_leave_a_message(tmp_path: Path, words: str) -> None:
    call = desk(tmp_path)
    assert call.hear("I want an appointment").asks == "service"
    assert call.hear(words).asks in ("message", "take_message")


def test_oh_before_words_is_no_nought(tmp_path: Path) -> None:
    call = desk(tmp_path)
    dialogue(call, "a check-up on Thursday at 3 pm", "Ann Smith")
    assert call.hear("Oh, all right, 07700 900 413.").form["phone"] == "+447700900413"


def test_a_goodbye_with_what_is_dropped_is_the_end(tmp_path: Path) -> None:
    assert dialogue(desk(tmp_path), "a check-up on Thursday", "Hmm, no, I'll leave it, thanks. Goodbye.")[-1].endswith(
        "Goodbye."
    )


@pytest.mark.parametrize(
    "words",
    [
        "How much is a check-up, and can I have one on Thursday at 3 pm?",
        "How much is a check-up? I'd like to come on Thursday at 3 pm.",
        "Can I have a check-up on Thursday at 3 pm, and how much is it?",
    ],
)
def test_a_question_and_a_wish_in_one_breath_are_both_heard(tmp_path: Path, words: str) -> None:
    said = dialogue(desk(tmp_path, PRICED), words)[-1]
    assert "62 pounds" in said
    assert said.endswith("What name shall I put it under?")


def test_the_hours_may_be_asked_beside_a_wish(tmp_path: Path) -> None:
    said = dialogue(desk(tmp_path), "Hi, are you open on Saturdays? I'd like a check-up on Thursday at 3 pm.")[-1]
    assert "closed on Saturday" in said
    assert said.endswith("What name shall I put it under?")


def test_the_price_of_another_goes_on_with_that_of_the_first(tmp_path: Path) -> None:
    call = desk(tmp_path, PRICED.replace('name = "cleaning"\n', 'name = "cleaning"\nprice = "70 pounds"\n'))
    assert "62 pounds" in dialogue(call, "how much is a check-up?")[-1]
    assert "70 pounds" in dialogue(call, "And a cleaning?")[-1]
    assert call.hear("and a cleaning on Thursday, then").asks == "when", "that is a wish"


@pytest.mark.parametrize(
    "words",
    ["07700 900 212. No wait, it's 211 at the end.", "07700 900 212, sorry, 07700 900 211.", "07700 900 212, no, 211"],
)
def test_a_number_may_be_put_right_while_it_is_said(tmp_path: Path, words: str) -> None:
    call = desk(tmp_path)
    dialogue(call, "a check-up on Thursday at 3 pm", "Ann Smith")
    assert call.hear(words).form["phone"] == "+447700900211"


@pytest.mark.parametrize("words", ["No, it ends in 211.", "no, the last digit is a one", "sorry, 1 1 at the end"])
def test_a_number_may_have_another_end(tmp_path: Path, words: str) -> None:
    call = desk(tmp_path)
    dialogue(call, "a check-up on Thursday at 3 pm", "Ann Smith", "07700 900 212")
    heard = call.hear(words)
    assert heard.form["phone"] == "+447700900211"
    assert heard.proposal
    dialogue(call, "yes")
    assert booked(call) == [("Thu 05 15:00", "check-up", "Ann Smith")], "the time is as it was"


@pytest.mark.parametrize("words", ["no, at the end of the month, the 30th", "No, the last one, at 5 pm"])
def test_what_ends_otherwise_is_no_number(tmp_path: Path, words: str) -> None:
    call = desk(tmp_path)
    dialogue(call, "a check-up on Thursday at 3 pm", *WHO)
    assert call.hear(words).form["phone"] == "+447700900123"


def test_that_a_number_is_wrong_is_no_name(tmp_path: Path) -> None:
    call = desk(tmp_path)
    call.hear("a check-up on Thursday at 3 pm")
    assert "name" not in call.hear("The number's wrong.").form


def test_the_second_child_is_no_day_of_the_month(tmp_path: Path) -> None:
    call = desk(tmp_path)
    dialogue(call, "a check-up on Thursday at 3 pm", *WHO, "yes", "And the second child at half past three.", "yes")
    assert booked(call) == [("Thu 05 15:00", "check-up", "Ann Smith"), ("Thu 05 15:30", "check-up", "Ann Smith")]


def test_the_earliest_of_a_day(tmp_path: Path) -> None:
    said = dialogue(desk(tmp_path), "a check-up on Thursday morning, the earliest you have")[-1]
    assert said.endswith("I have Thursday, March 5 at 10 AM. Would that suit you?")


def test_what_anybody_would_call_urgent(tmp_path: Path) -> None:
    words = "My son's been hit by a car, I need someone now!"
    assert desk(tmp_path).hear(words).said.endswith("Please call 999 now.")
    bare = DENTIST.partition("urgent = ")[0].replace('number = "+44 20 7946 0000"\n', "")
    heard = desk(tmp_path, bare).hear(words)
    assert "call the emergency services now" in heard.said
    assert heard.asks == "message"
    assert heard.effects[0]["type"] == "urgent"
    assert not desk(tmp_path).hear("Do you do emergency appointments?").effects


def test_all_of_it_in_one_breath_the_name_too(tmp_path: Path) -> None:
    call = desk(tmp_path)
    assert call.hear("A check-up on Thursday at 3 pm, Ann Smith, 07700 900 212.").proposal
    dialogue(call, "yes", "Actually, can you make it half past?", "yes")
    assert booked(call) == [("Thu 05 15:30", "check-up", "Ann Smith")]


def test_quarter_to_is_of_the_next_hour(tmp_path: Path) -> None:
    call = desk(tmp_path)
    said = dialogue(call, "a check-up on Thursday at 3:30 pm", *WHO, "Could we do quarter to instead?")[-1]
    assert "March 5 at 3:45 PM" in said


@pytest.mark.parametrize("words", ["My husband and I both want a check-up", "I'd like to book for three people"])
def test_one_appointment_is_booked_at_a_time(tmp_path: Path, words: str) -> None:
    assert "one appointment at a time" in dialogue(desk(tmp_path), words)[-1]


def test_an_hour_alone_is_of_the_day_that_is_known(tmp_path: Path) -> None:
    call = desk(tmp_path)
    assert call.hear("Can I come on Thursday?").asks == "service"
    dialogue(call, "After five, I mean.")
    assert dialogue(call, "a check-up")[-1].endswith(
        "I have Thursday, March 5 at 5 PM, or 6:30 PM. Which would you like?"
    )

"""What people say at a desk beside the words that are expected of them: nothing of it is guessed at, or passed over."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_agent.desk.desk import Desk
from edge_agent.desk.phrases import phrases_of
from edge_agent.desk.readers.when import read_when
from edge_agent.desk.reply import Reply
from tests.desk.dentist import DENTIST, MONDAY, booked, desk


def dialogue(call: Desk, *turns: str) -> list[Reply]:
    return [call.hear(words) for words in turns]


@pytest.mark.parametrize(
    ("said", "spans"),
    [
        ("anytime after lunch would be great", ((780, 1440),)),
        ("before lunch", ((0, 720),)),
        ("thursday, after work", ((1020, 1440),)),
        ("first thing tomorrow", ((0, 600),)),
        ("not in the morning", ((0, 360), (720, 1440))),
    ],
)
def test_parts_of_a_day(said: str, spans: tuple[tuple[int, int], ...]) -> None:
    assert read_when(said, MONDAY, phrases_of("en"), "GB", asked=True).wish.spans == spans


@pytest.mark.parametrize("said", ["she's 6", "he is almost nine.", "my six year old", "it's 555 0123", "book me one"])
def test_numbers_that_are_no_times(said: str) -> None:
    assert not read_when(said, MONDAY, phrases_of("en"), "GB", asked=True).wish


def test_a_day_that_is_ruled_out_is_not_offered(tmp_path: Path) -> None:
    with_all_days = DENTIST.replace("thu = [", 'wed = ["08:30-17:30"]\nthu = [')
    call = desk(tmp_path, with_all_days)
    replies = dialogue(call, "a check-up tomorrow or on Wednesday, in the morning", "not on Wednesday")
    assert "Wednesday" not in replies[-1].said
    replies = dialogue(call, "any day but Thursday")
    assert "Thursday" not in replies[-1].said


def test_a_yes_to_two_times_asks_which(tmp_path: Path) -> None:
    call = desk(tmp_path)
    offered = dialogue(call, "a check-up on Thursday")[-1].said.removeprefix("Harbour Dental. ")
    assert dialogue(call, "yes please")[-1].said == f"Please choose one of these, or say another day or time. {offered}"
    assert offered in dialogue(call, "oh dear")[-1].said
    assert dialogue(call, "yes")[-1].form["when"].startswith("2026-03-05T10:00"), "it is not asked for ever"


def test_a_name_in_place_of_a_yes_takes_the_one_time(tmp_path: Path) -> None:
    replies = dialogue(desk(tmp_path), "a check-up on Thursday", "the earliest", "Sarah Connor")
    assert replies[-1].form["name"] == "Sarah Connor"
    assert replies[-1].form["when"].startswith("2026-03-05T10:00")
    assert replies[-1].asks == "phone"


@pytest.mark.parametrize("said", ["Are you a robot?", "Am I talking to a human?", "is this a machine", "Who are you?"])
def test_it_says_that_it_is_a_machine(tmp_path: Path, said: str) -> None:
    replies = dialogue(desk(tmp_path), "a check-up on Thursday", said)
    assert replies[-1].said.startswith("I'm Mia, an automated assistant, not a person. I have Thursday")
    assert replies[-1].effects == ()


def test_it_says_what_it_speaks(tmp_path: Path) -> None:
    assert "I understand English only." in dialogue(desk(tmp_path), "Do you speak Spanish?")[-1].said


def test_the_service_that_was_asked_about_is_the_one_that_is_booked(tmp_path: Path) -> None:
    priced = DENTIST.replace('hears = ["hygienist"]', 'hears = ["hygienist"]\nprice = "70 pounds"')
    (tmp_path / "answers").mkdir()
    (tmp_path / "answers" / "parking.md").write_text("# Parking\n\nThere are six spaces behind the house.\n")
    replies = dialogue(desk(tmp_path, priced), "What does a cleaning cost?", "OK, book me one on Thursday at noon")
    assert "70 pounds" in replies[0].said
    assert replies[1].form["service"] == "cleaning"
    assert replies[1].asks == "name"


def test_a_goodbye_to_a_proposal_is_no_correction(tmp_path: Path) -> None:
    replies = dialogue(desk(tmp_path), "a check-up on Thursday at 3 pm", "Ann Smith", "07700 900123", "no thanks, bye")
    assert replies[-1].ends
    assert not replies[-1].effects


def test_a_number_of_no_country_is_taken_when_the_caller_says_that_it_is_all(tmp_path: Path) -> None:
    replies = dialogue(desk(tmp_path), "a check-up on Thursday at 3 pm", "Ann Smith", "0123 456", "that's it")
    assert "so far" in replies[-2].said
    assert replies[-1].form["phone"] == "0123456"
    assert replies[-1].asks == "confirm"


def test_a_call_back_may_be_the_message(tmp_path: Path) -> None:
    replies = dialogue(desk(tmp_path), "I'd like to leave a message", "please call me back")
    assert replies[-1].form["message"] == "please call me back"
    assert dialogue(desk(tmp_path), "can somebody call me, please call me back")[-1].effects[0]["type"] == "handoff"


SUPPORT = 'kind = "support"\n' + DENTIST.partition("\n")[2].partition("[[staff]]")[0]


def test_a_desk_that_books_nothing_offers_no_times(tmp_path: Path) -> None:
    (tmp_path / "answers").mkdir()
    (tmp_path / "answers" / "net.md").write_text("# Wi-Fi\n\nWi-Fi is free in the whole house.\n")
    replies = dialogue(desk(tmp_path, SUPPORT), "Do you have Wi-Fi in the house?", "two people")
    assert "Wi-Fi is free in the whole house." in replies[0].said
    assert replies[0].asks is None
    assert "Wi-Fi" not in replies[1].said


@pytest.mark.parametrize(
    ("said", "is_new"), [("I am a new patient.", True), ("no, I'm not a new patient", False), ("I'm not new", False)]
)
def test_the_question_said_as_a_sentence_answers_it(tmp_path: Path, said: str, is_new: bool) -> None:
    asks = '\n[[ask]]\nid = "is_new"\nsay = "Are you a new patient?"\ntype = "yes_no"\n'
    before = ("a check-up on Thursday at 3 pm", "Ann Smith", "07700 900123")
    assert dialogue(desk(tmp_path, DENTIST + asks), *before, said)[-1].form.get("is_new") is is_new


@pytest.mark.parametrize("said", ["One second, the dog is barking.", "hang on", "Um, let me look"])
def test_who_needs_a_moment_is_waited_for(tmp_path: Path, said: str) -> None:
    replies = dialogue(desk(tmp_path), "a check-up on Thursday at 3 pm", said, "Ann Smith")
    assert (replies[1].said, replies[1].asks) == ("Take your time.", "name")
    assert replies[2].form["name"] == "Ann Smith"
    replies = dialogue(desk(tmp_path), "a check-up on Thursday at 3 pm", "hold on, make that four pm")
    assert replies[1].form["when"].startswith("2026-03-05T16:00")


def test_a_part_of_a_number_cancels_nothing(tmp_path: Path) -> None:
    call = desk(tmp_path)
    dialogue(call, "Cancel my appointment.", "It's David Novak.")
    call.digits("63")
    reply = call.hear("No, thank you.")
    assert reply.proposal is None
    assert "cancelled" not in reply.said


def test_a_goodbye_to_a_proposal_is_asked_once_whether_it_is_to_be_done(tmp_path: Path) -> None:
    call = desk(tmp_path)
    dialogue(call, "a check-up on Thursday at 3 pm", "Ann Smith", "07700 900123")
    assert dialogue(call, "thanks, bye")[-1].said.startswith("Before you go: So that's a check-up")
    assert [each.said for each in dialogue(call, "bye bye")] == [
        "I haven't booked that. Thank you for calling. Goodbye."
    ]
    assert booked(call) == []


def test_a_yes_may_come_behind_the_goodbye(tmp_path: Path) -> None:
    call = desk(tmp_path)
    dialogue(call, "a check-up on Thursday at 3 pm", "Ann Smith", "07700 900123", "great, goodbye", "oh yes please")
    assert booked(call) == [("Thu 05 15:00", "check-up", "Ann Smith")]


@pytest.mark.parametrize("words", ["I have to go, bye", "sorry, I've got to run", "ok gotta go bye", "Bye."])
def test_who_leaves_in_the_middle_is_told_that_nothing_was_done(tmp_path: Path, words: str) -> None:
    replies = dialogue(desk(tmp_path), "a check-up on Thursday at 3 pm", words)
    assert replies[-1].said == "I haven't booked that. Thank you for calling. Goodbye."
    assert (
        dialogue(desk(tmp_path), "what are your hours on Thursday", "bye")[-1].said == "Thank you for calling. Goodbye."
    )


@pytest.mark.parametrize("words", ["do I have to leave my card here", "I have to go to work at six, so before that"])
def test_who_has_to_go_somewhere_does_not_leave_the_call(tmp_path: Path, words: str) -> None:
    assert not dialogue(desk(tmp_path), "a check-up on Thursday", words)[-1].ends

"""What is misheard at a desk beside names: days that sound alike, and numbers that are no answer."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from edge_agent.desk.phrases import phrases_of
from edge_agent.desk.readers.phone import read_phone
from edge_agent.desk.readers.plain_values import read_text
from edge_agent.desk.readers.when import read_when
from tests.desk.dentist import DENTIST, desk, dialogue

NOW = datetime(2019, 3, 1, 7, tzinfo=ZoneInfo("America/Los_Angeles"))
TO_THE_YES = ("I'd like a check-up on Friday the 13th at 10 in the morning", "Anna Smith", "07700 900123")


@pytest.mark.parametrize(
    ("heard", "day", "minute"),
    [
        ("The 40th at 12 PM.", 14, 720),
        ("40th of March at 4.30 pm.", 14, 990),
        ("March 13 to 11 in the morning.", 13, 660),
        ("March 11 to 11.30 a.m.", 11, 690),
        ("Wednesday, March 30th at 1.15 PM.", 13, 795),
        ("Make it for 14 to this month at 1.15 PM.", 14, 795),
        ("14ths of this month at 1.15 PM.", 14, 795),
        ("Saturday, March 30th at 1.15 PM.", 30, 795),
    ],
)
def test_a_day_that_is_none_is_the_one_that_sounds_alike(heard: str, day: int, minute: int) -> None:
    wish = read_when(heard, NOW, phrases_of("en"), "US", asked=True).wish
    assert (wish.one_day, wish.clocks) == (date(2019, 3, day), (minute,))


def test_from_two_to_four_stays_a_span() -> None:
    assert read_when("from the 2 to 4 pm", NOW, phrases_of("en"), "US").wish.one_day is None


def test_a_day_that_is_refused_and_heard_again_is_the_one_that_sounds_alike(tmp_path: Path) -> None:
    call = desk(tmp_path)
    dialogue(call, *TO_THE_YES)
    reply = call.hear("No, on the 13th at 10 in the morning.")
    assert reply.proposal is not None
    assert reply.proposal["start"].startswith("2026-03-30T10:00")


def test_a_number_that_is_misheard_again_is_asked_for_digit_by_digit(tmp_path: Path) -> None:
    call = desk(tmp_path)
    dialogue(call, *TO_THE_YES)
    reply = call.hear("No, 07700 9012.")
    assert reply.asks == "phone"
    assert "on the keys" in reply.said
    again = call.digits("07700900124#")
    assert again.proposal is not None
    assert again.proposal["phone"] == "+447700900124"


def test_a_text_that_was_misheard_is_taken_as_it_is_heard_next(tmp_path: Path) -> None:
    call = desk(tmp_path, DENTIST + '[[ask]]\nid = "about"\nsay = "What is it about?"\ntype = "text"\n')
    dialogue(call, *TO_THE_YES, "Toothache of Anna in down")
    reply = call.hear("No, toothache of Anna in town.")
    assert reply.proposal is not None, reply.said
    assert str(reply.proposal["about"]).lower() == "toothache of anna in town"


def test_a_no_with_more_behind_it_drops_nothing(tmp_path: Path) -> None:
    call = desk(tmp_path)
    dialogue(call, *TO_THE_YES)
    assert call.hear("No.").asks == "change"
    assert call.hear("No, quite another thing.").asks == "change"
    assert call.conversation.text("name") == "Anna Smith"


def test_a_weekday_takes_the_offer_on_it_and_no_sooner_one(tmp_path: Path) -> None:
    call = desk(tmp_path)
    dialogue(call, "A check-up on Thursday the 12th at 8 in the evening, please")
    assert all(each.start.date() == date(2026, 3, 12) for each in call.conversation.offers)
    latest = call.conversation.offers[-1].start
    call.hear(f"Yes, Thursday at {latest:%H:%M}, please.")
    assert call.conversation.opening is not None
    assert call.conversation.opening.start == latest


def test_the_number_of_a_house_has_no_comma() -> None:
    assert read_text("19,920 Olivewood Street.", phrases_of("en")) == "19920 Olivewood Street"
    assert read_text("11-11 Southwest Broadway.", phrases_of("en")) == "1111 Southwest Broadway"
    assert read_text("Baseball game, Nationals vs. Reds.", phrases_of("en")) == "Baseball game, Nationals vs. Reds"


def test_a_number_begun_anew_is_not_put_behind_the_first(tmp_path: Path) -> None:
    call = desk(tmp_path)
    dialogue(call, *TO_THE_YES[:2], "07700 9001")
    reply = call.hear("07700 9001")
    assert "on the keys" in reply.said
    assert call.hear("07700 900123").form["phone"] == "+447700900123"


def test_the_first_digit_of_a_number_may_be_heard_as_a_word() -> None:
    found = read_phone("Sure, it's for 154723686.", "US", phrases_of("en"), asked=True)
    assert found is not None
    assert (found.number, found.is_whole) == ("+14154723686", True)


def test_an_address_that_is_said_again_is_no_time(tmp_path: Path) -> None:
    where = '[[ask]]\nid = "location"\nsay = "Where is it?"\ntype = "text"\n'
    call = desk(tmp_path, DENTIST + where)
    dialogue(call, "a check-up on Thursday at 3 pm", "Fischer and Road", "Ann Smith", "07700 900123")
    said = call.hear("No, 1,015 Fitzuren Road No.7.")
    assert said.form["location"] == "1015 Fitzuren Road No.7"
    assert "March 5 at 3 PM" in said.said

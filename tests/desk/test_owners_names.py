"""The owner's names in what is said, and what an owner may call a question."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from edge_agent.desk.desk import Desk
from edge_agent.desk.readers.named import OwnersNames
from edge_agent.desk.reading import read
from tests.rigs.tasks.owner import Asked, Owner

SALONS = {"3Sixty Salon and Boutique": [], "Bay Area Hair Design": [], "Pasta Primavera Cafe": []}


def desk(tmp_path: Path, owner: Owner) -> Desk:
    (tmp_path / "agent.toml").write_text(owner.toml(), "utf-8")
    agent = read(tmp_path)
    return Desk(agent, tmp_path / "state", lambda: datetime(2026, 3, 2, 8, tzinfo=agent.business.timezone))


def test_a_salon_is_not_the_one_that_is_called_salon(tmp_path: Path) -> None:
    call = desk(tmp_path, Owner("Hair", ("haircut",), SALONS))
    assert call.hear("Please book me an appointment at a salon at half past 11.").asks == "staff"
    assert call.hear("3sixty salon").form["staff"] == "3Sixty Salon and Boutique"
    assert call.hear("No, Primavera.").form["staff"] == "Pasta Primavera Cafe"


def test_half_past_is_no_pasta() -> None:
    assert OwnersNames([("Pasta Primavera Cafe", ())]).find("at half past two") == []


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("check-up", "a checkup"),
        ("check-up", "a check up"),
        ("Haircut", "hair cut"),
        ("Follow-up visit", "a followup visit"),
    ],
)
def test_words_may_be_joined_or_parted(name: str, said: str) -> None:
    assert [each.name for each in OwnersNames([(name, ()), ("filling", ())]).find(said)] == [name]


def test_who_was_asked_for_is_looked_for_before_what(tmp_path: Path) -> None:
    owner = Owner("Skin", ("Dermatologist", "Allergist"), {"Bay Area Dermatology": [], "Anne Han": []})
    call = desk(tmp_path, owner)
    call.hear("I need a dermatologist.")
    assert call.hear("Bay Area Dermatology").form["staff"] == "Bay Area Dermatology"


def test_a_question_may_be_called_like_a_part_of_what_is_done(tmp_path: Path) -> None:
    asks = (Asked("type", "Which type?", "choice", ("Compact", "Standard")), Asked("end", "Until when?", "date"))
    call = desk(tmp_path, Owner("Cars", ("rental car",), {}, asks))
    for said in ("A rental car tomorrow at ten in the morning.", "Compact.", "On Friday.", "Jo Baker.", "415 555 2671"):
        call.hear(said)
    (done,) = call.hear("Yes.").effects
    assert done["type"] == "booked"
    assert done["end"].startswith("2026-03-03T10:30")


def test_free_text_is_taken_behind_what_it_is_called(tmp_path: Path) -> None:
    asks = (Asked("event_name", "What is it called?", "text"), Asked("event_location", "Where is it?", "text"))
    call = desk(tmp_path, Owner("Events", ("event",), {}, asks))
    call.hear("Add an event tomorrow at ten in the morning.")
    assert call.hear("The location of the event is 12 Main Street.").form["event_location"] == "12 Main Street"
    assert call.hear("Rock concert.").form["event_name"] == "Rock concert"


def test_on_the_first_the_first_is_today_for_whoever_repeats_it(tmp_path: Path) -> None:
    (tmp_path / "agent.toml").write_text(Owner("Hair", ("haircut",)).toml(), "utf-8")
    agent = read(tmp_path)
    call = Desk(agent, tmp_path / "state", lambda: datetime(2026, 3, 1, 8, tzinfo=agent.business.timezone))
    call.hear("A haircut on the 1st at 4 pm.")
    assert call.hear("The 1st at 4 pm.").form["when"].startswith("2026-03-01T16:00")


def test_where_nothing_is_free_later_what_is_free_before_is_offered(tmp_path: Path) -> None:
    owner = Owner("Hair", ("haircut",), slots=(datetime(2026, 3, 4, 10), datetime(2026, 3, 5, 10)))
    reply = desk(tmp_path, owner).hear("A haircut on March 20th.")
    assert reply.asks == "when"
    assert "Thursday, March 5 at 10 AM" in reply.said


def test_an_email_of_the_owners_own_question(tmp_path: Path) -> None:
    call = desk(tmp_path, Owner("Hair", ("haircut",), asks=(Asked("invoice", "Where to?", "email"),)))
    call.hear("A haircut tomorrow at ten in the morning.")
    form = call.hear("Periods at the end are no problem. Write to Jo.B@mail.example.com.").form
    assert form["invoice"] == "jo.b@mail.example.com"


def test_nights_are_not_the_days_beside_them(tmp_path: Path) -> None:
    call = desk(tmp_path, Owner("Inn", ("room",), asks=(Asked("nights", "How many nights?", "number"),)))
    call.hear("A room tomorrow at ten in the morning.")
    assert call.hear("Four nights, so March 3 to 7.").form["nights"] == 4


def test_a_number_beside_a_date(tmp_path: Path) -> None:
    call = desk(tmp_path, Owner("Hair", ("haircut",)))
    for said in ("A haircut tomorrow at ten in the morning.", "Jo Baker."):
        call.hear(said)
    assert call.hear("Phone (914)349-8600, written 04/21/2020").form["phone"] == "+19143498600"


def test_the_last_minute_is_no_time(tmp_path: Path) -> None:
    call = desk(tmp_path, Owner("Hair", ("haircut",)))
    call.hear("A haircut on Thursday.")
    assert call.hear("What if I cancel at the last minute?").form["when"]["clocks"] == []


def test_whoever_was_asked_for_may_be_misheard() -> None:
    names = OwnersNames([("Great Clips", ()), ("Los Gatos Beauty Bar", ())])
    found = names.nearest("Plus, got us beauty bar.")
    assert found is not None
    assert found.name == "Los Gatos Beauty Bar"
    assert names.nearest("I don't know yet") is None
    assert OwnersNames([("Dr Marsh", ()), ("Dr March", ())]).nearest("Dr Mark") is None


def test_a_star_is_no_yes(tmp_path: Path) -> None:
    call = desk(tmp_path, Owner("Hair", ("haircut",)))
    for said in ("A haircut tomorrow at ten in the morning.", "Jo Baker.", "415 555 2671"):
        call.hear(said)
    assert call.digits("*1#").effects == ()
    assert [each["type"] for each in call.digits("1#").effects] == ["booked"]


def test_what_was_moved_is_told_with_where_it_was(tmp_path: Path) -> None:
    call = desk(tmp_path, Owner("Hair", ("haircut",)))
    for said in ("A haircut tomorrow at ten in the morning.", "Jo Baker.", "415 555 2671", "Yes."):
        call.hear(said)
    effects = [
        effect
        for said in ("I want to move my appointment.", "Jo Baker.", "415 555 2671", "Tomorrow at noon.", "Yes.")
        for effect in call.hear(said).effects
    ]
    assert [(each["type"], each["was"][:16], each["start"][:16]) for each in effects] == [
        ("moved", "2026-03-03T10:00", "2026-03-03T12:00")
    ]


def test_until_when_is_no_beginning(tmp_path: Path) -> None:
    asks = (Asked("dropoff_date", "When will you bring it back?", "date"),)
    call = desk(tmp_path, Owner("Cars", ("rental car",), {}, asks))
    form = call.hear("I need a car around three pm and I will keep it until the 6th of March.").form
    assert form["dropoff_date"] == "2026-03-06"
    assert form["when"]["days"] == []
    form = call.hear("From March 4th till the 7th.").form
    assert (form["when"][:16], form["dropoff_date"]) == ("2026-03-04T15:00", "2026-03-07")


def test_this_is_my_desire_is_no_name(tmp_path: Path) -> None:
    call = desk(tmp_path, Owner("Hair", ("haircut",)))
    for said in ("A haircut tomorrow at ten in the morning.", "Jo Baker.", "415 555 2671"):
        call.hear(said)
    assert call.hear("I assent that this is my desire.").form["name"] == "Jo Baker"


def test_a_whole_name_may_be_spelled_without_a_pause(tmp_path: Path) -> None:
    call = desk(tmp_path, Owner("Hair", ("haircut",)))
    for said in ("A haircut tomorrow at ten in the morning.", "Tom Akafer.", "415 555 2671"):
        call.hear(said)
    assert call.hear("No, my name is spelled T-O-M-O-K-A-F-O-R.").form["name"] == "Tom Okafor"


def test_a_day_and_a_time_are_no_telephone(tmp_path: Path) -> None:
    call = desk(tmp_path, Owner("Hair", ("haircut",)))
    call.hear("A haircut please.")
    assert "phone" not in call.hear("March 11 to 11.30 a.m.").form

"""Calls of those who may buy: asked, scored, called back, thanked, or left alone."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from edge_agent.desk.desk import Desk
from edge_agent.desk.reading import read
from edge_agent.errors import ConfigError
from tests.desk.dentist import booked, dialogue
from tests.desk.test_example_agents import EXAMPLES

FILE = EXAMPLES / "solar" / "agent.toml"
GOOD = ("yes", "yes I do", "about 180", "pitched", "no")


def calling(state: Path | None = None, folder: Path = FILE.parent) -> Desk:
    monday = datetime(2026, 3, 2, 9, 0, tzinfo=ZoneInfo("America/Denver"))
    found = Desk(read(folder), state, lambda: monday)
    found.greet()
    return found


def changed(folder: Path, old: str, new: str) -> Path:
    (folder / "agent.toml").write_text(FILE.read_text().replace(old, new))
    return folder


def test_whoever_fits_chooses_when_to_be_called_back(tmp_path: Path) -> None:
    desk = calling(tmp_path)
    said = dialogue(desk, *GOOD)
    assert said[-1].startswith("That sounds like a good fit. Somebody will call you back. What day and time")
    assert not (tmp_path / "leads.csv").exists()
    dialogue(desk, "tomorrow at two", "Bob Miller", "303 555 0117")
    reply = desk.hear("yes")
    assert [effect["type"] for effect in reply.effects] == ["booked", "lead"]
    assert reply.effects[1]["score"] == 5
    assert booked(desk) == [("Tue 03 14:00", "call back", "Bob Miller")]
    row = (tmp_path / "leads.csv").read_text().splitlines()[1]
    assert row == (
        "2026-03-02T09:00:00-07:00,5,callback,Bob Miller,+13035550117,,2026-03-03T14:00:00-07:00,yes,180,pitched,no"
    )


def test_whoever_does_not_fit_is_thanked_and_asked_nothing_more(tmp_path: Path) -> None:
    desk = calling(tmp_path)
    reply = [desk.hear(words) for words in ("ok", "no, I rent", "80", "flat", "no")][-1]
    assert reply.said.startswith("Thank you for your time. We send you nothing unasked.")
    assert reply.ends
    assert [(each["type"], each["outcome"], each["score"]) for each in reply.effects] == [("lead", "declined", -10)]
    assert ",declined,,,,,no,80,flat,no" in (tmp_path / "leads.csv").read_text()


@pytest.mark.parametrize(
    "words",
    [
        "please stop calling me",
        "take me off your list",
        "I don't want you to call, remove my number",
        "do not contact us again",
    ],
)
def test_whoever_wants_no_calls_is_left_alone(tmp_path: Path, words: str) -> None:
    for before in ((), GOOD[:2]):
        desk = calling(tmp_path)
        dialogue(desk, *before)
        reply = desk.hear(words)
        assert reply.ends
        assert reply.said == "I've noted that: we won't call you again. Goodbye."
        assert [each["type"] for each in reply.effects] == ["opt_out"]
    assert len(desk.ledger.notes("opt_out")) == 2


@pytest.mark.parametrize("words", ["no", "no thank you", "I'm not interested"])
def test_a_no_to_the_first_question_is_taken(words: str) -> None:
    reply = calling().hear(words)
    assert reply.ends
    assert reply.effects[0]["outcome"] == "not_interested"


def test_the_best_are_put_through(tmp_path: Path) -> None:
    folder = changed(tmp_path, "callback = 5", "callback = 5\ntransfer = 5")
    desk = calling(None, folder)
    reply = [desk.hear(words) for words in GOOD][-1]
    assert [each["type"] for each in reply.effects] == ["lead", "handoff"]
    assert reply.effects[1]["number"] == "+1 303 555 0142"
    assert "bill: 180" in reply.effects[1]["summary"]["text"]


def test_prices_come_from_the_file_and_the_documents_alone() -> None:
    desk = calling()
    dialogue(desk, *GOOD[:2])
    assert "14,500 dollars" in desk.hear("how much is a six kilowatt system?").said
    assert desk.hear("what does a heat pump cost?").said.startswith("I don't know that.")


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('if = "owner = yes"', 'if = "owned = yes"', "'owned' is the id of no [[ask]]"),
        ('if = "bill >= 100"', 'if = "bill >= lots"', "'lots' is no number"),
        ('webhook = ""', 'webhook = "http://crm.example.com/"', "of this machine"),
        ('csv = "leads.csv"', 'csv = "/tmp/leads.csv"', "name of a .csv file"),
        ("score = 3", 'score = "3"', "whole number"),
    ],
)
def test_mistakes_in_the_rules_are_told(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as error:
        read(changed(tmp_path, old, new))
    line = next(at for at, each in enumerate((tmp_path / "agent.toml").read_text().splitlines(), 1) if new in each)
    assert f"agent.toml:{line}: " in str(error.value)
    assert sentence in str(error.value)


@pytest.mark.parametrize(
    ("words", "form"),
    [
        ("My bill is about two hundred dollars a month.", {"bill": 200}),
        ("we own the house and our electricity bill is two hundred", {"owner": True, "bill": 200}),
        ("our roof is flat and we don't own the house", {"roof": "flat", "owner": False}),
        ("yes I own it and the bill is about 180", {"bill": 180}),
        ("our last bill came on the second", {}),
        ("who would own the house then?", {}),
    ],
)
def test_what_is_told_before_it_is_asked_is_not_asked_again(words: str, form: dict[str, object]) -> None:
    call = calling()
    call.hear(words)
    told = call.conversation.form_json()
    assert {slot: told[slot] for slot in ("owner", "bill", "roof") if slot in told} == form

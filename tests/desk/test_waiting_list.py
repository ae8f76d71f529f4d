"""The waiting list: who waits is listed with what has come free, and offered it when they call again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from edge_agent.cli import app
from edge_agent.desk.desk import Desk
from edge_agent.desk.waiting import waiters
from tests.desk.dentist import MONDAY, booked, desk, dialogue

ONE_TIME = """\
kind = "receptionist"
[business]
name = "Harbour Dental"
timezone = "Europe/London"
phone_region = "GB"
[[service]]
name = "check-up"
minutes = 30
[[service]]
name = "cleaning"
minutes = 30
[booking]
slots = ["2026-03-05T10:00"]
"""
BOB = "+447700900456"


def again(before: Desk, folder: Path, number: str = "") -> Desk:
    """A further call to the same agent."""
    call = desk(folder, ONE_TIME)
    call.ledger = before.ledger
    if number:
        call.called_by(number)
    return call


@pytest.fixture
def waited(tmp_path: Path) -> Desk:
    """Anna has the only time, and Bob waits for one."""
    anna = desk(tmp_path, ONE_TIME)
    dialogue(anna, "a check-up on Thursday at ten", "Anna Smith", "07700 900123", "yes")
    bob = again(anna, tmp_path)
    said = dialogue(bob, "I'd like a check-up on Thursday", "yes", "Bob Jones", "07700 900456")
    assert said[0].endswith("Shall I put you on the waiting list?")
    assert said[-1].startswith("I put you on the waiting list for a check-up for Thursday, March 5, for Bob Jones")
    (effect,) = bob.hear("yes").effects
    assert effect["type"] == "waiting"
    return anna


def free(call: Desk) -> list[tuple[str, str]]:
    found = waiters(call.agent, call.ledger, MONDAY)
    return [(each.name, f"{opening.start:%a %H:%M}" if opening else "") for each, opening in found]


def test_who_waits_is_listed_with_what_has_come_free(waited: Desk) -> None:
    assert free(waited) == [("Bob Jones", "")]
    dialogue(waited, "cancel my appointment", "yes")
    assert free(waited) == [("Bob Jones", "Thu 10:00")]


def test_whoever_calls_from_the_number_is_offered_it_first(waited: Desk, tmp_path: Path) -> None:
    dialogue(waited, "cancel my appointment", "yes")
    bob = again(waited, tmp_path, BOB)
    said = dialogue(bob, "I need a check-up")[-1]
    assert said.endswith("Something has come free. I have Thursday, March 5 at 10 AM. Would that suit you?")
    dialogue(bob, "yes please", "Bob Jones", "07700 900456", "yes")
    assert booked(bob) == [("Thu 05 10:00", "check-up", "Bob Jones")]
    assert free(bob) == []


def test_who_asks_is_told_what_has_come_free(waited: Desk, tmp_path: Path) -> None:
    asked = ("I'm on the waiting list, has anything come free?", "a check-up", "Bob Jones", "07700 900456")
    said = dialogue(again(waited, tmp_path), *asked)[-1]
    assert said.startswith("You're on the waiting list already, and nothing has come free yet.")
    dialogue(waited, "cancel my appointment", "yes")
    bob = again(waited, tmp_path)
    assert "I have Thursday, March 5 at 10 AM." in dialogue(bob, *asked)[-1]
    assert "check-up on Thursday, March 5 at 10 AM, for Bob Jones" in dialogue(bob, "yes")[-1]


def test_what_is_refused_is_not_offered_again(waited: Desk, tmp_path: Path) -> None:
    dialogue(waited, "cancel my appointment", "yes")
    said = dialogue(again(waited, tmp_path, BOB), "I need a check-up", "no")
    assert "Something has come free" in said[0]
    assert said[1] == "What day and time would suit you?"


@pytest.mark.parametrize("service", ["a cleaning", "an appointment"])
def test_a_number_alone_does_not_tell_what_it_waits_for(waited: Desk, tmp_path: Path, service: str) -> None:
    dialogue(waited, "cancel my appointment", "yes")
    assert "come free" not in dialogue(again(waited, tmp_path, BOB), f"I need {service}")[-1]


def test_another_name_is_no_proof(waited: Desk, tmp_path: Path) -> None:
    dialogue(waited, "cancel my appointment", "yes")
    asked = ("Has anything come free?", "a check-up", "Carla Rossi", "07700 900456")
    said = dialogue(again(waited, tmp_path), *asked)[-1]
    assert said.startswith("I put you on the waiting list for a check-up, for Carla Rossi")


def test_the_command_lists_who_waits(tmp_path: Path) -> None:
    bob = desk(tmp_path, ONE_TIME, state=tmp_path / "state")
    dialogue(bob, "put me on the waiting list", "a check-up", "Bob Jones", "07700 900456", "yes")
    listed = CliRunner().invoke(app, ["agents", "calendar", str(tmp_path), "--state", str(tmp_path / "state")])
    assert listed.output.splitlines() == ["Nothing is booked.", f"nothing free yet  waits: check-up Bob Jones {BOB}"]


def test_the_report_lists_who_waits(tmp_path: Path) -> None:
    bob = desk(tmp_path, ONE_TIME, state=tmp_path / "state")
    dialogue(bob, "put me on the waiting list", "a check-up", "Bob Jones", "07700 900456", "yes")
    order = ["agents", "report", str(tmp_path), "--days", "0", "--state", str(tmp_path / "state")]
    told = CliRunner().invoke(app, [*order, "--html", str(tmp_path / "calls.html")]).output
    assert f"nothing free yet  waits: check-up Bob Jones {BOB}\n" in told
    assert f"<th>check-up Bob Jones {BOB}</th><td>nothing free yet</td>" in (tmp_path / "calls.html").read_text()
    (waiter,) = json.loads(CliRunner().invoke(app, [*order, "--json"]).output)["waiting_list"]
    assert (waiter["name"], waiter["phone"], waiter["free"]) == ("Bob Jones", BOB, None)

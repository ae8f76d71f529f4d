"""Timers, alarms, reminders, lists and memory from the shell: what is said to be done is in the file."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from edge_agent.act.records import Records, open_records
from edge_agent.act.skills import memory
from edge_agent.cli import app, when
from edge_agent.cli.lists import NAME
from edge_agent.cli.when import moment_of, seconds_of
from edge_agent.errors import EdgeAgentError, InputError, RecordsError
from tests.act.records.record_world import BERLIN, DAILY, at

NOON = datetime(2026, 11, 30, 12, tzinfo=BERLIN)
Ask = Callable[..., str]


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path / "state"))
    monkeypatch.setattr(when, "now", lambda: NOON)
    return tmp_path / "state"


@pytest.fixture
def records(state: Path) -> Records:
    return open_records(state)


def ask(*words: str) -> str:
    result = CliRunner().invoke(app, words)
    if isinstance(result.exception, EdgeAgentError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


def told(*words: str) -> Any:
    return json.loads(ask(*words, "--json"))


def test_timers(records: Records) -> None:
    assert ask("timers", "add", "1h30m", "--name", "bread") == "   1  1:30:00 left: bread\n"
    ask("timers", "add", "90s")
    paused = records.pause_timer(2, NOON)
    assert [timer.seconds for timer in records.timers()] == [5400, 90]
    assert ask("timers", "list").splitlines()[1:] == ["   2  paused, 0:01:30 left"]
    assert [(each["name"], each["left"], each["left_s"]) for each in told("timers", "list")] == [
        ("bread", None, 5400), ("", paused.left, round(paused.left or 0, 1)),
    ]  # fmt: skip
    assert ask("timers", "rm", "2", "1").splitlines() == ["Removed timer 2.", "Removed timer 1."]
    assert records.timers() == []
    with pytest.raises(RecordsError, match="no timer 1"):
        ask("timers", "rm", "1")


def test_what_was_snoozed_is_among_the_timers(records: Records) -> None:
    records.add_alarm(at("2026-11-30 11:00"), at("2026-11-30 10:00"), name="up")
    (ring,) = records.due(at("2026-11-30 11:00"))
    records.snooze(ring, NOON)
    assert ask("timers", "list") == "   1  alarm snoozed, 0:09:00 left: up\n"


def test_alarms(records: Records) -> None:
    assert ask("alarms", "add", "07:00", "--days", "daily", "--name", "up") == "   1  Tue 2026-12-01 07:00, daily: up\n"
    assert ask("alarms", "add", "13:30") == "   2  Mon 2026-11-30 13:30, once\n"
    ask("alarms", "add", "2026-12-24T06:15", "--days", "Thursday,sun")
    assert [alarm.days for alarm in records.alarms()] == [DAILY, frozenset(), frozenset({3, 6})]
    assert ask("alarms", "list").splitlines()[2] == "   3  Thu 2026-12-24 06:15, thu,sun"
    assert told("alarms", "list")[0]["next_due"] == "2026-12-01T06:00:00+00:00"
    ask("alarms", "rm", "1")
    assert len(records.alarms()) == 2
    with pytest.raises(InputError, match="never are no days"):
        ask("alarms", "add", "07:00", "--days", "never")
    with pytest.raises(RecordsError, match="has passed"):
        ask("alarms", "add", "2026-11-30T11:59")
    assert len(records.alarms()) == 2


def test_reminders(records: Records) -> None:
    said = ask("reminders", "add", "2026-12-01T18:00", "Put out the bins.", "--repeat", "FREQ=WEEKLY")
    assert said == "   1  Tue 2026-12-01 18:00, FREQ=WEEKLY: Put out the bins.\n"
    assert ask("reminders", "list") == said
    assert told("reminders", "list")[0]["text"] == records.reminders()[0].text == "Put out the bins."
    with pytest.raises(RecordsError, match="no rule"):
        ask("reminders", "add", "2026-12-01T07:00", "x", "--repeat", "often")
    ask("reminders", "rm", "1")
    assert records.reminders() == []


def test_lists(records: Records) -> None:
    assert ask("lists", "add", "Shopping", "milk", "rye bread") == "New on Shopping: milk, rye bread.\n"
    assert ask("lists", "add", "shopping", "Milk") == "All of that is on shopping already.\n"
    ask("lists", "add", "to do", "sleep")
    assert told("lists", "list") == {"Shopping": ["milk", "rye bread"], "to do": ["sleep"]}
    assert ask("lists", "list", "TO DO") == "to do:\n  sleep\n"
    with pytest.raises(RecordsError, match=r"Not on shopping: tea\."):
        ask("lists", "rm", "shopping", "milk", "tea")
    assert records.items("shopping") == ["rye bread"]
    assert ask("lists", "clear", "shopping") == "Removed 1 item from shopping.\n"
    ask("lists", "rm", "shopping")
    assert records.lists() == ["to do"]
    for words in (("list", "shopping"), ("rm", "shopping")):
        with pytest.raises(RecordsError, match="no list shopping"):
            ask("lists", *words)


def test_memory_is_listed_exported_and_deleted(records: Records, tmp_path: Path) -> None:
    assert ask("memory", "add", "The spare key is with Ann.") == "Remembered as 1.\n"
    ask("memory", "add", "Grüße an Bo.")
    assert ask("memory", "list").splitlines()[0] == "   1  2026-11-30: The spare key is with Ann."
    file = tmp_path / "facts.json"
    ask("memory", "export", str(file))
    assert [each["text"] for each in json.loads(file.read_text())] == [fact.text for fact in records.facts()]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [fact.at for fact in records.facts()] == [
        datetime.fromisoformat(each["at"]) for each in told("memory", "list")
    ]
    assert ask("memory", "rm", "1") == "Forgot 1.\n"
    assert [fact.text for fact in records.facts()] == ["Grüße an Bo."]
    assert CliRunner().invoke(app, ["memory", "rm"]).exit_code == 2
    assert CliRunner().invoke(app, ["memory", "rm", "2", "--all"]).exit_code == 2
    assert ask("memory", "rm", "--all") == "Forgot 1 thing.\n"
    assert records.facts() == []


def test_the_name_of_the_user_is_among_what_is_remembered(records: Records, state: Path) -> None:
    ask("memory", "add", "I like tea.")
    for words in (("0",), ("--all",)):
        records.put(memory.NAME, "Zebulon")
        assert ask("memory", "list").splitlines()[0] == "   0  Your name is Zebulon."
        assert told("memory", "list")[0] == {"id": 0, "text": "Your name is Zebulon.", "at": None}
        ask("memory", "rm", *words)
        assert records.get(NAME) is None
        assert not any(b"Zebulon" in each.read_bytes() for each in state.iterdir())
    assert told("memory", "list") == []
    with pytest.raises(RecordsError, match="remembered as 0"):
        ask("memory", "rm", "0")


def test_a_damaged_file_is_said_in_the_shell_too(state: Path) -> None:
    state.mkdir()
    (state / "records.db").write_bytes(b"no database " * 1000)
    result = CliRunner().invoke(app, ["timers", "list"])
    assert result.exit_code == 0
    assert "damaged" in result.stderr


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("10m", 600), ("10", 600), ("1h30m", 5400), ("1h 5s", 3605), ("2d", 172800), ("half an hour", 1800)],
)
def test_durations(text: str, seconds: float) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", " ", "soon", "m", "10x", "-5m", "1.5.2h", "9" * 30])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(InputError, match="no duration"):
        seconds_of(text)


@pytest.mark.parametrize(
    ("text", "moment", "rrule"),
    [
        ("13:00", "2026-11-30 13:00", None),
        ("12:00", "2026-12-01 12:00", None),
        ("7:05", "2026-12-01 07:05", None),
        ("2026-12-24 18:30", "2026-12-24 18:30", None),
        ("2026-12-24T17:30:00+00:00", "2026-12-24 18:30", None),
        ("tomorrow at 7 am", "2026-12-01 07:00", None),
        ("in 20 minutes", "2026-11-30 12:20", None),
        ("every weekday at 7:30 am", "2026-12-01 07:30", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
    ],
)
def test_moments(text: str, moment: str, rrule: str | None) -> None:
    meant = moment_of(text, NOON)
    assert (meant.start, meant.rrule) == (at(moment), rrule)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no time"),
        ("25:00", "no time"),
        ("07:61", "no time"),
        ("2026-13-01T07:00", "no time"),
        ("whenever", "no time"),
        ("tomorrow", "no time of the day"),
        ("2026-12-24", "no time of the day"),
        ("tomorrow at 7", "can mean Tue 2026-12-01 07:00 or Tue 2026-12-01 19:00"),
    ],
)
def test_what_is_no_moment(text: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        moment_of(text, NOON)


def test_what_repeats_is_said_with_the_time(records: Records) -> None:
    ask("alarms", "add", "every saturday at 9 am", "--name", "market")
    ask("alarms", "add", "every day at 7 am")
    assert [alarm.days for alarm in records.alarms()] == [frozenset({5}), DAILY]
    ask("reminders", "add", "every other tuesday at 6 pm", "Bins.")
    assert records.reminders()[0].rrule == "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU"
    with pytest.raises(InputError, match="days of the week, not by"):
        ask("alarms", "add", "every other tuesday at 6 pm")

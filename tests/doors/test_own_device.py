"""What the page shows of the device, from a state directory and a settings file of the test's own."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from edge_agent import build, config
from edge_agent.act.records import open_records
from edge_agent.act.times import local_zone
from edge_agent.config import load
from edge_agent.doors.own_device import OwnDevice
from edge_agent.errors import ConfigError
from edge_agent.settings import Settings
from edge_agent.watch.history import Exchange, History


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr(config, "system_file", lambda: tmp_path / "none.toml")
    monkeypatch.setattr(build, "installed_voices", lambda settings: ("joe", "heart"))
    return tmp_path


def test_what_is_kept_is_told_with_what_is_left_of_it(home: Path) -> None:
    now = datetime.now(local_zone())
    records = open_records(home / "state")
    records.add_timer(600, now, "pasta")
    records.add_alarm(datetime(2099, 1, 5, 7, 0), now, frozenset({0}), "work")
    records.add_reminder("Light the candles.", datetime(2099, 12, 24, 18, 30), now, None)
    records.add_items("shopping", ["milk", "bread"])
    records.close()
    told = OwnDevice(Settings()).records()
    (timer,) = told["timers"]
    assert (timer["name"], timer["seconds"], timer["paused"]) == ("pasta", 600, False)
    assert 590 < timer["left_s"] <= 600
    assert told["alarms"] == [{"id": 1, "name": "work", "at": "2099-01-05T07:00:00", "days": [0]}]
    assert told["reminders"] == [{"id": 2, "text": "Light the candles.", "at": "2099-12-24T18:30:00", "rrule": None}]
    assert told["lists"] == [{"name": "shopping", "items": ["milk", "bread"]}]


def test_the_history_is_told_while_it_is_on(home: Path) -> None:
    history = History(home / "state")
    history.turn_on()
    turn = Exchange("2026-12-01T10:00:00+00:00", "hello", "Hi.", "done")
    history.append(turn)
    own = OwnDevice(Settings())
    assert own.history()["turns"] == [
        {"at": "2026-12-01T10:00:00+00:00", "user": "hello", "agent": "Hi.", "end": "done"}
    ]
    history.turn_off()
    assert own.history() == {"on": False, "turns": []}


def test_the_settings_are_those_in_force_with_what_may_be_chosen(home: Path) -> None:
    rows = {row["name"]: row for row in OwnDevice(load({"hear": {"wake": "phrase:computer"}})).settings()["settings"]}
    assert rows["models.voice"]["choices"] == ("joe", "heart")
    assert rows["turns.eagerness"]["value"] == "medium"
    assert rows["hear.wake"]["value"] == "phrase:computer"
    assert "phrase:computer" in rows["hear.wake"]["choices"]
    assert rows["think.persona"]["choices"] is None


@pytest.mark.parametrize(
    ("name", "value"),
    [("models.voice", "heart"), ("turns.eagerness", "low"), ("hear.wake", "off"), ("think.persona", "Be brief.")],
)
def test_a_change_is_in_the_file_and_holds_from_the_next_start(home: Path, name: str, value: str) -> None:
    told = OwnDevice(Settings()).change(name, value)
    assert Path(told["file"]) == config.user_file()
    group, key = name.split(".")
    assert getattr(getattr(load(), group), key) == (() if value == "off" else value)
    assert told["command"].startswith(f"edge-agent config set {name} ")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("serve.token", "mine"),
        ("serve.host", "0.0.0.0"),
        ("models.voice", "/tmp/a.onnx"),
        ("hear.wake", "/tmp/a.json"),
        ("turns.eagerness", "extreme"),
        ("think.persona", "x" * 4001),
        ("nothing", ""),
    ],
)
def test_a_page_changes_nothing_else_and_names_no_file(home: Path, name: str, value: str) -> None:
    with pytest.raises(ConfigError):
        OwnDevice(Settings()).change(name, value)
    assert not config.user_file().exists()

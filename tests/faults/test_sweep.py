"""The fault sweep: in each scenario every call of every seam fails once, and from once on. After each fault there was
one sentence or all is well, nothing half-written is believed, nothing is leaked, and the next run works."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import program
import pytest
import scripted_agent
from seams import SEAMS
from sweeping import Scenario, counted, no_check, sweep
from tiers import fast_first

from edge_agent import build, config
from edge_agent.cli import service
from edge_agent.lines.audio_file import read_audio, write_wav
from edge_agent.lines.mute import Mute
from edge_agent.types import HEAR_RATE_HZ
from edge_agent.watch.history import History


def talked(home: Path, done: bool) -> None:
    """The sounds are whole or not there, and each line of the events is one but for the last."""
    for wav in ("reply.wav", "record/mic.wav"):
        if done or (home / wav).exists():
            samples, _ = read_audio(home / wav)
            assert len(samples) > (HEAR_RATE_HZ if done else 0)
    for events in ("events.jsonl", "record/events.jsonl"):
        if done:
            assert json.loads((home / events).read_text().splitlines()[-1])["type"] == "turn_done"


def muted(home: Path, done: bool) -> None:
    assert Mute(home / "state").is_on() or not done


def unmuted(home: Path, done: bool) -> None:
    assert not Mute(home / "state").is_on() or not done


def initialized(home: Path, done: bool) -> None:
    """A settings file that is there is the whole one."""
    file = config.user_file()
    if done or file.exists():
        assert file.read_text("utf-8") == config.template()


def history_on(home: Path, done: bool) -> None:
    assert History(home / "state").is_on() or not done


def history_off(home: Path, done: bool) -> None:
    assert not History(home / "state").is_on() or not done


def history_cleared(home: Path, done: bool) -> None:
    assert not done or list(History(home / "state").exchanges()) == []


def with_history(home: Path) -> None:
    History(home / "state").turn_on()
    program.run("talk", "--input", str(home / "said.wav"), "--fast", "--linger", "1")
    assert len(list(History(home / "state").exchanges())) == 1


def installed(home: Path, done: bool) -> None:
    unit = home / "units" / service.NAME
    if done or unit.exists():
        assert unit.read_text() == UNIT


TALK = ("talk", "--input", "said.wav", "--fast", "--linger", "1")
UNIT = "[Unit]\nDescription=x\n" * 2000
SCENARIOS = [
    Scenario("talk", (*TALK, "--output", "reply.wav", "--events", "events.jsonl", "--record", "record"), talked),
    Scenario("talk with history", TALK, no_check, before=with_history),
    Scenario("mute", ("mute",), muted),
    Scenario("unmute", ("unmute",), unmuted, before=lambda home: Mute(home / "state").turn_on()),
    Scenario("config init", ("config", "init"), initialized, again=("config", "init", "--force")),
    Scenario("history on", ("history", "on"), history_on),
    Scenario("history off", ("history", "off"), history_off, before=with_history),
    Scenario("history show", ("history", "show"), no_check, before=with_history),
    Scenario("history clear", ("history", "clear"), history_cleared, before=with_history),
    Scenario("service install", ("service", "install"), installed),
]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place of its own for all that the program keeps, made anew by `fresh`."""
    place = tmp_path / "home"
    place.mkdir()
    monkeypatch.setenv("HOME", str(place))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(place / "config"))
    monkeypatch.setenv("STATE_DIRECTORY", str(place / "state"))
    for name in ("choose", "engines"):
        monkeypatch.setattr(build, name, getattr(scripted_agent, name))
    units = place / "units"
    monkeypatch.setattr(service, "RUNS", tmp_path)
    monkeypatch.setattr(service, "SYSTEM", units)
    monkeypatch.setattr(service, "_check", lambda *_, **__: None)
    monkeypatch.setattr(service, "_text", lambda *_: UNIT)
    monkeypatch.setattr(service, "_run", lambda command: 0)
    fresh(place)
    monkeypatch.chdir(place)
    return place


def fresh(home: Path) -> None:
    for entry in home.iterdir():
        shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    write_wav(home / "said.wav", scripted_agent.speech("plain")[: HEAR_RATE_HZ * 3 // 2], HEAR_RATE_HZ)


_COUNTED: dict[str, Counter[str]] = {}
"""The calls of each scenario."""


@pytest.fixture
def calls(scenario: Scenario, seam: str, home: Path, everything: bool) -> int | None:
    """How many there are to fail. The fast tier counts them once for all seams of a scenario; else each is run until
    there is no further one."""
    if everything:
        return None
    if scenario.name not in _COUNTED:
        _COUNTED[scenario.name] = counted(scenario, home, fresh)
    return _COUNTED[scenario.name][seam]


@pytest.mark.timeout(600)  # each of the thousand writes of a talk fails: 120 s beside other work
@pytest.mark.parametrize("lasting", fast_first([False, True], 1), ids=["once", "from once on"])
@pytest.mark.parametrize("seam", SEAMS)
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_every_call_of_a_command_may_fail(
    scenario: Scenario,
    seam: str,
    lasting: bool,
    step: int,
    calls: int | None,
    home: Path,
    record_property: Callable[[str, object], None],
) -> None:
    record_property("faults", sweep(scenario, seam, home, fresh, [lasting], step, calls))

"""The history: off unless somebody at the machine turns it on, whole lines, nothing of it left after `clear`."""

from __future__ import annotations

import ast
import json
import logging
import os
import stat
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from edge_agent.cli import app
from edge_agent.errors import StateError
from edge_agent.events import HeardText, Interrupted, Saying, SpeechStarted, TurnDone, TurnFailed
from edge_agent.watch.history import Exchange, History, HistoryWindow
from tests.rigs.fakes import Scene

PACKAGE = Path(__file__).parents[2] / "edge_agent"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "deep" / "state"
    monkeypatch.setenv("STATE_DIRECTORY", str(folder))
    return folder


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


def on(state: Path) -> History:
    history = History(state)
    history.turn_on()
    return history


def exchange(user: str = "hello", at: datetime = NOON) -> Exchange:
    return Exchange(at.isoformat(timespec="seconds"), user, "Hi.", "done")


def turn(window: Callable[[Any], None], user: str, number: int = 1) -> None:
    for event in (HeardText(number, 0.0, user, "en"), Saying(number, 0.1, 0, "Hi."), TurnDone(number, 1.0, 0.5)):
        window(event)


def run(*words: str) -> str:
    answer = CliRunner().invoke(app, ["history", *words])
    assert answer.exit_code == 0, answer.output
    return answer.output


# --- what is kept ---------------------------------------------------------------------------------------------------


def test_what_was_said_and_heard_is_kept_turn_by_turn(state: Path) -> None:
    scene = Scene().user(0.5, 1.5, "hello").reply("hello", "Hi there.", "How are you?").user(5.0, 6.0, "tell me")
    scene.reply("tell me", "One two three four five six seven eight nine ten eleven twelve.").user(7.0, 7.5, "stop")
    window = HistoryWindow(on(state), 30, Clock())
    for event in scene.reply("stop", "broken").run().events:
        window(event)
    first, second, third = History(state).exchanges()
    assert first == Exchange("2026-11-23T12:00:00+00:00", "hello", "Hi there. How are you?", "done")
    assert (second.user, second.end) == ("tell me", "interrupted")
    assert second.agent.startswith("One two")
    assert "twelve" not in second.agent
    assert (third.user, third.end) == ("stop", "failed")


def test_a_failure_of_the_ears_is_no_turn(state: Path) -> None:
    window = HistoryWindow(on(state), 30, Clock())
    for event in (SpeechStarted(1, 0.0), TurnFailed(1, 1.0, "The ears failed."), Saying(1, 1.0, 0, "?")):
        window(event)
    window(HeardText(2, 2.0, "hello", "en"))
    window(TurnFailed(3, 3.0, "The ears failed."))
    assert list(History(state).exchanges()) == []


def test_it_is_off_at_first_and_keeps_nothing(state: Path) -> None:
    turn(HistoryWindow(History(state), 30), "hello")
    assert not state.exists()


@pytest.mark.parametrize("at", [0, 1, 2])
def test_turned_off_meanwhile_nothing_of_the_turn_is_kept(state: Path, at: int) -> None:
    history = on(state)
    window = HistoryWindow(history, 30, Clock())
    turn(window, "first", 1)
    for i, event in enumerate((HeardText(2, 0, "second", "en"), Saying(2, 0, 0, "Hi."), Interrupted(2, 0, "Hi.", 0))):
        if i == at:
            History(state).turn_off()
        window(event)
    turn(window, "third", 3)
    history.turn_on()
    turn(window, "fourth", 4)
    assert [kept.user for kept in history.exchanges()] == ["first", "fourth"]


def test_turned_on_in_a_turn_it_begins_with_the_next(state: Path) -> None:
    window = HistoryWindow(History(state), 30, Clock())
    window(HeardText(1, 0, "before", "en"))
    history = on(state)
    window(TurnDone(1, 1, 1))
    turn(window, "after", 2)
    assert [kept.user for kept in history.exchanges()] == ["after"]


def test_the_hour_is_that_of_the_place(state: Path) -> None:
    turn(HistoryWindow(on(state), 30), "hello")
    (kept,) = History(state).exchanges()
    assert abs(datetime.fromisoformat(kept.at) - datetime.now(UTC)) < timedelta(minutes=1)


# --- the files ------------------------------------------------------------------------------------------------------


def test_only_the_owner_can_read_it(state: Path) -> None:
    before = os.umask(0)
    try:
        turn(HistoryWindow(on(state), 30, Clock()), "hello")
    finally:
        os.umask(before)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (state, *state.rglob("*"))}
    assert modes == {"state": 0o700, "history-on": 0o600, "history": 0o700, "2026-11-23.jsonl": 0o600}


def test_any_words_come_back(state: Path) -> None:
    history, texts = on(state), ['"quoted"\n\x00\u2028', "Grüße 你好 🙂", "\ud800 half", ""]
    for text in texts:
        history.append(exchange(text))
    assert [kept.user for kept in history.exchanges()] == texts
    lines = (state / "history" / "2026-11-23.jsonl").read_bytes().splitlines()
    assert len(lines) == len(texts)
    assert "Grüße" in lines[1].decode()


def test_what_a_power_cut_left_is_passed_over_and_spoils_nothing(state: Path) -> None:
    history = on(state)
    history.append(exchange("first"))
    file = state / "history" / "2026-11-23.jsonl"
    whole = file.read_bytes()
    for left in range(1, len(whole)):
        file.write_bytes(whole + whole[:left])
        history.append(exchange("second"))
        users = [kept.user for kept in history.exchanges()]
        assert users == (["first", "first", "second"] if left == len(whole) - 1 else ["first", "second"])


@pytest.mark.parametrize(
    "line",
    [
        *("", "x", "[]", "5", "\udcff", '{"at": "x"}'),
        '{"at": 1, "user": "", "agent": "", "end": "done"}',
        '{"at": "", "user": "", "agent": "", "end": "lost"}',
    ],
)
def test_what_is_no_turn_is_left_out(state: Path, line: str) -> None:
    history = on(state)
    history.append(exchange())
    with (state / "history" / "2026-11-23.jsonl").open("ab") as file:
        file.write(line.encode("utf-8", "surrogateescape") + b"\n")
    history.append(exchange())
    assert list(history.exchanges()) == [exchange(), exchange()]


@pytest.mark.parametrize("short", [False, True])
def test_a_full_disk_costs_a_line_in_the_log_and_the_turn(
    state: Path, short: bool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    window, write = HistoryWindow(on(state), 30, Clock()), os.write

    def full(file: int, data: bytes) -> int:
        if short:
            return write(file, data[:20])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch, caplog.at_level(logging.WARNING):
        patch.setattr(os, "write", full)
        turn(window, "wombat")
    assert [record.getMessage() for record in caplog.records] == [
        "A turn was not kept in the history (No space left on device)."
    ]
    turn(window, "second", 2)
    assert [kept.user for kept in History(state).exchanges()] == ["second"]


# --- how long -------------------------------------------------------------------------------------------------------


def test_what_is_old_is_deleted_at_the_start_though_it_is_off(state: Path) -> None:
    history = on(state)
    for days in (0, 2, 3, 400):
        history.append(exchange(f"{days}", NOON - timedelta(days)))
    (state / "history" / "notes.jsonl").write_text("not ours")
    history.turn_off()
    HistoryWindow(history, 2, Clock())
    left = {path.name for path in (state / "history").iterdir()}
    assert left == {"2026-11-23.jsonl", "2026-11-21.jsonl", "notes.jsonl"}


def test_and_while_it_runs(state: Path) -> None:
    clock = Clock()
    window = HistoryWindow(on(state), 2, clock)
    for number in range(1, 6):
        turn(window, str(number), number)
        clock.now += timedelta(1)
    assert [kept.user for kept in History(state).exchanges()] == ["3", "4", "5"]


def test_what_cannot_be_deleted_is_said_and_the_conversation_goes_on(
    state: Path, caplog: pytest.LogCaptureFixture
) -> None:
    history = on(state)
    (state / "history" / "2020-01-01.jsonl").mkdir(parents=True)
    with caplog.at_level(logging.WARNING):
        turn(HistoryWindow(history, 30, Clock()), "hello")
    assert [record.getMessage() for record in caplog.records] == [
        "What is old was not deleted from the history (Is a directory)."
    ]
    assert (state / "history" / "2026-11-23.jsonl").exists()


# --- the commands ---------------------------------------------------------------------------------------------------


def test_the_commands_turn_it_on_and_off_and_may_be_repeated(state: Path) -> None:
    for word, is_on in (("off", False), ("on", True), ("on", True), ("off", False)):
        run(word)
        assert History(state).is_on() is is_on, "another process reads the same"
        assert f"is {'on' if is_on else 'off'}" in run("show")


def test_a_lost_speaker_is_no_interruption(state: Path) -> None:
    window = HistoryWindow(on(state), 30, Clock())
    window(HeardText(1, 0.0, "tell me", "en"))
    window(Interrupted(1, 1.0, "Once", 0.5, "speaker"))
    assert run("show").splitlines()[-1].endswith("Agent: Once (speaker lost)")


def test_it_is_shown_as_text_and_as_json(state: Path) -> None:
    history = on(state)
    history.append(exchange("first"))
    history.append(Exchange("2026-11-23T12:01:00+00:00", "second", "I was", "interrupted"))
    lines = run("show").splitlines()
    assert lines == [
        "The history is on.",
        "2026-11-23 12:00  You:   first",
        "                  Agent: Hi.",
        "2026-11-23 12:01  You:   second",
        "                  Agent: I was (interrupted)",
    ]
    assert run("show", "--last", "1").splitlines() == [lines[0], *lines[3:]]
    answer = CliRunner().invoke(app, ["history", "show", "--json", "--last", "5"])
    assert [each["user"] for each in json.loads(answer.stdout)] == ["first", "second"]


def test_nothing_is_left_after_clear_and_the_switch_stays(state: Path) -> None:
    assert "0 days" in run("clear")
    history = on(state)
    for days in range(3):
        history.append(exchange("wombat4711", NOON - timedelta(days)))
    assert "3 days" in run("clear")
    assert [path for path in state.rglob("*") if path.is_file()] == [state / "history-on"]
    history.append(exchange("again"))
    assert [kept.user for kept in history.exchanges()] == ["again"]


def test_a_day_that_another_process_deletes_at_the_same_time_is_no_failure(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = on(state)
    (state / "history").mkdir()
    monkeypatch.setattr(os, "listdir", lambda _: ["2020-01-01.jsonl"])
    history.prune(NOON.date(), 30)
    assert history.clear() == 1


def test_a_power_cut_brings_nothing_back(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    history, synced = on(state), []
    history.append(exchange())
    monkeypatch.setattr(
        os, "fsync", lambda file: synced.append((os.readlink(f"/proc/self/fd/{file}"), os.listdir(file)))
    )
    history.turn_off()
    history.clear()
    assert synced == [(str(state), ["history"]), (str(state / "history"), [])]


def test_what_a_link_leads_to_is_neither_read_nor_deleted(state: Path, tmp_path: Path) -> None:
    history, other = on(state), tmp_path / "other"
    other.mkdir()
    (other / "2026-01-01.jsonl").write_text(json.dumps(asdict(exchange("of somebody else"))))
    (state / "history").symlink_to(other)
    for refused in (lambda: list(history.exchanges()), lambda: history.prune(NOON.date(), 1)):
        with pytest.raises(OSError, match="history"):
            refused()
    with pytest.raises(StateError, match="NOT all deleted"):
        history.clear()
    (state / "history").unlink()
    (state / "history").mkdir()
    (state / "history" / "2026-01-01.jsonl").symlink_to(other / "2026-01-01.jsonl")
    os.mkfifo(state / "history" / "2026-01-02.jsonl")
    assert list(history.exchanges()) == []
    assert history.clear() == 2
    assert (other / "2026-01-01.jsonl").exists()


def test_what_cannot_be_done_is_loud(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    blocked = History(tmp_path / "file")
    assert not blocked.is_on(), "in doubt, nothing is kept"
    with pytest.raises(StateError, match="still off"):
        blocked.turn_on()
    with pytest.raises(StateError, match="NOT off"):
        blocked.turn_off()
    with pytest.raises(StateError, match="NOT all deleted"):
        blocked.clear()


def test_permission_that_is_wanting_is_mended_by_a_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(tmp_path))

    monkeypatch.setattr("edge_agent.watch.history.switch_on", refused)
    monkeypatch.setattr(Path, "unlink", refused)
    monkeypatch.setattr(History, "_opened", refused)
    for system, mended in ((True, "sudo edge-agent history {} --system"), (False, f'sudo chown -R "$USER" {tmp_path}')):
        for name in ("SYSTEM_STATE", "SYSTEM_SWITCHES"):
            monkeypatch.setattr(f"edge_agent.state.{name}", tmp_path if system else Path("/elsewhere"))
        monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
        for word in ("on", "off", "clear", "show"):
            error = CliRunner().invoke(app, ["history", word, *["--system"] * system]).exception
            assert isinstance(error, StateError)
            assert error.fix == mended.format(word)


def test_the_switch_of_the_system_service_is_another(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge_agent.state.SYSTEM_SWITCHES", state / "system")
    assert "off --system" in run("on", "--system")
    assert History(state / "system").is_on()
    assert not History(state).is_on()
    run("off", "--system")
    assert not History(state / "system").is_on()


# --- who can turn it on ---------------------------------------------------------------------------------------------


def importers_of(module: str) -> set[str]:
    found = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom):
                names = {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
                found |= {path.relative_to(PACKAGE).as_posix()} if module in names else set()
    return found


def test_neither_a_model_nor_a_client_can_reach_the_switch() -> None:
    """`talk` and calls hand the conversation nothing but the window, and the page is shown what there is."""
    doors = {"doors/microphone.py", "doors/device_line.py", "doors/own_device.py"}
    assert importers_of("edge_agent.watch.history") == {*doors, "cli/history.py"}
    assert all("turn_on" not in (PACKAGE / file).read_text() for file in (*doors, "cli/talk.py"))

"""The notify socket, played by the test: what systemd would be told, and when it would be told nothing more."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge_agent.clock import ManualClock
from edge_agent.life.stalls import Inflow, StallDetector, WatchedThread
from edge_agent.life.starts import SILENT, Failed, Starts, of_service
from edge_agent.life.supervision import Supervision
from edge_agent.life.systemd import notify, status, supervised, watchdog_s
from edge_agent.mailbox import Mailbox


class Systemd:
    """The receiving end."""

    def __init__(self, address: str) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(address)
        self.socket.settimeout(0)

    def told(self) -> list[str]:
        """What has come since the last time."""
        messages = []
        while True:
            try:
                messages.append(self.socket.recv(4096).decode())
            except BlockingIOError:
                return messages


@pytest.fixture(params=["path", "abstract"])
def systemd(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Systemd]:
    name = f"edge-agent-{os.getpid()}" if request.param == "abstract" else str(tmp_path / "notify")
    listening = Systemd("\0" + name if request.param == "abstract" else name)
    monkeypatch.setenv("NOTIFY_SOCKET", "@" + name if request.param == "abstract" else name)
    yield listening
    listening.socket.close()


def test_messages_arrive_as_one_datagram_each(systemd: Systemd) -> None:
    assert supervised()
    notify("READY=1", "MAINPID=1")
    status("profile small:\n ready")
    assert systemd.told() == ["READY=1\nMAINPID=1", "STATUS=profile small: ready"]


def test_nothing_is_done_without_a_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    monkeypatch.setattr(socket, "socket", lambda *args: pytest.fail("a socket was made"))
    notify("READY=1")
    assert not supervised()


def test_a_systemd_that_does_not_read_stops_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nobody"))
    notify("READY=1")
    full = Systemd(str(tmp_path / "full"))
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "full"))
    for _ in range(2000):
        notify("STATUS=" + "x" * 1000)  # far more than the socket holds
    full.socket.close()


@pytest.mark.parametrize(
    ("usec", "pid", "seconds"),
    [("30000000", None, 30.0), ("30000000", "1", None), ("0", None, None), ("", None, None), ("-5", None, None)],
)
def test_the_watchdog_that_is_meant_for_this_process(
    usec: str, pid: str | None, seconds: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", usec)
    monkeypatch.setenv("WATCHDOG_PID", pid or str(os.getpid()))
    assert watchdog_s() == seconds


class Machine:
    """A microphone and one stage behind it, moved by the test."""

    def __init__(self) -> None:
        self.frames: Mailbox[int] = Mailbox(100)
        self.heard: Mailbox[int] = Mailbox(2)
        inflow = Inflow("capture", lambda: self.frames.given, 10.0)
        hear = WatchedThread("hear", self.frames, self.heard, 60.0)
        self.stalls = StallDetector(lambda: [inflow, hear])

    def frame(self) -> None:
        self.frames.offer(0)

    def take(self) -> None:
        next(iter(self.frames))


def test_no_sound_for_ten_seconds_is_no_life() -> None:
    machine = Machine()
    assert [machine.stalls.stuck(second) for second in range(11)] == [None] * 11
    assert machine.stalls.stuck(11.0) == "capture has not moved for 11 s"
    machine.frame()
    assert machine.stalls.stuck(12.0) is None


def test_a_stage_may_be_busy_until_its_deadline_and_no_longer() -> None:
    machine = Machine()
    machine.frame()
    machine.take()
    for second in range(61):
        machine.frame()
        assert machine.stalls.stuck(second) is None
    machine.frame()
    assert machine.stalls.stuck(61) == "hear has not moved for 61 s"
    machine.heard.put(0)  # it hands something on: a long work, not a hang
    machine.frame()
    assert machine.stalls.stuck(62) is None


class Watched(Machine):
    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.clock = ManualClock()
        self.starts = Starts(folder)
        self.starts.begin()
        self.supervision = Supervision(self.stalls, self.starts, now=self.clock.now, every_s=15.0)

    def live(self, seconds: int, *, frames: bool = True) -> None:
        for _ in range(seconds):
            self.clock.sleep_until(self.clock.now() + 1)
            if frames:
                self.frame()
                self.take()
            self.supervision.tick()


def test_it_is_ready_and_then_fed_while_sound_comes_in(systemd: Systemd, tmp_path: Path) -> None:
    watched = Watched(tmp_path)
    assert systemd.told() == ["READY=1"]
    watched.live(60)
    assert systemd.told() == ["WATCHDOG=1"] * 4
    watched.live(60, frames=False)
    assert systemd.told() == ["STATUS=stuck: capture has not moved for 11 s", "WATCHDOG=trigger"]


def test_without_systemd_it_is_said_in_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    watched = Watched(tmp_path)
    watched.supervision = Supervision(watched.stalls, now=watched.clock.now)
    watched.live(100)
    assert not caplog.messages
    watched.live(15, frames=False)
    assert caplog.messages == [f"Stuck: capture has not moved for 11 s. Where everything is: kill -USR1 {os.getpid()}"]


def test_a_start_is_good_after_a_minute(tmp_path: Path) -> None:
    watched = Watched(tmp_path)
    watched.live(59)
    assert Starts(tmp_path).begin().times == 1
    watched.live(1)
    assert Starts(tmp_path).begin().times == 0


def test_failed_starts_are_counted_with_the_last_cause(tmp_path: Path) -> None:
    starts = Starts(tmp_path)
    assert starts.begin() == Failed(0, "")
    assert starts.begin() == Failed(1, SILENT)
    starts.blame("no\nmodel")
    assert starts.begin() == Failed(2, "no model")
    assert (tmp_path / "starts").stat().st_mode & 0o777 == 0o600


def test_under_systemd_they_are_counted_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nobody"))
    monkeypatch.setenv("STATE_DIRECTORY", "/proc/1/no/disk")
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path))
    for times in range(4):
        starts = of_service()
        assert starts
        assert starts.begin().times == times
    monkeypatch.delenv("NOTIFY_SOCKET")
    assert of_service() is None, "nobody starts it again"


def test_starts_before_a_boot_do_not_count(tmp_path: Path) -> None:
    boot = tmp_path / "boot_id"
    boot.write_text("one\n")
    Starts(tmp_path, boot).begin()
    boot.write_text("two\n")
    assert Starts(tmp_path, boot).begin() == Failed(0, "")


@pytest.mark.parametrize("content", ["", "[1]", "{}", "nonsense", "[null, null, null]"])
def test_a_broken_count_counts_nothing(tmp_path: Path, content: str) -> None:
    (tmp_path / "starts").write_text(content)
    assert Starts(tmp_path).begin() == Failed(0, "")
    assert Starts(tmp_path).begin().times == 1

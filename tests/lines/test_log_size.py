"""What the log of a service grows by, in a day in which nothing is said and in a turn: on a virtual clock, in bytes."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from io import StringIO

import fake_process
import pytest
from fake_process import Socket

from edge_agent.agent.briefs import Briefs
from edge_agent.clock import ManualClock
from edge_agent.doors.microphone import _say, tell
from edge_agent.events import TurnDone, TurnFailed
from edge_agent.host.inline import InlineHost
from edge_agent.life.journal import Seldom, Wordless
from edge_agent.lines.device_process import Opened
from edge_agent.lines.microphone import Microphone
from edge_agent.lines.reconnecting import ReconnectingDevice
from edge_agent.run.inline import InlineConversation
from edge_agent.types import AudioFrame
from edge_agent.watch.captions import Captions
from edge_agent.watch.screen import Screen
from tests.rigs.fakes import Scene, Tape, TapeSink, play

HOURS = float(os.environ.get("EDGE_AGENT_TEST_HOURS", "0.2"))
"""Of silence; the bar is for 24. More than the ten minutes in which the journal swallows what is said again."""
A_DAY, A_TURN = 1_000_000, 2_000
USB = Opened("USB: Audio (hw:1,0)", 8_000, 1, 0.01)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def journal(clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[StringIO]:
    """What `watch.journal.install` sets up, by the clock of the test, for a process that systemd has started."""
    monkeypatch.setenv("NOTIFY_SOCKET", "/nowhere")
    written = StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(Wordless("%(name)s: %(message)s"))
    handler.addFilter(Seldom(clock.now))
    log = logging.getLogger("edge_agent")
    log.addHandler(handler)
    yield written
    log.removeHandler(handler)


class Day:
    """A line with the real microphone, for `HOURS`. Before each read `happens` is told the hour."""

    ended_s = None

    def __init__(self, clock: ManualClock, microphone: Microphone, happens: Callable[[float], None]) -> None:
        self._clock, self._microphone, self._happens = clock, microphone, happens
        self.source, self.sink, self.rate_hz = self, TapeSink(clock, waits=False), microphone.rate_hz

    def now_s(self) -> float:
        return self._microphone.captured / self.rate_hz

    def read(self) -> AudioFrame | None:
        hour = self._clock.now() / 3600
        self._happens(hour)
        return self._microphone.read() if hour < HOURS else None

    def close(self) -> None:
        self._microphone.close()


def live(clock: ManualClock, socket: Socket, happens: Callable[[float], None], muted: bool = False) -> None:
    """A silent day of `talk`, but for its speaker."""
    device = ReconnectingDevice("input", "usb", clock=clock, on_status=_say, start=socket.open)
    microphone = Microphone("usb", on_status=_say, muted=lambda: muted, clock=clock, device=device)
    line = Day(clock, microphone, happens)
    host = InlineHost(Scene().engines(), ManualClock())
    InlineConversation(line, host, Briefs(""), on_event=Captions(Screen(tell), words=False)).run()
    assert line.now_s() == pytest.approx(HOURS * 3600, rel=0.01)


def nothing(hour: float) -> None:
    pass


def test_silence_says_nothing(journal: StringIO) -> None:
    scene = Scene(linger_s=HOURS * 3600)
    tape = Tape(scene.samples())
    play(tape, scene.engines(), scene.linger_s, on_event=Captions(Screen(tell), words=False))
    assert tape.now_s() >= HOURS * 3600
    assert journal.getvalue() == ""


def test_a_microphone_that_is_missing_says_so_once(clock: ManualClock, journal: StringIO) -> None:
    socket = Socket(clock)
    live(clock, socket, nothing)
    assert len(socket.opened) > 1500 * HOURS, "it is tried again and again"
    (line,) = journal.getvalue().splitlines()
    assert "Waiting for it" in line


def test_a_muted_microphone_says_so_once(clock: ManualClock, journal: StringIO) -> None:
    live(clock, Socket(clock, USB), nothing, muted=True)
    (line,) = journal.getvalue().splitlines()
    assert "muted" in line


@pytest.mark.slow
def test_a_loose_plug_does_not_fill_the_disk(
    clock: ManualClock, journal: StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There for 8 s and gone for 8 s, all day."""
    monkeypatch.setattr(fake_process, "LEVEL", 0)
    socket = Socket(clock, USB)

    def happens(hour: float) -> None:
        socket.device = USB if int(hour * 3600) % 16 < 8 else None

    live(clock, socket, happens)
    assert len(socket.opened) > 200 * HOURS
    lines = journal.getvalue().splitlines()
    assert 2 <= len(lines) <= 2 * (6 * HOURS + 1), "each of the two once in ten minutes"
    assert len(journal.getvalue()) <= A_DAY * HOURS / 24


@pytest.mark.parametrize(
    ("heard", "reply", "lines"),
    [("hello", "Good day.", 0), ("tell me", "broken", 1), ("say it", "unspeakable", 1), ("broken", "", 2)],
    ids=["answered", "mind", "voice", "ears"],
)
def test_a_turn_says_nothing_and_one_that_fails_says_what(
    journal: StringIO, heard: str, reply: str, lines: int
) -> None:
    scene = Scene().user(0.5, 1.5, heard).reply(heard, reply)
    say = Captions(Screen(tell), words=False)
    events = scene.run().events
    for event in events:
        say(event)
    assert isinstance(events[-1], TurnFailed if lines else TurnDone)
    assert len(journal.getvalue().splitlines()) == lines
    assert len(journal.getvalue()) <= A_TURN

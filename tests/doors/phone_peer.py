"""Whoever is at the other end of a call: real threads and a real host, scripted engines, no SIP process."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import numpy as np

from edge_agent.act.act import Act
from edge_agent.agent.briefs import Briefs
from edge_agent.clock import RealClock
from edge_agent.doors.phone_call import CallKit, PhoneCall, Wall
from edge_agent.events import Event
from edge_agent.host.engines import Engines
from edge_agent.host.host import Host
from edge_agent.phone.line import SipLine
from edge_agent.phone.messages import FromPeer, HangUp, HungUp, Order, PickedUp, PickUp, ToPeer
from edge_agent.phone.record import CallRecord
from edge_agent.phone.sayings import Sayings, rendered
from edge_agent.run.threads import Conversation
from edge_agent.settings.phone import PhoneSettings
from edge_agent.speak.voice import Voice
from edge_agent.types import Samples
from tests.rigs.fakes import (
    FIRST_LEVEL,
    LEVEL_STEP,
    VOICE_RATE_HZ,
    LevelAsr,
    Scene,
    ScriptedEndpoint,
    ScriptedWriter,
    ToneTts,
)

LONG = ("one two three four five six seven eight nine ten " * 3).strip()
REPLIES = {"hello": ("Hi there my friend.",), "long": (LONG,), "4711": ("Thank you.",)}
QUIET = np.zeros(160, np.float32)


class Peer:
    """Whoever has called: in real time, 20 ms a step. `says` is loud for so many steps."""

    def __init__(self, rate: float = 1.0, outgoing: bool = False, name: str = "in1") -> None:
        """`rate`: by how much the clock of the call goes faster than real time."""
        self._start, self.name = time.monotonic(), name
        self.line = SipLine(name, "sip:+4930123456@10.0.0.1", self.told, RealClock(), VOICE_RATE_HZ, outgoing=outgoing)
        self.orders: list[Order] = []
        self.heard: list[tuple[float, float]] = []
        """When something came, and its level."""
        self.events: list[Event] = []
        self.says = 0
        self.phrase = 0
        """The number of the phrase that is said."""
        self.answers = True
        self._over = threading.Event()
        self.wall = Wall(lambda: self._start + rate * (time.monotonic() - self._start), lambda: datetime(2026, 12, 1))
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def loud(self) -> Samples:
        return np.full(160, FIRST_LEVEL + LEVEL_STEP * self.phrase, np.float32)

    def told(self, order: Order) -> None:
        self.orders.append(order)
        if isinstance(order, PickUp) and self.answers:
            self.picks_up()
        elif isinstance(order, HangUp):
            self.hangs_up("agent")
        elif isinstance(order, ToPeer) and len(order.samples):
            self.heard.append((time.monotonic(), float(np.abs(order.samples).max())))

    def picks_up(self) -> None:
        self.picked_up_s = time.monotonic()
        self.line.take(PickedUp(self.name, "PCMA"))
        self._thread.start()

    def hangs_up(self, who: str = "peer", why: str = "") -> None:
        if not self._over.is_set():
            self._over.set()
            self.line.take(HungUp(self.name, why, {"lost": 5, "received": 95, "jitter_ms": 1.5, "mos": 4.1}))

    def _run(self) -> None:
        while not self._over.wait(0.02):
            self.says -= self.says > 0
            self.line.take(FromPeer(self.name, 8000, 1, self.loud if self.says else QUIET))

    def until(self, kind: type[Event], count: int = 1, seconds: float = 8.0) -> Event:
        def found() -> list[Event]:
            return [each for each in list(self.events) if isinstance(each, kind)]

        wait(lambda: len(found()) >= count, seconds)
        return found()[count - 1]


def wait(what: Callable[[], object], seconds: float = 8.0) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it has not come to that"
        time.sleep(0.005)


@contextlib.contextmanager
def hosted(*phrases: str) -> Iterator[Host]:
    asr = LevelAsr(list(phrases))
    engines = Engines(Scene().ears, ScriptedEndpoint(), lambda language: asr, ScriptedWriter(REPLIES), Voice(ToneTts()))
    with Host(engines, RealClock()) as host:
        yield host


def sayings(host: Host, busy: str = "") -> Sayings:
    texts = ("Hello how can I help?", "Are you there?", "Goodbye.", busy)
    more = ("Nobody answers. May I take a message?", "Here is a call.")
    return Sayings(*(rendered(host, text) for text in (*texts, *more)))


@contextlib.contextmanager
def calling(
    peer: Peer,
    host: Host,
    own: PhoneSettings | None = None,
    act: Callable[[PhoneCall], Act] | None = None,
    **kit: Any,
) -> Iterator[Callable[[], CallRecord]]:
    """A call goes on; what is yielded waits for its end, and gives its record. `kit`: as of CallKit."""

    @contextlib.contextmanager
    def converse(line: SipLine, windows: PhoneCall) -> Iterator[Conversation]:
        def on_event(event: Event) -> None:
            peer.events.append(event)
            windows.on_event(event)

        more = {"act": act(windows)} if act else {}
        yield Conversation(line, host, Briefs("Be brief."), on_event=on_event, on_mark=windows.on_mark, **more)

    call, records = (
        PhoneCall(peer.line, CallKit(sayings(host), own or PhoneSettings(), **kit), peer.wall),
        list[CallRecord](),
    )
    thread = threading.Thread(target=lambda: records.append(call.run(converse)), daemon=True)
    thread.start()

    def ended() -> CallRecord:
        thread.join(15)
        return records[0]

    try:
        yield ended
    finally:
        peer.hangs_up()
        thread.join(15)

"""A call and its agent: real threads and a real host, scripted engines; the SIP process is played by the test."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime

import numpy as np
import pytest

from edge_agent.agent.briefs import Briefs
from edge_agent.clock import RealClock
from edge_agent.doors.phone_call import PhoneCall, Wall
from edge_agent.errors import EngineError
from edge_agent.events import Event, HeardText, Interrupted, Saying, TurnDone
from edge_agent.host.engines import Engines
from edge_agent.host.host import Host
from edge_agent.phone.line import SipLine
from edge_agent.phone.messages import FromPeer, HangUp, HungUp, OnHold, Order, PickedUp, PickUp, Pressed, ToPeer
from edge_agent.phone.record import CallRecord
from edge_agent.phone.sayings import Sayings, rendered
from edge_agent.run.threads import Conversation
from edge_agent.settings.phone import PhoneSettings
from edge_agent.speak.voice import Voice
from edge_agent.types import Samples
from tests.rigs.fakes import FIRST_LEVEL, VOICE_RATE_HZ, LevelAsr, Scene, ScriptedEndpoint, ScriptedWriter, ToneTts

LONG = ("one two three four five six seven eight nine ten " * 3).strip()
REPLIES = {"hello": ("Hi there my friend.",), "long": (LONG,), "4711": ("Thank you.",)}
LOUD = np.full(160, FIRST_LEVEL, np.float32)
QUIET = np.zeros(160, np.float32)


class Peer:
    """Whoever has called: in real time, 20 ms a step. `says` is loud for so many steps."""

    def __init__(self, rate: float = 1.0, outgoing: bool = False) -> None:
        """`rate`: by how much the clock of the call goes faster than real time."""
        self._start = time.monotonic()
        self.line = SipLine("in1", "sip:+4930123456@10.0.0.1", self.told, RealClock(), VOICE_RATE_HZ, outgoing=outgoing)
        self.orders: list[Order] = []
        self.heard: list[tuple[float, float]] = []
        """When something came, and its level."""
        self.events: list[Event] = []
        self.says = 0
        self.answers = True
        self._over = threading.Event()
        self.wall = Wall(lambda: self._start + rate * (time.monotonic() - self._start), lambda: datetime(2026, 12, 1))
        self._thread = threading.Thread(target=self._run, daemon=True)

    def told(self, order: Order) -> None:
        self.orders.append(order)
        if isinstance(order, PickUp) and self.answers:
            self.picked_up_s = time.monotonic()
            self.line.take(PickedUp("in1", "PCMA"))
            self._thread.start()
        elif isinstance(order, HangUp):
            self.hangs_up("agent")
        elif isinstance(order, ToPeer) and len(order.samples):
            self.heard.append((time.monotonic(), float(np.abs(order.samples).max())))

    def hangs_up(self, who: str = "peer") -> None:
        if not self._over.is_set():
            self._over.set()
            self.line.take(HungUp("in1", "", {"lost": 5, "received": 95, "jitter_ms": 1.5, "mos": 4.1}))

    def _run(self) -> None:
        while not self._over.wait(0.02):
            self.says -= self.says > 0
            self.line.take(FromPeer("in1", 8000, 1, LOUD if self.says else QUIET))

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
    return Sayings(*(rendered(host, text) for text in texts))


@contextlib.contextmanager
def calling(peer: Peer, host: Host, own: PhoneSettings | None = None) -> Iterator[Callable[[], CallRecord]]:
    """A call goes on; what is yielded waits for its end, and gives its record."""

    @contextlib.contextmanager
    def converse(line: SipLine, windows: PhoneCall) -> Iterator[Conversation]:
        def on_event(event: Event) -> None:
            peer.events.append(event)
            windows.on_event(event)

        yield Conversation(line, host, Briefs("Be brief."), on_event=on_event)

    call, records = PhoneCall(peer.line, sayings(host), own or PhoneSettings(), wall=peer.wall), list[CallRecord]()
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


def test_the_greeting_is_heard_at_once_and_a_turn_is_answered_aloud() -> None:
    peer = Peer()
    with hosted("hello") as host, calling(peer, host) as ended:
        greeting = peer.until(TurnDone)
        assert [each.text for each in peer.events if isinstance(each, Saying)] == ["Hello how can I help?"]
        first_s = next(at for at, level in peer.heard if level > 0.1)
        assert first_s - peer.picked_up_s < 0.15
        assert greeting.played_s == pytest.approx(0.5)
        peer.says = 25
        assert peer.until(HeardText).text == "hello"
        assert peer.until(TurnDone, 2).played_s == pytest.approx(0.4)
        peer.hangs_up()
        record = ended()
    assert (record.who, record.codec, record.turns, record.ended) == ("…456@10.0.0.1", "PCMA", 1, "caller")
    assert (record.lost, record.jitter_ms, record.mos) == (0.05, 1.5, 4.1)
    assert record.seconds > 1


def test_whoever_speaks_into_the_answer_is_heard_and_the_answer_is_over() -> None:
    peer = Peer()
    with hosted("long") as host, calling(peer, host):
        peer.until(TurnDone)
        peer.says = 25
        wait(lambda: any(isinstance(each, Saying) and each.text.startswith("one two") for each in peer.events))
        time.sleep(0.5)
        peer.says = 75
        began_s = time.monotonic()
        cut = peer.until(Interrupted)
        assert 0 < cut.played_s < 1.6
        assert LONG.startswith(cut.spoken)
        wait(lambda: time.monotonic() - peer.heard[-1][0] > 0.2)
        assert peer.heard[-1][0] - began_s < 0.6


def test_who_hangs_up_in_the_middle_has_heard_so_much_and_no_more() -> None:
    peer = Peer()
    with hosted("long") as host, calling(peer, host) as ended:
        peer.until(TurnDone)
        peer.says = 25
        wait(lambda: any(isinstance(each, Saying) and each.text.startswith("one two") for each in peer.events))
        time.sleep(0.6)
        peer.hangs_up()
        record = ended()
    cut = peer.until(Interrupted)
    assert 0.4 < cut.played_s < 1.0
    assert 3 <= len(cut.spoken.split()) <= 9
    assert LONG.startswith(cut.spoken)
    assert record.ended == "caller"


def test_keys_end_the_answer_and_are_what_the_user_says() -> None:
    peer = Peer()
    with hosted("long") as host, calling(peer, host) as ended:
        peer.until(TurnDone)
        peer.says = 25
        wait(lambda: any(isinstance(each, Saying) and each.text.startswith("one two") for each in peer.events))
        time.sleep(0.3)
        for digit in "4711#":
            peer.line.take(Pressed("in1", digit))
        peer.until(Interrupted)
        assert peer.until(HeardText, 2).text == "4711"
        peer.until(TurnDone, 2)
        assert [each.text for each in peer.events if isinstance(each, Saying)][-1] == "Thank you."
        peer.hangs_up()
        assert ended().turns == 2


def test_who_says_nothing_is_asked_once_then_left() -> None:
    """With a clock that is ten times as fast."""
    peer = Peer(rate=10)
    with hosted() as host, calling(peer, host, PhoneSettings(silence_s=8)) as ended:
        record = ended()
    assert record.ended == "silence"
    said = [each.text for each in peer.events if isinstance(each, Saying)]
    assert said == ["Hello how can I help?", "Are you there?"]
    assert peer.orders[-1] == HangUp("in1")
    assert len([1 for at, level in peer.heard if level > 0.1]) * 0.02 == pytest.approx(0.5 + 0.3 + 0.1, abs=0.2)


def test_whoever_holds_the_call_is_not_asked_and_hears_no_more_of_the_answer() -> None:
    """With a clock that is ten times as fast."""
    peer = Peer(rate=10)
    with hosted("long") as host, calling(peer, host, PhoneSettings(silence_s=8)) as ended:
        peer.until(TurnDone)
        peer.says = 25
        wait(lambda: any(isinstance(each, Saying) and each.text.startswith("one two") for each in peer.events))
        peer.line.take(OnHold("in1", True))
        assert LONG.startswith(peer.until(Interrupted).spoken)
        time.sleep(1.5)
        peer.line.take(OnHold("in1", False))
        assert not any(isinstance(each, Saying) and each.text == "Are you there?" for each in peer.events)
        assert ended().ended == "silence"


def test_a_call_that_lasts_too_long_is_said_goodbye_to() -> None:
    peer = Peer(rate=100)
    with hosted() as host, calling(peer, host, PhoneSettings(max_minutes=1, silence_s=600)) as ended:
        assert ended().ended == "too long"


def test_who_does_not_pick_up_costs_no_conversation() -> None:
    peer = Peer(rate=200, outgoing=True)
    peer.answers = False
    with hosted() as host, calling(peer, host) as ended:
        record = ended()
    assert (record.ended, record.seconds, record.outgoing) == ("not answered", 0.0, True)
    assert peer.events == []


@pytest.mark.parametrize("busy", ["", "All lines are busy."])
def test_a_further_caller_hears_that_it_is_busy(busy: str) -> None:
    peer = Peer()
    with hosted() as host:
        record = PhoneCall(peer.line, sayings(host, busy), PhoneSettings(), wall=peer.wall).turn_away()
    assert record.ended == "busy"
    assert peer.orders[-1] == HangUp("in1")
    loud: Samples = np.array([level for _, level in peer.heard])
    assert (loud > 0.1).sum() * 0.02 == pytest.approx(0.4 if busy else 0.0, abs=0.1)


def test_a_voice_that_fails_is_found_out_before_anybody_calls() -> None:
    with hosted() as host, pytest.raises(EngineError, match="could not say"):
        rendered(host, "unspeakable")

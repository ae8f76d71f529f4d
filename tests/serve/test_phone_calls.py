"""Calls by telephone that a program answers: OpenAI's own client, the real server, a caller without SIP."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from answering import SECRET, Program
from doors.phone_peer import Peer, wait
from loopback import Clock, Running, ScriptedEngines, running, tone
from openai import BadRequestError, NotFoundError, OpenAI, OpenAIError, PermissionDeniedError, RateLimitError

from edge_agent.clock import RealClock
from edge_agent.host.jobs import Sound
from edge_agent.phone.messages import HangUp, PickUp, Pressed, Transfer, Transferred
from edge_agent.phone.switchboard import referred
from edge_agent.rtc.network import Network
from edge_agent.serve.calls import RealtimeCalls
from edge_agent.serve.http_calls import CallDoors
from edge_agent.serve.metrics import Metrics
from edge_agent.serve.new_session import NewSessions
from edge_agent.serve.phone_calls import HeldCall, IncomingCalls
from edge_agent.serve.realtime import Opening, RealtimeDoor
from edge_agent.serve.realtime_protocol import RealtimeProtocol
from edge_agent.serve.session_limit import Places
from edge_agent.serve.webhook import Webhook

MANUAL = {"input": {"turn_detection": None}}


@dataclass
class House:
    server: Running
    program: Program
    incoming: IncomingCalls
    calls: RealtimeCalls
    outcomes: queue.Queue[HeldCall | None] = field(default_factory=queue.Queue)

    @property
    def client(self) -> OpenAI:
        return self.program.client(self.server.port)

    @contextlib.contextmanager
    def ringing(self) -> Iterator[tuple[Peer, str]]:
        """Somebody calls; yields them, and the id under which the program knows the call."""
        peer = Peer()
        peer.line.headers = ("From: <sip:+4930123456@10.0.0.1>;tag=1", "X-Menu: 1")

        def ring() -> None:
            self.outcomes.put(self.incoming.ring(peer.line, lambda uri: referred(peer.line, uri)))

        thread = threading.Thread(target=ring, daemon=True)
        thread.start()
        event = self.program.incoming.get(timeout=3)
        assert [each.name for each in event.data.sip_headers] == ["From", "X-Menu"]
        try:
            yield peer, event.data.call_id
        finally:
            peer.hangs_up()
            thread.join(5)

    def outcome(self) -> HeldCall | None:
        return self.outcomes.get(timeout=5)


@contextlib.contextmanager
def housed(rings_s: float = 3.0, most_s: float = 60.0) -> Iterator[House]:
    engines, clock, metrics = ScriptedEngines(list(tone("one two three four five six"))), RealClock(), Metrics()
    sessions = NewSessions("Be brief.", "llm-1", Clock())

    def protocol(opening: Opening) -> RealtimeProtocol:
        session = sessions.make(opening.session, model=opening.model)
        return RealtimeProtocol(session, now=clock.now, dialect=opening.dialect, player=opening.player)

    calls = RealtimeCalls(Network(clock), engines, protocol, Places(1, metrics), clock)
    door = RealtimeDoor(engines, protocol, clock, beside=calls.beside)
    with Program().listening() as program:
        webhook = Webhook(program.url, SECRET, time.time)
        incoming = IncomingCalls(
            webhook, clock, time.time, rings_s=rings_s, most_s=most_s, may_refer=lambda uri: uri.endswith("611")
        )
        doors = CallDoors(calls, None, incoming)
        with running(engines=engines, realtime=door.serve, calls=doors) as server:
            yield House(server, program, incoming, calls)


@pytest.fixture(scope="module")
def shared() -> Iterator[House]:
    with housed() as house:
        yield house


@pytest.fixture
def house(shared: House) -> House:
    shared.server.engines.jobs.clear()
    return shared


def test_a_program_greets_hears_keys_and_hangs_up(house: House) -> None:
    with house.ringing() as (peer, id):
        house.client.realtime.calls.accept(id, type="realtime", instructions="Sing.", audio=MANUAL)
        with house.client.realtime.connect(call_id=id) as beside:
            assert beside.recv().session.instructions == "Sing."
            beside.response.create()
            kinds = []
            while not kinds or kinds[-1] != "output_audio_buffer.stopped":
                kinds.append(beside.recv().type)
            assert "response.done" in kinds
            assert "response.output_audio.delta" not in kinds
            wait(lambda: len([1 for _, level in peer.heard if level > 0.1]) * 0.02 == pytest.approx(0.6, abs=0.06))
            peer.says = 10
            peer.line.take(Pressed("in1", "7"))
            pressed = beside.recv()
            assert (pressed.type, pressed.event) == ("input_audio_buffer.dtmf_event_received", "7")
            assert abs(pressed.received_at - time.time()) < 5
            assert "event_id" not in pressed.to_dict()
            wait(
                lambda: any(abs(job.samples).max() > 0.1 for job in house.server.engines.jobs if isinstance(job, Sound))
            )
            house.client.realtime.calls.hangup(id)
        wait(lambda: HangUp("in1") in peer.orders)
        outcome = house.outcome()
        with pytest.raises(NotFoundError):
            house.client.realtime.calls.hangup(id)
    assert outcome is not None
    assert outcome.ended == "agent"
    assert outcome.seconds > 0.5
    wait(lambda: not house.server.engines.open_links)


def test_a_caller_is_put_through_where_the_owner_allows_it(house: House) -> None:
    with house.ringing() as (peer, id):
        house.client.realtime.calls.accept(id, type="realtime")
        wait(peer.line.picked_up.is_set)
        with pytest.raises(PermissionDeniedError, match="allow_out"):
            house.client.realtime.calls.refer(id, target_uri="tel:+49190666")
        assert not [order for order in peer.orders if isinstance(order, Transfer)]

        def refused() -> None:
            wait(lambda: Transfer("in1", "611") in peer.orders)
            peer.line.take(Transferred("in1", False, "486 Busy Here"))

        threading.Thread(target=refused, daemon=True).start()
        with pytest.raises(BadRequestError, match="486 Busy Here"):
            house.client.realtime.calls.refer(id, target_uri="611")

        def done() -> None:
            wait(lambda: Transfer("in1", "tel:611") in peer.orders)
            peer.line.take(Transferred("in1", True, ""))
            peer.hangs_up()

        threading.Thread(target=done, daemon=True).start()
        house.client.realtime.calls.refer(id, target_uri="tel:611")
        outcome = house.outcome()
    assert outcome is not None
    assert outcome.ended == "transferred"


@pytest.mark.parametrize(("asked", "told"), [({"status_code": 480}, 480), ({}, 603)])
def test_a_call_is_rejected_once(house: House, asked: dict[str, int], told: int) -> None:
    with house.ringing() as (peer, id):
        house.client.realtime.calls.reject(id, **asked)
        assert house.outcome() == HeldCall("rejected", 0.0)
        assert PickUp("in1") not in peer.orders
        assert peer.orders[0] == HangUp("in1", told)
        with pytest.raises(NotFoundError):
            house.client.realtime.calls.reject(id)
        with pytest.raises(NotFoundError):
            house.client.realtime.calls.accept(id, type="realtime")


def test_who_hangs_up_while_it_rings_or_in_the_call_is_gone(house: House) -> None:
    with house.ringing() as (peer, id):
        peer.hangs_up()
        assert house.outcome() == HeldCall("caller", 0.0)
        with pytest.raises(NotFoundError):
            house.client.realtime.calls.accept(id, type="realtime")
    with house.ringing() as (peer, id):
        house.client.realtime.calls.accept(id, type="realtime")
        with house.client.realtime.connect(call_id=id) as beside:
            wait(peer.line.picked_up.is_set)
            peer.hangs_up()
            assert [event.type for event in beside] == ["session.created"]  # and it is closed
        outcome = house.outcome()
    assert outcome is not None
    assert outcome.ended == "caller"


def test_what_cannot_be_is_said_and_the_call_rings_on(house: House) -> None:
    with house.ringing() as (_, id):
        calls = house.client.realtime.calls
        wrong: list[tuple[type[OpenAIError], str, str, dict[str, object]]] = [
            (BadRequestError, "accept", id, {"type": "realtime", "audio": 5}),
            (BadRequestError, "accept", id, {"type": "realtime", "output_modalities": ["smell"]}),
            (BadRequestError, "reject", id, {"status_code": 200}),
            (BadRequestError, "reject", id, {"status_code": "busy"}),
            (NotFoundError, "refer", id, {"target_uri": "611"}),  # it was not accepted
            (NotFoundError, "accept", "rtc_none", {"type": "realtime"}),
            (NotFoundError, "hangup", "rtc_none", {}),
        ]
        for kind, what, which, body in wrong:
            with pytest.raises(kind) as said:
                calls._post(f"/realtime/calls/{which}/{what}", body=body, cast_to=object)
            assert said.value.body["message"]  # type: ignore[attr-defined]
        calls.accept(id, type="realtime")
        for target, kind in (("", BadRequestError), ("sip:a b", BadRequestError), ("<611", BadRequestError)):
            with pytest.raises(kind):
                calls.refer(id, target_uri=target)
        with house.ringing() as (_, other):
            with pytest.raises(RateLimitError, match="place"):
                calls.accept(other, type="realtime")
            calls.hangup(id)
            assert house.outcome()
            wait(lambda: not house.server.engines.open_links)
            calls.accept(other, type="realtime")


def test_nobody_decides_and_a_program_that_is_not_there_yet_is_told_again() -> None:
    with housed(rings_s=1.3) as house:
        house.program.status = 503
        peer = Peer()
        ringing = threading.Thread(target=lambda: house.outcomes.put(house.incoming.ring(peer.line, lambda uri: None)))
        ringing.start()
        wait(lambda: house.program.ids)
        assert house.outcome() is None
        ringing.join()
    assert len(house.program.ids) == 2
    assert len(set(house.program.ids)) == 1
    assert peer.orders == []


def test_a_call_that_lasts_too_long_is_ended() -> None:
    with housed(most_s=0.3) as house, house.ringing() as (peer, id):
        house.client.realtime.calls.accept(id, type="realtime")
        outcome = house.outcome()
        assert HangUp("in1") in peer.orders
    assert outcome is not None
    assert outcome.ended == "too long"


def test_the_server_stops_and_its_calls_end() -> None:
    with housed() as house, house.ringing() as (peer, id):
        house.client.realtime.calls.accept(id, type="realtime")
        wait(peer.line.picked_up.is_set)
        assert house.server.engines.open_links == 1
        asyncio.run_coroutine_threadsafe(house.calls.close(), house.server.loop).result(5)
        assert house.server.engines.open_links == 0
        assert house.outcome()
        assert HangUp("in1") in peer.orders

"""OpenAI's WebRTC: a peer in the place of a browser, the real server on loopback, scripted engines."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import sys
from collections.abc import AsyncIterator, Iterator

import numpy as np
import pytest
from loopback import Clock, Running, ScriptedEngines, running, tone
from rtc.caller import SDP, Caller
from websockets.exceptions import ConnectionClosedError

from edge_agent.clock import RealClock
from edge_agent.host.jobs import Sound
from edge_agent.rtc import stack
from edge_agent.rtc.network import Network
from edge_agent.serve.calls import LABEL, RealtimeCalls
from edge_agent.serve.guard import Rules
from edge_agent.serve.http_calls import CallDoors
from edge_agent.serve.metrics import Metrics
from edge_agent.serve.new_session import NewSessions
from edge_agent.serve.realtime import Opening, RealtimeDoor
from edge_agent.serve.realtime_protocol import RealtimeProtocol
from edge_agent.serve.session_limit import Places

MANUAL = {"type": "realtime", "audio": {"input": {"turn_detection": None}}}


@contextlib.contextmanager
def serving(rules: Rules | None = None, max_sessions: int = 2) -> Iterator[Running]:
    stack.offer_own_addresses()
    engines, clock = ScriptedEngines(list(tone("one two three four five six"))), RealClock()
    sessions = NewSessions("Be brief.", "llm-1", Clock())

    def protocol(opening: Opening) -> RealtimeProtocol:
        session = sessions.make(opening.session, model=opening.model)
        return RealtimeProtocol(session, now=clock.now, dialect=opening.dialect, player=opening.player)

    network = Network(clock)
    calls = RealtimeCalls(network, engines, protocol, Places(max_sessions, Metrics()), clock)
    door = RealtimeDoor(engines, protocol, clock, beside=calls.beside)
    with running(rules, engines=engines, realtime=door.serve, calls=CallDoors(calls, None)) as server:
        yield server
        network.close()


@pytest.fixture(scope="module")
def shared() -> Iterator[Running]:
    with serving() as server:
        yield server


@pytest.fixture
def server(shared: Running) -> Running:
    shared.engines.jobs.clear()
    shared.engines.answers = list(tone("one two three four five six"))
    return shared


@contextlib.asynccontextmanager
async def calling(server: Running, path: str = "/v1/realtime/calls") -> AsyncIterator[Caller]:
    caller = Caller(server, LABEL, path)
    try:
        await caller.call()
        yield caller
    finally:
        await caller.close()
        async with asyncio.timeout(5):
            while server.engines.open_links:
                await asyncio.sleep(0.01)


def test_a_call_is_heard_and_answered_aloud(server: Running) -> None:
    async def body() -> None:
        async with calling(server) as caller:
            assert caller.location.startswith("/v1/realtime/calls/rtc_")
            assert (await caller.told("session.created"))["session"]["model"] == "llm-1"
            caller.microphone.sound = np.sin(np.arange(48_000, dtype=np.float32) / 20) / 2
            caller.send("response.create")
            await caller.told("response.done")
            await caller.told("output_audio_buffer.stopped")
            await asyncio.sleep(0.2)  # what is on its way
            assert sum(caller.loud()) * 0.02 == pytest.approx(0.6, abs=0.06)  # six words of 0.1 s
            assert not any("delta" in event and "audio.delta" in event["type"] for event in caller.events)
            assert caller.types.index("output_audio_buffer.started") < caller.types.index("output_audio_buffer.stopped")
        heard = np.concatenate([job.samples for job in server.engines.jobs if isinstance(job, Sound)])
        assert np.abs(heard).max() > 0.3

    asyncio.run(body())


def test_what_is_cleared_is_not_heard_and_was_not_said(server: Running) -> None:
    async def body() -> None:
        async with calling(server) as caller:
            server.engines.answers = list(tone("one " * 40))
            caller.send("response.create")
            await caller.told("output_audio_buffer.started")
            await caller.until(lambda: sum(caller.loud()) >= 20)
            caller.send("output_audio_buffer.clear")
            cut = await caller.told("conversation.item.truncated")
            await caller.told("output_audio_buffer.cleared")
            await asyncio.sleep(0.3)
            assert not any(caller.loud()[-5:])
            assert cut["audio_end_ms"] == pytest.approx(sum(caller.loud()) * 20, abs=60)

    asyncio.run(body())


# --- how a call begins, and how it ends -------------------------------------------------------------------------------


def form(**fields: str) -> tuple[bytes, dict[str, str]]:
    """A multipart body, and its headers."""
    parts = [f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n' for name, text in fields.items()]
    return ("".join(parts) + "--x--\r\n").encode(), {"Content_Type": "multipart/form-data; boundary=x"}


def test_a_session_comes_with_the_offer(server: Running) -> None:
    async def body() -> None:
        caller = Caller(server, LABEL, "/v1/realtime/calls")
        sdp = await caller.offer()
        data, headers = form(sdp=sdp, session=json.dumps({"type": "realtime", "instructions": "Sing."}))
        answer = await asyncio.to_thread(server.ask, "POST", caller.path, data, **headers)
        assert answer.status == 201, answer.body
        assert answer.headers["content-type"].startswith("application/sdp")
        await caller.take(answer.body.decode())
        assert (await caller.told("session.created"))["session"]["instructions"] == "Sing."
        await caller.close()

    asyncio.run(body())


def test_a_client_secret_opens_a_call_with_its_session() -> None:
    with serving(Rules(token="s3cret", allowed_origins=frozenset({"http://localhost:3000"}))) as server:
        asked = {"session": {"type": "realtime", "instructions": "Whisper."}}
        issued = server.ask("POST", "/v1/realtime/client_secrets", asked, Authorization="Bearer s3cret").json()
        key, origin = f"Bearer {issued['value']}", "http://localhost:3000"

        async def body() -> None:
            caller = Caller(server, LABEL, "/v1/realtime/calls")
            offer = (await caller.offer()).encode()
            for headers, status in (
                ({}, 401),
                ({"Authorization": "Bearer ek_x"}, 401),
                ({"Authorization": key, "Origin": "http://evil.example"}, 403),
                ({"Authorization": key, "Host": "evil.example"}, 403),
            ):
                refused = await asyncio.to_thread(server.ask, "POST", caller.path, offer, **SDP, **headers)
                assert refused.status == status
            answer = await asyncio.to_thread(
                server.ask, "POST", caller.path, offer, **SDP, Authorization=key, Origin=origin
            )
            assert answer.status == 201
            assert answer.headers["access-control-expose-headers"] == "Location"
            await caller.take(answer.body.decode())
            assert (await caller.told("session.created"))["session"]["instructions"] == "Whisper."
            await caller.close()

        asyncio.run(body())


@pytest.mark.slow
def test_the_older_way_speaks_beta(server: Running) -> None:
    async def body() -> None:
        async with calling(server, path="/v1/realtime?model=gpt-4o-realtime-preview") as caller:
            assert (await caller.told("session.created"))["session"]["model"] == "gpt-4o-realtime-preview"
            assert "modalities" in caller.events[0]["session"]
            caller.send("response.create")
            await caller.told("response.audio_transcript.delta")
            await caller.told("output_audio_buffer.stopped")

    asyncio.run(body())


@pytest.mark.parametrize(
    ("data", "headers", "status", "code"),
    [
        (b"", SDP, 400, "invalid_offer"),
        (b"v=0\r\nm=audio", SDP, 400, "invalid_offer"),
        (b"\xff" * 100, SDP, 400, "invalid_offer"),
        (b"v=0" * 50_000, SDP, 413, "request_too_large"),
        (b"{}", {"Content_Type": "application/json"}, 415, "unsupported_content_type"),
        (b"--", {"Content_Type": "multipart/form-data"}, 400, "invalid_form"),
        (*form(session="{}"), 400, "missing_required_parameter"),
        (*form(sdp="v=0", session="[]"), 400, "invalid_json"),
        (*form(sdp="v=0", session="[" * 100_000), 400, "invalid_json"),
        (*form(sdp="v=0", session='{"type": "realtime", "audio": 5}'), 400, "invalid_type"),
    ],
)
def test_what_can_be_no_call_is_refused_and_holds_no_place(
    server: Running, data: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    for _ in range(3):  # there are two places
        answer = server.ask("POST", "/v1/realtime/calls", data, **headers)
        assert (answer.status, answer.code) == (status, code)


def test_without_the_packages_the_command_that_installs_them_is_said(
    server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "aiortc", None)
    answer = server.ask("POST", "/v1/realtime/calls", b"v=0", **SDP)
    assert (answer.status, answer.code) == (501, "not_implemented")
    assert "pip install 'aiortc" in answer.json()["error"]["message"]


def test_a_call_is_hung_up_and_its_place_is_free(server: Running) -> None:
    async def body() -> None:
        for _ in range(3):
            async with calling(server) as caller:
                hung_up = await asyncio.to_thread(server.ask, "POST", f"{caller.location}/hangup")
                assert hung_up.status == 200
                async with asyncio.timeout(5):
                    await caller.closed.wait()
        gone = await asyncio.to_thread(server.ask, "POST", f"{caller.location}/hangup")
        assert (gone.status, gone.code) == (404, "call_not_found")

    asyncio.run(body())


def test_each_call_and_each_socket_has_a_place() -> None:
    with serving(max_sessions=1) as server:

        async def body() -> None:
            async with calling(server) as caller:
                await caller.told("session.created")
                other = Caller(server, LABEL, "/v1/realtime/calls")
                offer = (await other.offer()).encode()
                await other.close()
                refused = await asyncio.to_thread(server.ask, "POST", "/v1/realtime/calls", offer, **SDP)
                assert (refused.status, refused.code) == (429, "rate_limit_exceeded")
                assert "serve.max_sessions" in refused.json()["error"]["message"]

        asyncio.run(body())


# --- beside a call ----------------------------------------------------------------------------------------------------


def test_a_socket_looks_on_and_has_its_say(server: Running) -> None:
    def look_on(location: str) -> tuple[list[str], list[str]]:
        with server.socket(f"/v1/realtime?call_id={location.rpartition('/')[2]}") as socket:
            told = [json.loads(socket.recv(10))]
            socket.send('{"type": "response.create"}')
            while told[-1]["type"] != "output_audio_buffer.started":
                told.append(json.loads(socket.recv(10)))
            assert server.ask("POST", f"{location}/hangup").status == 200
            told += [json.loads(each) for each in socket]
            assert socket.protocol.close_code == 1000
        return [event["type"] for event in told], [event["event_id"] for event in told]

    async def body() -> None:
        async with calling(server) as caller:
            await caller.told("session.created")
            types, ids = await asyncio.to_thread(look_on, caller.location)
            assert types[0] == "session.created"
            assert "response.output_audio_transcript.delta" in types
            assert set(ids[1:]) >= {event["event_id"] for event in caller.events[1:]}

    asyncio.run(body())


def test_a_call_that_is_not_there_cannot_be_looked_at(server: Running) -> None:
    with server.socket("/v1/realtime?call_id=rtc_x") as socket:
        assert json.loads(socket.recv(10))["error"]["code"] == "call_not_found"
        with pytest.raises(ConnectionClosedError, match="no such call"):
            socket.recv(10)


@pytest.mark.timeout(300)
def test_frames_of_any_kind_end_nothing(server: Running, everything: bool) -> None:
    """Mutated events over the data channel: whatever is in them, the worst is an `error`. A minute without a
    text of the server is a hang."""
    chance = random.Random(11)
    events = [
        {"type": "session.update", "session": {"type": "realtime", "instructions": "Hm."}},
        {"type": "conversation.item.truncate", "item_id": "item_1", "content_index": 0, "audio_end_ms": 5},
        {"type": "output_audio_buffer.clear"},
        {"type": "input_audio_buffer.append", "audio": "AAAA"},
        {"type": "conversation.item.retrieve", "item_id": "item_1"},
    ]

    def mutated() -> str | bytes:
        text = list(json.dumps(chance.choice(events)))
        for _ in range(chance.randint(0, 3)):
            text[chance.randrange(len(text))] = chr(chance.choice([0, 34, 44, 91, 123, 125, 0x1F600, 0xFFFD]))
        frame = "".join(text)
        return frame.encode("utf-8", "replace") if chance.random() < 0.1 else frame

    async def body() -> None:
        async with calling(server) as caller:
            await caller.told("session.created")
            for at in range(20_000 if everything else 100):
                caller.channel.send(mutated())
                if at % 50 == 49:
                    caller.send("conversation.item.create", item={"id": f"i{at}", "type": "message", "role": "user"})
                    await asyncio.sleep(0.01)
                    while caller.channel.bufferedAmount > 10_000:  # who sends faster starves his own connection
                        await asyncio.sleep(0.01)
            caller.send("session.update", event_id="last", session={"type": "realtime", "instructions": "The end."})
            while not any("The end." in text for text in caller.texts[-9:]):  # not all of them each time
                await caller.until_told_more(60)
            assert not [event for event in caller.events if (event.get("error") or {}).get("type") == "server_error"]

    asyncio.run(body())

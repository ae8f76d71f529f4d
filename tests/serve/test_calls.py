"""OpenAI's WebRTC: a peer in the place of a browser, the real server on loopback, scripted engines."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator

import numpy as np
import pytest
from loopback import Clock, Running, ScriptedEngines, running, tone
from rtc.caller import Caller

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

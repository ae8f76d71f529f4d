"""The device's own conversation over WebRTC: a peer in the place of the page, the real server and host, no models."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import numpy as np
import pytest
from loopback import ScriptedEngines as NoEngines
from loopback import running
from rtc.caller import SDP, Caller

from edge_agent.agent.briefs import Briefs
from edge_agent.clock import RealClock
from edge_agent.host.engines import Engines
from edge_agent.host.host import Host
from edge_agent.interfaces import Transcript
from edge_agent.line import Line
from edge_agent.rtc import stack
from edge_agent.rtc.network import Network
from edge_agent.run.threads import Conversation
from edge_agent.serve.calls import RealtimeCalls
from edge_agent.serve.device_calls import LABEL, LineCalls, Windows
from edge_agent.serve.guard import Rules
from edge_agent.serve.headers import Headers
from edge_agent.serve.http_calls import CallDoors
from edge_agent.serve.session_limit import Places
from edge_agent.speak.voice import Voice
from tests.rigs.fakes import ScriptedEndpoint, ToneTts
from tests.rigs.fakes.engines import ScriptedWriter
from tests.rigs.fakes.scene import Scene

REPLIES = {"hello": ("Hello there my friend.",), "long": ("one two three four five six seven eight " * 4,)}


class Listening:
    """Whatever is loud are these words, one after the other."""

    def __init__(self, *said: str) -> None:
        self._said = said
        self.heard = 0.0

    def transcribe(self, samples, **more) -> Transcript:
        self.heard = max(self.heard, float(np.abs(samples).max()))
        return Transcript(self._said[0], "en", 1.0, 0.0, None, False, tokens=1, ids=(1,))

    def word_times(self, samples, ids, language):
        return ()


class Phone:
    """What the guard asks: a request with a cookie is the phone's."""

    def device_of(self, headers: Headers) -> str | None:
        return headers.first("cookie")

    def redeem(self, key: str) -> bool:
        return False


@dataclass
class World:
    server: object
    asr: Listening
    places: Places
    calls: LineCalls


@contextlib.contextmanager
def serving(places: int = 2) -> Iterator[World]:
    stack.offer_own_addresses()
    asr, clock = Listening("hello"), RealClock()
    engines = Engines(Scene().ears, ScriptedEndpoint(), lambda language: asr, ScriptedWriter(REPLIES), Voice(ToneTts()))
    free = Places(places)
    with Host(engines, clock) as host:

        @contextlib.contextmanager
        def converse(line: Line, windows: Windows) -> Iterator[Conversation]:
            looking = {"on_mark": windows.on_mark, "on_report": windows.on_report}
            yield Conversation(line, host, Briefs("Be brief."), on_event=windows.on_event, **looking)

        network = Network(clock)
        calls = LineCalls(network, converse, free, host.rate_hz, {"language": "en"})
        realtime = RealtimeCalls(network, NoEngines(), lambda opening: None, free, clock)
        with running(Rules(pairing=Phone()), calls=CallDoors(realtime, calls)) as server:
            yield World(server, asr, free, calls)
            network.close()
            asyncio.run(calls.close())


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with serving() as world:
        yield world


@contextlib.asynccontextmanager
async def calling(world: World) -> AsyncIterator[Caller]:
    caller = Caller(world.server, LABEL, "/v1/device/calls")
    try:
        await caller.call()
        yield caller
    finally:
        await caller.close()


def tone(seconds: float):
    return np.sin(np.arange(round(48_000 * seconds), dtype=np.float32) / 20) / 2


def test_a_spoken_turn_is_answered_aloud_and_its_events_are_told(world: World) -> None:
    async def body() -> None:
        async with calling(world) as caller:
            told = await caller.told("listening")
            assert told["language"] == "en"
            assert told["call"] in caller.location
            caller.microphone.sound = tone(0.5)
            done = await caller.told("turn_done")
            assert done["played_s"] == pytest.approx(0.4)
            kinds = [each for each in caller.types if each not in ("mark", "partial")]
            assert kinds == ["listening", "speech_started", "speech_stopped", "heard", "saying", "turn_done"]
            assert {"commit", "play"} <= {each["name"] for each in caller.events if each["type"] == "mark"}
            await caller.until(lambda: sum(caller.loud()) >= 19)

    asyncio.run(body())


def test_what_is_typed_is_answered_and_can_be_interrupted(world: World) -> None:
    async def body() -> None:
        async with calling(world) as caller:
            await caller.told("listening")
            caller.send("say", text=" long ")
            assert (await caller.told("heard"))["text"] == "long"
            await caller.until(lambda: sum(caller.loud()) >= 10)
            caller.send("interrupt")
            cut = await caller.told("interrupted")
            await asyncio.sleep(0.3)
            assert not any(caller.loud()[-8:])
            assert cut["played_s"] == pytest.approx(sum(caller.loud()) * 0.02, abs=0.08)

    asyncio.run(body())


def test_a_barge_in_falls_silent(world: World) -> None:
    async def body() -> None:
        async with calling(world) as caller:
            await caller.told("listening")
            caller.send("say", text="long")
            await caller.until(lambda: sum(caller.loud()) >= 10)
            caller.microphone.sound = tone(1.5)
            await caller.told("hush")
            await caller.told("interrupted")
            assert caller.types.index("hush") < caller.types.index("interrupted"), "before it is known"
            await asyncio.sleep(0.2)
            assert not any(caller.loud()[-5:])

    asyncio.run(body())


def test_nothing_is_heard_while_it_is_muted(world: World) -> None:
    async def body() -> None:
        async with calling(world) as caller:
            await caller.told("listening")
            caller.send("mute", on=True)
            assert (await caller.told("muted"))["on"] is True
            caller.microphone.sound = tone(0.4)
            await asyncio.sleep(0.8)
            assert "speech_started" not in caller.types

    asyncio.run(body())


@pytest.mark.parametrize("text", ["{", "[]", "5", '{"type": "nothing"}', '{"type": 5}', '{"type": "say"}', "\0" * 9])
def test_a_text_that_is_none_is_an_error(world: World, text: str) -> None:
    async def body() -> None:
        async with calling(world) as caller:
            await caller.told("listening")
            caller.channel.send(text)
            assert (await caller.told("error"))["message"]

    asyncio.run(body())


def test_a_place_is_taken_as_long_as_the_call_lasts() -> None:
    with serving(places=1) as world:

        async def body() -> None:
            async with calling(world) as caller:
                await caller.told("listening")
                other = Caller(world.server, LABEL, "")
                offer = (await other.offer()).encode()
                await other.close()
                refused = await asyncio.to_thread(
                    world.server.ask, "POST", "/v1/device/calls", offer, Content_Type="application/sdp"
                )
                assert (refused.status, refused.code) == (429, "rate_limit_exceeded")
                hung_up = await asyncio.to_thread(world.server.ask, "POST", f"{caller.location}/hangup")
                assert hung_up.status == 200
                async with asyncio.timeout(5):
                    await caller.closed.wait()
                    while not world.places.take(""):
                        await asyncio.sleep(0.01)

        asyncio.run(body())


def test_a_call_that_is_unknown_cannot_be_hung_up(world: World) -> None:
    refused = world.server.ask("POST", "/v1/device/calls/call_x/hangup")
    assert (refused.status, refused.code) == (404, "call_not_found")


def test_the_call_of_a_device_that_was_thrown_out_ends_and_no_other(world: World) -> None:
    async def body() -> None:
        phone = Caller(world.server, LABEL, "/v1/device/calls")
        async with calling(world) as own:
            await phone.call(**SDP, Cookie="phone")
            await phone.told("listening")
            world.calls.leave_unless(lambda device: device == "phone")
            phone.send("mute", on=True)
            await phone.told("muted")
            world.calls.leave_unless(lambda device: False)
            async with asyncio.timeout(5):
                await phone.closed.wait()
            await phone.close()
            own.send("mute", on=True)
            await own.told("muted")

    asyncio.run(body())

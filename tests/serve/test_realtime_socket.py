"""The WebSocket door over a real loopback socket: who is told what when, how it ends, and who notices."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from host_world import World
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from edge_agent.clock import ManualClock, RealClock
from edge_agent.host.jobs import Answer, Job, Progress, Report, Say
from edge_agent.serve import driver
from edge_agent.serve.audio import Outgoing
from edge_agent.serve.loop import OnLoop
from edge_agent.serve.realtime import Opening, RealtimeDoor
from edge_agent.serve.realtime_protocol import Close, Output, RealtimeProtocol, Send, Session
from edge_agent.serve.server import bound, server
from edge_agent.types import HEAR_RATE_HZ
from tests.rigs.fakes import Scene
from tests.rigs.fakes.realtime import spoken

WAIT_S = 20.0


@dataclass
class Parrot:
    """A protocol that says back what it receives, and does as some words say."""

    opening: Opening
    ticks: int = 0

    def open(self) -> list[Output]:
        return [Send({"type": "first"})]

    def receive(self, frame: str | bytes) -> list[Output]:
        match frame:
            case "fail":
                raise ZeroDivisionError
            case "leave":
                return [Send({"type": "last"}), Close(4000, "enough"), Send({"type": "never"})]
            case "much":
                return [Send({"text": "x" * 500_000})] * 200
            case "some":
                return [Send({"text": "x" * 500_000})] * 20
            case "job":
                return [Say("s", "Hello.")]
            case "ticks":
                return [Send({"ticks": self.ticks})]
            case bytes():
                return [Send({"bytes": len(frame)})]
        return [Send({"text": frame})]

    def report(self, report: Report) -> list[Output]:
        if report == "bug":
            raise ZeroDivisionError
        return [Send({"report": str(report)})]

    def tick(self, now_s: float) -> list[Output]:
        self.ticks += 1
        return []


@dataclass
class Echo:
    """Engines that report each job, and know whether their sessions have left."""

    left: int = 0
    jobs: list[Job] = field(default_factory=list)
    posts: list[Callable[[Any], object]] = field(default_factory=list)

    def open(self, post: Callable[[Any], object]) -> Echo:
        self.posts.append(post)
        return self

    def send(self, job: Job) -> None:
        self.jobs.append(job)
        asyncio.get_running_loop().call_soon(self.posts[-1], job.id)

    def close(self) -> None:
        self.left += 1


@dataclass
class Served:
    door: RealtimeDoor
    port: int
    openings: list[Opening]
    engines: Any

    def connect(self, query: str = "", **options: Any) -> Any:
        return connect(f"ws://127.0.0.1:{self.port}/{query}", proxy=None, max_size=None, compression=None, **options)


@contextlib.asynccontextmanager
async def served(engines: Any = None, protocol: Any = Parrot, **options: Any) -> AsyncIterator[Served]:
    """uvicorn, as the command runs it, on the test's own loop."""
    from starlette.applications import Starlette
    from starlette.routing import WebSocketRoute

    openings: list[Opening] = []

    def made(opening: Opening) -> Any:
        openings.append(opening)
        return protocol(opening)

    engines = engines or Echo()
    door = RealtimeDoor(engines, made, RealClock(), **options)
    sock, ready = bound("127.0.0.1", 0), asyncio.Event()
    app = Starlette(routes=[WebSocketRoute("/", door.serve)])
    uvicorn = server(app, on_ready=ready.set, on_stop=door.close)
    task = asyncio.create_task(uvicorn._serve([sock]))
    try:
        async with asyncio.timeout(WAIT_S):
            await ready.wait()
            yield Served(door, sock.getsockname()[1], openings, engines)
    finally:
        uvicorn.should_exit = True
        await task


async def read(socket: ClientConnection) -> Any:
    return json.loads(await socket.recv())


async def closed(socket: ClientConnection) -> tuple[int, str]:
    """Code and reason with which the server ended it."""
    with contextlib.suppress(ConnectionClosed):
        async for _ in socket:
            pass
    await socket.wait_closed()
    return socket.close_code or 0, socket.close_reason or ""


def test_the_first_event_needs_no_frame_of_the_client_and_frames_keep_their_order():
    async def body():
        async with served() as there, there.connect() as socket:
            assert await read(socket) == {"type": "first"}
            for frame in ("a", b"\x00\x01", '{"half": "\\ud800"}', "b"):
                await socket.send(frame)
            answers = [await read(socket) for _ in range(4)]
            assert answers == [{"text": "a"}, {"bytes": 2}, {"text": '{"half": "\\ud800"}'}, {"text": "b"}]

    asyncio.run(body())


@pytest.mark.parametrize(
    ("query", "options", "expected"),
    [
        ("?model=some%20model", {}, Opening("some model", "ga", False, None)),
        ("", {"additional_headers": {"OpenAI-Beta": "realtime=v1"}}, Opening("", "beta", False, None)),
        ("?intent=transcription", {"subprotocols": ["realtime"]}, Opening("", "ga", True, None)),
        ("", {"subprotocols": ["realtime", "openai-beta.realtime-v1"]}, Opening("", "beta", False, None)),
        ("?dialect=beta", {}, Opening("", "beta", False, None)),
        ("?dialect=what", {}, Opening("", "ga", False, None)),
    ],
)
def test_what_a_client_says_when_it_connects(query, options, expected):
    async def body():
        async with served() as there, there.connect(query, **options) as socket:
            await read(socket)
            assert there.openings == [expected]
            assert socket.subprotocol == ("realtime" if "subprotocols" in options else None)

    asyncio.run(body())


def test_jobs_go_to_the_engines_and_their_reports_come_back():
    async def body():
        async with served() as there:
            async with there.connect() as socket:
                await read(socket)
                await socket.send("job")
                assert await read(socket) == {"report": "s"}
                assert there.engines.jobs == [Say("s", "Hello.")]
            while not there.engines.left:
                await asyncio.sleep(0)

    asyncio.run(body())


def test_a_protocol_that_fails_says_so_and_the_session_lives(caplog):
    async def body():
        async with served() as there, there.connect() as socket:
            await read(socket)
            for cause in (lambda: socket.send("fail"), lambda: _report(there, "bug")):
                await cause()
                error = await read(socket)
                assert error["type"] == "error"
                assert error["error"]["type"] == "server_error"
                assert error["event_id"]
            await socket.send("still here?")
            assert await read(socket) == {"text": "still here?"}

    async def _report(there, report):
        there.engines.posts[-1](report)

    with caplog.at_level(logging.CRITICAL, logger="edge_agent.serve.realtime"):
        asyncio.run(body())


def test_the_protocol_can_end_it():
    async def body():
        async with served() as there, there.connect() as socket:
            await read(socket)
            await socket.send("leave")
            assert await read(socket) == {"type": "last"}
            assert await closed(socket) == (4000, "enough")
            while not there.engines.left:
                await asyncio.sleep(0)

    asyncio.run(body())


def test_a_server_that_stops_says_goodbye():
    async def body():
        async with served() as there, there.connect() as socket, there.connect() as other:
            await asyncio.gather(read(socket), read(other))
            await there.door.close()
            assert (await closed(socket))[0] == (await closed(other))[0] == 1001

    asyncio.run(body())


def test_a_frame_beyond_all_measure_ends_its_own_session_only():
    async def body():
        async with served() as there, there.connect() as socket, there.connect() as other:
            await asyncio.gather(read(socket), read(other))
            await socket.send("x" * (21 * 2**20))
            assert len((await read(socket))["text"]) == 21 * 2**20
            with contextlib.suppress(ConnectionClosed):
                await socket.send("x" * (23 * 2**20))
            assert (await closed(socket))[0] == 1009
            await other.send("a")
            assert await read(other) == {"text": "a"}

    asyncio.run(body())


def test_a_client_that_does_not_read_is_left(caplog):
    """100 MB for a client that reads nothing; another one does not notice."""

    async def body():
        async with served() as there, there.connect() as other:
            await read(other)
            async with there.connect(max_queue=1) as socket:
                await socket.send("much")
                while not there.engines.left:
                    await other.send("a")
                    assert await read(other) == {"text": "a"}
                socket.transport.abort()
        assert "too slowly" in caplog.text

    caplog.set_level(logging.WARNING)
    asyncio.run(body())


def test_a_client_that_vanishes_leaves_nothing_and_no_alarm(caplog):
    async def body():
        async with served() as there:
            for _ in range(5):
                async with there.connect() as socket:
                    await read(socket)
                    await socket.send("some")
                    socket.transport.abort()
            while there.door._connections:
                await asyncio.sleep(0)
            assert there.engines.left == 5
            there.engines.posts[-1]("late")

    asyncio.run(body())
    assert [record for record in caplog.records if record.name.startswith("edge_agent")] == []


def test_time_is_told_to_all_sessions_by_one_timer(monkeypatch):
    monkeypatch.setattr(driver, "TICK_S", 0.01)

    async def body():
        async with served() as there:
            async with there.connect() as socket, there.connect() as other:
                await asyncio.gather(read(socket), read(other))
                for each in (socket, other):
                    ticks = 0
                    while ticks < 2:
                        await each.send("ticks")
                        ticks = (await read(each))["ticks"]
            while there.door._connections or there.door._ticker._timer:
                await asyncio.sleep(0.001)

    asyncio.run(body())


def test_a_spoken_turn_through_door_protocol_host_and_back():
    """All of it but the models: the words of the user and the sound of the answer."""
    scene = Scene().user(0.5, 1.5, "hello")
    world = World(phrases=scene._phrases)
    samples = np.concatenate([scene.samples(), np.zeros(2 * HEAR_RATE_HZ, np.float32)])
    wire = Outgoing("pcm16", HEAR_RATE_HZ).push(samples, last=True)

    async def body():
        world.host.start()
        try:
            async with served(OnLoop(world.host), protocol) as there, there.connect("?model=m") as socket:
                types = [(await read(socket))["type"]]
                await _speak(socket, wire)
                events = [await read(socket)]
                while events[-1]["type"] != "response.done":
                    events.append(await read(socket))
                types += [event["type"] for event in events]
        finally:
            world.host.close()
        assert types[:4] == [
            "session.created",
            "input_audio_buffer.speech_started",
            "input_audio_buffer.speech_stopped",
            "input_audio_buffer.committed",
        ]
        assert "response.output_audio.delta" in types
        assert events[-1]["response"]["status"] == "completed"

    asyncio.run(body())


class HalfAnAnswer(Echo):
    """Engines that have made 0.24 s of an answer, and think on."""

    def send(self, job: Job) -> None:
        if isinstance(job, Answer):
            for part in spoken("One two three four.", end=None)[:12]:
                asyncio.get_running_loop().call_soon(self.posts[-1], Progress(job.id, part))


def test_the_protocol_knows_how_much_of_the_sound_has_left():
    """Of an answer that is given up the model remembers no more."""

    async def until(socket: ClientConnection, type: str) -> Any:
        while (event := await read(socket))["type"] != type:
            pass
        return event

    async def body():
        async with served(HalfAnAnswer(), protocol) as there, there.connect() as socket:
            await socket.send('{"type": "response.create"}')
            id = (await until(socket, "response.output_item.added"))["item"]["id"]
            sizes = [len((await until(socket, "response.output_audio.delta"))["delta"]) for _ in range(4)]
            assert sum(sizes) == pytest.approx(240 * 48 * 4 / 3, rel=0.02)
            await socket.send('{"type": "response.cancel"}')
            await socket.send(json.dumps({"type": "conversation.item.retrieve", "item_id": id}))
            item = (await until(socket, "conversation.item.retrieved"))["item"]
            assert item["content"][0]["transcript"] == "One two"
            assert len(item["content"][0]["audio"]) == 240 * 48 * 4 / 3

    asyncio.run(body())


def protocol(opening: Opening) -> RealtimeProtocol:
    session = Session.default(id="sess_1", model=opening.model, instructions="Be brief.", expires_at=0)
    return RealtimeProtocol(session, now=ManualClock().now, dialect=opening.dialect)


async def _speak(socket: ClientConnection, wire: bytes) -> None:
    import base64

    for at in range(0, len(wire), 4800):
        audio = base64.b64encode(wire[at : at + 4800]).decode()
        await socket.send(json.dumps({"type": "input_audio_buffer.append", "audio": audio}))

"""A real server on a free port of 127.0.0.1, with scripted engines, and plain clients for it."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from edge_agent.host.jobs import Answer, Job, Progress, Report, Say, Stop, Transcribe, Transcribed
from edge_agent.interfaces import Transcript, WordTime
from edge_agent.serve.app import Clocks, Conversations, ModelNames, Page, application
from edge_agent.serve.guard import Rules
from edge_agent.serve.keys import SESSION
from edge_agent.serve.metrics import Metrics
from edge_agent.serve.new_session import NewSessions
from edge_agent.serve.server import bound, server
from edge_agent.serve.session_limit import Places
from edge_agent.think.brief import Text, Usage, Written
from edge_agent.types import Heard, Sentence, Voiced

RATE_HZ = 22_050


def tone(text: str) -> Iterator[Any]:
    """0.1 s of a tone a word, in blocks of 20 ms, then the end."""
    n = len(text.split()) * RATE_HZ // 10
    sound = 0.5 * np.sin(2 * np.pi * 440 / RATE_HZ * np.arange(n, dtype=np.float32))
    for at in range(0, n, 441):
        yield Voiced(Sentence(0, text, True), sound[at : at + 441], RATE_HZ, at, n)
    yield Written("stop", Usage())


@dataclass
class ScriptedEngines:
    """Answers each job at once, in the loop's own thread, by `answers`; what it was given is kept."""

    answers: list[Any] = field(default_factory=lambda: [Text("Hi "), Text("there."), Written("stop", Usage(7, 3, 2))])
    heard: str | None = "hello"
    error: str | None = None
    jobs: list[Job] = field(default_factory=list)
    open_links: int = 0

    def open(self, post: Callable[[Report], None]) -> ScriptedLink:
        self.open_links += 1
        return ScriptedLink(self, post)


@dataclass
class ScriptedLink:
    engines: ScriptedEngines
    post: Callable[[Report], None]

    def send(self, job: Job) -> None:
        self.engines.jobs.append(job)
        if isinstance(job, Transcribe):
            heard = Heard(self.engines.heard, "en", 0.9) if self.engines.heard else None
            words = (WordTime("hello", 0.1, 0.5),) if job.words else ()
            told = Transcript(heard.text, "en", 0.9, 0.1, tokens=1, ids=(7,), words=words) if heard else None
            self.post(Transcribed(job.id, heard, self.engines.error, told))
        elif isinstance(job, Answer | Say):
            for part in tone(job.text) if isinstance(job, Say) else self.engines.answers:
                self.post(Progress(job.id, part))

    def close(self) -> None:
        self.engines.open_links -= 1


async def echo(websocket: Any) -> None:
    """In the place of the Realtime socket: says which session it was given, then repeats."""
    await websocket.accept("realtime" if "realtime" in websocket.scope["subprotocols"] else None)
    await websocket.send_json({"session": websocket.scope.get(SESSION)})
    with contextlib.suppress(Exception):
        while True:
            await websocket.send_text(await websocket.receive_text())


@dataclass
class Clock:
    """Both clocks of the server; stands still."""

    now: float = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Answered:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> Any:
        return self.json()["error"]["code"]


@dataclass
class Running:
    port: int
    engines: ScriptedEngines
    clock: Clock
    metrics: Metrics
    loop: asyncio.AbstractEventLoop

    def on_loop(self, work: Callable[[], Any]) -> None:
        """Has the server's own thread do it."""

        async def done() -> None:
            work()

        asyncio.run_coroutine_threadsafe(done(), self.loop).result(20)

    def ask(self, method: str, path: str, body: Any = None, /, **headers: str) -> Answered:
        """`headers` with "_" for "-"; a `body` that is no bytes goes as JSON."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        with contextlib.closing(connection):
            connection.request(method, path, data, named)
            response = connection.getresponse()
            return Answered(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())

    def upgrade(self, path: str = "/v1/realtime", *, protocols: tuple[str, ...] = (), **headers: str) -> Answered:
        """An attempt to open a socket; 101 with the first frame, or the refusal."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            with self.socket(path, protocols, named) as socket:
                return Answered(101, {"subprotocol": socket.subprotocol or ""}, socket.recv().encode())
        except InvalidStatus as refusal:
            response = refusal.response
            return Answered(response.status_code, dict(response.headers.raw_items()), response.body)

    def socket(
        self, path: str = "/v1/realtime", protocols: tuple[str, ...] = (), headers: Any = None, **more: Any
    ) -> Any:
        """`more`: for the connection, as its `source_address`."""
        return connect(
            f"ws://127.0.0.1:{self.port}{path}",
            subprotocols=list(protocols) or None,
            additional_headers=headers,
            proxy=None,
            open_timeout=20,
            **more,
        )


def job(server: Running, kind: Any) -> Any:
    """The only job of its kind; it was given up at the end, as every link was closed."""
    (found,) = [each for each in server.engines.jobs if isinstance(each, kind)]
    assert Stop(found.id) in server.engines.jobs
    assert server.engines.open_links == 0
    return found


def events(answer: Answered) -> list[Any]:
    assert answer.headers["content-type"].startswith("text/event-stream")
    lines = [line.removeprefix("data: ") for line in answer.body.decode().split("\n\n") if line]
    return [line if line == "[DONE]" else json.loads(line) for line in lines]


@contextlib.contextmanager
def running(
    rules: Rules | None = None,
    *,
    engines: ScriptedEngines | None = None,
    max_sessions: int = 2,
    realtime: Any = echo,
    voices: tuple[str, ...] = (),
    calls: Any = None,
    own: Any = None,
    house: Any = None,
    listeners: Any = None,
    most: int = 256,
) -> Iterator[Running]:
    """`listeners`: at whose addresses it can be reached, too."""
    engines, clock, metrics = engines or ScriptedEngines(), Clock(), Metrics()
    app = application(
        engines,
        Conversations(realtime, Places(max_sessions, metrics), calls),
        names=ModelNames("llm-1", "asr-1", "voice-1"),
        sessions=NewSessions("Be brief.", "llm-1", clock, voices),
        rules=rules or Rules(),
        metrics=metrics,
        clocks=Clocks(clock, clock),
        page=Page(own, house),
    )
    ready = threading.Event()
    sock = bound("127.0.0.1", 0)
    port = sock.getsockname()[1]
    opening: list[asyncio.Task[None]] = []

    async def open_all() -> None:
        if listeners:
            await listeners.serve(served)
        ready.set()

    async def stop() -> None:
        if listeners:
            listeners.close()

    served = server(
        app, on_ready=lambda: opening.append(asyncio.create_task(open_all())), on_stop=stop, most=most, watch=metrics
    )
    thread = threading.Thread(target=served.run, kwargs={"sockets": [sock]})
    thread.start()
    try:
        assert ready.wait(20)
        yield Running(port, engines, clock, metrics, opening[0].get_loop())
    finally:
        served.should_exit = True
        thread.join(20)
    assert not thread.is_alive()

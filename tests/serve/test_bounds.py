"""What a client may not outgrow: sizes, pace, places."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from loopback import Running, running
from openai.types.realtime import RealtimeErrorEvent
from websockets.exceptions import ConnectionClosed

from edge_agent.clock import ManualClock
from edge_agent.host.jobs import Stop
from edge_agent.serve.guard import Rules
from edge_agent.serve.session_limit import Places, SessionLimit


@pytest.fixture(scope="module")
def narrow() -> Iterator[Running]:
    with running(Rules(max_body=1000, upload_s=0.3), max_sessions=1) as server:
        yield server


def test_a_body_that_says_it_is_too_large(narrow: Running) -> None:
    answer = narrow.ask("POST", "/v1/chat/completions", b" " * 1001)
    assert (answer.status, answer.code) == (413, "request_too_large")


def raw_request(server: Running, *pieces: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as raw:
        for piece in pieces:
            raw.sendall(piece)
        return b"".join(iter(lambda: raw.recv(65536), b""))


HEAD = b"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\n"


def test_a_body_that_does_not_say_it(narrow: Running) -> None:
    answer = raw_request(
        narrow, HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"3e9\r\n" + b" " * 1001 + b"\r\n0\r\n\r\n"
    )
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"request_too_large" in answer


def test_an_upload_that_never_ends(narrow: Running) -> None:
    answer = raw_request(narrow, HEAD + b"Content-Length: 100\r\n\r\n{")
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"request_timeout" in answer


@pytest.mark.parametrize("promise", [b"99999999999999999999", b"1e3"])
def test_an_absurd_length(narrow: Running, promise: bytes) -> None:
    assert raw_request(narrow, HEAD + b"Content-Length: " + promise + b"\r\n\r\n").startswith((b"HTTP/1.1 4",))


def test_a_head_that_never_ends_is_left_also_after_a_whole_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge_agent.serve.server.HEADERS_S", 0.2)
    whole = b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    with running(Rules()) as server:
        for before in (b"", whole, 2 * whole):
            with socket.create_connection(("127.0.0.1", server.port), timeout=3) as raw:
                raw.sendall(before)
                if before:
                    assert raw.recv(4096).startswith(b"HTTP/1.1 200 ")
                raw.sendall(b"GET /health HT")
                with contextlib.suppress(ConnectionResetError):
                    while raw.recv(4096):
                        pass


def test_a_client_that_does_not_read_is_left_and_its_job_given_up() -> None:
    with running(Rules(write_s=0.2)) as server:
        body = json.dumps({"input": "a " * 2000, "response_format": "pcm"}).encode()  # 10 MB of sound
        with socket.socket() as raw:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)  # or the two ends grow to hold all of it
            raw.connect(("127.0.0.1", server.port))
            head = b"POST /v1/audio/speech HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: "
            raw.sendall(head + str(len(body)).encode() + b"\r\n\r\n" + body)
            until(lambda: any(isinstance(job, Stop) for job in server.engines.jobs))
            until(lambda: server.engines.open_links == 0)


def test_one_session_too_many_is_told_why_where_clients_show_it(narrow: Running) -> None:
    """Of an upgrade that is refused they show "HTTP 429" at most."""
    with narrow.socket() as first:
        assert json.loads(first.recv()) == {"session": None}
        with narrow.socket(protocols=("realtime",)) as second:
            assert second.subprotocol == "realtime"
            error = RealtimeErrorEvent.model_validate(json.loads(second.recv()), strict=True).error
            assert (error.code, error.type) == ("rate_limit_exceeded", "rate_limit_error")
            assert "serve.max_sessions" in error.message
            assert "41 s" in error.message
            with pytest.raises(ConnectionClosed) as closed:
                second.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1013
        assert closed.value.rcvd.reason == "The one place for a Realtime session is taken (serve.max_sessions)."
        first.send("still there")
        assert first.recv() == "still there"
        assert b"edge_agent_sessions 1.0" in narrow.ask("GET", "/metrics").body
    until(lambda: "session" in narrow.upgrade().json())
    until(lambda: b"edge_agent_sessions 0.0" in narrow.ask("GET", "/metrics").body)


def test_one_address_has_not_all_the_places() -> None:
    """Three of four; the last one is there for whoever else comes."""
    with running(max_sessions=4) as server, contextlib.ExitStack() as open:
        for _ in range(3):
            assert "session" in json.loads(open.enter_context(server.socket()).recv())
        error = RealtimeErrorEvent.model_validate(json.loads(open.enter_context(server.socket()).recv())).error
        assert error.message.startswith("3 of the 4 places for Realtime sessions are taken from this address")
        other = open.enter_context(server.socket(source_address=("127.0.0.66", 0)))
        assert "session" in json.loads(other.recv())
        late = open.enter_context(server.socket(source_address=("127.0.0.67", 0)))
        assert "Each of the 4 places" in late.recv()


def test_one_address_has_not_all_the_engines() -> None:
    """Six of eight requests at once."""
    statuses, going = list[int](), asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await going.wait()

    async def send(message: Any) -> None:
        statuses.extend([message["status"]] if "status" in message else [])

    async def asked() -> None:
        limit = SessionLimit(app, sessions=Places(1), requests=8, paths=["/x"], now=ManualClock().now)
        greedy, other = ({"type": "http", "path": "/x", "client": (client, 1)} for client in ("10.0.0.1", "10.0.0.2"))
        waiting = [asyncio.create_task(limit(greedy, None, send)) for _ in range(7)]  # type: ignore[arg-type]
        await asyncio.sleep(0)
        assert statuses == [429]
        waiting += [asyncio.create_task(limit(other, None, send)) for _ in range(3)]  # type: ignore[arg-type]
        await asyncio.sleep(0)
        assert statuses == [429, 429], "two of the three went through"
        going.set()
        await asyncio.gather(*waiting)

    asyncio.run(asked())


@pytest.mark.parametrize(("lasted_s", "told"), [(0.1, "1"), (64.0, "2"), (640.0, "20")])
def test_a_busy_server_says_when_a_place_is_likely_to_be_free(lasted_s: float, told: str) -> None:
    """Eight requests at once: with 64 s for each, of which the first weighs a quarter, one is done every 2 s."""
    clock, full = ManualClock(), asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["long"]:
            await full.wait()
        clock.sleep_until(clock.now() + lasted_s)

    async def asked() -> list[Any]:
        limit = SessionLimit(app, sessions=Places(1), requests=8, paths=["/x"], now=clock.now)
        sent = list[Any]()

        async def send(message: Any) -> None:
            sent.append(message)

        def request(client: int, *, long: bool) -> Any:
            scope = {"type": "http", "path": "/x", "client": (f"10.0.0.{client}", 1), "long": long}
            return limit(scope, None, send)  # type: ignore[arg-type]

        await request(0, long=False)
        waiting = [asyncio.create_task(request(each, long=True)) for each in range(8)]
        await asyncio.sleep(0)
        await request(0, long=False)
        full.set()
        await asyncio.gather(*waiting)
        return sent

    start, _ = asyncio.run(asked())
    assert (start["status"], dict(start["headers"])[b"retry-after"]) == (429, told.encode())


def until(holds: Any) -> None:
    """The server notices the end of a connection in its own time. Asked without a pause, this thread kept the
    server's from the interpreter: 5 ms for each of ten thousand blocks."""
    deadline, pause = time.monotonic() + 20, threading.Event()
    while not holds():
        assert time.monotonic() < deadline
        pause.wait(0.01)

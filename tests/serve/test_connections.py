"""Connections: no state of HTTP or WebSocket in which one stays without a timer, and how many there may be."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from loopback import Running, running
from websockets.frames import Frame, Opcode

from edge_agent.errors import ServeError
from edge_agent.serve import crowd
from edge_agent.serve.budget import Budget
from edge_agent.serve.guard import Rules
from edge_agent.serve.server import bound

WHOLE = b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
UPGRADE = (
    b"GET /v1/realtime HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
)
PATIENCE_S = 0.2


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("edge_agent.serve.server.HEADERS_S", PATIENCE_S)
        patch.setattr("edge_agent.serve.server.PING_S", 0.3)
        with running(Rules(upload_s=0.3, write_s=0.2), max_sessions=8) as server:
            yield server


def dial(server: Running, *pieces: bytes) -> socket.socket:
    raw = socket.create_connection(("127.0.0.1", server.port), timeout=5)
    for piece in pieces:
        raw.sendall(piece)
    return raw


def until_closed(raw: socket.socket) -> bytes:
    """What came until then. Raises TimeoutError for a connection that stays open."""
    got = b""
    with contextlib.suppress(ConnectionResetError, BrokenPipeError):
        while piece := raw.recv(65_536):
            got += piece
    return got


def open_now(server: Running) -> int:
    lines = server.ask("GET", "/metrics").body.decode().splitlines()
    return next(int(float(line.split()[1])) for line in lines if line.startswith("edge_agent_connections ")) - 1


def all_gone(server: Running) -> bool:
    deadline = time.monotonic() + 20
    while open_now(server):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def masked(opcode: Opcode, data: bytes, *, fin: bool = True) -> bytes:
    return Frame(opcode, data, fin).serialize(mask=True)


STATES = {
    "nothing": b"",
    "half a head": WHOLE[:-10],
    "half a head after a whole request": WHOLE + WHOLE[:-10],
    "no head, but lines": b"\r\n" * 3,
    "a body that nobody reads": WHOLE[:-2] + b"Content-Length: 1000\r\n\r\nx",
    "half a body": b"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\n{",
    "half a body in pieces": WHOLE[:-2] + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab",
    "a promise to go on": WHOLE[:-2] + b"Expect: 100-continue\r\nContent-Length: 5\r\n\r\n",
    "an upgrade with a long line": UPGRADE + b"Cookie: " + b"x" * 9000 + b"\r\n\r\n",
    "an upgrade with many headers": UPGRADE + b"X: y\r\n" * 130 + b"\r\n",
    "an upgrade with a body": UPGRADE + b"Content-Length: 5\r\n\r\nhel",
    "an upgrade in pieces": UPGRADE + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab",
    "an upgrade by POST": UPGRADE.replace(b"GET", b"POST") + b"\r\n",
    "half an upgrade": UPGRADE,
    "an upgrade without a key": UPGRADE.replace(b"Sec-WebSocket-Key", b"X") + b"\r\n",
    "an upgrade to nowhere": UPGRADE.replace(b"/v1/realtime", b"/nowhere") + b"\r\n",
    "an upgrade under another name": UPGRADE.replace(b"127.0.0.1", b"evil.example") + b"\r\n",
    "an open socket that answers no ping": UPGRADE + b"\r\n",
    "an open socket with half a frame": UPGRADE + b"\r\n",
    "CONNECT": b"CONNECT 127.0.0.1:80 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
}


@pytest.mark.parametrize("state", STATES)
def test_no_connection_stays_in_any_state(server: Running, state: str) -> None:
    with dial(server, STATES[state]) as raw:
        if state == "an open socket with half a frame":
            raw.recv(4096)
            raw.sendall(masked(Opcode.TEXT, b"hello")[:4])
        if state == "a body that nobody reads":
            with contextlib.suppress(OSError):
                time.sleep(0.05)
                raw.sendall(b"x")  # it ended uvicorn's own timer
        until_closed(raw)
    assert all_gone(server)


def test_who_reads_no_answers_is_closed_too(server: Running) -> None:
    """Its answers wait in the server, and a transport that is closed waits until it is rid of them."""
    for ask in (WHOLE * 2000, UPGRADE + b"\r\n"):
        with socket.socket() as raw:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            raw.connect(("127.0.0.1", server.port))
            raw.settimeout(0.5)
            with contextlib.suppress(OSError):
                raw.sendall(ask)
                while ask != WHOLE * 2000:
                    raw.sendall(masked(Opcode.TEXT, b"x" * 50_000) * 20)
            assert all_gone(server)


def test_an_upgrade_that_cannot_be_read_is_answered(server: Running) -> None:
    for head in (b"Cookie: " + b"x" * 9000 + b"\r\n", b"X: y\r\n" * 130):
        with dial(server, UPGRADE + head + b"\r\n") as raw:
            answer = until_closed(raw)
        assert answer.startswith(b"HTTP/1.1 400 ")
        assert b"128 headers of 8 KiB" in answer


def test_a_body_that_nobody_reads_closes_and_one_that_was_read_does_not(server: Running) -> None:
    with dial(server, WHOLE[:-2] + b"Content-Length: 1000\r\n\r\n") as raw:
        assert b"connection: close" in until_closed(raw)
    with dial(server, WHOLE[:-2] + b"Content-Length: 1\r\n\r\nx") as raw:
        assert b"connection: close" not in raw.recv(65_536)


def test_two_lengths_are_refused_and_nothing_behind_them_is_served(server: Running) -> None:
    smuggled = WHOLE[:-2] + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + WHOLE
    with dial(server, smuggled) as raw:
        answer = until_closed(raw)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"invalid_length" in answer
    assert answer.count(b"HTTP/1.1 ") == 1


def test_pings_of_a_client_that_does_not_read_get_no_pongs(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unread pongs were kept: 92 MB in 4 s."""
    monkeypatch.setattr("edge_agent.serve.protocols.MOST_PINGS", 10**9)
    unsent, enter = 0, crowd.Crowd.enter

    def watched(room: crowd.Crowd, each: asyncio.Transport) -> bool:
        each.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)  # filled by the first pongs
        write = each.write

        def written(data: bytes) -> None:
            nonlocal unsent
            write(data)
            unsent = max(unsent, each.get_write_buffer_size())

        monkeypatch.setattr(each, "write", written)
        return enter(room, each)

    monkeypatch.setattr(crowd.Crowd, "enter", watched)
    with socket.socket() as raw:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        raw.connect(("127.0.0.1", server.port))
        raw.sendall(UPGRADE + b"\r\n")
        raw.recv(4096)
        pings = masked(Opcode.PING, b"x" * 125) * 1000
        with contextlib.suppress(OSError):
            for _ in range(100):
                raw.sendall(pings)
        assert 0 < unsent < 2**20
        assert all_gone(server), "nor does it keep its place"


def test_nobody_sends_pings_without_end(server: Running) -> None:
    """Read as fast as they came, they kept the loop from everybody else."""
    with dial(server, UPGRADE + b"\r\n") as raw:
        raw.recv(4096)
        raw.sendall(masked(Opcode.PING, b"") * 1000)
        assert b"200 pings" in until_closed(raw)


def test_a_message_has_not_millions_of_frames(server: Running) -> None:
    with dial(server, UPGRADE + b"\r\n") as raw:
        raw.recv(4096)
        raw.sendall(masked(Opcode.TEXT, b"", fin=False) + masked(Opcode.CONT, b"", fin=False) * 5000)
        assert b"4096 frames" in until_closed(raw)


def test_one_connection_too_many_is_told_so_unless_another_one_only_waits() -> None:
    with running(most=4) as server:
        with contextlib.ExitStack() as stack:
            first = [stack.enter_context(dial(server)) for _ in range(10)]
            assert server.ask("GET", "/health").status == 200, "who waits longest makes room"
            assert until_closed(first[0]) == b""
            for _ in range(2):
                stack.enter_context(server.socket()).recv()
            working = stack.enter_context(dial(server, STATES["half a body"]))
            server.on_loop(lambda: None)
            full = server.ask("GET", "/health")
            assert (full.status, full.code) == (503, "too_many_connections")
            working.close()
        assert all_gone(server)


def test_a_burst_opens_few_descriptors_before_it_is_known_that_there_is_no_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """asyncio accepts as many as the system has kept, before any of them is looked at."""
    held, enter = list[int](), crowd.Crowd.enter
    here = Path("/proc/self/fd")
    monkeypatch.setattr(
        crowd.Crowd, "enter", lambda self, each: held.append(len(list(here.iterdir()))) or enter(self, each)
    )
    with running(most=4) as server, contextlib.ExitStack() as stack:
        go = threading.Event()
        server.loop.call_soon_threadsafe(go.wait, 5)  # all of them wait in the kernel
        for _ in range(60):
            stack.enter_context(dial(server))
        before = len(list(here.iterdir()))
        go.set()
        assert server.ask("GET", "/health").status == 200
        assert max(held) - before < 30


def test_one_address_takes_three_quarters_at_most() -> None:
    places = Budget(8, 6)
    assert [places.take("10.0.0.1") for _ in range(7)] == [True] * 6 + [False]
    assert places.take("10.0.0.2")


def test_connections_leave_half_of_the_descriptors(monkeypatch: pytest.MonkeyPatch) -> None:
    for allowed, most in ((80, 40), (1024, 258), (-1, 258), (1, 1)):
        monkeypatch.setattr(crowd.resource, "getrlimit", lambda which, allowed=allowed: (allowed, allowed))
        assert crowd.most_open(1) == most


def test_nobody_else_can_listen_while_the_models_are_loaded() -> None:
    """With SO_REUSEADDR two sockets may be bound to one address; the second one failed after it had loaded."""
    with contextlib.closing(bound("127.0.0.1", 0)) as first:
        port = first.getsockname()[1]
        with pytest.raises(ServeError, match="in use by another program"):
            bound("127.0.0.1", port)
        with socket.socket() as other:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with pytest.raises(OSError, match="in use"):
                other.bind(("127.0.0.1", port))

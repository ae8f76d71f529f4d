"""Targets: each takes any bytes as a client, a worker or a file would give them. What it raises is a find."""

from __future__ import annotations

import asyncio
import json
import socket
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import Mock

from edge_agent import config
from edge_agent.act import sentences
from edge_agent.desk import reading
from edge_agent.errors import EdgeAgentError
from edge_agent.serve.chat_request import chat_request
from edge_agent.serve.crowd import Crowd
from edge_agent.serve.headers import host_name
from edge_agent.serve.http_errors import ApiError
from edge_agent.serve.protocols import http_protocol, socket_protocol
from edge_agent.serve.responses_request import responses_request
from edge_agent.store import manifest
from edge_agent.workers.packet import Connection, tokens_of
from tests.rigs.fakes.realtime import Wire

UPGRADE = (
    b"GET /v1/realtime HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
ROOT = Path(__file__).parents[3]


class FakeTransport(Mock):
    """A connection whose other end takes everything."""

    def get_extra_info(self, name: str) -> object:
        return ("127.0.0.1", 40_000) if name in ("peername", "sockname") else None

    def is_closing(self) -> bool:
        return bool(self.close.called or self.abort.called)


@cache
def _served() -> tuple[asyncio.AbstractEventLoop, Any]:
    from uvicorn.config import Config

    return asyncio.new_event_loop(), Config(_answer, log_config=None, lifespan="off")


async def _answer(scope: Any, receive: Any, send: Any) -> None:
    """An application that reads all it is sent, and answers."""
    for name, value in scope["headers"]:
        if name == b"host":
            host_name(value.decode("latin-1"))
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        while (await receive())["type"] != "websocket.disconnect":
            pass
        return
    while True:
        message = await receive()
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            break
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def _fed(make: Callable[[Crowd], Any], pieces: list[bytes]) -> None:
    """A connection that is given the pieces, one after the other, until it closes."""
    from uvicorn.server import ServerState

    loop, settings = _served()
    failures: list[Any] = []
    loop.set_exception_handler(lambda _, context: failures.append(context))

    async def feed() -> None:
        crowd, transport, state = Crowd(60.0), FakeTransport(), ServerState()
        protocol = make(crowd)(config=settings, server_state=state, app_state={}, _loop=loop)
        protocol.connection_made(transport)
        for piece in filter(None, pieces):  # asyncio gives no empty ones
            if transport.is_closing() or transport.set_protocol.called:
                break
            protocol.data_received(piece)
            await asyncio.sleep(0)
        protocol.connection_lost(None)
        others = asyncio.all_tasks() - {asyncio.current_task()}
        if others and (still := (await asyncio.wait(others, timeout=1.0))[1]):
            failures.append(f"still runs after the connection has gone: {still}")

    loop.run_until_complete(feed())
    if failures:
        raise AssertionError(failures[0])


def http(data: bytes) -> None:
    """Head and body of requests, in two pieces."""
    _fed(http_protocol, [data[: len(data) // 2], data[len(data) // 2 :]])


def frames(data: bytes) -> None:
    """Frames of a WebSocket after a good handshake."""
    _fed(socket_protocol, [UPGRADE, data[: len(data) // 2], data[len(data) // 2 :]])


def bodies(data: bytes) -> None:
    """Bodies of requests that are JSON, as `http_body.json_object` lets them through."""
    with suppress(ValueError, RecursionError):
        body = json.loads(data)
        json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
        if isinstance(body, dict):
            for reads in (chat_request, responses_request):
                with suppress(ApiError):
                    reads(body)


def events(data: bytes) -> None:
    """Messages of a Realtime client, one a line, in a session of their own."""
    wire = Wire()
    wire.open()
    for line in data.split(b"\n")[:16]:
        wire.protocol.receive(line.decode("utf-8", "replace"))


def packets(data: bytes) -> None:
    """What a worker sends that has been taken over."""
    ours, theirs = socket.socketpair()
    with ours, theirs, suppress(EOFError, OSError):
        theirs.sendall(data[:60_000])
        theirs.shutdown(socket.SHUT_WR)
        agent = Connection(ours, 1 << 20)
        while True:
            packet = agent.receive(1.0)
            with suppress(ValueError):
                tokens_of(packet)


@cache
def _place() -> Path:
    return Path(tempfile.mkdtemp(prefix="fuzz-"))


def _file(name: str, data: bytes) -> Path:
    (file := _place() / name).write_bytes(data)
    return file


def settings(data: bytes) -> None:
    with suppress(EdgeAgentError):
        config.load(path=_file("config.toml", data))


def manifests(data: bytes) -> None:
    with suppress(EdgeAgentError):
        manifest.load_manifest(_file("manifest.toml", data))


def owners_sentences(data: bytes) -> None:
    with suppress(EdgeAgentError):
        sentences.checked(_file("sentences.yaml", data))


def owners_agent(data: bytes) -> None:
    with suppress(EdgeAgentError):
        reading.read(_file("agent.toml", data).parent)


@dataclass(frozen=True, slots=True)
class Target:
    takes: Callable[[bytes], None]
    seeds: tuple[bytes, ...]
    """Good inputs, from which it begins."""


def _read(*names: str) -> tuple[bytes, ...]:
    return tuple(path.read_bytes() for name in names for path in sorted(ROOT.glob(name)))


TARGETS: Mapping[str, Target] = {
    "http": Target(
        http,
        (
            b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
            b"POST /v1/chat/completions HTTP/1.1\r\nHost: [::1]:8765\r\nContent-Length: 2\r\n\r\n{}",
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n"
            b"2\r\n{}\r\n0\r\n\r\n",
        ),
    ),
    "frames": Target(
        frames, (b"\x81\x82\x00\x00\x00\x00{}", b"\x89\x80\x00\x00\x00\x00\x88\x82\x00\x00\x00\x00\x03\xe8")
    ),
    "bodies": Target(
        bodies,
        (
            b'{"model": "any", "messages": [{"role": "user", "content": [{"type": "text", "text": "hi"}]}], '
            b'"stop": ["x"]}',
            b'{"model": "any", "input": [{"type": "message", "role": "user", "content": "hi"}], "tools": [], '
            b'"store": false}',
        ),
    ),
    "events": Target(
        events,
        (
            b'{"type": "session.update", "session": {"type": "realtime", "instructions": "Be kind."}}',
            b'{"type": "conversation.item.create", "item": {"type": "message", "role": "user", "content": '
            b'[{"type": "input_text", "text": "hi"}]}}\n{"type": "response.create"}',
            b'{"type": "input_audio_buffer.append", "audio": "AAAA"}\n{"type": "input_audio_buffer.commit"}',
        ),
    ),
    "packets": Target(packets, (b"\x02\x00\x00\x00\x04\x00\x00\x00\x01\x00\x00\x00{}\x00\x00\x00\x00",)),
    "settings": Target(settings, (b'[hear]\nlanguage = "de"\n[mcp.servers.x]\nurl = "http://127.0.0.1/"\n',)),
    "manifest": Target(manifests, _read("models/manifest.toml")),
    "sentences": Target(
        owners_sentences,
        (b'language: en\nintents:\n  X:\n    data:\n      - sentences: ["(turn|switch) on [the] {what}"]\n',),
    ),
    "agent": Target(owners_agent, _read("edge_agent/desk/owner/**/agent.toml", "examples/**/agent.toml")),
}

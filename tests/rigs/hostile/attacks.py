"""Attacks: what one hostile client does to the server, as fast as it is let, until it is ended.

It has an address of its own (SOURCE), as a budget is a client's. `python -m tests.rigs.hostile.attacks NAME PORT`.
"""

from __future__ import annotations

import base64
import json
import os
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from itertools import repeat

SOURCE = "127.0.0.66"
"""All of 127.0.0.0/8 is this machine's: to the server it is another client than the good one."""
PAUSE_S = 0.02
"""Between two connections: a machine that is nothing but connections to itself shows nothing."""
MOST_OPEN = 600
"""More than the server keeps."""
DEEP = b"[" * 60_000
WIDE = b"[" + b"[]," * 300_000 + b"[]]"


def dialed(port: int, *, blocks: bool = True) -> socket.socket:
    """A connection that takes little before it no longer does."""
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.bind((SOURCE, 0))
    raw.settimeout(5.0)
    raw.connect(("127.0.0.1", port))
    raw.setblocking(blocks)
    return raw


def head(line: str, *more: str) -> bytes:
    return "\r\n".join((f"{line} HTTP/1.1", "Host: 127.0.0.1", *more, "", "")).encode()


UPGRADE = head(
    "GET /v1/realtime?model=any", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Protocol: realtime",
    f"Sec-WebSocket-Key: {base64.b64encode(bytes(16)).decode()}", "Sec-WebSocket-Version: 13",
)  # fmt: skip


def posted(path: str, body: bytes) -> bytes:
    return head(f"POST {path}", "Content-Type: application/json", f"Content-Length: {len(body)}") + body


def frame(kind: int, data: bytes) -> bytes:
    """A frame of a WebSocket, masked with zeros; `kind`: 1 text, 9 ping."""
    size = len(data)
    if size < 126:
        long = bytes([0x80 | size])
    else:
        long = b"\xfe" + size.to_bytes(2) if size < 65_536 else b"\xff" + size.to_bytes(8)
    return bytes([0x80 | kind]) + long + bytes(4) + data


def event(**fields: object) -> bytes:
    return frame(1, json.dumps(fields).encode())


def poured(port: int, first: bytes, then: Iterator[bytes]) -> None:
    """Send until the server lets no more in, or has closed; nothing is read. Then wait until it has closed."""
    with suppress(OSError), dialed(port) as raw:
        raw.sendall(first)
        time.sleep(0.1)
        try:
            for piece in then:
                raw.sendall(piece)
        except TimeoutError:
            time.sleep(20.0)


def never_reads(port: int) -> None:
    """What is asked for stays where it is: a page, a minute of sound, events. Not more work than one client may ask
    for: that makes others wait whoever reads."""
    speech = posted(
        "/v1/audio/speech", json.dumps({"model": "any", "voice": "any", "input": "One, two. " * 60}).encode()
    )
    poured(port, b"", iter([*repeat(head("GET /"), 2000), speech, *repeat(head("GET /metrics"), 5000)]))
    persona = {"type": "realtime", "instructions": "x" * 100_000}
    poured(port, UPGRADE, repeat(event(type="session.update", session=persona)))


def retrieve_flood(port: int) -> None:
    """One long item, asked for again and again."""
    text = {"type": "input_text", "text": "x" * 200_000}
    item = {"id": "long", "type": "message", "role": "user", "content": [text]}
    first = UPGRADE + event(type="conversation.item.create", item=item)
    poured(port, first, repeat(event(type="conversation.item.retrieve", item_id="long") * 100))


def ping_flood(port: int) -> None:
    poured(port, UPGRADE, repeat(frame(9, b"x" * 125) * 1000))


def half_requests(port: int) -> None:
    """As many connections as the server lets be, each in the middle of something."""
    halves = (b"", UPGRADE[:-4], posted("/v1/chat/completions", b"{}" * 400_000)[:-9], UPGRADE + event(type="x")[:5])
    opened: list[socket.socket] = []
    for number in range(MOST_OPEN):
        with suppress(OSError):
            raw = dialed(port, blocks=False)
            opened.append(raw)
            raw.send(halves[number % len(halves)])
        time.sleep(PAUSE_S)
    for raw in opened:
        raw.close()


def huge_headers(port: int) -> None:
    line = b"Cookie: " + b"x" * 1_000_000 + b"\r\n"
    for sent in (
        UPGRADE[:-2] + line,
        head("GET /health")[:-2] + line,
        head("GET /health")[:-2] + b"X: y\r\n" * 100_000,
    ):
        poured(port, sent, repeat(line, 20))
        time.sleep(PAUSE_S)


def secrets(port: int) -> None:
    """Sessions of client secrets, as large as they may be and larger."""
    for size in (60_000, 120_000, 1_000_000):
        session = {"type": "realtime", "instructions": "x" * size}
        poured(port, b"", repeat(posted("/v1/realtime/client_secrets", json.dumps({"session": session}).encode()), 50))
        time.sleep(PAUSE_S)


def deep_json(port: int) -> None:
    """Deep and wide JSON to each door that reads some."""
    for body in (b'{"messages": ' + DEEP, b'{"session": {"prompt": ' + WIDE + b"}}", b'{"input": ' + WIDE + b"}"):
        for path in ("/v1/chat/completions", "/v1/realtime/client_secrets", "/v1/responses", "/v1/audio/speech"):
            poured(port, b"", repeat(posted(path, body), 3))
            time.sleep(PAUSE_S)
    session = b'{"type": "session.update", "session": {"type": "realtime", "prompt": '
    poured(port, UPGRADE, repeat(frame(1, session + DEEP) + frame(1, session + WIDE + b"}}"), 20))


ATTACKS: Mapping[str, Callable[[int], None]] = {
    "never-reads": never_reads,
    "retrieve-flood": retrieve_flood,
    "ping-flood": ping_flood,
    "half-requests": half_requests,
    "huge-headers": huge_headers,
    "secrets": secrets,
    "deep-json": deep_json,
}
"""Each returns when a round of it is over."""
NOBODY = "nobody"
"""For comparison: no attack. A server grows in its first thousand turns whoever asks."""


def main(name: str, port: int) -> None:
    os.nice(19)  # it would have a processor of its own
    while True:
        with suppress(OSError):
            if name != NOBODY:
                ATTACKS[name](port)
        time.sleep(PAUSE_S)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))

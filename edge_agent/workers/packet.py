"""Packet: what goes between the agent and a worker. JSON and at most one run of sound; never pickle, which is code."""

from __future__ import annotations

import json
import select
import socket
import struct
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:  # numpy starts threads, which a sandbox has to be there before
    from edge_agent.types import Samples

_HEAD = struct.Struct("<III")
"""Bytes of JSON, bytes of sound, and whether there is sound: none is not the same as an empty one."""
_MOST_BYTES = 1 << 26
"""Either part has at most so many bytes: the longest turn (10 minutes at 16 kHz) would be 38 MB. More is announced by a
worker gone mad alone."""


MOST_ANSWER = 1 << 20
"""What a process answers has at most so many bytes of JSON: parsed it may take 30 times as much memory (`[[],[],...]`).
Whatever is long crosses as an array."""


class Packet(NamedTuple):
    fields: dict[str, Any]
    """What JSON can say."""
    samples: Samples | None = None


def of_tokens(tokens: Sequence[int]) -> Packet:
    """Tokens of an LLM, four bytes each in the place of sound: a long text has a million."""
    import numpy as np

    return Packet({}, np.asarray(tokens, np.int32).view(np.float32))


def tokens_of(packet: Packet) -> list[int]:
    """What `of_tokens` has packed. Raises ValueError where it is not that."""
    if packet.samples is None:
        raise ValueError("no tokens")
    import numpy as np

    tokens: list[int] = packet.samples.view(np.int32).tolist()
    return tokens


class Connection:
    """One end of a connected stream socket. Every call raises OSError or EOFError when the other end has gone."""

    def __init__(self, end: socket.socket, most_json: int = _MOST_BYTES) -> None:
        """`most_json`: bytes of JSON in one packet that is received; more is the end, as nonsense is."""
        self._end, self._most_json = end, most_json
        self._using = threading.Lock()

    def send(self, packet: Packet, timeout_s: float | None = None) -> None:
        """A second of sound is 64 KB: 0.05 ms. Raises TimeoutError when it is not taken in this time."""
        until_s = _until(timeout_s)
        text = json.dumps(packet.fields).encode()
        sound = b"" if packet.samples is None else packet.samples.astype("float32", "C", copy=False).tobytes()
        view = memoryview(_HEAD.pack(len(text), len(sound), packet.samples is not None) + text + sound)
        with self._using:
            while view:
                self._wait(select.POLLOUT, until_s)
                view = view[self._end.send(view, socket.MSG_DONTWAIT if until_s else 0) :]

    def receive(self, timeout_s: float | None = None) -> Packet:
        """The next packet, whole. Raises TimeoutError when it is not there in this time."""
        until_s = _until(timeout_s)
        with self._using:
            text_size, sound_size, has_sound = _HEAD.unpack(self._exactly(_HEAD.size, until_s))
            if text_size > self._most_json or sound_size > _MOST_BYTES:
                raise EOFError
            text = self._exactly(text_size, until_s)
            sound = self._exactly(sound_size, until_s) if has_sound else None
        try:
            fields, samples = json.loads(text), None if sound is None else _array(sound)
        except (ValueError, RecursionError) as error:  # nothing that one of us has sent
            raise EOFError from error
        if not isinstance(fields, dict):
            raise EOFError
        return Packet(fields, samples)

    def another(self) -> Connection:
        """Another connection over the same socket: while one receives the other can send."""
        return Connection(self._end.dup(), self._most_json)

    def finish(self) -> None:
        """Nothing more is sent: who receives at the other end is told that this is the end."""
        with suppress(OSError):
            self._end.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Closes it when the other end has gone. Waits for `receive` to notice: closed under its poll, it would wait
        for ever."""
        with self._using:
            self._end.close()

    def _exactly(self, size: int, until_s: float | None) -> bytearray:
        """A bytearray, so that the array that is made of it can be written to."""
        data = bytearray(size)
        view = memoryview(data)
        while view:
            self._wait(select.POLLIN, until_s)
            got = self._end.recv_into(view)
            if not got:
                raise EOFError
            view = view[got:]
        return data

    def _wait(self, event: int, until_s: float | None) -> None:
        if self._end.fileno() < 0:  # closed since it was asked
            raise EOFError
        if until_s is None:
            return
        poll = select.poll()
        poll.register(self._end, event)
        if not poll.poll(max(0.0, until_s - time.monotonic()) * 1000):
            raise TimeoutError


def _array(sound: bytearray) -> Samples:
    """Raises ValueError where it is no whole number of samples."""
    import numpy as np

    return np.frombuffer(sound, np.float32)


def _until(timeout_s: float | None) -> float | None:
    return None if timeout_s is None else time.monotonic() + timeout_s

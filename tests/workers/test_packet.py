"""Packets of a process that has turned hostile: it is lost, and the agent neither ends nor grows."""

from __future__ import annotations

import socket
import struct
import threading
import tracemalloc
from collections.abc import Iterator

import numpy as np
import pytest

from edge_agent.workers.packet import MOST_ANSWER, Connection, Packet, of_tokens, tokens_of


@pytest.fixture
def ends() -> Iterator[tuple[Connection, socket.socket]]:
    """The agent's end, and the raw one of the process."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield Connection(ours, MOST_ANSWER), theirs


def received(
    ends: tuple[Connection, socket.socket], text: bytes, sound: bytes = b"", *, says: int | None = None
) -> Packet:
    """What the agent makes of it. `says`: the size of the text that is announced."""
    agent, process = ends
    raw = struct.pack("<III", len(text) if says is None else says, len(sound), bool(sound)) + text + sound
    sender = threading.Thread(target=process.sendall, args=(raw,), daemon=True)
    sender.start()
    return agent.receive(5.0)


DEEP = 100_000


@pytest.mark.parametrize(
    "text",
    [b"[" * DEEP, b"[" * DEEP + b"]" * DEEP, b'{"a":' * DEEP + b"1" + b"}" * DEEP],
    ids=["open", "list", "object"],
)
def test_what_is_nested_deeply_is_an_end(ends: tuple[Connection, socket.socket], text: bytes) -> None:
    with pytest.raises(EOFError):
        received(ends, text)


def test_sound_of_half_a_sample_is_an_end(ends: tuple[Connection, socket.socket]) -> None:
    with pytest.raises(EOFError):
        received(ends, b"{}", b"\0" * 5)


def test_more_than_an_answer_has_is_refused_before_it_is_read(ends: tuple[Connection, socket.socket]) -> None:
    with pytest.raises(EOFError):
        received(ends, b"", says=MOST_ANSWER + 1)


def test_the_worst_answer_costs_little_memory(ends: tuple[Connection, socket.socket]) -> None:
    text = b'{"a":[' + b",".join([b"[]"] * ((MOST_ANSWER - 8) // 3)) + b"]}"
    assert len(text) <= MOST_ANSWER
    tracemalloc.start()
    try:
        received(ends, text)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 48_000_000


def test_tokens_cross_exactly_and_what_are_none_is_told() -> None:
    tokens = [0, 1, 2**24 + 1, 2**31 - 1, 0x7F800001]  # the last is a signalling NaN, read as a float
    ours, theirs = socket.socketpair()
    with ours, theirs:
        Connection(theirs).send(of_tokens(tokens))
        assert tokens_of(Connection(ours).receive(5.0)) == tokens
    with pytest.raises(ValueError, match="no tokens"):
        tokens_of(Packet({"value": [1, 2]}))
    assert tokens_of(Packet({}, np.zeros(0, np.float32))) == []

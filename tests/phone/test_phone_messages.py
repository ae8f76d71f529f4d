"""Messages cross the socket as they are, and what is none ends the connection."""

from __future__ import annotations

import socket
from contextlib import ExitStack, closing

import numpy as np
import pytest

from edge_agent.phone.messages import (
    KINDS,
    Alive,
    Dial,
    FallSilent,
    FromPeer,
    HangUp,
    HungUp,
    Join,
    OnHold,
    PickedUp,
    PickUp,
    Pressed,
    PutOnHold,
    Refused,
    Registered,
    Ringing,
    StackFailed,
    StackReady,
    StackSetup,
    ToPeer,
    Transfer,
    Transferred,
    packed,
    unpacked,
)
from edge_agent.workers.packet import Connection, Packet

SETUP = StackSetup("127.0.0.1", 5060, "udp", "620", "127.0.0.1", 's3cret; "x"', True, ("pcma",), ("10.0.0.0/8",), (), 2)
SILENCE = np.zeros(0, np.float32)
MESSAGES = [
    SETUP, PickUp("in1"), HangUp("in1"), Dial("out1", "sip:1@127.0.0.1"), StackReady(), StackFailed("no", "do"),
    Registered(True, "200 OK"), Ringing("in1", "sip:1@a", "10.0.0.1", ("From: x",)), Refused("sip:1@a", "", "why"),
    PutOnHold("in1", True), Transfer("in1", "611"), Join("in1", "out1"), OnHold("in1", False),
    Transferred("in1", False, "486"), PickedUp("in1", "PCMA"), Pressed("in1", "#"), HungUp("in1", "", {"lost": 1}),
    Alive(), FallSilent("in1"),
]  # fmt: skip


def test_every_kind_is_tried() -> None:
    assert {type(each).__name__ for each in MESSAGES} | {"ToPeer", "FromPeer"} == set(KINDS)


@pytest.mark.parametrize("message", MESSAGES, ids=lambda each: type(each).__name__)
def test_a_message_comes_out_as_it_went_in(message: object) -> None:
    assert unpacked(packed(message)) == message  # type: ignore[arg-type]


@pytest.mark.parametrize("count", [0, 160])
def test_sound_comes_out_as_it_went_in_both_ways_at_once(count: int) -> None:
    samples = np.linspace(-1, 1, count, dtype=np.float32)
    with ExitStack() as stack:
        ours, theirs = (stack.enter_context(closing(Connection(end))) for end in socket.socketpair())
        others = [stack.enter_context(closing(each.another())) for each in (ours, theirs)]
        others[1].send(packed(FromPeer("in1", 8000, 3, samples)))
        others[0].send(packed(ToPeer("in1", samples)))
        came, back = unpacked(ours.receive(1)), unpacked(theirs.receive(1))
    assert isinstance(came, FromPeer)
    assert (came.rate_hz, came.room, came.samples.tolist()) == (8000, 3, samples.tolist())
    assert isinstance(back, ToPeer)
    assert back.samples.tolist() == samples.tolist()


@pytest.mark.parametrize("fields", [{}, {"type": "Nothing"}, {"type": "PickUp"}, {"type": "Alive", "more": 1}])
def test_what_is_no_message_is_the_end(fields: dict[str, object]) -> None:
    with pytest.raises(EOFError):
        unpacked(Packet(fields))


def test_a_password_is_not_shown() -> None:
    assert "s3cret" not in repr(SETUP)

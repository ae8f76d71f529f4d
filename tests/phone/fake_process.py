"""A SIP process that is none: it rings once, and does as its first argument says."""

from __future__ import annotations

import os
import sys
import time

import numpy as np

from edge_agent.phone.messages import (
    Alive,
    Dial,
    FromPeer,
    HangUp,
    HungUp,
    PickedUp,
    PickUp,
    Registered,
    Ringing,
    StackFailed,
    StackReady,
    StackSetup,
    ToPeer,
    packed,
    unpacked,
)
from edge_agent.workers.packet import Packet
from edge_agent.workers.process import connection, seclude


def main() -> None:
    role, parent = sys.argv[1], int(sys.argv[2])
    seclude(parent)
    agent = connection()
    out = agent.another()
    setup = unpacked(agent.receive())
    assert isinstance(setup, StackSetup)
    if role == "refuses":
        return out.send(packed(StackFailed("The address is taken.", "use another")))
    out.send(packed(StackReady()))
    if role == "hangs":
        time.sleep(60)
    if role == "nonsense":
        out.send(Packet({"type": "Nonsense"}))
        time.sleep(60)
    out.send(packed(Registered(True, "200 OK")))
    out.send(packed(Ringing("in1", "sip:1@127.0.0.1", "127.0.0.1")))
    while True:
        order = unpacked(agent.receive())
        if isinstance(order, PickUp | Dial):
            out.send(packed(PickedUp(order.call, "PCMA")))
            if role == "dies":
                os._exit(3)
            for _ in range(10):
                out.send(packed(FromPeer(order.call, 8000, 1, np.full(160, 0.25, np.float32))))
        elif isinstance(order, ToPeer):
            out.send(packed(FromPeer(order.call, 8000, 1, order.samples)))
        elif isinstance(order, HangUp):
            out.send(packed(HungUp(order.call, "", {"lost": 3})))
        out.send(packed(Alive()))


if __name__ == "__main__":
    try:
        main()
    except EOFError:
        sys.exit(0)

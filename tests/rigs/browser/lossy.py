"""`edge-agent` over a network that loses and scatters packets: python -m tests.rigs.browser.lossy LOSS JITTER_S ...

Each packet of sound is lost with this probability, and else late by 0 to JITTER_S, in both directions. `tc netem`
would need a kernel module.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import sys
from typing import Any


def spoil(loss: float, jitter_s: float) -> None:
    """Puts the network between aiortc's sound and its encryption."""
    from aiortc.rtcdtlstransport import RTCDtlsTransport

    chance = random.Random(1)
    send, handle = RTCDtlsTransport._send_rtp, RTCDtlsTransport._handle_rtp_data

    def later(work: Any, *given: Any) -> None:
        if chance.random() >= loss:
            loop = asyncio.get_running_loop()
            loop.call_later(chance.uniform(0, jitter_s), lambda: loop.create_task(_quietly(work(*given))))

    async def lossy_send(self: Any, data: bytes) -> None:
        later(send, self, data)

    async def lossy_handle(self: Any, data: bytes, arrival_time_ms: int) -> None:
        later(handle, self, data, arrival_time_ms)

    RTCDtlsTransport._send_rtp = lossy_send  # type: ignore[method-assign]
    RTCDtlsTransport._handle_rtp_data = lossy_handle  # type: ignore[method-assign]


async def _quietly(work: Any) -> None:
    with contextlib.suppress(ConnectionError):  # the peer has left meanwhile
        await work


if __name__ == "__main__":
    spoil(float(sys.argv.pop(1)), float(sys.argv.pop(1)))
    from edge_agent.__main__ import main

    main()

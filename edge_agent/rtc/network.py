"""Network: the thread in which all WebRTC happens, on an asyncio loop of its own.

Packets are taken, decrypted, coded and sent here, each 20 ms for each peer. On the loop of the server they would wait
for whatever else that does, and be heard as gaps.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from concurrent.futures import Future
from typing import Any

from edge_agent.clock import Clock
from edge_agent.errors import EdgeAgentError
from edge_agent.rtc import stack
from edge_agent.rtc.addresses import own_addresses
from edge_agent.rtc.peer import Peer, Watching
from edge_agent.types import HEAR_RATE_HZ

log = logging.getLogger(__name__)


class Network:
    """Begins with the first peer; must be closed. Any thread may use it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._peers: set[Peer] = set()
        self._lock = threading.Lock()

    def answer(
        self, offer: str, address: str, channel: str, watching: Watching, *, rate_hz: int = HEAR_RATE_HZ
    ) -> Future[Peer]:
        """The peer that has sent an offer from `address`, with the answer for it. `channel`: the label of the data
        channel that carries texts; `rate_hz`: of the sound that is heard of it.

        The future raises BadOffer. Raises NoWebRtc or OpusError where it cannot be at all.
        """
        stack.check()
        return asyncio.run_coroutine_threadsafe(self._answer(offer, address, channel, watching, rate_hz), self._begun())

    def warm_up(self) -> None:
        """Has the stack loaded and a connection made, which takes the first peer 1.5 s; nothing where there is none."""
        try:
            stack.check()
            asyncio.run_coroutine_threadsafe(_try_out(), self._begun()).result()
        except EdgeAgentError as error:
            log.info("There is no WebRTC: %s", error.args[0])

    def close(self) -> None:
        """All peers are left, and the thread ends."""
        with self._lock:
            loop, thread, self._loop = self._loop, self._thread, None
        if loop and thread:
            asyncio.run_coroutine_threadsafe(self._end(), loop).result()
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()

    def _begun(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                stack.offer_own_addresses()
                self._loop = asyncio.new_event_loop()
                self._loop.set_exception_handler(_on_exception)
                self._thread = threading.Thread(target=self._loop.run_forever, name="webrtc", daemon=True)
                self._thread.start()
            return self._loop

    async def _answer(self, offer: str, address: str, channel: str, watching: Watching, rate_hz: int) -> Peer:
        from aiortc import RTCConfiguration, RTCPeerConnection

        connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))  # without it aiortc asks a server for STUN
        peer = Peer(connection, channel, watching, self._clock, rate_hz)
        await peer.accept(offer, address, own_addresses())
        self._peers = {each for each in self._peers if not each.ended.is_set()} | {peer}
        return peer

    async def _end(self) -> None:
        await asyncio.gather(*(peer.end() for peer in self._peers), return_exceptions=True)
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


async def _try_out() -> None:
    from aiortc import RTCConfiguration, RTCPeerConnection

    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    connection.addTransceiver("audio")
    connection.createDataChannel("none")
    await connection.createOffer()
    await connection.close()


def _on_exception(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """A task of the stack has failed: the connection that it was for cannot be made, and is left at its deadline."""
    log.info("A connection failed: %s %r", context["message"], context.get("exception"))

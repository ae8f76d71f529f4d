"""A Realtime server by WebRTC: the same frames over a data channel, the user's sound over a track."""

from __future__ import annotations

import asyncio
import fractions
import re
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from typing import Any

import numpy as np

HZ, FRAME = 48_000, 960
PER_MS = 48
"""Bytes of the suite's sound: PCM16 at 24 kHz."""


class CallSocket:
    """Looks like a WebSocket to whoever sends and reads frames."""

    subprotocol = None

    def __init__(self) -> None:
        from aiortc import RTCConfiguration, RTCPeerConnection

        self._peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._frames: asyncio.Queue[str | None] = asyncio.Queue()
        self._open = asyncio.Event()
        self._sound = bytearray()
        self._peer.addTrack(_track(self._sound))
        self._channel = self._peer.createDataChannel("oai-events")
        self._channel.on("open", self._open.set)
        self._channel.on("message", self._frames.put_nowait)
        self._channel.on("close", lambda: self._frames.put_nowait(None))
        self.heard = bytearray()
        """What came over the track: PCM16 at 48 kHz in two channels."""
        self._hearing: list[asyncio.Task[None]] = []
        self._peer.on("track", lambda track: self._hearing.append(asyncio.ensure_future(_hear(track, self.heard))))

    async def open(self, url: str, headers: dict[str, str], patience_s: float) -> None:
        """Calls `url`. Raises HTTPError for what is refused."""
        from aiortc import RTCSessionDescription

        await self._peer.setLocalDescription(await self._peer.createOffer())
        offer = self._peer.localDescription.sdp.encode()
        request = urllib.request.Request(url, offer, {"Content-Type": "application/sdp", **headers}, method="POST")
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            answered = await asyncio.to_thread(opener.open, request, timeout=patience_s)
        except urllib.error.HTTPError:
            await self.close()
            raise
        with answered:
            answer = answered.read().decode()
        await self._peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        async with asyncio.timeout(patience_s):
            await self._open.wait()

    def speak(self, sound: bytes) -> None:
        """PCM16 at 24 kHz, at the pace of real time from now on; silence behind it."""
        self._sound[:] = np.repeat(np.frombuffer(sound, "<i2"), 2).tobytes()

    async def send(self, frame: str | bytes) -> None:
        self._channel.send(frame)
        await asyncio.sleep(0)

    async def recv(self) -> str:
        """Raises TimeoutError once it is closed."""
        frame = await self._frames.get()
        if frame is None:
            raise TimeoutError
        return frame

    async def __aiter__(self) -> AsyncIterator[str]:
        while (frame := await self._frames.get()) is not None:
            yield frame

    async def close(self) -> None:
        self._frames.put_nowait(None)
        await self._peer.close()
        await asyncio.gather(*self._hearing, return_exceptions=True)


async def opened(url: str, query: str, headers: dict[str, str], patience_s: float) -> tuple[CallSocket | None, int]:
    """The call, or the status with which it was refused."""
    socket = CallSocket()
    try:
        await socket.open(f"{url}{'&' if '?' in url else '?'}{query}", headers, patience_s)
    except urllib.error.HTTPError as refused:
        with refused:
            return None, refused.code
    return socket, 201


def is_call(url: str) -> bool:
    """Whether the URL is that of calls, not of sockets."""
    return re.match(r"https?://", url) is not None


def _track(sound: bytearray) -> Any:
    from aiortc import MediaStreamTrack
    from av import AudioFrame

    class Track(MediaStreamTrack):
        kind = "audio"
        slot, begun_s = 0, 0.0

        async def recv(self) -> Any:
            self.begun_s = self.begun_s or time.monotonic()
            self.slot += 1
            await asyncio.sleep(self.begun_s + self.slot * FRAME / HZ - time.monotonic())
            now = bytes(sound[: 2 * FRAME]).ljust(2 * FRAME, b"\0")
            del sound[: 2 * FRAME]
            frame = AudioFrame.from_ndarray(np.frombuffer(now, np.int16).reshape(1, -1), "s16", "mono")
            frame.sample_rate, frame.pts, frame.time_base = HZ, self.slot * FRAME, fractions.Fraction(1, HZ)
            return frame

    return Track()


async def _hear(track: Any, heard: bytearray) -> None:
    from aiortc.mediastreams import MediaStreamError

    try:
        while True:
            heard += (await track.recv()).to_ndarray().tobytes()
    except MediaStreamError:
        pass

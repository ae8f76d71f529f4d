"""A peer of aiortc in the place of a browser: it speaks what it is given, and keeps what it hears and is told."""

from __future__ import annotations

import asyncio
import fractions
import time
from typing import Any

import numpy as np
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame

from edge_agent.types import Samples

HZ, FRAME = 48_000, 960


class Microphone(MediaStreamTrack):
    """20 ms each 20 ms: `sound`, then silence."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self.sound = np.zeros(0, np.float32)
        self._slot = 0
        self._begun = 0.0

    async def recv(self) -> Any:
        self._begun = self._begun or time.monotonic()
        await asyncio.sleep(self._begun + self._slot * 0.02 - time.monotonic())
        now, self.sound = self.sound[:FRAME], self.sound[FRAME:]
        frame = AudioFrame.from_ndarray(
            (np.pad(now, (0, FRAME - len(now))) * 32767).astype(np.int16).reshape(1, -1), "s16", "mono"
        )
        frame.sample_rate, frame.pts, frame.time_base = HZ, self._slot * FRAME, fractions.Fraction(1, HZ)
        self._slot += 1
        return frame


class Browser:
    def __init__(self, label: str) -> None:
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.microphone = Microphone()
        self.texts: list[str] = []
        self.heard: list[tuple[float, Samples]] = []
        """What came, with the time at which it did."""
        self.open = asyncio.Event()
        self.closed = asyncio.Event()
        self._news = asyncio.Event()
        self.connection.addTrack(self.microphone)
        self.channel = self.connection.createDataChannel(label)
        self.channel.on("open", self.open.set)
        self.channel.on("close", self.closed.set)
        self.channel.on("message", self._on_text)
        self.connection.on("track", self._on_track)
        self._reading: list[asyncio.Task[None]] = []

    async def offer(self) -> str:
        await self.connection.setLocalDescription(await self.connection.createOffer())
        return str(self.connection.localDescription.sdp)

    async def take(self, answer: str) -> None:
        await self.connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))

    async def until(self, ready: Any, seconds: float = 10.0) -> None:
        async with asyncio.timeout(seconds):
            while not ready():
                self._news.clear()
                await self._news.wait()

    async def until_told_more(self, seconds: float) -> None:
        """Until one text more has come than have by now."""
        by_now = len(self.texts)
        await self.until(lambda: len(self.texts) > by_now, seconds)

    def loud(self) -> list[bool]:
        return [bool(np.abs(sound).max() > 0.02) for _, sound in self.heard]

    async def close(self) -> None:
        await self.connection.close()
        await asyncio.gather(*self._reading, return_exceptions=True)

    def _on_text(self, text: str) -> None:
        self.texts.append(text)
        self._news.set()

    def _on_track(self, track: MediaStreamTrack) -> None:
        self._reading.append(asyncio.ensure_future(self._listen(track)))

    async def _listen(self, track: MediaStreamTrack) -> None:
        try:
            while True:
                frame: Any = await track.recv()
                sound = frame.to_ndarray().reshape(-1, 2).mean(axis=1) / 2**15
                self.heard.append((time.monotonic(), sound.astype(np.float32)))
                self._news.set()
        except MediaStreamError:
            pass

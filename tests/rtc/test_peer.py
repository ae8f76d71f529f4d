"""Two peers in one process, over loopback: ours, and one of aiortc in the place of a browser."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import random
import threading
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from rtc.browser import Browser
from tiers import fast_first

from edge_agent.processes import resident_mb
from edge_agent.rtc import peer as peers
from edge_agent.rtc import stack
from edge_agent.rtc.jitter import RtpPacket
from edge_agent.rtc.network import Network
from edge_agent.rtc.peer import Peer, Watching
from edge_agent.types import AudioFrame, Samples

LABEL = "texts"


@dataclass
class Told:
    texts: list[Any] = field(default_factory=list)
    played: int = 0
    ended: threading.Event = field(default_factory=threading.Event)
    connected: threading.Event = field(default_factory=threading.Event)

    def watching(self) -> Watching:
        def on_played(name: str, count: int) -> None:
            self.played += count

        return Watching(self.texts.append, on_played, self.ended.set, self.connected.set)


@contextlib.asynccontextmanager
async def connected(network: Network) -> AsyncIterator[tuple[Browser, Peer, Told]]:
    browser, told = Browser(LABEL), Told()
    try:
        peer = await asyncio.wrap_future(network.answer(await browser.offer(), "127.0.0.1", LABEL, told.watching()))
        await browser.take(peer.answer)
        async with asyncio.timeout(10):
            await browser.open.wait()
        yield browser, peer, told
    finally:
        await browser.close()
    assert await asyncio.to_thread(told.ended.wait, 5)


def tone(seconds: float, hz: int = 48_000) -> Samples:
    return (0.5 * np.sin(2 * np.pi * 440 / hz * np.arange(round(seconds * hz)))).astype(np.float32)


def listen(peer: Peer) -> tuple[threading.Thread, list[tuple[float, AudioFrame]]]:
    heard = list[tuple[float, AudioFrame]]()

    def read() -> None:
        while (frame := peer.source.read()) is not None:
            heard.append((time.monotonic(), frame))

    thread = threading.Thread(target=read)
    thread.start()
    return thread, heard


def test_sound_and_texts_go_both_ways_and_the_end_is_told(network: Network) -> None:
    async def body() -> None:
        async with connected(network) as (browser, peer, told):
            assert told.connected.is_set()
            assert peer.audible
            thread, heard = listen(peer)
            peer.send("from here")
            browser.channel.send("from there")
            browser.channel.send(b"\0\1")
            browser.microphone.sound = tone(0.4)
            peer.voice.put(tone(0.5, 22_050), 22_050, "answer", last=True)
            await browser.until(lambda: browser.texts and sum(browser.loud()) >= 24)
            await asyncio.sleep(0.5)
            assert browser.texts == ["from here"]
            assert told.texts == ["from there", b"\0\1"]
            assert told.played == 11_025
        await asyncio.to_thread(thread.join, 5)
        assert not peer.audible
        sound = np.concatenate([frame.samples for _, frame in heard])
        assert np.abs(sound).max() > 0.3
        assert np.count_nonzero(np.abs(sound) > 0.1) > 0.3 * 16_000
        assert [frame.start for _, frame in heard] == list(np.cumsum([0, *(len(f.samples) for _, f in heard)])[:-1])
        peer.send("nobody hears it")
        peer.close()

    asyncio.run(body())


def test_what_is_dropped_falls_silent_at_once(network: Network) -> None:
    async def body() -> None:
        async with connected(network) as (browser, peer, _):
            peer.voice.put(tone(3), 48_000)
            await browser.until(lambda: sum(browser.loud()) >= 20)
            at_s = time.monotonic()
            peer.voice.drop()
            await browser.until(lambda: not any(browser.loud()[-3:]))
            last = max(t for (t, _), loud in zip(browser.heard, browser.loud(), strict=True) if loud)
            assert last - at_s < 0.25  # aiortc's buffer in the browser's place holds 80 ms and more

    asyncio.run(body())


def test_a_peer_that_hangs_up_here_is_told_there(network: Network) -> None:
    async def body() -> None:
        async with connected(network) as (browser, peer, told):
            writer = threading.Thread(target=lambda: (peer.voice.put(tone(1), 48_000), peer.voice.wait()))
            writer.start()
            peer.close()
            peer.close()
            async with asyncio.timeout(5):
                await browser.closed.wait()
            await asyncio.to_thread(writer.join, 5)
            assert told.ended.is_set()
            assert not writer.is_alive()

    asyncio.run(body())


def test_who_does_not_connect_is_left(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "CONNECT_S", 0.1)
    told = Told()

    async def body() -> None:
        browser = Browser(LABEL)
        await asyncio.wrap_future(network.answer(await browser.offer(), "127.0.0.1", LABEL, told.watching()))
        assert await asyncio.to_thread(told.ended.wait, 5)
        await browser.close()

    asyncio.run(body())


def test_a_peer_that_does_not_read_is_left(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "MOST_UNSENT", 100_000)

    async def body() -> None:
        async with connected(network) as (_, peer, told):
            for _ in range(2000):
                peer.send("x" * 1000)
            assert await asyncio.to_thread(told.ended.wait, 5)

    asyncio.run(body())


def test_other_channels_are_closed_and_texts_wait_for_theirs(network: Network) -> None:
    async def body() -> None:
        async with connected(network) as (browser, peer, told):
            other = browser.connection.createDataChannel("other")
            closed = asyncio.Event()
            other.on("close", closed.set)
            async with asyncio.timeout(5):
                await closed.wait()
            browser.channel.send("still there")
            async with asyncio.timeout(5):
                while not told.texts:
                    await asyncio.sleep(0.01)
            assert not peer.ended.is_set()

    asyncio.run(body())


@pytest.mark.parametrize(("loss", "jitter_s"), fast_first([(0.05, 0.03), (0.02, 0.0)], 1))
def test_loss_and_jitter_cost_some_frames_and_little_time(
    network: Network, monkeypatch: pytest.MonkeyPatch, loss: float, jitter_s: float
) -> None:
    """Injected in front of the jitter buffer: sound is whole but for a few frames, and late by the jitter alone."""
    chance, real = random.Random(5), stack._Tap.add

    def add(self: Any, packet: Any) -> tuple[bool, None]:
        if chance.random() >= loss:
            asyncio.get_running_loop().call_later(chance.uniform(0, jitter_s), real, self, packet)
        return False, None

    monkeypatch.setattr(stack._Tap, "add", add)

    async def body() -> None:
        async with connected(network) as (browser, peer, _):
            thread, heard = listen(peer)
            await asyncio.sleep(0.3)
            begun_s = time.monotonic()
            browser.microphone.sound = tone(1)
            await asyncio.sleep(1.3)
            first_s = next(at for at, frame in heard if np.abs(frame.samples).max() > 0.1)
            assert first_s - begun_s < 0.15
            loud = sum(len(frame.samples) for _, frame in heard if np.abs(frame.samples).max() > 0.05)
            assert loud / 16_000 == pytest.approx(1, abs=0.1)
            assert peer.source.lost >= (1 if loss == 0.05 else 0)
        await asyncio.to_thread(thread.join, 5)

    asyncio.run(body())


def test_calls_that_come_and_go_leave_nothing_behind(network: Network, everything: bool) -> None:
    async def once() -> None:
        async with connected(network) as (browser, peer, _):
            peer.voice.put(tone(0.1), 48_000)
            await browser.until(lambda: browser.heard)

    async def body(times: int) -> None:
        for _ in range(times):
            await once()

    def held() -> tuple[int, int]:
        gc.collect()
        return len(os.listdir("/proc/self/fd")), threading.active_count()

    asyncio.run(body(3))
    before, before_mb = held(), resident_mb(os.getpid())
    asyncio.run(body(200 if everything else 5))
    assert held() == before
    assert resident_mb(os.getpid()) - before_mb < 12


@pytest.mark.slow
def test_packets_of_any_kind_end_nothing(network: Network) -> None:
    """Thousands of RTP packets that are none, through the door that decrypted ones take."""
    chance = random.Random(3)

    async def body() -> None:
        async with connected(network) as (browser, peer, _):
            thread, heard = listen(peer)
            for _ in range(20_000):
                payload = chance.randbytes(chance.choice([0, 1, 2, 20, 1300]))
                peer.source.add(RtpPacket(chance.randrange(2**16), chance.randrange(2**32), payload, 960))
            browser.microphone.sound = tone(5)
            await asyncio.sleep(2.5)
            assert max(np.abs(frame.samples).max() for _, frame in heard[-60:]) > 0.1
        await asyncio.to_thread(thread.join, 5)

    asyncio.run(body())

"""Coded sound, its decoder, and what waits to be heard: without a network."""

from __future__ import annotations

import random
import threading
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.clock import ManualClock
from edge_agent.resample import resample
from edge_agent.rtc.inbound import Inbound
from edge_agent.rtc.jitter import CLOCK_HZ, FRAME, RtpPacket
from edge_agent.rtc.opus import OpusCoder, OpusDecoder, OpusError, length
from edge_agent.rtc.outbound import Outbound
from edge_agent.types import Samples
from tests.rigs.conformance.speech import question

HEAR_HZ = 16_000


@cache
def speech() -> Samples:
    """Two seconds of a recorded question."""
    pcm = np.frombuffer(question(), "<i2").astype(np.float32) / 2**15
    return resample(np.tile(pcm, 2), 24_000, CLOCK_HZ)[: 2 * CLOCK_HZ]


def voice(seconds: float = 1.0, hz: int = CLOCK_HZ) -> Samples:
    """Something like a voice: a note with overtones, swelling three times a second."""
    t = np.arange(round(seconds * hz)) / hz
    note = sum(np.sin(2 * np.pi * 150 * k * t) / k for k in range(1, 8))
    return (0.2 * note * (1 + np.sin(2 * np.pi * 3 * t))).astype(np.float32)


def packets(sound: Samples) -> list[bytes]:
    coder = OpusCoder(CLOCK_HZ)
    return [coder.encode(sound[at : at + FRAME]) for at in range(0, len(sound) - FRAME + 1, FRAME)]


def heard(lost: set[int], jitter_s: float = 0.0, seed: int = 1) -> tuple[Samples, Inbound]:
    """All that a source gives of two seconds whose packets come so."""
    clock, chance = ManualClock(), random.Random(seed)
    inbound, frames = Inbound(OpusDecoder(HEAR_HZ), clock), list[Samples]()
    coded = packets(speech())
    arrivals = sorted((0.05 + n * 0.02 + chance.uniform(0, jitter_s), n) for n in range(len(coded)) if n not in lost)
    for at_s, n in arrivals:
        clock.sleep_until(at_s)
        inbound.add(RtpPacket(n, n * FRAME, coded[n]))
    while inbound._pieces:
        frame = inbound.read()
        assert frame is not None
        assert frame.start == sum(map(len, frames))
        frames.append(frame.samples)
    return np.concatenate(frames), inbound


def error_db(sound: Samples, lost: set[int]) -> float:
    """The error beside the sound without losses, in dB of that."""
    whole, _ = heard(set())
    assert len(sound) == len(whole)
    return float(10 * np.log10(np.sum((sound - whole) ** 2) / np.sum(whole**2) + 1e-9))


def test_what_is_coded_is_decoded_downmixed_and_resampled() -> None:
    sound, _ = heard(set())
    assert len(sound) == 2 * HEAR_HZ
    expected = resample(speech(), CLOCK_HZ, HEAR_HZ)
    shifted = max(range(200), key=lambda shift: float(np.dot(sound[shift:16_000], expected[: 16_000 - shift])))
    close = np.corrcoef(sound[shifted:30_000], expected[: 30_000 - shifted])[0, 1]
    assert close > 0.85  # Opus takes off what lies below 70 Hz, and more


def test_lost_frames_are_concealed_and_none_is_missing() -> None:
    """5 % of the frames are lost; left silent they would be heard."""
    lost = set(random.Random(2).sample(range(5, 95), 5))
    sound, inbound = heard(lost)
    assert inbound.lost == 5
    silent = sound.copy()
    for n in lost:
        silent[n * 320 : (n + 1) * 320] = 0
    assert error_db(sound, lost) < error_db(silent, lost) - 3


def test_jitter_costs_nothing_but_the_first_frames() -> None:
    sound, inbound = heard(set(), jitter_s=0.03)
    assert inbound.lost <= 3
    assert abs(len(sound) - 2 * HEAR_HZ) <= 3 * 320


def test_what_is_no_packet_is_refused_and_conceals_itself() -> None:
    decoder = OpusDecoder(HEAR_HZ)
    with pytest.raises(OpusError):
        decoder.decode(b"\xff" * 3)
    assert length(b"", CLOCK_HZ) == length(b"\xff", CLOCK_HZ) == 0
    assert len(decoder.conceal(320, b"\xff" * 3)) == 320
    assert len(decoder.conceal(321)) == 321
    assert len(decoder.conceal(100_000)) == 100_000
    with pytest.raises(OpusError):
        OpusCoder(CLOCK_HZ).encode(np.zeros(100, np.float32))


@given(st.binary(max_size=1300))
def test_whatever_is_in_a_packet_the_decoder_lives(payload: bytes) -> None:
    clock = ManualClock()
    inbound = Inbound(OpusDecoder(HEAR_HZ), clock)
    inbound.add(RtpPacket(1, 0, payload, max(1, length(payload, CLOCK_HZ))))
    inbound.add(RtpPacket(3, 3 * FRAME, payload, FRAME))
    clock.sleep_until(0.5)
    inbound.close()
    assert inbound.read() is None


def test_a_source_that_is_muted_is_silent_and_one_that_is_closed_ends() -> None:
    clock = ManualClock()
    inbound = Inbound(OpusDecoder(HEAR_HZ), clock)
    assert inbound.now_s() == 0.0
    inbound.muted = True
    inbound.add(RtpPacket(1, 0, packets(voice())[9]))
    frame = inbound.read()
    assert frame is not None
    assert not frame.samples.any()
    assert len(frame.samples) == 320
    clock.sleep_until(1.0)
    assert inbound.now_s() == 1.0
    reader = threading.Thread(target=inbound.close)
    reader.start()
    assert inbound.read() is None or inbound.read() is None
    reader.join()


# --- outbound -------------------------------------------------------------------------------------------------------


def taken(out: Outbound) -> Samples:
    frames = list[Samples]()
    while (frame := out.take()) is not None:
        frames.append(frame)
    return np.concatenate(frames) if frames else np.zeros(0, np.float32)


@pytest.mark.parametrize("rate_hz", [16_000, 22_050, 24_000, 48_000])
def test_all_that_is_put_in_is_taken_and_told_once(rate_hz: int) -> None:
    told = list[tuple[str, int]]()
    out = Outbound(lambda name, count: told.append((name, count)))
    sound = voice(1.0, rate_hz)
    block = rate_hz // 50
    for at in range(0, len(sound), block):
        out.put(sound[at : at + block], rate_hz, "a", last=at + block >= len(sound))
    out.put(np.ones(10, np.float32), rate_hz, "b", last=True)
    assert out.waiting_s == pytest.approx(1.0, abs=0.01)
    heard = taken(out)
    assert len(heard) == pytest.approx(CLOCK_HZ, abs=1.5 * FRAME)
    assert sum(count for name, count in told if name == "a") == len(sound)
    assert told[-1] == ("b", 10)
    assert out.waiting_s == 0


def test_what_is_dropped_sinks_within_ten_milliseconds_and_is_not_told() -> None:
    told = list[tuple[str, int]]()
    out = Outbound(lambda name, count: told.append((name, count)))
    for _ in range(10):
        out.put(np.full(FRAME, 0.5, np.float32), CLOCK_HZ, "a")
    out.put(np.full(FRAME, 0.25, np.float32), CLOCK_HZ, "b")
    assert out.take() is not None
    out.drop("a")
    heard = taken(out)
    assert told == [("a", FRAME), ("b", FRAME)]
    assert heard[479] < 0.01
    assert heard[480] == pytest.approx(0.25)
    out.drop()
    assert out.take() is None


def test_a_writer_waits_until_less_than_a_block_is_left() -> None:
    out, written = Outbound(), list[int]()

    def write() -> None:
        for n in range(4):
            out.put(voice(0.02), CLOCK_HZ)
            out.wait()
            written.append(n)

    writer = threading.Thread(target=write)
    writer.start()
    while len(written) < 1 or out.waiting_s < 0.039:
        pass
    assert out.waiting_s <= 0.04 + 1e-9
    while writer.is_alive():
        out.take()
    assert written == [0, 1, 2, 3]


def test_who_waits_is_let_go_when_it_is_closed() -> None:
    out = Outbound()
    out.put(voice(), CLOCK_HZ)
    threading.Timer(0.02, out.close).start()
    out.wait()
    out.put(voice(), CLOCK_HZ)
    assert out.take() is None

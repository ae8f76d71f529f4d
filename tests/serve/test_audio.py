"""Sound on the wire: however it is cut, it is the same sound; G.711 is what FFmpeg takes it for."""

import itertools

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.serve import g711
from edge_agent.serve.audio import RATES_HZ, AudioFormat, Incoming, Outgoing, bytes_per_ms
from edge_agent.types import HEAR_RATE_HZ, Samples

FORMATS: tuple[AudioFormat, ...] = ("pcm16", "g711_ulaw", "g711_alaw")
EVERY_SAMPLE = np.arange(-(1 << 15), 1 << 15).astype(np.int16)


def tone(rate_hz: int, seconds: float = 0.4, hz: float = 440.0) -> Samples:
    at = np.arange(round(seconds * rate_hz)) / rate_hz
    return (0.7 * np.sin(2 * np.pi * hz * at)).astype(np.float32)


def pieces(whole, borders):
    edges = sorted({0, len(whole), *(border % (len(whole) + 1) for border in borders)})
    return [whole[a:b] for a, b in itertools.pairwise(edges)]


cuts = st.lists(st.integers(min_value=0, max_value=40_000), max_size=30)


@pytest.mark.parametrize("format", FORMATS)
@given(borders=cuts)
def test_incoming_sound_does_not_depend_on_how_it_was_cut(format, borders):
    data = Outgoing(format, 24_000).push(tone(24_000), last=True)
    incoming, whole = Incoming(format), Incoming(format).push(data)
    parts = [incoming.push(piece) for piece in pieces(data, borders)]
    assert np.array_equal(np.concatenate(parts), whole)


@pytest.mark.parametrize("format", FORMATS)
@given(borders=cuts)
def test_outgoing_sound_does_not_depend_on_how_it_was_cut(format, borders):
    sound = tone(22_050)
    outgoing, whole = Outgoing(format, 22_050), Outgoing(format, 22_050).push(sound, last=True)
    parts = [outgoing.push(piece) for piece in pieces(sound, borders)]
    assert b"".join([*parts, outgoing.push(sound[:0], last=True)]) == whole


@pytest.mark.parametrize("format", FORMATS)
def test_a_tone_survives_the_way_out_and_in(format):
    data = Outgoing(format, 22_050).push(tone(22_050), last=True)
    assert len(data) == pytest.approx(400 * bytes_per_ms(format), abs=2 * bytes_per_ms(format))
    back = Incoming(format).push(data)
    clean = tone(HEAR_RATE_HZ)[: len(back)]
    middle = slice(800, len(back) - 800)
    error = back[: len(clean)][middle] - clean[middle]
    assert np.sqrt(np.mean(error**2)) < (0.001 if format == "pcm16" else 0.02)


def test_after_the_last_a_new_sound_begins():
    outgoing, sound = Outgoing("pcm16", 22_050), tone(22_050)
    first = outgoing.push(sound, last=True)
    assert outgoing.push(sound, last=True) == first


def test_an_odd_byte_waits_for_its_other_half():
    incoming = Incoming("pcm16")
    assert len(incoming.push(b"\x00")) == 0
    data = Outgoing("pcm16", 24_000).push(tone(24_000), last=True)
    assert len(incoming.push(data)) == len(Incoming("pcm16").push(b"\x00" + data))


@pytest.mark.parametrize(("law", "codec"), [("ulaw", "pcm_mulaw"), ("alaw", "pcm_alaw")])
def test_ffmpeg_reads_every_code_as_we_do(law, codec):
    codes = bytes(range(256))
    context = av.CodecContext.create(codec, "r")
    context.sample_rate, context.layout = 8_000, "mono"
    (frame,) = context.decode(av.Packet(codes))
    assert np.array_equal(frame.to_ndarray()[0], g711.decode(codes, law))


@pytest.mark.parametrize("law", ["ulaw", "alaw"])
def test_every_code_comes_back_and_no_sample_goes_far(law):
    codes = bytes(range(256))
    again = g711.encode(g711.decode(codes, law), law)
    # mu-law has two zeros, and one of them is enough
    assert [i for i in range(256) if codes[i] != again[i]] == ([127] if law == "ulaw" else [])
    near = g711.decode(g711.encode(EVERY_SAMPLE, law), law).astype(int)
    step = np.maximum(np.abs(EVERY_SAMPLE.astype(int)) // 16, 16)
    assert np.all(np.abs(near - EVERY_SAMPLE) <= step)


def test_bytes_per_ms_are_those_of_the_wire():
    assert [bytes_per_ms(format) for format in FORMATS] == [48, 8, 8]
    assert set(RATES_HZ) == set(FORMATS)

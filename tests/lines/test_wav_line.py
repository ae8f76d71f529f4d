"""The WAV line: two files on one time line, in real time or as fast as the computer can."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.clock import ManualClock, RealClock
from edge_agent.errors import InputError
from edge_agent.lines.audio_file import read_audio, write_wav
from edge_agent.lines.pcm import FADE_S
from edge_agent.lines.wav import WavLine
from edge_agent.types import Samples

OUT_HZ = 22050
BLOCK = OUT_HZ // 50


def ramp(n: int) -> Samples:
    """Each sample tells where it came from."""
    return (np.arange(n) % 1000 / 1000).astype(np.float32)


def ones(n: int = BLOCK) -> Samples:
    return np.ones(n, np.float32)


def line(
    seconds: float = 1.0, *, rate_hz: int = 16000, output: Path | None = None, paced: bool = True
) -> tuple[WavLine, ManualClock]:
    clock = ManualClock()
    clock.sleep_until(123.4)  # an arbitrary origin
    sound = ramp(round(seconds * rate_hz))
    return WavLine((sound, rate_hz), output_rate_hz=OUT_HZ, clock=clock, output=output, paced=paced), clock


def loud(path: Path) -> np.ndarray:
    """Index of every output sample that is not silent."""
    return np.flatnonzero(read_audio(path)[0] > 0.5)


@pytest.mark.parametrize("rate_hz", [8000, 11025, 16000, 44100, 48000, 96000])
def test_the_source_gives_the_whole_file_in_order_then_silence(rate_hz: int) -> None:
    wav, _ = line(0.5, rate_hz=rate_hz)
    frames = [frame for _ in range(60) if (frame := wav.source.read()) is not None]
    sound = np.concatenate([frame.samples for frame in frames])
    expected = ramp(round(0.5 * rate_hz))
    np.testing.assert_array_equal(sound[: len(expected)], expected)
    assert not sound[len(expected) :].any()
    assert [frame.start for frame in frames] == list(np.cumsum([0, *(len(f.samples) for f in frames)])[:-1])


@pytest.mark.parametrize("rate_hz", [16000, 44100, 48000])
def test_a_block_is_given_out_when_its_last_sample_has_been_recorded(rate_hz: int) -> None:
    wav, _ = line(rate_hz=rate_hz)
    assert wav.now_s() == 0.0
    for _ in range(20):
        frame = wav.source.read()
        assert frame is not None
        assert wav.now_s() == pytest.approx(frame.end_s)


def test_a_late_reader_gets_everything_and_catches_up() -> None:
    wav, clock = line()
    first = wav.source.read()
    clock.sleep_until(clock.now() + 0.5)
    second = wav.source.read()
    assert first is not None
    assert second is not None
    assert second.start == first.end


def test_the_end_is_known_when_the_last_sample_was_delivered_and_not_before() -> None:
    wav, _ = line(0.1)
    ends = []
    for _ in range(5):
        wav.source.read()
        ends.append(wav.ended_s)
    assert ends == [None, None, None, 0.1, 0.1]  # 32 ms blocks


def test_a_closed_source_gives_none_and_may_be_closed_twice() -> None:
    wav, _ = line()
    wav.source.read()
    wav.source.close()
    wav.source.close()
    assert wav.source.read() is None


def test_what_is_written_lies_at_its_time_and_pauses_are_zeros(tmp_path: Path) -> None:
    wav, clock = line(output=tmp_path / "out.wav")
    wav.source.read()
    start = clock.now() - wav.now_s()
    for at_s in (0.5, 1.0):
        clock.sleep_until(start + at_s)
        wav.sink.write(ones())
    clock.sleep_until(start + 2.0)
    wav.close()
    samples, rate_hz = read_audio(tmp_path / "out.wav")
    assert rate_hz == OUT_HZ
    assert len(samples) == 2 * OUT_HZ  # up to the end of the line
    np.testing.assert_array_equal(
        loud(tmp_path / "out.wav"),
        np.concatenate([OUT_HZ // 2 + np.arange(BLOCK), OUT_HZ + np.arange(BLOCK)]),
    )


def test_a_paced_write_returns_when_its_block_begins_to_sound() -> None:
    wav, _ = line()
    wav.source.read()
    begin_s = wav.now_s()
    for index in range(10):
        wav.sink.write(ones())
        assert wav.now_s() == pytest.approx(begin_s + index * 0.02, abs=1e-4)


def test_an_unpaced_write_never_moves_the_clock() -> None:
    wav, _ = line(paced=False)
    wav.source.read()
    before = wav.now_s()
    for _ in range(10):
        wav.sink.write(ones())
    assert wav.now_s() == before


@given(lead=st.sampled_from([0.02, 0.032, 0.052]), reads=st.integers(1, 60))
def test_a_driver_in_one_thread_leaves_no_gap_whichever_way_it_rounds(
    tmp_path_factory: pytest.TempPathFactory, lead: float, reads: int
) -> None:
    """32 ms in, 20 ms blocks out, written until they reach `lead` seconds beyond the clock, rounded down."""
    output = tmp_path_factory.mktemp("wav") / "out.wav"
    wav, _ = line(output=output, paced=False)
    wav.source.read()
    begin_s, written_s, blocks = wav.now_s(), 0.0, 0
    for _ in range(reads):
        while begin_s + written_s + 0.02 <= wav.now_s() + lead:
            wav.sink.write(ones())
            blocks += 1
            written_s += 0.02
        wav.source.read()
    wav.close()
    heard = loud(output)
    assert len(heard) == blocks * BLOCK
    assert len(heard) == 0 or heard[-1] - heard[0] + 1 == len(heard)  # contiguous


def test_flush_drops_what_has_not_sounded_yet(tmp_path: Path) -> None:
    wav, clock = line(output=tmp_path / "out.wav")
    wav.source.read()
    begin = wav.now_s()
    wav.sink.write(ones(OUT_HZ))  # a whole second
    clock.sleep_until(clock.now() + 0.3)
    wav.sink.flush()
    clock.sleep_until(clock.now() + 0.7)
    wav.sink.write(ones())
    clock.sleep_until(clock.now() + 0.5)
    wav.close()
    heard = loud(tmp_path / "out.wav")
    first = round(begin * OUT_HZ)
    assert heard[0] == first
    assert (heard < first + OUT_HZ // 2).sum() == pytest.approx((0.3 + FADE_S / 2) * OUT_HZ, abs=2)
    assert heard[-BLOCK] == pytest.approx(first + OUT_HZ, abs=1)


@given(ahead=st.integers(0, 2000), times=st.integers(1, 3))
def test_what_is_cut_off_sinks_to_silence_without_a_click(
    tmp_path_factory: pytest.TempPathFactory, ahead: int, times: int
) -> None:
    output = tmp_path_factory.mktemp("wav") / "out.wav"
    wav, clock = line(output=output)
    wav.source.read()
    wav.sink.write(ones(3000 + ahead))
    clock.sleep_until(clock.now() + 3000 / OUT_HZ)
    for _ in range(times):
        wav.sink.flush()
    clock.sleep_until(clock.now() + 1)
    wav.close()
    sound = np.trim_zeros(read_audio(output)[0])
    faded = sound[3000:]
    assert len(faded) <= FADE_S * OUT_HZ + 2
    if ahead >= FADE_S * OUT_HZ:
        assert len(faded) >= FADE_S * OUT_HZ - 10  # the last are too small for 16 bits
        assert np.abs(np.diff(sound)).max() <= times * 1.1 / (FADE_S * OUT_HZ)


def test_closing_twice_writes_once_and_later_writes_are_dropped(tmp_path: Path) -> None:
    wav, _ = line(output=tmp_path / "out.wav")
    wav.sink.write(ones())
    wav.close()
    (tmp_path / "out.wav").unlink()
    wav.sink.write(ones())
    wav.close()
    assert not (tmp_path / "out.wav").exists()


def test_without_an_output_nothing_is_kept() -> None:
    wav, _ = line()
    for _ in range(100):
        wav.sink.write(ones())
    assert wav.sink._pieces == []
    wav.close()


def test_the_input_may_be_a_file(tmp_path: Path) -> None:
    write_wav(tmp_path / "in.wav", ramp(4000), 8000)
    wav = WavLine(tmp_path / "in.wav", output_rate_hz=OUT_HZ, clock=ManualClock())
    assert wav.source.rate_hz == 8000


@pytest.mark.parametrize("output", ["none/out.wav", "folder"])
def test_a_place_that_cannot_be_written_is_refused_before_the_conversation(tmp_path: Path, output: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError, match="directory"):
        line(output=tmp_path / output)


def test_a_waiting_write_is_released_by_flush_and_close() -> None:
    """Two threads and the real clock: the writer would otherwise wait for a minute."""
    for release in ("flush", "close"):
        wav = WavLine((ramp(160), 16000), output_rate_hz=OUT_HZ, clock=RealClock())
        wav.sink.write(ones(60 * OUT_HZ))
        writer = threading.Thread(target=wav.sink.write, args=(ones(),))
        writer.start()
        getattr(wav.sink, release)()
        writer.join(timeout=5)
        assert not writer.is_alive(), release
        wav.close()


def test_source_and_sink_may_be_used_by_two_threads(tmp_path: Path) -> None:
    """In real time: 0.3 s are read while 0.3 s are written, and both take 0.3 s."""
    clock = RealClock()
    wav = WavLine((ramp(4800), 16000), output_rate_hz=OUT_HZ, clock=clock, output=tmp_path / "out.wav")

    def speak() -> None:
        for _ in range(15):
            wav.sink.write(ones())

    speaker = threading.Thread(target=speak)
    begin = clock.now()
    speaker.start()
    while wav.ended_s is None:
        wav.source.read()
    speaker.join()
    assert 0.28 <= clock.now() - begin < 3
    wav.close()
    assert len(loud(tmp_path / "out.wav")) == 15 * BLOCK

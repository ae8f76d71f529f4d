"""Audio files: whatever a user may point at is read or refused with a sentence."""

from __future__ import annotations

import logging
import os
import socket
import struct
import subprocess
import sys
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.errors import InputError
from edge_agent.lines.audio_file import read_audio, write_wav
from edge_agent.types import Samples

PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    + bytes(60)
)
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00" + bytes(80) + b"\xff\xd9"


def tone(rate_hz: int, seconds: float = 0.5, hz: float = 440.0, level: float = 0.5) -> Samples:
    return (level * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate_hz)) / rate_hz)).astype(np.float32)


def wav(path: Path, data: bytes, *, rate_hz: int = 16000, channels: int = 1, bits: int = 16, tag: int = 1) -> Path:
    """A WAV file by hand, of any coding: `tag` 1 is PCM, 3 float, 6 A-law."""
    align = channels * bits // 8
    form = struct.pack("<HHIIHH", tag, channels, rate_hz, rate_hz * align, align, bits)
    body = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(data)) + data
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
    return path


def pcm16(samples: Samples) -> bytes:
    return (samples * 32767).round().astype("<i2").tobytes()


def pcm24(samples: Samples) -> bytes:
    return (samples * (2**23 - 1)).astype("<i4").view(np.uint8).reshape(-1, 4)[:, :3].tobytes()


def encoded(path: Path, codec: str, samples: Samples, rate_hz: int) -> Path:
    """A compressed file, made with FFmpeg."""
    import av

    with av.open(path, "w") as container:
        stream = container.add_stream(codec, rate=rate_hz)
        stream.layout = "mono"
        for start in range(0, len(samples), 1024):
            frame = av.AudioFrame.from_ndarray(samples[None, start : start + 1024], format="fltp", layout="mono")
            frame.sample_rate, frame.pts = rate_hz, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("rate_hz", [8000, 11025, 16000, 44100, 48000, 96000])
def test_a_wav_is_read_at_its_own_rate(tmp_path: Path, rate_hz: int) -> None:
    samples, read_rate_hz = read_audio(wav(tmp_path / "a.wav", pcm16(tone(rate_hz)), rate_hz=rate_hz))
    assert read_rate_hz == rate_hz
    assert samples.dtype == np.float32
    np.testing.assert_allclose(samples, tone(rate_hz), atol=1e-4)


@pytest.mark.parametrize(
    ("data", "bits", "tag", "tolerance"),
    [
        (pcm24(tone(16000)), 24, 1, 1e-6),
        ((tone(16000) * 2.0**31).astype("<i4").tobytes(), 32, 1, 1e-6),
        (tone(16000).astype("<f4").tobytes(), 32, 3, 0),
        (tone(16000).astype("<f8").tobytes(), 64, 3, 1e-7),
        ((tone(16000) * 127 + 128).astype(np.uint8).tobytes(), 8, 1, 0.02),
    ],
    ids=["24-bit", "32-bit", "float", "double", "8-bit"],
)
def test_every_sample_format_has_the_same_scale(
    tmp_path: Path, data: bytes, bits: int, tag: int, tolerance: float
) -> None:
    samples, _ = read_audio(wav(tmp_path / "a.wav", data, bits=bits, tag=tag))
    np.testing.assert_allclose(samples, tone(16000), atol=tolerance)


def test_a_law_is_read(tmp_path: Path) -> None:
    """0xD5 is the smallest positive step, 0xAA the largest (ITU-T G.711)."""
    samples, _ = read_audio(wav(tmp_path / "a.wav", b"\xd5\xaa" * 800, rate_hz=8000, bits=8, tag=6))
    np.testing.assert_allclose(samples[:2], [8 / 32768, 32256 / 32768], atol=1e-5)


@pytest.mark.parametrize("channels", [2, 6])
def test_channels_are_averaged(tmp_path: Path, channels: int) -> None:
    together = np.zeros((8000, channels), np.float32)
    together[:, 0] = tone(16000)
    samples, _ = read_audio(wav(tmp_path / "a.wav", pcm16(together.ravel()), channels=channels))
    np.testing.assert_allclose(samples, tone(16000) / channels, atol=1e-4)


@pytest.mark.parametrize(
    ("name", "codec", "rate_hz"),
    [
        ("a.flac", "flac", 44100),
        ("a.mp3", "libmp3lame", 44100),
        ("a.ogg", "libopus", 48000),
        ("a.m4a", "aac", 44100),
    ],
)
def test_compressed_files_are_read(tmp_path: Path, name: str, codec: str, rate_hz: int) -> None:
    samples, read_rate_hz = read_audio(encoded(tmp_path / name, codec, tone(rate_hz, 1.0), rate_hz))
    assert read_rate_hz == rate_hz
    assert len(samples) / rate_hz == pytest.approx(1.0, abs=0.06)
    middle = samples[rate_hz // 4 : rate_hz * 3 // 4]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle))))
    assert spectrum.argmax() * rate_hz / len(middle) == pytest.approx(440, abs=2.5)
    assert np.abs(middle).max() == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        (np.full(1, 0.5, np.float32), 0.5),
        (np.zeros(1000, np.float32), 0.0),
        (np.ones(1000, np.float32), 32767 / 32768),
        (np.full(1000, -1.0, np.float32), -32767 / 32768),
    ],
    ids=["one sample", "silence", "clipped", "DC"],
)
def test_odd_but_legal_sound_works(tmp_path: Path, samples: Samples, expected: float) -> None:
    read, _ = read_audio(wav(tmp_path / "a.wav", pcm16(samples)))
    np.testing.assert_allclose(read, np.full(len(samples), expected), atol=1e-4)


def test_broken_floats_become_silence_and_loud_ones_are_clipped(tmp_path: Path) -> None:
    data = np.array([np.nan, np.inf, -np.inf, 3.0, -3.0, 0.5], "<f4").tobytes()
    samples, _ = read_audio(wav(tmp_path / "a.wav", data, bits=32, tag=3))
    assert samples.tolist() == [0.0, 0.0, 0.0, 1.0, -1.0, 0.5]


def test_ten_minutes_work(tmp_path: Path) -> None:
    samples, rate_hz = read_audio(wav(tmp_path / "a.wav", bytes(600 * 16000 * 2)))
    assert len(samples) == 600 * rate_hz


def missing(path: Path) -> Path:
    return path / "none.wav"


def file_with(data: bytes, name: str = "a.wav") -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / name).write_bytes(data)
        return folder / name

    return make


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (missing, "no such file"),
        (lambda path: path, "is a directory"),
        (file_with(b""), "holds no sound"),
        (lambda path: wav(path / "a.wav", b""), "holds no sound"),
        (lambda path: wav(path / "a.wav", b"\0"), "holds no sound"),
        (file_with(b"RIFF\0\0\0\0WAVEfmt "), "holds no sound"),
        (file_with(b"Dear all,\nthis is a letter.\n" * 50, "letter.txt"), "holds no sound"),
        (file_with(bytes(10_000)), "holds no sound"),
        (file_with(np.random.default_rng(7).bytes(10_000)), "holds no sound"),
        (file_with(PNG, "a.png"), "holds no sound"),
        (file_with(JPEG, "a.jpg"), "holds no sound"),
    ],
    ids=[
        "missing",
        "directory",
        "empty",
        "no samples",
        "half a sample",
        "cut header",
        "text",
        "zeros",
        "noise",
        "PNG",
        "JPEG",
    ],
)
def test_what_holds_no_sound_is_refused_with_a_sentence(
    tmp_path: Path, make: Callable[[Path], Path], sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence) as caught:
        read_audio(make(tmp_path))
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("rate_hz", [1, 2_000_000])
def test_an_absurd_sample_rate_is_refused(tmp_path: Path, rate_hz: int) -> None:
    with pytest.raises(InputError, match="sample rate"):
        read_audio(wav(tmp_path / "a.wav", pcm16(tone(16000)), rate_hz=rate_hz))


@given(st.integers(0, 60), st.integers(0, 255), st.integers(0, 500))
def test_a_damaged_header_is_read_or_refused_but_never_crashes(
    tmp_path_factory: pytest.TempPathFactory, place: int, value: int, cut: int
) -> None:
    path = wav(tmp_path_factory.mktemp("wav") / "a.wav", pcm16(tone(16000, 0.02)))
    data = bytearray(path.read_bytes())
    data[place] = value
    path.write_bytes(data[: len(data) - cut])
    try:
        samples, rate_hz = read_audio(path)
    except InputError:
        return
    assert len(samples) > 0
    assert rate_hz > 0


def test_a_file_that_may_not_be_read_is_refused_with_a_sentence(tmp_path: Path) -> None:
    path = wav(tmp_path / "a.wav", pcm16(tone(16000)))
    path.chmod(0)
    user = os.geteuid()
    if user == 0:  # root may read everything
        try:
            os.seteuid(65534)
        except OSError:
            pytest.skip("this user namespace has nobody but root")
    try:
        with pytest.raises(InputError, match="permission denied"):
            read_audio(path)
    finally:
        os.seteuid(user)


@pytest.mark.parametrize("kept", [0.5, 0.9, 0.999])
def test_a_truncated_wav_gives_what_is_there_and_a_warning(
    tmp_path: Path, kept: float, caplog: pytest.LogCaptureFixture
) -> None:
    path = wav(tmp_path / "a.wav", pcm16(tone(16000)))
    whole = path.read_bytes()
    path.write_bytes(whole[: round(len(whole) * kept)])
    with caplog.at_level(logging.WARNING):
        samples, _ = read_audio(path)
    np.testing.assert_allclose(samples, tone(16000)[: len(samples)], atol=1e-4)
    assert len(samples) == pytest.approx(8000 * kept, abs=30)
    assert "cut short" in caplog.text


def test_a_whole_wav_gives_no_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    read_audio(wav(tmp_path / "a.wav", pcm16(tone(16000))))
    assert caplog.text == ""


def test_a_damaged_flac_gives_what_can_be_decoded(tmp_path: Path) -> None:
    path = encoded(tmp_path / "a.flac", "flac", tone(16000, 4.0), 16000)
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 400] = bytes(400)
    path.write_bytes(data)
    samples, _ = read_audio(path)
    assert len(samples) > 16000


def test_a_playlist_opens_no_connection(tmp_path: Path) -> None:
    """FFmpeg would fetch what a playlist names."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        port = server.getsockname()[1]
        playlist = tmp_path / "a.m3u8"
        playlist.write_text(
            f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nhttp://127.0.0.1:{port}/a.ts\n#EXT-X-ENDLIST\n"
        )
        with pytest.raises(InputError, match="holds no sound"):
            read_audio(playlist)
        with pytest.raises(BlockingIOError):
            server.accept()


@given(
    st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=400),
    st.sampled_from([8000, 16000, 22050, 48000]),
)
def test_what_is_written_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, values: list[float], rate_hz: int
) -> None:
    path = tmp_path_factory.mktemp("wav") / "a.wav"
    samples = np.array(values, np.float32)
    write_wav(path, samples, rate_hz)
    read, read_rate_hz = read_audio(path)
    assert read_rate_hz == rate_hz
    np.testing.assert_allclose(read, samples, atol=1 / 16384)  # half a step of 16 bits, and the scale of 32767


def test_a_written_wav_is_mono_16_bit_clipped_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", np.array([2.0, -2.0, 0.0], np.float32), 22050)
    with wave.open(str(tmp_path / "a.wav")) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 22050)
        assert np.frombuffer(file.readframes(3), "<i2").tolist() == [32767, -32767, 0]
    assert [path.name for path in tmp_path.iterdir()] == ["a.wav"]


@pytest.mark.parametrize("place", ["none/a.wav", "."])
def test_a_place_that_cannot_be_written_is_refused_with_a_sentence(tmp_path: Path, place: str) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(InputError, match="Cannot write"):
        write_wav(tmp_path / ("taken" if place == "." else place), tone(8000), 8000)
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def test_a_full_disk_leaves_the_old_file_as_it_was(tmp_path: Path) -> None:
    """In a process of its own, because the limit on the size of files is for a whole process."""
    path = tmp_path / "a.wav"
    write_wav(path, tone(8000), 8000)
    before = path.read_bytes()
    program = f"""
import pathlib, resource, signal, numpy
from edge_agent.errors import InputError
from edge_agent.lines.audio_file import write_wav
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    write_wav(pathlib.Path({str(path)!r}), numpy.zeros(100_000, numpy.float32), 8000)
except InputError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "Cannot write" in done.stdout
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["a.wav"]

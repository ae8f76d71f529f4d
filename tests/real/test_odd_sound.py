"""`edge-agent talk --fast` on sound of every kind: what was said is heard, and no speech starts no turn."""

import dataclasses
import json
import time
from pathlib import Path

import av
import numpy as np
import pytest
from tiers import fast_first
from typer.testing import CliRunner

from edge_agent import build
from edge_agent.cli import app
from edge_agent.lines.audio_file import read_audio
from edge_agent.resample import resample
from tests.rigs.fakes import ScriptedWriter

pytestmark = pytest.mark.model

QUESTION = Path(__file__).parents[2] / "examples" / "question.wav"
RATE_HZ = 16_000
ANSWER = "It was opened in eighteen eighty three."


@pytest.fixture
def heard_in(engines, monkeypatch, tmp_path):
    """What the command hears in a file, with the real ears and voice and a mind that costs nothing."""
    scripted = dataclasses.replace(engines, writer=ScriptedWriter({}, (ANSWER,)))
    monkeypatch.setattr(build, "engines", lambda settings, chosen: scripted)

    def heard(sound: Path) -> str:
        events, output = tmp_path / "events.jsonl", tmp_path / "out.wav"
        words = f"talk --profile small --fast --input {sound} --events {events} --output {output}".split()
        run = CliRunner().invoke(app, words)
        assert run.exception is None, run.output
        rows = [json.loads(line) for line in events.read_text().splitlines()]
        played, _ = read_audio(output)
        texts = [row["text"] for row in rows if row["type"] == "heard"]
        assert len(texts) == sum(row["type"] == "turn_done" for row in rows)
        assert bool(np.abs(played).max() > 0.01) == bool(texts)
        return " ".join(texts)

    return heard


def question() -> np.ndarray:
    """The question and half a second of silence."""
    samples, rate_hz = read_audio(QUESTION)
    assert rate_hz == RATE_HZ
    return np.concatenate([samples, np.zeros(RATE_HZ // 2, np.float32)])


def encode(path: Path, samples: np.ndarray, rate_hz: int = RATE_HZ, codec="pcm_s16le", layout="mono") -> Path:
    """Write samples of shape (n,) or (channels, n) as FFmpeg does."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate_hz, layout=layout)
        planes = np.ascontiguousarray(np.atleast_2d(samples), dtype=np.float32)
        frame = av.AudioFrame.from_ndarray(planes, format="fltp", layout=layout)
        frame.sample_rate, frame.pts = rate_hz, 0
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    return path


@pytest.mark.parametrize("rate_hz", fast_first([44_100, 8_000, 11_025, 22_050, 48_000, 96_000], 1))
def test_any_sample_rate(heard_in, tmp_path, rate_hz):
    sound = encode(tmp_path / "q.wav", resample(question(), RATE_HZ, rate_hz), rate_hz)
    assert "Brooklyn" in heard_in(sound)


@pytest.mark.parametrize(
    ("codec", "file"),
    fast_first(
        [
            ("mp3", "q.mp3"),
            ("pcm_s24le", "q.wav"),
            ("pcm_u8", "q.wav"),
            ("pcm_f32le", "q.wav"),
            ("pcm_alaw", "q.wav"),
            ("flac", "q.flac"),
        ],
        1,
    ),
)
def test_any_sample_format(heard_in, tmp_path, codec, file):
    assert "Brooklyn" in heard_in(encode(tmp_path / file, question(), codec=codec))


@pytest.mark.parametrize(("layout", "channels"), fast_first([("stereo", 2), ("5.1", 6)], 1))
def test_any_number_of_channels(heard_in, tmp_path, layout, channels):
    """Also with speech in one of them only: they are averaged, so it comes at a sixth of its level."""
    everywhere = np.repeat(question()[None], channels, axis=0)
    assert "Brooklyn" in heard_in(encode(tmp_path / "all.wav", everywhere, layout=layout))
    everywhere[1:] = 0
    assert "Brooklyn" in heard_in(encode(tmp_path / "one.wav", everywhere, layout=layout))


@pytest.mark.parametrize(
    "damaged",
    fast_first(
        [
            lambda samples: np.clip(8 * samples, -1, 1),
            lambda samples: samples / 30,
            lambda samples: samples + 0.3,
            lambda samples: -samples,
        ],
        1,
    ),
    ids=["clipped", "-30 dB", "DC", "inverted"],
)
def test_speech_that_is_not_as_it_should_be(heard_in, tmp_path, damaged):
    assert "Brooklyn" in heard_in(encode(tmp_path / "q.wav", damaged(question()), codec="pcm_f32le"))


def test_a_file_that_was_cut_short(heard_in, tmp_path):
    whole = encode(tmp_path / "q.wav", question()).read_bytes()
    (tmp_path / "q.wav").write_bytes(whole[: -RATE_HZ // 2])
    assert "Brooklyn" in heard_in(tmp_path / "q.wav")


NO_SPEECH = {
    "silence": np.zeros(2 * RATE_HZ),
    "NaN": np.full(2 * RATE_HZ, np.nan),
    "noise": 0.1 * np.random.default_rng(7).standard_normal(2 * RATE_HZ),
    "one sample": np.zeros(1),
    "one loud sample": np.ones(1),
    "DC": np.full(2 * RATE_HZ, 0.5),
    "tone": np.sin(2 * np.pi * 440 * np.arange(2 * RATE_HZ) / RATE_HZ),
}


@pytest.mark.parametrize("kind", fast_first(list(NO_SPEECH), 3))
def test_what_is_no_speech_starts_no_turn(heard_in, tmp_path, kind):
    assert heard_in(encode(tmp_path / "x.wav", NO_SPEECH[kind], codec="pcm_f32le")) == ""


@pytest.mark.slow
def test_ten_minutes_of_silence_around_a_question(heard_in, tmp_path):
    silence = np.zeros(5 * 60 * RATE_HZ, np.float32)
    sound = encode(tmp_path / "long.wav", np.concatenate([silence, question(), silence]))
    started = time.process_time()
    assert "Brooklyn" in heard_in(sound)
    assert time.process_time() - started < 120, "of processor time: 19 000 frames of VAD, and one turn"

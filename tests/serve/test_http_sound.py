"""POST /v1/audio/speech and /v1/audio/transcriptions, over a real loopback socket with scripted engines."""

from __future__ import annotations

import io
import math
import tempfile
import tracemalloc
import wave
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from loopback import Answered, Running, ScriptedEngines, events, job, running
from openai.types.audio import TranscriptionVerbose

from edge_agent.errors import InputError
from edge_agent.host.jobs import Say, Transcribe
from edge_agent.lines.audio_file import read_sound
from edge_agent.resample import resample
from edge_agent.serve.language_names import language_name

QUESTION = Path(__file__).parents[2] / "examples" / "question.wav"
SPEECH = "/v1/audio/speech"
TRANSCRIPTIONS = "/v1/audio/transcriptions"


# --- speech -------------------------------------------------------------------------------------------------------


def decoded(data: bytes) -> tuple[np.ndarray[Any, Any], int]:
    with av.open(io.BytesIO(data)) as container:
        frames = list(container.decode(audio=0))
    return np.concatenate([frame.to_ndarray().ravel() for frame in frames]), frames[0].sample_rate


FORMATS = {"mp3": "audio/mpeg", "opus": "audio/ogg", "aac": "audio/aac", "flac": "audio/flac", "wav": "audio/wav"}


@pytest.mark.parametrize("kind", FORMATS)
def test_speech_in_every_format(server: Running, kind: str) -> None:
    asked = {
        "model": "tts-1",
        "voice": "alloy",
        "input": "one two three four five",
        "response_format": kind,
        "speed": 2,
    }
    answer = server.ask("POST", SPEECH, asked)
    assert answer.headers["content-type"] == FORMATS[kind]
    sound, rate_hz = decoded(answer.body)
    assert abs(len(sound) / rate_hz - 0.5) < 0.07
    said = job(server, Say)
    assert (said.text, said.manner.speed) == (asked["input"], 2)


def test_speech_is_mp3_unless_asked_otherwise_and_pcm_is_bare(server: Running) -> None:
    assert server.ask("POST", SPEECH, {"input": "one"}).headers["content-type"] == "audio/mpeg"
    pcm = server.ask("POST", SPEECH, {"input": "one two", "response_format": "pcm"}).body
    sound = np.frombuffer(pcm, "<i2") / 32768
    assert len(sound) == pytest.approx(0.2 * 24_000, abs=2)
    spectrum = np.abs(np.fft.rfft(sound))
    assert spectrum.argmax() * 24_000 / len(sound) == pytest.approx(440, abs=5)
    assert np.abs(sound).max() == pytest.approx(0.5, abs=0.02)


def test_a_streamed_wav_is_read_by_the_standard_library(server: Running) -> None:
    data = server.ask("POST", SPEECH, {"input": "one two", "response_format": "wav"}).body
    with wave.open(io.BytesIO(data)) as wav:
        assert (wav.getframerate(), wav.getnchannels(), wav.getsampwidth()) == (24_000, 1, 2)


BAD_SPEECH: list[tuple[dict[str, Any], str]] = [
    ({}, "input"),
    ({"input": ""}, "input"),
    ({"input": "x" * 4097}, "input"),
    ({"input": "x", "response_format": "midi"}, "response_format"),
    ({"input": "x", "speed": 5}, "speed"),
    ({"input": "x", "stream_format": "sse"}, "stream_format"),
]


@pytest.mark.parametrize(("body", "param"), BAD_SPEECH, ids=[str(body)[:40] for body, _ in BAD_SPEECH])
def test_speech_that_cannot_be(server: Running, body: dict[str, Any], param: str) -> None:
    answer = server.ask("POST", SPEECH, body)
    assert (answer.status, answer.json()["error"]["param"]) == (400, param)


# --- transcriptions -----------------------------------------------------------------------------------------------


def upload(server: Running, data: bytes | None = None, *more: tuple[str, str], **fields: str) -> Answered:
    boundary = "----x"
    given = (*fields.items(), *more)
    parts = [f'--{boundary}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'.encode() for k, v in given]
    if data is not None:
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="q.wav"\r\n\r\n'
        parts.append(head.encode() + data + b"\r\n")
    body = b"".join(parts) + f"--{boundary}--\r\n".encode()
    return server.ask("POST", TRANSCRIPTIONS, body, Content_Type=f"multipart/form-data; boundary={boundary}")


def long_file(seconds: float) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as wav:
        wav.setparams((1, 2, 8000, 0, "NONE", ""))
        wav.writeframes(bytes(round(seconds * 8000) * 2))
    return buffer.getvalue()


def test_a_transcription(server: Running) -> None:
    answer = upload(server, QUESTION.read_bytes(), model="whisper-1", language="de")
    assert answer.json() == {"text": "hello", "usage": {"type": "duration", "seconds": 2}}
    asked = job(server, Transcribe)
    assert asked.language == "de"
    assert 1.5 < len(asked.samples) / 16_000 < 3


def test_a_transcription_in_other_forms(server: Running) -> None:
    question = QUESTION.read_bytes()
    assert upload(server, question, response_format="text").body == b"hello\n"
    whole = upload(server, question, response_format="verbose_json").json()
    assert (whole["text"], whole["language"], len(whole["segments"])) == ("hello", "english", 1)
    assert whole["segments"][0]["end"] == whole["duration"]
    assert "words" not in whole
    assert upload(server, question, response_format="srt").body.startswith(b"1\n00:00:00,000 --> 00:00:0")
    vtt = upload(server, question, response_format="vtt")
    assert vtt.body.startswith(b"WEBVTT\n\n00:00:00.000 --> ")
    assert vtt.headers["content-type"].startswith("text/vtt")


def test_a_verbose_transcription_has_all_that_its_type_asks_for(server: Running) -> None:
    """AI SDK 7 refuses all of it where a field of a segment is missing."""
    answer = upload(server, long_file(40), response_format="verbose_json").json()
    whole = TranscriptionVerbose.model_validate(answer, strict=True)
    assert whole.segments is not None
    second = whole.segments[1]
    assert (second.tokens, second.temperature, second.no_speech_prob) == ([7], 0.0, 0.1)
    assert second.avg_logprob == pytest.approx(math.log(0.9), abs=1e-4)
    assert 0 < second.compression_ratio < 1, "a short text packs badly"
    assert second.seek == round(100 * second.start)


@pytest.mark.parametrize(
    ("asked", "has"),
    [(["word"], {"words"}), (["word", "segment"], {"words", "segments"}), (["segment"], {"segments"})],
)
@pytest.mark.parametrize("field", ["timestamp_granularities[]", "timestamp_granularities"])
def test_times_of_words_are_in_seconds_of_the_whole_file(
    server: Running, field: str, asked: list[str], has: set[str]
) -> None:
    told = upload(server, long_file(40), *((field, each) for each in asked), response_format="verbose_json").json()
    assert told.keys() & {"words", "segments"} == has
    if "words" in has:
        first, second = TranscriptionVerbose.model_validate(told, strict=True).words or ()
        assert (first.word, first.start, first.end) == ("hello", 0.1, 0.5)
        assert 20 < second.start < 28.2


def test_languages_have_their_english_names() -> None:
    assert [language_name(code) for code in ("en", "de", "ht", "xx", "")] == [
        "english",
        "german",
        "haitian creole",
        "xx",
        "",
    ]


def test_a_long_file_is_transcribed_in_stretches(server: Running) -> None:
    segments = upload(server, long_file(65), response_format="verbose_json").json()["segments"]
    assert len(segments) == 3
    assert [a["end"] for a in segments[:-1]] == [b["start"] for b in segments[1:]]
    assert (segments[0]["start"], segments[-1]["end"]) == (0, 65)


def test_an_upload_is_never_on_the_disk(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    files = list[object]()
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda *args, **options: files.append(options) or io.BytesIO())
    assert len(long_file(70.0)) > 2**20
    assert upload(server, long_file(70.0)).status == 200
    assert files == []


def test_half_an_hour_is_the_most_at_any_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    for rate_hz in (8000, 48_000):
        sound = io.BytesIO()
        with wave.open(sound, "wb") as out:
            out.setnchannels(1), out.setsampwidth(1), out.setframerate(rate_hz)
            out.writeframes(bytes([128]) * rate_hz * 3)
        assert len(read_sound(io.BytesIO(sound.getvalue()), "x", most_s=3.1)[0]) == 3 * rate_hz
        with pytest.raises(InputError, match="more than 2 s"):
            read_sound(io.BytesIO(sound.getvalue()), "x", most_s=2.0)


def test_a_sound_is_at_the_rate_of_the_ears_before_it_is_whole() -> None:
    """Half an hour at 48 kHz took 3.4 times its samples, 1.2 GB."""
    noise = np.random.default_rng(1).uniform(-0.5, 0.5, 48_000 * 60).astype(np.float32)
    sound = io.BytesIO()
    with wave.open(sound, "wb") as out:
        out.setnchannels(1), out.setsampwidth(2), out.setframerate(48_000)
        out.writeframes((noise * 32767).astype("<i2").tobytes())
    data = sound.getvalue()
    whole, rate_hz = read_sound(io.BytesIO(data), "x")
    tracemalloc.start()
    samples, to_hz = read_sound(io.BytesIO(data), "x", to_hz=16_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (rate_hz, to_hz) == (48_000, 16_000)
    assert np.array_equal(samples, resample(whole, 48_000, 16_000))
    assert peak < 2.5 * samples.nbytes


def test_a_transcription_streamed(server: Running) -> None:
    received = events(upload(server, long_file(40), stream="true"))
    assert [event["type"] for event in received] == ["transcript.text.delta"] * 2 + ["transcript.text.done"]
    assert received[-1]["text"] == "hello hello" == "".join(event["delta"] for event in received[:-1])


def test_nobody_spoke() -> None:
    with running(engines=ScriptedEngines(heard=None)) as server:
        assert upload(server, QUESTION.read_bytes()).json()["text"] == ""
        assert upload(server, QUESTION.read_bytes(), response_format="srt").body == b""


def test_ears_that_fail() -> None:
    with running(engines=ScriptedEngines(error="no memory")) as server:
        assert upload(server, QUESTION.read_bytes()).code == "engine_error"
        (event,) = events(upload(server, QUESTION.read_bytes(), stream="true"))
        assert event["error"]["message"] == "no memory"


def test_instructions_are_not_followed_and_the_log_says_so(server: Running, caplog: pytest.LogCaptureFixture) -> None:
    """openai-agents' VoicePipeline sends them of its own accord."""
    assert server.ask("POST", SPEECH, {"input": "x", "instructions": "Whisper."}).status == 200
    assert [record.getMessage() for record in caplog.records] == [
        "The instructions of a speech request are not followed: the voice speaks in one way."
    ]


BAD_UPLOADS: list[tuple[bytes | None, dict[str, str], str]] = [
    (None, {}, "file"),
    (b"no sound", {}, "file"),
    (b"", {}, "file"),
    (b"#EXTM3U\nhttp://192.0.2.1/a.ts\n", {}, "file"),
    (QUESTION.read_bytes(), {"response_format": "xml"}, "response_format"),
    (QUESTION.read_bytes(), {"response_format": "srt", "stream": "true"}, "stream"),
    (QUESTION.read_bytes(), {"timestamp_granularities[]": "word"}, "timestamp_granularities"),
    (QUESTION.read_bytes(), {"timestamp_granularities[]": "line"}, "timestamp_granularities[0]"),
    (QUESTION.read_bytes(), {"language": "English"}, "language"),
]


@pytest.mark.parametrize(("data", "fields", "param"), BAD_UPLOADS, ids=[str(case)[:50] for case in BAD_UPLOADS])
def test_an_upload_that_cannot_be(server: Running, data: bytes | None, fields: dict[str, str], param: str) -> None:
    answer = upload(server, data, **fields)
    assert (answer.status, answer.json()["error"]["param"]) == (400, param)


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data", "multipart/form-data; boundary=x"])
def test_an_upload_that_is_no_form(server: Running, kind: str) -> None:
    assert server.ask("POST", TRANSCRIPTIONS, b"nothing", Content_Type=kind).status == 400


def test_a_voice_that_is_not_installed_is_refused_and_one_that_is_is_asked_for() -> None:
    with running(voices=("joe", "hibari")) as server:
        wrong = server.ask("POST", SPEECH, {"input": "one", "voice": "nobody"})
        assert (wrong.status, wrong.json()["error"]["param"]) == (400, "voice")
        assert "joe, hibari" in wrong.json()["error"]["message"]
        for voice, meant in (("hibari", "hibari"), ({"id": "joe"}, "joe"), ("alloy", None), ("", None)):
            server.engines.jobs.clear()
            assert server.ask("POST", SPEECH, {"input": "one", "voice": voice}).status == 200
            assert job(server, Say).manner.voice == meant

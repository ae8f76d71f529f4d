"""The plain doors, over a real loopback socket with scripted engines."""

from __future__ import annotations

import io
import json
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from loopback import Answered, Running, ScriptedEngines, running
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.realtime import ClientSecretCreateResponse

from edge_agent.serve.chat_request import chat_request
from edge_agent.serve.jobs import Answer, Say, Stop, Transcribe
from edge_agent.think.brief import CallArguments, CallBegun, CallDone, Message, Text, Tool, Usage, Written
from edge_agent.types import Failure

QUESTION = Path(__file__).parents[2] / "examples" / "question.wav"
CHAT = "/v1/chat/completions"
SPEECH = "/v1/audio/speech"
TRANSCRIPTIONS = "/v1/audio/transcriptions"
HELLO = [{"role": "user", "content": "Hello."}]


@pytest.fixture
def server() -> Iterator[Running]:
    with running() as server:
        yield server


def job(server: Running, kind: Any) -> Any:
    """The only job of its kind; it was given up at the end, as every link was closed."""
    (found,) = [each for each in server.engines.jobs if isinstance(each, kind)]
    assert Stop(found.id) in server.engines.jobs
    assert server.engines.open_links == 0
    return found


def events(answer: Answered) -> list[Any]:
    assert answer.headers["content-type"].startswith("text/event-stream")
    lines = [line.removeprefix("data: ") for line in answer.body.decode().split("\n\n") if line]
    return [line if line == "[DONE]" else json.loads(line) for line in lines]


# --- what needs no engine -----------------------------------------------------------------------------------------


def test_health_models_and_metrics(server: Running) -> None:
    assert server.ask("GET", "/health").json() == {"status": "ok"}
    models = server.ask("GET", "/v1/models").json()
    assert [row["id"] for row in models["data"]] == ["llm-1", "asr-1", "voice-1"]
    assert server.ask("GET", "/v1/models/asr-1").json() == models["data"][1]
    assert server.ask("GET", "/v1/models/gpt-4o").code == "model_not_found"
    server.metrics.time("v2v", 0.34)
    server.metrics.time("asr", 0.1)
    server.metrics.hold("think", 2)
    server.metrics.count("turns")
    text = server.ask("GET", "/metrics").body.decode()
    for line in (
        'edge_agent_v2v_seconds_bucket{le="0.4"} 1.0',
        'edge_agent_stage_seconds_count{stage="asr"} 1.0',
        'edge_agent_queue_depth{queue="think"} 2.0',
        'edge_agent_queue_depth{queue="hear"} 0.0',
        "edge_agent_turns_total 1.0",
        "edge_agent_sessions 0.0",
    ):
        assert line in text


def test_no_webrtc(server: Running) -> None:
    answer = server.ask("POST", "/v1/realtime/calls", b"v=0", Content_Type="application/sdp")
    assert (answer.status, answer.code) == (501, "not_implemented")


# --- client secrets -----------------------------------------------------------------------------------------------


def test_a_client_secret_comes_with_the_session_that_it_opens(server: Running) -> None:
    asked = {"session": {"type": "realtime", "model": "gpt-realtime", "instructions": "Sing."}}
    answer = server.ask("POST", "/v1/realtime/client_secrets", asked)
    parsed = ClientSecretCreateResponse.model_validate(answer.json())
    assert parsed.expires_at == int(server.clock.now) + 600
    assert answer.json()["session"]["instructions"] == "Sing."
    assert answer.json()["session"]["model"] == "gpt-realtime"


def test_a_client_secret_for_transcription(server: Running) -> None:
    answer = server.ask("POST", "/v1/realtime/client_secrets", {"session": {"type": "transcription"}})
    assert answer.json()["session"]["object"] == "realtime.transcription_session"


def test_beta_sessions(server: Running) -> None:
    answer = server.ask("POST", "/v1/realtime/sessions", {"model": "gpt-4o-realtime-preview", "voice": "ash"}).json()
    assert answer["client_secret"]["value"].startswith("ek_")
    assert answer["voice"] == "ash"
    assert answer["modalities"] == ["text", "audio"]
    opened = server.upgrade(Authorization=f"Bearer {answer['client_secret']['value']}")
    assert opened.json()["session"]["voice"] == "ash"
    other = server.ask("POST", "/v1/realtime/transcription_sessions", {"input_audio_format": "g711_ulaw"}).json()
    assert other["input_audio_format"] == "g711_ulaw"
    assert other["client_secret"]["expires_at"] == int(server.clock.now) + 600


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"session": {"type": "realtime", "colour": "red"}}, "session.colour"),
        ({"session": {"audio": {"output": {"speed": 9}}}}, "session.audio.output.speed"),
        ({"session": []}, "session"),
        ({"expires_after": {"seconds": 9}}, "expires_after.seconds"),
        ({"expires_after": {"seconds": 7201}}, "expires_after.seconds"),
    ],
)
def test_a_session_that_cannot_be(server: Running, body: Any, param: str) -> None:
    answer = server.ask("POST", "/v1/realtime/client_secrets", body)
    assert answer.status == 400
    assert answer.json()["error"]["param"] == param


# --- chat ---------------------------------------------------------------------------------------------------------


def test_a_chat_completion(server: Running) -> None:
    answer = server.ask("POST", CHAT, {"model": "any", "messages": HELLO, "max_tokens": 9, "temperature": 0.3})
    completion = ChatCompletion.model_validate(answer.json())
    (choice,) = completion.choices
    assert (completion.model, choice.message.content, choice.finish_reason) == ("any", "Hi there.", "stop")
    assert completion.usage is not None
    assert (completion.usage.prompt_tokens, completion.usage.completion_tokens, completion.usage.total_tokens) == (
        7,
        2,
        9,
    )
    brief = job(server, Answer).brief
    assert (brief.spoken, brief.max_tokens, brief.temperature, brief.truncation) == (False, 9, 0.3, "disabled")


def test_a_chat_completion_streamed(server: Running) -> None:
    asked = {"messages": HELLO, "stream": True, "stream_options": {"include_usage": True}}
    *chunks, done = events(server.ask("POST", CHAT, asked))
    assert done == "[DONE]"
    parsed = [ChatCompletionChunk.model_validate(chunk) for chunk in chunks]
    deltas = [chunk.choices[0].delta.content for chunk in parsed if chunk.choices]
    assert deltas == ["", "Hi ", "there.", None]
    assert parsed[-2].choices[0].finish_reason == "stop"
    assert parsed[-1].usage is not None
    assert parsed[-1].usage.total_tokens == 9
    assert len({chunk.id for chunk in parsed}) == 1
    job(server, Answer)


CALLS = [
    CallBegun("light"),
    CallArguments('{"on":'),
    CallArguments(" true}"),
    CallDone('{"on": true}'),
    CallBegun("time"),
    CallDone("{}"),
    Written("stop", Usage()),
]
LIGHT = {"type": "function", "function": {"name": "light", "description": "d", "parameters": {"type": "object"}}}


def test_calls_of_tools() -> None:
    with running(engines=ScriptedEngines(answers=CALLS)) as server:
        answer = server.ask("POST", CHAT, {"messages": HELLO, "tools": [LIGHT], "tool_choice": "required"})
        choice = ChatCompletion.model_validate(answer.json()).choices[0]
        assert (choice.message.content, choice.finish_reason) == (None, "tool_calls")
        made = [call["function"] for call in answer.json()["choices"][0]["message"]["tool_calls"]]
        assert made == [{"name": "light", "arguments": '{"on": true}'}, {"name": "time", "arguments": "{}"}]
        brief = job(server, Answer).brief
        assert brief.tools[0] == Tool("light", "d", {"type": "object"})
        assert brief.tool_choice == "required"


def test_calls_of_tools_streamed() -> None:
    with running(engines=ScriptedEngines(answers=CALLS)) as server:
        *chunks, _ = events(server.ask("POST", CHAT, {"messages": HELLO, "tools": [LIGHT], "stream": True}))
    deltas = [call for c in chunks for call in c["choices"][0]["delta"].get("tool_calls", [])]
    assert [delta["index"] for delta in deltas] == [0, 0, 0, 1]
    assert "".join(delta["function"]["arguments"] for delta in deltas if delta["index"] == 0) == '{"on": true}'
    assert len({delta["id"] for delta in deltas if "id" in delta}) == 2
    assert chunks[-1]["choices"][0]["finish_reason"] == "tool_calls"


def test_an_engine_that_fails_at_once_is_an_error_with_a_status() -> None:
    with running(engines=ScriptedEngines(answers=[Failure("no memory")])) as server:
        for stream in (False, True):
            answer = server.ask("POST", CHAT, {"messages": HELLO, "stream": stream})
            assert (answer.status, answer.code) == (500, "engine_error")


def test_an_engine_that_fails_later_is_an_event() -> None:
    with running(engines=ScriptedEngines(answers=[Text("Hi"), Failure("no memory")])) as server:
        *_, error, done = events(server.ask("POST", CHAT, {"messages": HELLO, "stream": True}))
    assert (error["error"]["message"], done) == ("no memory", "[DONE]")


BAD_CHATS: list[tuple[Any, str | None, str]] = [
    (b"{", None, "invalid_json"),
    (b"[]", None, "invalid_type"),
    (b'{"messages": [{"role": "user", "content": "\\ud800"}]}', None, "invalid_json"),
    (b"[" * 100_000, None, "invalid_json"),
    ({}, "messages", "missing_required_parameter"),
    ({"messages": []}, "messages", "invalid_value"),
    ({"messages": "hello"}, "messages", "invalid_type"),
    ({"messages": [{"role": "king", "content": "x"}]}, "messages[0].role", "invalid_value"),
    ({"messages": [{"role": "user", "content": 5}]}, "messages[0].content", "invalid_type"),
    (
        {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}]},
        "messages[0].content[0].type",
        "unsupported_value",
    ),
    ({"messages": HELLO, "n": 2}, "n", "unsupported_value"),
    ({"messages": HELLO, "stop": ["x"]}, "stop", "unsupported_value"),
    ({"messages": HELLO, "response_format": {"type": "json_object"}}, "response_format", "unsupported_value"),
    ({"messages": HELLO, "temperature": 3}, "temperature", "invalid_value"),
    ({"messages": HELLO, "tool_choice": "required"}, "tool_choice", "invalid_value"),
    ({"messages": HELLO, "tool_choice": {"function": {"name": "x"}}}, "tool_choice", "invalid_value"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "param", "code"), BAD_CHATS, ids=[str(body)[:60] for body, _, _ in BAD_CHATS])
def test_a_chat_that_cannot_be_answered(server: Running, body: Any, param: str | None, code: str) -> None:
    answer = server.ask("POST", CHAT, body)
    assert (answer.status, answer.code, answer.json()["error"]["param"]) == (400, code, param)
    assert server.engines.jobs == []


def test_a_conversation_becomes_a_brief() -> None:
    call = {"id": "call_1", "type": "function", "function": {"name": "light", "arguments": '{"on": true}'}}
    _, brief = chat_request(
        {
            "messages": [
                {"role": "system", "content": "Be kind."},
                {"role": "developer", "content": [{"type": "text", "text": "And brief."}]},
                {"role": "user", "content": "Light!"},
                {"role": "assistant", "content": None, "tool_calls": [call]},
                {"role": "tool", "tool_call_id": "call_1", "content": "done"},
                {"role": "system", "content": "Now."},
            ]
        }
    )
    assert brief.instructions == "Be kind.\n\nAnd brief."
    assert [(message.role, message.text) for message in brief.messages] == [
        ("user", "Light!"),
        ("call", '{"name": "light", "arguments": {"on": true}}'),
        ("result", "done"),
        ("system", "Now."),
    ]
    assert len({brief.key, *(message.key for message in brief.messages)}) == 5


def test_an_answer_is_recognised_when_it_comes_back() -> None:
    """Its key is that of the brief it was made from: the tokens that were generated are in the context."""
    _, first = chat_request({"messages": HELLO})
    _, second = chat_request({"messages": [*HELLO, {"role": "assistant", "content": "Hi."}, *HELLO]})
    assert second.messages[:1] == first.messages
    assert second.messages[1] == Message(first.key, "assistant", "Hi.")
    _, other = chat_request({"messages": [{"role": "user", "content": "Bye."}]})
    assert other.key != first.key


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
    ({"input": "x", "instructions": "Whisper."}, "instructions"),
]


@pytest.mark.parametrize(("body", "param"), BAD_SPEECH, ids=[str(body)[:40] for body, _ in BAD_SPEECH])
def test_speech_that_cannot_be(server: Running, body: dict[str, Any], param: str) -> None:
    answer = server.ask("POST", SPEECH, body)
    assert (answer.status, answer.json()["error"]["param"]) == (400, param)


# --- transcriptions -----------------------------------------------------------------------------------------------


def upload(server: Running, data: bytes | None = None, **fields: str) -> Answered:
    boundary = "----x"
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'.encode() for k, v in fields.items()
    ]
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
    assert (whole["text"], whole["language"], len(whole["segments"])) == ("hello", "en", 1)
    assert whole["segments"][0]["end"] == whole["duration"]
    assert upload(server, question, response_format="srt").body.startswith(b"1\n00:00:00,000 --> 00:00:0")
    vtt = upload(server, question, response_format="vtt")
    assert vtt.body.startswith(b"WEBVTT\n\n00:00:00.000 --> ")
    assert vtt.headers["content-type"].startswith("text/vtt")


def test_a_long_file_is_transcribed_in_stretches(server: Running) -> None:
    segments = upload(server, long_file(65), response_format="verbose_json").json()["segments"]
    assert len(segments) == 3
    assert [a["end"] for a in segments[:-1]] == [b["start"] for b in segments[1:]]
    assert (segments[0]["start"], segments[-1]["end"]) == (0, 65)


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


BAD_UPLOADS: list[tuple[bytes | None, dict[str, str], str]] = [
    (None, {}, "file"),
    (b"no sound", {}, "file"),
    (b"", {}, "file"),
    (b"#EXTM3U\nhttp://192.0.2.1/a.ts\n", {}, "file"),
    (QUESTION.read_bytes(), {"response_format": "xml"}, "response_format"),
    (QUESTION.read_bytes(), {"response_format": "srt", "stream": "true"}, "stream"),
    (QUESTION.read_bytes(), {"timestamp_granularities[]": "word"}, "timestamp_granularities[]"),
    (QUESTION.read_bytes(), {"language": "English"}, "language"),
]


@pytest.mark.parametrize(("data", "fields", "param"), BAD_UPLOADS, ids=[str(case)[:50] for case in BAD_UPLOADS])
def test_an_upload_that_cannot_be(server: Running, data: bytes | None, fields: dict[str, str], param: str) -> None:
    answer = upload(server, data, **fields)
    assert (answer.status, answer.json()["error"]["param"]) == (400, param)


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data", "multipart/form-data; boundary=x"])
def test_an_upload_that_is_no_form(server: Running, kind: str) -> None:
    assert server.ask("POST", TRANSCRIPTIONS, b"nothing", Content_Type=kind).status == 400

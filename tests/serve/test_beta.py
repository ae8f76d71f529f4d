"""The beta dialect: its events in, GA's out, and back; every frame fits the beta types of openai-python."""

import pytest
from openai.types.beta.realtime import RealtimeServerEvent, Session, TranscriptionSession
from openai.types.beta.realtime.response_created_event import ResponseCreatedEvent
from wire_types import fits

from edge_agent.serve.realtime_protocol import session as ga
from edge_agent.serve.realtime_protocol.beta import Beta, item_json, session_json
from edge_agent.serve.realtime_protocol.errors import ClientError, error_event
from edge_agent.serve.realtime_protocol.items import Item, parse_item
from edge_agent.serve.realtime_protocol.requests import parse_request
from edge_agent.serve.realtime_protocol.settings import ServerVad
from tests.rigs.fakes.realtime import Wire, types

SESSION = ga.Session.default(id="sess_1", model="any", instructions="Be brief.", expires_at=9)
RI = {"response_id": "r", "item_id": "i", "output_index": 0, "content_index": 0}


def named(kind):
    return f"{kind}_new"


@pytest.fixture
def beta():
    return Beta("conv_1", named)


def updated(beta, **flat):
    """What a beta client reads after a `session.update`, and the session that comes of it."""
    event = beta.received({"type": "session.update", "session": flat})
    session = SESSION.updated(event["session"], strict=True)
    [answer] = beta.sent({"type": "session.updated", "event_id": "e", "session": session.to_json()})
    return answer["session"], session


def test_the_first_frames_are_the_session_and_its_conversation(beta):
    created, conversation = beta.sent({"type": "session.created", "event_id": "e", "session": SESSION.to_json()})
    assert created["session"] == {
        "id": "sess_1",
        "object": "realtime.session",
        "model": "any",
        "expires_at": 9,
        "instructions": "Be brief.",
        "tools": [],
        "tool_choice": "auto",
        "tracing": None,
        "modalities": ["text", "audio"],
        "voice": "alloy",
        "speed": 1.0,
        "output_audio_format": "pcm16",
        "input_audio_format": "pcm16",
        "input_audio_transcription": None,
        "input_audio_noise_reduction": None,
        "turn_detection": ServerVad(type="server_vad").model_dump(exclude_none=True),
        "temperature": 0.8,
        "max_response_output_tokens": "inf",
    }
    assert conversation == {
        "type": "conversation.created",
        "event_id": "event_new",
        "conversation": {"id": "conv_1", "object": "realtime.conversation"},
    }
    fits(RealtimeServerEvent, conversation)


FLAT = {
    "modalities": ["text"],
    "voice": "ash",
    "speed": 1.5,
    "input_audio_format": "g711_ulaw",
    "output_audio_format": "g711_alaw",
    "input_audio_transcription": {"model": "whisper-1", "language": "en", "prompt": "x"},
    "input_audio_noise_reduction": {"type": "far_field"},
    "turn_detection": {
        "type": "server_vad",
        "threshold": 0.4,
        "prefix_padding_ms": 1,
        "silence_duration_ms": 2,
        "create_response": False,
        "interrupt_response": False,
    },
    "max_response_output_tokens": 5,
    "temperature": 0.7,
    "instructions": "Sing.",
    "tools": [{"type": "function", "name": "f", "description": "d", "parameters": {}}],
    "tool_choice": "required",
    "tracing": "auto",
}


def test_a_session_comes_back_as_it_was_set(beta):
    shown, session = updated(beta, **FLAT)
    assert {key: shown[key] for key in FLAT} == FLAT
    assert session.temperature == 0.7
    fits(Session, {key: value for key, value in shown.items() if key not in ("object", "expires_at", "model")})


def test_each_key_alone_comes_back_and_changes_nothing_else(beta):
    default = session_json(SESSION.to_json())
    for key, value in FLAT.items():
        assert updated(Beta("conv_1", named), **{key: value})[0] == default | {key: value}
    assert updated(beta, turn_detection=None)[0]["turn_detection"] is None
    assert updated(beta, modalities=["audio", "text"])[0] == default


def test_the_temperature_is_that_of_the_last_update_that_was_not_refused(beta):
    event = beta.received({"type": "session.update", "session": {"temperature": 9.0}})
    with pytest.raises(ClientError) as caught:
        SESSION.updated(event["session"])
    [error] = beta.sent(error_event(caught.value))
    assert error["error"]["param"] == "session.temperature"
    assert updated(beta, voice="ash")[0]["temperature"] == 0.8
    assert updated(beta, temperature=0.6)[0]["temperature"] == 0.6
    assert updated(beta, voice="ash")[0]["temperature"] == 0.6


@pytest.mark.parametrize(
    ("flat", "param"),
    [
        ({"turn_detection": {"threshold": 3}}, "session.turn_detection.threshold"),
        ({"modalities": ["smell"]}, "session.modalities"),
        ({"input_audio_format": "mp3"}, "session.input_audio_format"),
        ({"max_response_output_tokens": 0}, "session.max_response_output_tokens"),
        ({"x": 0}, "session.x"),
    ],
)
def test_errors_name_what_the_client_wrote(beta, flat, param):
    with pytest.raises(ClientError) as caught:
        SESSION.updated(beta.received({"type": "session.update", "session": flat})["session"])
    [event] = beta.sent({"event_id": "e", **error_event(caught.value, "mine")})
    assert (event["error"]["param"], event["error"]["event_id"]) == (param, "mine")
    assert f"'{param}'" in event["error"]["message"]
    fits(RealtimeServerEvent, event)


def test_a_transcription_session(beta):
    flat = {
        "input_audio_format": "pcm16",
        "input_audio_transcription": {"model": "whisper-1", "language": "en", "prompt": ""},
        "turn_detection": None,
        "modalities": ["text"],
        "client_secret": {"expires_at": {"anchor": "created_at", "seconds": 60}},
    }
    event = beta.received({"type": "transcription_session.update", "event_id": "mine", "session": flat})
    assert (event["type"], event["event_id"]) == ("session.update", "mine")
    session = SESSION.updated(event["session"], strict=True)
    assert (session.type, session.detection) == ("transcription", None)
    [answer] = beta.sent({"type": "session.updated", "event_id": "e", "session": session.to_json()})
    assert answer["type"] == "transcription_session.updated"
    assert answer["session"]["input_audio_transcription"] == flat["input_audio_transcription"]
    known = TranscriptionSession.model_fields.keys()
    fits(TranscriptionSession, {key: value for key, value in answer["session"].items() if key in known})


def test_a_request_comes_in_nested(beta):
    response = {"modalities": ["text"], "voice": "ash", "output_audio_format": "g711_ulaw", "temperature": 0.7}
    event = beta.received({"type": "response.create", "response": response | {"max_response_output_tokens": 3}})
    request = parse_request(event["response"], SESSION, named, strict=True)
    assert (request.spoken, request.voice, request.output_format) == (False, "ash", "g711_ulaw")
    assert (request.temperature, request.max_output_tokens) == (0.7, 3)
    assert beta.received({"type": "response.create"}) == {"type": "response.create"}


@pytest.mark.parametrize("spoken", [True, False])
def test_a_response_goes_out_flat(beta, spoken):
    request = parse_request({"modalities": ["audio" if spoken else "text"]}, SESSION, named)
    item = Item.assistant("i").closed("completed", **{"transcript" if spoken else "text": "Hi"})
    response = {
        "object": "realtime.response",
        "id": "r",
        "status": "completed",
        "status_details": None,
        "output": [item.to_json()],
        "conversation_id": "conv_1",
        **request.to_json(),
        "usage": None,
    }
    event, limits = beta.sent({"type": "response.created", "event_id": "e", "response": response})
    assert limits == {"type": "rate_limits.updated", "event_id": "event_new", "rate_limits": []}
    assert beta.sent({"type": "rate_limits.updated", "event_id": "e", "rate_limits": []}) == [], "once is enough"
    shown = event["response"]
    assert shown["modalities"] == (["text", "audio"] if spoken else ["text"])
    assert (shown["voice"], shown["output_audio_format"], shown["temperature"]) == ("alloy", "pcm16", 0.8)
    assert shown["output"] == [item_json(item.to_json())]
    fits(ResponseCreatedEvent, event)


@pytest.mark.parametrize(
    ("given", "wanted", "fields"),
    [
        ("response.output_text.delta", "response.text.delta", {"delta": "a"}),
        ("response.output_text.done", "response.text.done", {"text": "a"}),
        ("response.output_audio.delta", "response.audio.delta", {"delta": "AAA="}),
        ("response.output_audio.done", "response.audio.done", {}),
        ("response.output_audio_transcript.delta", "response.audio_transcript.delta", {"delta": "a"}),
        ("response.output_audio_transcript.done", "response.audio_transcript.done", {"transcript": "a"}),
        ("response.content_part.added", "response.content_part.added", {"part": {"type": "text", "text": ""}}),
    ],
)
def test_deltas_change_their_names_and_nothing_else(beta, given, wanted, fields):
    event = {"type": given, "event_id": "e", **RI, **fields}
    assert beta.sent(event) == [event | {"type": wanted}]
    fits(RealtimeServerEvent, beta.sent(event)[0])


@pytest.mark.parametrize(
    "item",
    [
        Item.assistant("i").closed("completed", text="Hi"),
        Item.assistant("i").closed("completed", transcript="Hi"),
        Item.user_audio("i"),
        Item.call("i", call_id="c", name="f").closed("completed", arguments="{}"),
        Item("i", "function_call_output", call_id="c", output="ok"),
    ],
)
def test_items_have_beta_s_content(beta, item):
    added = {"type": "conversation.item.added", "event_id": "e", "previous_item_id": None, "item": item.to_json()}
    [event] = beta.sent(added)
    assert event["type"] == "conversation.item.created"
    assert event["item"]["object"] == "realtime.item"
    assert not any(part["type"].startswith("output_") for part in event["item"].get("content", []))
    fits(RealtimeServerEvent, event)


def test_an_assistant_s_text_comes_in(beta):
    item = {"type": "message", "role": "assistant", "content": [{"type": "text", "text": "Hi"}]}
    event = beta.received({"type": "conversation.item.create", "item": item})
    assert parse_item(event["item"], named).to_json()["content"] == [{"type": "output_text", "text": "Hi"}]


@pytest.mark.parametrize(
    "type", ["conversation.item.done", "input_audio_buffer.timeout_triggered", "response.mcp_call.completed"]
)
def test_what_beta_does_not_have_is_not_sent(beta, type):
    assert beta.sent({"type": type, "event_id": "e", "item": Item.assistant("i").to_json()}) == []


def test_the_event_that_is_translated_is_left_as_it_was(beta):
    item = Item.assistant("i").closed("completed", text="Hi").to_json()
    event = {"type": "conversation.item.added", "event_id": "e", "previous_item_id": None, "item": item}
    before = repr(event)
    beta.sent(event)
    assert repr(event) == before


# --- a beta program that does not say so


@pytest.mark.parametrize(("strict", "answer"), [(False, "session.updated"), (True, "error")])
def test_a_beta_program_without_its_header_is_known_by_its_update(strict, answer, caplog):
    wire = Wire(strict=strict)
    wire.open()
    [event] = wire.send("session.update", session={"modalities": ["text"]})
    assert event["type"] == answer
    [line] = [record.getMessage() for record in caplog.records]
    assert "OpenAI-Beta: realtime=v1" in line
    assert not strict or event["error"]["message"] == line


@pytest.mark.parametrize(
    ("dialect", "session"),
    [("beta", {"modalities": ["text"]}), ("ga", {"type": "realtime"}), ("ga", {"voice": "alloy"})],
)
def test_others_are_not_taken_for_one(dialect, session, caplog):
    wire = Wire(dialect=dialect)
    wire.open()
    assert "error" not in types(wire.send("session.update", session=session))
    assert caplog.records == []

"""Frames of clients: events with sound fields, or a ClientError; whatever comes, nothing else is raised."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.serve.realtime_protocol.client_events import BETA_EVENTS, DEEPEST, EVENTS, parse
from edge_agent.serve.realtime_protocol.errors import ClientError, error_event
from edge_agent.serve.realtime_protocol.items import parse_item
from edge_agent.serve.realtime_protocol.requests import parse_request
from edge_agent.serve.realtime_protocol.session import Session

SESSION = Session.default(id="sess_1", model="any", instructions="Be brief.", expires_at=0)


def read(**event):
    return parse(json.dumps(event))


def refused(frame, **options):
    with pytest.raises(ClientError) as caught:
        parse(frame, **options)
    return caught.value


def test_all_client_events_are_known():
    assert len(EVENTS) == 11
    assert len(BETA_EVENTS) == 12


@pytest.mark.parametrize(
    "event",
    [
        {"type": "session.update", "session": {}},
        {"type": "input_audio_buffer.commit"},
        {"type": "input_audio_buffer.clear", "event_id": "e1"},
        {"type": "output_audio_buffer.clear"},
        {"type": "conversation.item.create", "item": {}, "previous_item_id": "root"},
        {"type": "conversation.item.retrieve", "item_id": "a"},
        {"type": "conversation.item.delete", "item_id": ""},
        {"type": "conversation.item.truncate", "item_id": "a", "content_index": 0, "audio_end_ms": 0},
        {"type": "response.create"},
        {"type": "response.create", "response": {"x": None}},
        {"type": "response.cancel", "response_id": "r"},
    ],
)
def test_a_sound_event_comes_out_as_it_went_in(event):
    assert read(**event) == event
    assert parse(json.dumps(event).encode()) == event


def test_null_is_absent_and_what_is_absent_has_its_default():
    assert read(type="response.create", response=None, event_id=None) == {"type": "response.create"}
    cut = read(type="conversation.item.truncate", item_id="a", audio_end_ms=10.9)
    assert (cut["content_index"], cut["audio_end_ms"]) == (0, 10)


@pytest.mark.parametrize("sound", [b"", b"a", b"abc", bytes(range(256)) * 100])
def test_sound_is_decoded_and_may_be_odd(sound):
    assert read(type="input_audio_buffer.append", audio=base64.b64encode(sound).decode())["audio"] == sound


def test_15_mib_of_sound_are_the_most():
    most = base64.b64encode(bytes(15 * 2**20)).decode()
    assert len(read(type="input_audio_buffer.append", audio=most)["audio"]) == 15 * 2**20
    error = refused(json.dumps({"type": "input_audio_buffer.append", "event_id": "e", "audio": most + "AAAAAAAA"}))
    assert (error.code, error.param, error.event_id) == ("string_above_max_length", "audio", "e")
    assert refused("[" * 22 * 2**20).code == "invalid_json"


@pytest.mark.parametrize("value", ["[],", "1,", "{},"])
def test_a_large_frame_of_many_values_is_refused_unread(value):
    """9 MB of empty arrays took 3.4 s, for which all sessions waited."""
    many = '{"type": "response.create", "response": {"metadata": [' + value * 2**20 + "1]}}"
    assert "more than 32768 values" in refused(many).message
    assert len(read(type="conversation.item.create", item={"text": "word, " * 2**14 * 3})["item"]["text"]) > 2**18


def test_only_sound_makes_a_large_event():
    assert refused(json.dumps({"type": "response.create", "response": {"instructions": "a" * 2**20}})).code == (
        "string_above_max_length"
    )
    assert len(read(type="input_audio_buffer.append", audio="AAAA" * 2**19)["audio"]) == 3 * 2**19


APPEND = '{"type": "input_audio_buffer.append", "audio": %s}'
WRONG = [
    ("", "invalid_json", None),
    ("{", "invalid_json", None),
    (b"\xff\x00", "invalid_json", None),
    ("[]", "invalid_json", None),
    ("null", "invalid_json", None),
    ('{"type": NaN}', "invalid_json", None),
    ('{"type": "response.create", "response": {"x": 1e999}}', "invalid_json", None),
    ('{"type": ' + "9" * 5000 + "}", "invalid_json", None),
    ('{"type": "response.create", "response": {"instructions": "\\ud800"}}', "invalid_json", None),
    ("[" * 100_000, "invalid_json", None),
    ('{"type": "response.create", "response": ' + '{"a":' * DEEPEST + "1" + "}" * DEEPEST + "}", "invalid_json", None),
    ("{}", "missing_required_parameter", "type"),
    ('{"type": 3}', "invalid_type", "type"),
    ('{"type": "session.delete"}', "invalid_value", "type"),
    ('{"type": "transcription_session.update", "session": {}}', "invalid_value", "type"),
    ('{"type": "response.cancel", "x": 1}', "unknown_parameter", "x"),
    ('{"type": "response.cancel", "event_id": 3}', "invalid_type", "event_id"),
    ('{"type": "session.update"}', "missing_required_parameter", "session"),
    ('{"type": "session.update", "session": []}', "invalid_type", "session"),
    ('{"type": "conversation.item.delete", "item_id": null}', "missing_required_parameter", "item_id"),
    ('{"type": "conversation.item.delete", "item_id": "%s"}' % ("x" * 513), "string_above_max_length", "item_id"),
    ('{"type": "conversation.item.truncate", "item_id": "a"}', "missing_required_parameter", "audio_end_ms"),
    ('{"type": "conversation.item.truncate", "item_id": "a", "audio_end_ms": -1}', "invalid_value", "audio_end_ms"),
    ('{"type": "conversation.item.truncate", "item_id": "a", "audio_end_ms": true}', "invalid_type", "audio_end_ms"),
    (APPEND % "3", "invalid_type", "audio"),
    (APPEND % '"AAA"', "invalid_value", "audio"),
    (APPEND % '"AA AA"', "invalid_value", "audio"),
    (APPEND % '"\u00e4\u00f6\u00fc\u00df"', "invalid_value", "audio"),
]


@pytest.mark.parametrize(("frame", "code", "param"), WRONG, ids=lambda value: str(value)[:40])
def test_what_is_wrong_is_refused_by_name(frame, code, param):
    error = refused(frame)
    assert (error.code, error.param) == (code, param)


def test_the_error_names_the_event_that_caused_it():
    error = refused('{"type": "nonsense", "event_id": "mine"}')
    assert error_event(error) == {
        "type": "error",
        "error": {
            "type": "invalid_request_error",
            "code": "invalid_value",
            "message": "Invalid value for 'type': there is no client event 'nonsense'.",
            "param": "type",
            "event_id": "mine",
        },
    }
    assert refused('{"type": "nonsense", "event_id": 3}').event_id is None


KEYS = """type session audio input output item response item_id role content text tools tool_choice voice turn_detection
format metadata name call_id id threshold modalities input_audio_format silence_duration_ms"""
NAMES = st.sampled_from(KEYS.split())
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    SCALARS | st.text(max_size=8) | st.sampled_from(["message", "user", "server_vad", "function"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)
TYPES = st.sampled_from(sorted(BETA_EVENTS))
EVENT = st.builds(lambda kind, rest: {**rest, "type": kind}, TYPES, st.dictionaries(NAMES, JSON, max_size=5))


@given(st.text() | st.binary() | JSON.map(json.dumps) | EVENT.map(json.dumps), st.booleans())
def test_no_frame_raises_anything_but_a_client_error(frame, beta):
    try:
        event = parse(frame, beta=beta)
    except ClientError as error:
        json.dumps(error_event(error), allow_nan=False)
    else:
        assert event["type"] in BETA_EVENTS


@given(st.dictionaries(NAMES, JSON, max_size=6), st.booleans())
def test_no_session_item_or_request_raises_anything_but_a_client_error(value, strict):
    for use in (
        lambda: SESSION.updated(value, strict=strict).to_json(),
        lambda: parse_item(value, str).to_json(),
        lambda: parse_request(value, SESSION, str, strict=strict).to_json(),
    ):
        try:
            json.dumps(use(), allow_nan=False)
        except ClientError as error:
            json.dumps(error_event(error), allow_nan=False)

"""response.create: the session's settings, and over them what the request says."""

from dataclasses import replace

import pytest
from openai.types.realtime import RealtimeResponse
from wire_types import fits

from edge_agent.serve.realtime_protocol.errors import ClientError
from edge_agent.serve.realtime_protocol.items import ItemReference
from edge_agent.serve.realtime_protocol.requests import parse_request, session_request
from edge_agent.serve.realtime_protocol.session import Session
from edge_agent.think.brief import Tool

TOOLS = [{"type": "function", "name": "weather"}, {"type": "function", "name": "clock"}]
SESSION = Session.default(id="sess_1", model="any", instructions="Be brief.", expires_at=0).updated(
    {"tools": TOOLS, "max_output_tokens": 50, "voice": "ash", "speed": 1.2, "output_audio_format": "g711_ulaw"}
)


def named(kind):
    return f"{kind}_new"


def asked(**response):
    return parse_request(response, SESSION, named)


def test_an_empty_request_is_the_session_s():
    assert asked() == parse_request(None, SESSION, named) == session_request(SESSION)
    request = asked()
    assert (request.in_conversation, request.input, request.metadata) == (True, None, None)
    assert request.instructions == "Be brief."
    assert (request.voice, request.manner.speed, request.output_format) == ("ash", 1.2, "g711_ulaw")
    assert (request.max_output_tokens, request.tools) == (50, (Tool("weather"), Tool("clock")))


def test_null_is_the_session_s_too():
    assert asked(instructions=None, tools=None, max_output_tokens=None, input=None, metadata=None) == asked()


def test_each_override_holds_for_this_response_only():
    request = asked(
        conversation="none",
        input=[{"type": "item_reference", "id": "a"}, {"type": "message", "role": "user", "content": []}],
        instructions="Sing.",
        output_modalities=["text"],
        audio={"output": {"format": {"type": "audio/pcm"}, "voice": "marin"}},
        tools=[TOOLS[1]],
        tool_choice={"type": "function", "name": "clock"},
        parallel_tool_calls=False,
        max_output_tokens="inf",
        metadata={"a": "b"},
        prompt={"id": "p"},
    )
    assert (request.in_conversation, request.instructions, request.spoken) == (False, "Sing.", False)
    assert request.input[0] == ItemReference("a")
    assert request.input[1].id == "item_new"
    assert (request.output_format, request.voice) == ("pcm16", "marin")
    assert (request.tools, request.tool_choice, request.parallel_tool_calls) == ((Tool("clock"),), "clock", False)
    assert (request.max_output_tokens, request.metadata) == (None, {"a": "b"})
    assert asked() == session_request(SESSION)


def test_an_empty_input_is_an_empty_context():
    assert asked(input=[]).input == ()


def test_flat_keys_of_beta_are_understood_unless_strict():
    request = asked(modalities=["text"], voice="marin", output_audio_format="g711_alaw", max_response_output_tokens=3)
    assert (request.spoken, request.voice, request.output_format) == (False, "marin", "g711_alaw")
    assert (request.max_output_tokens, asked(temperature=0.7).temperature) == (3, 0.7)
    with pytest.raises(ClientError) as caught:
        parse_request({"voice": "marin"}, SESSION, named, strict=True)
    assert (caught.value.code, caught.value.param) == ("unknown_parameter", "response.voice")


@pytest.mark.parametrize(
    ("choice", "tools", "wanted"),
    [
        ("required", TOOLS, "required"),
        ("required", [], "auto"),
        ("none", TOOLS, "none"),
        ({"type": "function", "name": "clock"}, TOOLS, "clock"),
        ({"type": "function", "name": "gone"}, TOOLS, "auto"),
    ],
)
def test_what_the_session_chose_counts_as_far_as_there_are_tools(choice, tools, wanted):
    assert session_request(SESSION.updated({"tools": tools, "tool_choice": choice})).tool_choice == wanted


@pytest.mark.parametrize(
    ("response", "code", "param"),
    [
        ({"x": 1}, "unknown_parameter", "response.x"),
        ({"conversation": "other"}, "invalid_value", "response.conversation"),
        ({"input": {}}, "invalid_type", "response.input"),
        ({"input": [{"type": "message", "role": "user"}]}, "missing_required_parameter", "response.input[0].content"),
        ({"tool_choice": {"type": "function", "name": "gone"}}, "invalid_value", "response.tool_choice"),
        ({"metadata": {"a": 1}}, "invalid_type", "response.metadata.a"),
        ({"metadata": {"a": "x" * 513}}, "string_above_max_length", "response.metadata.a"),
        ({"metadata": {"k" * 65: "x"}}, "string_above_max_length", "response.metadata." + "k" * 65),
        ({"metadata": {str(i): "x" for i in range(17)}}, "invalid_value", "response.metadata"),
        ({"audio": {"output": {"speed": 1}}}, "unknown_parameter", "response.audio.output.speed"),
        ({"output_audio_format": "mp3"}, "invalid_value", "response.audio.output.format"),
    ],
)
def test_what_is_wrong_is_refused_by_name(response, code, param):
    with pytest.raises(ClientError) as caught:
        asked(**response)
    assert (caught.value.code, caught.value.param) == (code, param)


def test_a_response_object_says_what_was_asked():
    shown = asked(metadata={"a": "b"}).to_json()
    assert shown == {
        "output_modalities": ["audio"],
        "max_output_tokens": 50,
        "audio": {"output": {"format": {"type": "audio/pcmu"}, "voice": "ash"}},
        "metadata": {"a": "b"},
    }
    fits(RealtimeResponse, shown)
    assert replace(asked(), max_output_tokens=None, spoken=False).to_json()["max_output_tokens"] == "inf"

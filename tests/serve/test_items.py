"""Items: what a client may make, what it may not, and how they look on the wire."""

import base64

import pytest
from openai.types.realtime import ConversationItem
from wire_types import fits

from edge_agent.serve.realtime_protocol.errors import ClientError
from edge_agent.serve.realtime_protocol.items import Content, Item, ItemReference, parse_input, parse_item


def named(kind):
    return f"{kind}_new"


def message(role, *content, **more):
    return {"type": "message", "role": role, "content": list(content), **more}


HI = {"type": "input_text", "text": "Hi."}
WIRE = [
    message("system", HI, id="a", status="completed"),
    message("user", HI, {"type": "input_audio", "transcript": "there"}, id="b", status="completed"),
    message("user", {"type": "input_audio", "transcript": None}, id="b", status="completed"),
    message("assistant", {"type": "output_text", "text": "Hi."}, id="c", status="completed"),
    message("user", id="d", status="completed"),
    {"id": "e", "type": "function_call", "status": "completed", "name": "f", "call_id": "c1", "arguments": "{}"},
    {"id": "f", "type": "function_call_output", "call_id": "c1", "output": "ok"},
]


@pytest.mark.parametrize("wire", WIRE, ids=lambda wire: wire.get("role", wire["type"]))
def test_what_a_client_makes_is_shown_as_it_was_made(wire):
    shown = parse_item(wire, named).to_json()
    assert shown == wire
    fits(ConversationItem, shown)


def test_ids_that_are_not_given_are_made_and_the_status_is_ours():
    assert parse_item(message("user", HI), named).id == "item_new"
    call = parse_item({"type": "function_call", "name": "f", "arguments": "", "status": "in_progress"}, named)
    assert (call.id, call.call_id, call.status) == ("item_new", "call_new", "completed")
    long_id = "x" * 100
    assert parse_item(message("user", HI, id=long_id, object="realtime.item"), named).id == long_id


def test_beta_calls_the_words_of_an_assistant_text():
    item = parse_item(message("assistant", {"type": "text", "text": "Hi."}), named)
    assert item.content == (Content("output_text", "Hi."),)


def test_the_sound_of_a_user_is_decoded():
    sound = base64.b64encode(b"abc").decode()
    item = parse_item(message("user", {"type": "input_audio", "audio": sound}), named)
    assert item.content == (Content("input_audio", None, b"abc"),)
    assert item.to_json()["content"] == [{"type": "input_audio", "transcript": None}]
    assert item.to_json(b"abc")["content"] == [{"type": "input_audio", "audio": sound, "transcript": None}]
    fits(ConversationItem, item.to_json(b"abc"))


def test_items_that_the_server_makes():
    item = Item.assistant("a")
    assert item.to_json() == message("assistant", id="a", status="in_progress")
    spoken = item.closed("incomplete", transcript="Hello")
    assert spoken.to_json()["content"] == [{"type": "output_audio", "transcript": "Hello"}]
    assert spoken.said("Hel").to_json()["content"] == [{"type": "output_audio", "transcript": "Hel"}]
    assert item.closed("completed", text="x").to_json()["content"] == [{"type": "output_text", "text": "x"}]
    call = Item.call("b", call_id="c1", name="f")
    assert (call.to_json()["status"], call.to_json()["arguments"]) == ("in_progress", "")
    closed = call.closed("completed", arguments="{}").to_json()
    assert (closed["status"], closed["arguments"]) == ("completed", "{}")
    assert Item.user_audio("u").said("Hi").content == (Content("input_audio", "Hi"),)
    for shown in (item, spoken, call, Item.user_audio("u")):
        fits(ConversationItem, shown.to_json())


@pytest.mark.parametrize(
    ("item", "code", "param"),
    [
        ({}, "missing_required_parameter", "item.type"),
        ({"type": "mcp_call"}, "invalid_value", "item.type"),
        ({"type": "message", "content": []}, "missing_required_parameter", "item.role"),
        (message("tool"), "invalid_value", "item.role"),
        ({"type": "message", "role": "user"}, "missing_required_parameter", "item.content"),
        (message("user", "Hi."), "invalid_type", "item.content[0]"),
        (message("user", HI, {"type": "input_image", "image_url": "data:"}), "invalid_value", "item.content[1].type"),
        (message("user", {"type": "output_text", "text": ""}), "invalid_value", "item.content[0].type"),
        (message("user", {"type": "input_text"}), "missing_required_parameter", "item.content[0].text"),
        (message("user", {"type": "input_text", "text": 1}), "invalid_type", "item.content[0].text"),
        (message("user", {"type": "input_audio", "audio": "?"}), "invalid_value", "item.content[0].audio"),
        (message("system", {"type": "input_audio"}), "invalid_value", "item.content[0].type"),
        (message("assistant", HI), "invalid_value", "item.content[0].type"),
        (message("assistant", {"type": "output_audio"}), "invalid_value", "item.content[0].type"),
        (message("user", HI, id=3), "invalid_type", "item.id"),
        (message("user", HI, id="x" * 513), "string_above_max_length", "item.id"),
        (message("user", HI, status="cancelled"), "invalid_value", "item.status"),
        (message("user", HI, x=1), "unknown_parameter", "item.x"),
        ({"type": "function_call", "arguments": ""}, "missing_required_parameter", "item.name"),
        ({"type": "function_call_output", "output": ""}, "missing_required_parameter", "item.call_id"),
        ({"type": "function_call_output", "call_id": "c", "output": {}}, "invalid_type", "item.output"),
    ],
)
def test_what_is_wrong_is_refused_by_name(item, code, param):
    with pytest.raises(ClientError) as caught:
        parse_item(item, named)
    assert (caught.value.code, caught.value.param) == (code, param)


def test_the_input_of_a_response_may_refer_to_items():
    assert parse_input({"type": "item_reference", "id": "a"}, named, "response.input[0]") == ItemReference("a")
    assert isinstance(parse_input(message("user", HI), named, "response.input[0]"), Item)
    with pytest.raises(ClientError) as caught:
        parse_input({"type": "item_reference"}, named, "response.input[0]")
    assert caught.value.param == "response.input[0].id"

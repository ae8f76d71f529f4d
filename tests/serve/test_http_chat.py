"""POST /v1/chat/completions, over a real loopback socket with a scripted LLM."""

from __future__ import annotations

import json
from typing import Any

import pytest
from loopback import Running, ScriptedEngines, events, job, running
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from edge_agent.errors import PromptTooLong
from edge_agent.host.jobs import Answer
from edge_agent.serve.chat_request import chat_request
from edge_agent.think.brief import CallArguments, CallBegun, CallDone, Message, Text, Tool, Usage, Written
from edge_agent.types import Failure

CHAT = "/v1/chat/completions"
HELLO = [{"role": "user", "content": "Hello."}]


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


def test_a_conversation_that_the_context_does_not_hold_is_the_clients_to_cut() -> None:
    """As the hosted service says it: libraries know the code, and do not try again."""
    with running(engines=ScriptedEngines(answers=[Failure("9 tokens, 5 fit", PromptTooLong.code)])) as server:
        for stream in (False, True):
            answer = server.ask("POST", CHAT, {"messages": HELLO, "stream": stream})
            assert answer.status == 400
            assert answer.json()["error"] == {
                "message": "9 tokens, 5 fit",
                "type": "invalid_request_error",
                "param": "messages",
                "code": "context_length_exceeded",
            }


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
    ({"messages": HELLO, "top_p": 1.5}, "top_p", "invalid_value"),
    ({"messages": HELLO, "frequency_penalty": 1.0}, "frequency_penalty", "unsupported_value"),
    ({"messages": HELLO, "presence_penalty": 1}, "presence_penalty", "unsupported_value"),
    ({"messages": HELLO, "logit_bias": {"7": 1}}, "logit_bias", "unsupported_value"),
    ({"messages": HELLO, "stop": ["x"] * 5}, "stop", "invalid_value"),
    ({"messages": HELLO, "stop": 5}, "stop", "invalid_type"),
    ({"messages": HELLO, "response_format": {"type": "xml"}}, "response_format.type", "invalid_value"),
    (
        {"messages": HELLO, "response_format": {"type": "json_schema", "json_schema": {"schema": {"type": "array"}}}},
        "response_format",
        "invalid_value",
    ),
    ({"messages": HELLO, "temperature": 3}, "temperature", "invalid_value"),
    ({"messages": HELLO, "tool_choice": "required"}, "tool_choice", "invalid_value"),
    ({"messages": HELLO, "tool_choice": {"function": {"name": "x"}}}, "tool_choice", "invalid_value"),
    (
        {"messages": HELLO, "tools": [{"type": "function", "function": {"name": "set it"}}]},
        "tools",
        "invalid_value",
    ),
    (
        {"messages": HELLO, "tools": [{"type": "function", "function": {"name": "f", "parameters": {"$ref": "#"}}}]},
        "tools",
        "invalid_value",
    ),
]  # fmt: skip


def test_a_body_that_no_context_holds_is_not_read_to_its_end(server: Running) -> None:
    answer = server.ask("POST", CHAT, b"[" + b"{}," * 2**20)
    assert (answer.status, answer.code) == (413, "request_too_large")


@pytest.mark.parametrize(("body", "param", "code"), BAD_CHATS, ids=[str(body)[:60] for body, _, _ in BAD_CHATS])
def test_a_chat_that_cannot_be_answered(server: Running, body: Any, param: str | None, code: str) -> None:
    answer = server.ask("POST", CHAT, body)
    assert (answer.status, answer.code, answer.json()["error"]["param"]) == (400, code, param)
    assert server.engines.jobs == []


CITY = {"type": "object", "properties": {"city": {"type": "string"}}}


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ({"top_p": 0.5}, {"top_p": 0.5}),
        ({"top_p": 1, "stop": None}, {"top_p": 1, "stop": ()}),
        ({"stop": "END"}, {"stop": ("END",)}),
        ({"stop": ["END", "\n"]}, {"stop": ("END", "\n")}),
        ({"stop": ""}, {"stop": ()}),
        ({"response_format": {"type": "text"}}, {"schema": None}),
        ({"response_format": {"type": "json_object"}}, {"schema": {"type": "object"}}),
        (
            {"response_format": {"type": "json_schema", "json_schema": {"name": "c", "strict": True, "schema": CITY}}},
            {"schema": CITY},
        ),
    ],
)
def test_what_front_ends_send_reaches_the_writer(server: Running, asked: Any, wanted: dict[str, Any]) -> None:
    assert server.ask("POST", CHAT, {"messages": HELLO, **asked}).status == 200
    brief = job(server, Answer).brief
    assert {name: getattr(brief, name) for name in wanted} == wanted


def test_a_long_value_that_is_refused_is_named_in_a_whole_sentence(server: Running) -> None:
    answer = server.ask("POST", CHAT, {"messages": HELLO, "logit_bias": {str(i): 1 for i in range(99)}})
    assert answer.json()["error"]["message"].endswith("... here.")


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


@pytest.mark.parametrize("arguments", ["[" * 20_000 + "]" * 10_000, '{"a":' * 20_000], ids=["whole", "cut"])
def test_deeply_nested_arguments_of_the_past_are_a_text(arguments: str) -> None:
    call = {"id": "call_1", "type": "function", "function": {"name": "light", "arguments": arguments}}
    _, brief = chat_request(
        {"messages": [*HELLO, {"role": "assistant", "content": None, "tool_calls": [call]}, *HELLO]}
    )
    (text,) = [message.text for message in brief.messages if message.role == "call"]
    assert json.loads(text) == {"name": "light", "arguments": arguments}


def test_an_answer_is_recognised_when_it_comes_back() -> None:
    """Its key is that of the brief it was made from: the tokens that were generated are in the context."""
    _, first = chat_request({"messages": HELLO})
    _, second = chat_request({"messages": [*HELLO, {"role": "assistant", "content": "Hi."}, *HELLO]})
    assert second.messages[:1] == first.messages
    assert second.messages[1] == Message(first.key, "assistant", "Hi.")
    _, other = chat_request({"messages": [{"role": "user", "content": "Bye."}]})
    assert other.key != first.key

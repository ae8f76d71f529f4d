"""POST /v1/responses: the client of openai-python against a server with a scripted LLM, and what its types say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from loopback import Running, ScriptedEngines, job, running
from openai import BadRequestError, InternalServerError, NotFoundError, OpenAI
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter

from edge_agent.errors import PromptTooLong
from edge_agent.host.jobs import Answer, Stop
from edge_agent.serve import http_responses
from edge_agent.think.brief import Brief, CallArguments, CallBegun, CallDone, Text, Usage, Written
from edge_agent.types import Failure

LIGHT = {"type": "function", "name": "light", "description": "d", "parameters": {"type": "object"}, "strict": True}
CALLS = [Text("Sure."), CallBegun("light"), CallArguments('{"on":'), CallArguments(" true}"), CallDone('{"on": true}')]
DONE = Written("stop", Usage(7, 3, 2))
CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}


def client_of(server: Running) -> Any:
    """Untyped: what is sent here is more than its stubs allow."""
    return OpenAI(api_key="any", base_url=f"http://127.0.0.1:{server.port}/v1", max_retries=0)


@pytest.fixture
def client(server: Running) -> Iterator[Any]:
    with client_of(server) as made:
        yield made


def asked(server: Running) -> Brief:
    """Of the last answer."""
    return [each for each in server.engines.jobs if isinstance(each, Answer)][-1].brief


def spoken_of(brief: Brief) -> list[tuple[str, str]]:
    return [(message.role, message.text) for message in brief.messages]


def strictly(response: Any) -> Response:
    """What came over the wire, as its type has it: the client itself checks nothing."""
    return Response.model_validate(response.to_dict(), strict=True)


def test_a_response_in_text(server: Running, client: Any) -> None:
    made = client.responses.create(
        model="any", instructions="Be kind.", input="Hello.", max_output_tokens=9, temperature=0.3, top_p=0.5
    )
    response = strictly(made)
    assert (response.output_text, response.status, response.model) == ("Hi there.", "completed", "any")
    assert response.usage is not None
    assert (response.usage.input_tokens, response.usage.output_tokens, response.usage.total_tokens) == (7, 2, 9)
    brief = job(server, Answer).brief
    assert (brief.instructions, brief.spoken, brief.max_tokens, brief.temperature, brief.top_p, brief.truncation) == (
        "Be kind.", False, 9, 0.3, 0.5, "disabled",
    )  # fmt: skip


def test_an_answer_that_was_cut_is_incomplete() -> None:
    cut = [Text("Hi"), Written("length", Usage(7, 3, 2))]
    with running(engines=ScriptedEngines(answers=cut)) as server, client_of(server) as client:
        response = strictly(client.responses.create(input="Hello."))
    assert (response.status, response.output[0].status) == ("incomplete", "incomplete")  # type: ignore[union-attr]
    assert response.incomplete_details is not None
    assert response.incomplete_details.reason == "max_output_tokens"


TEXT_EVENTS = (
    "response.created response.in_progress response.output_item.added response.content_part.added "
    "response.output_text.delta response.output_text.delta response.output_text.done response.content_part.done "
    "response.output_item.done response.completed"
)
CALL_EVENTS = (
    "response.created response.in_progress response.output_item.added response.content_part.added "
    "response.output_text.delta response.output_text.done response.content_part.done response.output_item.done "
    "response.output_item.added response.function_call_arguments.delta response.function_call_arguments.delta "
    "response.function_call_arguments.done response.output_item.done response.completed"
)


@pytest.mark.parametrize(
    ("answers", "names"), [(None, TEXT_EVENTS), ([*CALLS, DONE], CALL_EVENTS)], ids=["text", "call"]
)
def test_a_stream_tells_the_parts_in_order_and_ends_with_the_whole(answers: Any, names: str) -> None:
    engines = ScriptedEngines(answers=answers) if answers else ScriptedEngines()
    with running(engines=engines) as server, client_of(server) as client:
        with client.responses.create(input="Hello.", tools=[LIGHT], stream=True) as stream:
            events = [event.to_dict() for event in stream]
        for event in events:
            TypeAdapter(ResponseStreamEvent).validate_python(event, strict=True)
        assert " ".join(event["type"] for event in events) == names
        assert [event["sequence_number"] for event in events] == list(range(len(events)))
        assert events[0]["response"]["output"] == []
        whole = events[-1]["response"]
        added = [event["item"] for event in events if event["type"] == "response.output_item.added"]
        done = [event["item"] for event in events if event["type"] == "response.output_item.done"]
        assert done == whole["output"]
        assert [item["id"] for item in added] == [item["id"] for item in done]
        assert all(item["status"] == "in_progress" for item in added)
        said = "".join(event["delta"] for event in events if event["type"] == "response.output_text.delta")
        assert said == whole["output"][0]["content"][0]["text"]
        assert client.responses.retrieve(whole["id"]).to_dict() == whole


def test_the_stream_of_the_client_itself_reads_it(client: Any) -> None:
    with client.responses.stream(model="any", input="Hello.") as stream:
        kinds = {event.type for event in stream}
        assert "response.output_text.delta" in kinds
        assert stream.get_final_response().output_text == "Hi there."


def test_a_call_and_its_result_by_the_id_of_the_response() -> None:
    engines = ScriptedEngines(answers=[*CALLS, DONE])
    with running(engines=engines) as server, client_of(server) as client:
        first = strictly(client.responses.create(instructions="A.", input="Light!", tools=[LIGHT], tool_choice="auto"))
        words, call = first.output
        assert (words.type, call.type) == ("message", "function_call")
        assert (call.name, call.arguments) == ("light", '{"on": true}')  # type: ignore[union-attr]
        engines.answers = [Text("It is on."), DONE]
        result = {"type": "function_call_output", "call_id": call.call_id, "output": "ok"}  # type: ignore[union-attr]
        second = client.responses.create(previous_response_id=first.id, input=[result], tools=[LIGHT])
        assert (second.output_text, second.previous_response_id) == ("It is on.", first.id)
        told = asked(server)
        assert told.instructions == "", "those of the response before are not carried over"
        called = '{"name": "light", "arguments": {"on": true}}'
        assert spoken_of(told) == [("user", "Light!"), ("assistant", "Sure."), ("call", called), ("result", "ok")]


def test_all_of_a_conversation_said_again_is_recognised(server: Running, client: Any) -> None:
    first = client.responses.create(input=[{"role": "user", "content": "Hello."}])
    key = asked(server).key
    items = [item.to_dict() for item in first.output]
    again = [
        {"role": "user", "content": [{"type": "input_text", "text": "Hello."}]},
        *items,
        {"role": "user", "content": "?"},
    ]
    client.responses.create(input=again)
    assert spoken_of(asked(server)) == [("user", "Hello."), ("assistant", "Hi there."), ("user", "?")]
    assert asked(server).messages[1].key == key


def test_an_item_may_be_named_by_its_id(server: Running, client: Any) -> None:
    """As the AI SDK does."""
    made = client.responses.create(input="Hello.").output[0]
    named = {"type": "item_reference", "id": made.id}
    client.responses.create(input=[{"role": "user", "content": "Hello."}, named, {"role": "user", "content": "?"}])
    assert spoken_of(asked(server))[1] == ("assistant", "Hi there.")


def test_thoughts_are_passed_over_and_developers_speak_as_the_system(server: Running, client: Any) -> None:
    thought = {"type": "reasoning", "id": "rs_1", "summary": []}
    client.responses.create(input=[{"role": "developer", "content": "Now."}, thought, {"role": "user", "content": "?"}])
    assert spoken_of(asked(server)) == [("system", "Now."), ("user", "?")]


def test_what_is_not_to_be_stored_is_not_there(client: Any) -> None:
    made = client.responses.create(input="Hello.", store=False)
    with pytest.raises(NotFoundError):
        client.responses.retrieve(made.id)
    with pytest.raises(BadRequestError) as refused:
        client.responses.create(input="And?", previous_response_id=made.id)
    assert (refused.value.code, refused.value.param) == ("previous_response_not_found", "previous_response_id")


def test_a_response_can_be_deleted(client: Any) -> None:
    made = client.responses.create(input="Hello.")
    client.responses.delete(made.id)
    with pytest.raises(NotFoundError):
        client.responses.retrieve(made.id)


def test_the_oldest_are_forgotten(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_responses, "MOST_STORED", 2)
    made = [client.responses.create(input=f"{i}").id for i in range(2)]
    client.responses.retrieve(made[0])  # which is now the younger one
    made.append(client.responses.create(input="2").id)
    with pytest.raises(NotFoundError):
        client.responses.retrieve(made[1])
    assert client.responses.retrieve(made[0]).output_text == "Hi there."


def test_json_of_a_schema_is_asked_of_the_writer(server: Running, client: Any) -> None:
    form = {"type": "json_schema", "name": "city", "strict": True, "schema": CITY}
    response = strictly(client.responses.create(input="Where?", text={"format": form}))
    assert asked(server).schema == CITY
    assert response.text is not None
    assert response.text.to_dict()["format"]["schema"] == CITY  # type: ignore[index]
    client.responses.create(input="Where?", text={"format": {"type": "text"}, "verbosity": "low"})
    assert asked(server).schema is None


def test_an_engine_that_fails_at_once_is_an_error_with_a_status() -> None:
    with running(engines=ScriptedEngines(answers=[Failure("no memory")])) as server, client_of(server) as client:
        for stream in (False, True):
            with pytest.raises(InternalServerError):
                client.responses.create(input="Hello.", stream=stream)


def test_an_engine_that_fails_later_fails_the_response() -> None:
    engines = ScriptedEngines(answers=[Text("Hi"), Failure("no memory")])
    with running(engines=engines) as server, client_of(server) as client:
        with client.responses.create(input="Hello.", stream=True) as stream:
            *_, last = stream
        failed = strictly(last.response)
        assert (last.type, failed.status, failed.error.message) == ("response.failed", "failed", "no memory")  # type: ignore[union-attr]
        with pytest.raises(InternalServerError):
            client.responses.create(input="Hello.")
        assert engines.open_links == 0
        assert len([each for each in engines.jobs if isinstance(each, Stop)]) == 2


def test_a_conversation_that_the_context_does_not_hold() -> None:
    engines = ScriptedEngines(answers=[Failure("9 tokens, 5 fit", PromptTooLong.code)])
    with running(engines=engines) as server, client_of(server) as client, pytest.raises(BadRequestError) as refused:
        client.responses.create(input="Hello.")
    assert (refused.value.code, refused.value.param) == ("context_length_exceeded", "input")


BROKEN = {"type": "json_schema", "name": "x", "schema": {"$ref": "#"}}
BAD: list[tuple[dict[str, Any], str, str]] = [
    ({}, "input", "missing_required_parameter"),
    ({"input": []}, "input", "invalid_value"),
    ({"input": "x", "background": True}, "background", "unsupported_value"),
    ({"input": "x", "conversation": "conv_1"}, "conversation", "unsupported_value"),
    ({"input": "x", "include": ["message.output_text.logprobs"]}, "include", "unsupported_value"),
    ({"input": "x", "tools": [{"type": "web_search"}]}, "tools[0].type", "invalid_value"),
    ({"input": "x", "tools": [{"type": "mcp", "name": "x"}]}, "tools[0].type", "invalid_value"),
    ({"input": "x", "tool_choice": "required"}, "tool_choice", "invalid_value"),
    ({"input": "x", "tools": [{"type": "function", "name": "set it"}]}, "tools", "invalid_value"),
    ({"input": "x", "text": {"format": BROKEN}}, "text.format", "invalid_value"),
    ({"input": [{"type": "item_reference", "id": "msg_0"}]}, "input[0]", "invalid_value"),
    (
        {"input": [{"role": "user", "content": [{"type": "input_image", "image_url": "x"}]}]},
        "input[0].content[0].type",
        "unsupported_value",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("body", "param", "code"), BAD, ids=[str(body)[:50] for body, _, _ in BAD])
def test_what_cannot_be_answered(server: Running, body: dict[str, Any], param: str, code: str) -> None:
    answer = server.ask("POST", "/v1/responses", body)
    assert (answer.status, answer.json()["error"]["param"], answer.code) == (400, param, code)
    assert server.engines.jobs == []

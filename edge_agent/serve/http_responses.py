"""/v1/responses: the LLM alone, with conversations that the server remembers for a while."""

from __future__ import annotations

import contextlib
import json
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge_agent.host.jobs import Answer
from edge_agent.serve.http_body import json_answer, json_object
from edge_agent.serve.http_errors import ApiError
from edge_agent.serve.realtime_protocol.ids import random_id
from edge_agent.serve.response_events import ResponseEvents
from edge_agent.serve.responses_request import ResponsesRequest, brief_of, new_entries, responses_request
from edge_agent.serve.single_job import AnswerPiece, JobHost, begun, job_id, unless_gone
from edge_agent.serve.streamed import Streamed
from edge_agent.serve.text_request import Told, call_text, check
from edge_agent.types import Json

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

MOST_STORED = 256
"""Responses that can be continued; the one that was asked for longest ago is forgotten. Each has at most a context."""


@dataclass(frozen=True, slots=True)
class _Stored:
    response: Json
    entries: tuple[Told, ...]
    """All of the conversation, with the answer."""


class ResponsesDoor:
    """`now`: Unix time in seconds; `model`: the name of the LLM, where a request names none."""

    def __init__(self, engines: JobHost, model: str, now: Callable[[], float]) -> None:
        self._engines, self._model, self._now = engines, model, now
        self._stored: OrderedDict[str, _Stored] = OrderedDict()

    async def post(self, request: Request) -> Response | Streamed:
        asked = responses_request(await json_object(request))
        entries = (*self._past(asked.previous_response_id), *new_entries(asked, self._item))
        brief = brief_of(asked, entries)
        await check(brief, "text.format")
        events = ResponseEvents(_head(asked, self._model, int(self._now())), random_id)
        written = await begun(request, self._engines, Answer(job_id(), brief), "input")
        told = self._told(asked, entries, events, written)
        if asked.stream:
            return Streamed(_lines(told), media_type="text/event-stream")
        return json_answer(await unless_gone(request, _whole(told)))

    async def get(self, request: Request) -> Response:
        return json_answer(self._found(request.path_params["id"], 404).response)

    async def delete(self, request: Request) -> Response:
        id = self._found(request.path_params["id"], 404).response["id"]
        del self._stored[id]
        return json_answer({"id": id, "object": "response", "deleted": True})

    async def _told(
        self, asked: ResponsesRequest, entries: tuple[Told, ...], events: ResponseEvents,
        written: AsyncGenerator[AnswerPiece],
    ) -> AsyncGenerator[Json]:  # fmt: skip
        """The events; what comes of it is kept, unless that is not wanted."""
        for event in events.begin():
            yield event
        try:
            async with contextlib.aclosing(written):
                async for part in written:
                    for event in events.take(part):
                        if asked.store is not False and "response" in event:
                            self._keep(event["response"], entries)
                        yield event
        except ApiError as error:
            for event in events.fail(error):
                yield event

    def _keep(self, response: Json, entries: tuple[Told, ...]) -> None:
        answer = [_entry(item) for item in response["output"]]
        self._stored[response["id"]] = _Stored(response, (*entries, *answer))
        while len(self._stored) > MOST_STORED:
            self._stored.popitem(last=False)

    def _past(self, id: str | None) -> tuple[Told, ...]:
        return self._found(id, 400).entries if id else ()

    def _found(self, id: str, status: int) -> _Stored:
        """Raises ApiError with this status."""
        if id not in self._stored:
            message = f"Previous response with id '{id:.80}' not found."
            raise ApiError(status, "previous_response_not_found", message, param="previous_response_id")
        self._stored.move_to_end(id)
        return self._stored[id]

    def _item(self, id: str) -> Told | None:
        items = (item for stored in self._stored.values() for item in stored.response["output"] if item["id"] == id)
        return next(map(_entry, items), None)


def _entry(item: Json) -> Told:
    if item["type"] == "function_call":
        return "call", call_text(item["name"], item["arguments"])
    return "assistant", "".join(part["text"] for part in item["content"])


def _head(asked: ResponsesRequest, model: str, now: int) -> Json:
    """The response object, less what comes of the answer."""
    given = asked.model_dump(mode="json", by_alias=True)
    form = asked.text.format if asked.text else None
    same = ("instructions", "max_output_tokens", "previous_response_id", "temperature", "top_p")
    return {
        "id": random_id("resp"),
        "object": "response",
        "created_at": now,
        "model": asked.model or model,
        **{key: given[key] for key in same},
        "metadata": asked.metadata or {},
        "parallel_tool_calls": asked.parallel_tool_calls is not False,
        "store": asked.store is not False,
        "text": {"format": form.model_dump(by_alias=True, exclude_none=True) if form else {"type": "text"}},
        "tool_choice": given["tool_choice"] or "auto",
        "tools": given["tools"] or [],
        "truncation": asked.truncation or "disabled",
    }


async def _whole(told: AsyncGenerator[Json]) -> Json:
    """The response object. Raises ApiError 500 where the engine fails."""
    last: Json = {}
    async with contextlib.aclosing(told):
        async for event in told:
            last = event
    response: Json = last["response"]
    if response["status"] == "failed":
        raise ApiError(500, "engine_error", response["error"]["message"])
    return response


async def _lines(told: AsyncGenerator[Json]) -> AsyncGenerator[str]:
    """Server-sent events."""
    async with contextlib.aclosing(told):
        async for event in told:
            yield f"event: {event['type']}\ndata: {json.dumps(event)}\n\n"

"""POST /v1/chat/completions: the LLM alone, streamed as server-sent events or whole."""

from __future__ import annotations

import contextlib
import itertools
import json
import secrets
from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from edge_agent.host.jobs import Answer
from edge_agent.serve.chat_request import ChatRequest, chat_request
from edge_agent.serve.http_body import json_answer, json_object
from edge_agent.serve.http_errors import ApiError
from edge_agent.serve.single_job import AnswerPiece, JobHost, begun, job_id, unless_gone
from edge_agent.serve.streamed import Streamed
from edge_agent.serve.text_request import check
from edge_agent.think.brief import CallArguments, CallBegun, CallDone, Text, Usage, Written
from edge_agent.types import Json

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response


class ChatCompletions:
    """`now`: Unix time in seconds; `model`: the name of the LLM, where a request names none."""

    def __init__(self, engines: JobHost, model: str, now: Callable[[], float]) -> None:
        self._engines, self._model, self._now = engines, model, now

    async def post(self, request: Request) -> Response | Streamed:
        asked, brief = chat_request(await json_object(request))
        await check(brief, "response_format")
        head = {
            "id": f"chatcmpl-{secrets.token_hex(12)}",
            "created": int(self._now()),
            "model": asked.model or self._model,
        }
        written = await begun(request, self._engines, Answer(job_id(), brief))
        if not asked.stream:
            return json_answer(await unless_gone(request, _whole(head, written)))
        return Streamed(_events(head, asked, written), media_type="text/event-stream")


@dataclass(slots=True)
class _Calls:
    """Numbers and ids of the calls of one answer."""

    made: list[Json] = field(default_factory=list)
    _ids: Iterator[str] = field(default_factory=lambda: (f"call_{secrets.token_hex(8)}" for _ in itertools.count()))

    def begin(self, name: str) -> Json:
        call = {"id": next(self._ids), "type": "function", "function": {"name": name, "arguments": ""}}
        self.made.append(call)
        return {"index": len(self.made) - 1, **call}

    def finish(self, arguments: str) -> None:
        self.made[-1]["function"]["arguments"] = arguments

    def reason(self, end: Written) -> str:
        return "tool_calls" if self.made and end.reason == "stop" else end.reason


async def _whole(head: Json, written: AsyncGenerator[AnswerPiece]) -> Json:
    texts, calls, end = list[str](), _Calls(), Written("stop", Usage())
    async for part in written:
        if isinstance(part, Text):
            texts.append(part.text)
        elif isinstance(part, CallBegun):
            calls.begin(part.name)
        elif isinstance(part, CallDone):
            calls.finish(part.arguments)
        elif isinstance(part, Written):
            end = part
    message: Json = {"role": "assistant", "content": "".join(texts) or None, "refusal": None}
    if calls.made:
        message["tool_calls"] = calls.made
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": calls.reason(end)}
    return {**head, "object": "chat.completion", "choices": [choice], "usage": _usage(end.usage)}


async def _events(head: Json, asked: ChatRequest, written: AsyncGenerator[AnswerPiece]) -> AsyncGenerator[str]:
    """Server-sent events. A failure after the first of them is an event too."""
    shape = {**head, "object": "chat.completion.chunk"}
    with_usage = bool(asked.stream_options and asked.stream_options.include_usage)
    calls = _Calls()
    yield _chunk(shape, {"role": "assistant", "content": ""}, None)
    try:
        async with contextlib.aclosing(written):
            async for part in written:
                if isinstance(part, Written):
                    yield _chunk(shape, {}, calls.reason(part))
                    if with_usage:
                        yield _event({**shape, "choices": [], "usage": _usage(part.usage)})
                elif delta := _delta(part, calls):
                    yield _chunk(shape, delta, None)
    except ApiError as error:
        yield _event(error.body())
    yield "data: [DONE]\n\n"


def _delta(part: AnswerPiece, calls: _Calls) -> Json | None:
    """What a part adds to the message; None: nothing that was not said."""
    if isinstance(part, Text):
        return {"content": part.text}
    if isinstance(part, CallBegun):
        return {"tool_calls": [calls.begin(part.name)]}
    if isinstance(part, CallArguments):
        return {"tool_calls": [{"index": len(calls.made) - 1, "function": {"arguments": part.delta}}]}
    return None


def _chunk(shape: Json, delta: Json, finish_reason: str | None) -> str:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
    return _event({**shape, "choices": [choice]})


def _event(body: Json) -> str:
    return f"data: {json.dumps(body)}\n\n"


def _usage(usage: Usage) -> Json:
    return {
        "prompt_tokens": usage.prompt,
        "completion_tokens": usage.generated,
        "total_tokens": usage.prompt + usage.generated,
        "prompt_tokens_details": {"cached_tokens": usage.cached},
    }

"""ResponseEvents: the parts of an answer -> the events of the Responses API, the last of which has all of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from edge_agent.serve.http_errors import ApiError
from edge_agent.serve.realtime_protocol.ids import Ids
from edge_agent.serve.single_job import AnswerPiece
from edge_agent.think.brief import CallArguments, CallBegun, CallDone, Text, Usage, Written
from edge_agent.types import Json


@dataclass
class ResponseEvents:
    """One response. `head`: the response object as far as it is known before the answer."""

    head: Json
    ids: Ids
    output: list[Json] = field(default_factory=list)
    """The items so far; the last one may still be open."""
    _number: int = 0
    _open: bool = False

    def begin(self) -> list[Json]:
        """The events before the first part."""
        told = self._response("in_progress")
        return [self._event("response.created", response=told), self._event("response.in_progress", response=told)]

    def take(self, part: AnswerPiece) -> Iterator[Json]:
        """The events of one part. Those of a Written end the response."""
        match part:
            case Text(text) if text:
                yield from self._text(text)
            case CallBegun(name):
                yield from self._close("completed")
                yield from self._add(
                    {"id": self.ids("fc"), "type": "function_call", "call_id": self.ids("call"), "name": name}
                    | {"arguments": "", "status": "in_progress"}
                )
            case CallArguments(delta):
                self._item["arguments"] += delta
                yield self._of_item("response.function_call_arguments.delta", delta=delta)
            case CallDone(arguments):
                self._item["arguments"] = arguments
            case Written(reason, usage):
                status = "completed" if reason == "stop" else "incomplete"
                yield from self._close(status)
                why = None if reason == "stop" else {"reason": "max_output_tokens"}
                told = self._response(status, usage=_usage(usage), incomplete_details=why)
                yield self._event(f"response.{status}", response=told)

    def fail(self, error: ApiError) -> Iterator[Json]:
        """The events where the engine fails."""
        yield from self._close("incomplete")
        told = {"code": "server_error", "message": str(error)}
        yield self._event("response.failed", response=self._response("failed", error=told))

    @property
    def _item(self) -> Json:
        return self.output[-1]

    def _text(self, text: str) -> Iterator[Json]:
        if not self._open or self._item["type"] != "message":
            yield from self._close("completed")
            yield from self._add(
                {"id": self.ids("msg"), "type": "message", "role": "assistant", "status": "in_progress", "content": []}
            )
            part = {"type": "output_text", "text": "", "annotations": [], "logprobs": []}
            yield self._of_item("response.content_part.added", content_index=0, part=dict(part))
            self._item["content"].append(part)
        self._item["content"][0]["text"] += text
        yield self._of_item("response.output_text.delta", content_index=0, delta=text, logprobs=[])

    def _add(self, item: Json) -> Iterator[Json]:
        self.output.append(item)
        self._open = True
        yield self._event("response.output_item.added", output_index=len(self.output) - 1, item=_copy(item))

    def _close(self, status: str) -> Iterator[Json]:
        if not self._open:
            return
        self._open, item = False, self._item
        item["status"] = status
        if item["type"] == "message":
            part = item["content"][0]
            yield self._of_item("response.output_text.done", content_index=0, text=part["text"], logprobs=[])
            yield self._of_item("response.content_part.done", content_index=0, part=dict(part))
        elif status == "completed":
            told = {"name": item["name"], "arguments": item["arguments"]}
            yield self._of_item("response.function_call_arguments.done", **told)
        yield self._event("response.output_item.done", output_index=len(self.output) - 1, item=_copy(item))

    def _of_item(self, kind: str, **fields: object) -> Json:
        return self._event(kind, item_id=self._item["id"], output_index=len(self.output) - 1, **fields)

    def _event(self, kind: str, **fields: object) -> Json:
        number, self._number = self._number, self._number + 1
        return {"type": kind, "sequence_number": number, **fields}

    def _response(self, status: str, **fields: object) -> Json:
        blank: Json = {"error": None, "incomplete_details": None, "usage": None}
        return {**self.head, "status": status, **blank, "output": [_copy(item) for item in self.output], **fields}


def _copy(item: Json) -> Json:
    """The item as it is now."""
    return {**item, "content": [dict(part) for part in item["content"]]} if "content" in item else dict(item)


def _usage(usage: Usage) -> Json:
    return {
        "input_tokens": usage.prompt,
        "input_tokens_details": {"cached_tokens": usage.cached, "cache_write_tokens": 0},
        "output_tokens": usage.generated,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": usage.prompt + usage.generated,
    }

"""Responses: opened once and closed once, and all that is between is in order and agrees."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.rigs.conformance.names import Json
from tests.rigs.conformance.output import Output

_DETAILED = {"cancelled", "incomplete", "failed"}


@dataclass(slots=True)
class _Response:
    stored: bool
    """Part of the conversation."""
    metadata: Json | None
    outputs: dict[str, Output] = field(default_factory=dict)
    """By id of the item, in the order of output_index."""
    done: bool = False


class Answers:
    def __init__(self) -> None:
        self._responses: dict[str, _Response] = {}
        self._truncated: set[str] = set()
        """Items whose text may be shorter than what was sent of it."""

    def sent(self, event: Json) -> None:
        if event.get("type") == "conversation.item.truncate":
            self._truncated.add(str(event.get("item_id")))

    def received(self, event: Json) -> Iterator[str]:
        kind = event["type"]
        if kind == "response.created":
            yield from self._created(event["response"])
        elif kind == "response.done":
            yield from self._done(event["response"])
        elif kind.startswith("response.") and "response_id" in event:
            response = self._responses.get(event["response_id"])
            if response is None:
                yield f"nothing is known of response {event['response_id']}"
            elif response.done:
                yield f"response {event['response_id']} is done already"
            else:
                yield from self._within(response, kind.removeprefix("response."), event)

    def finish(self) -> Iterator[str]:
        yield from (f"response {id} is never done" for id, response in self._responses.items() if not response.done)

    def _created(self, response: Json) -> Iterator[str]:
        id = response["id"]
        stored = response.get("conversation_id", "") is not None
        if id in self._responses:
            yield f"response {id} is created for the second time"
            return
        running = [other for other, known in self._responses.items() if known.stored and not known.done]
        if stored and running:
            yield f"response {id} of the conversation begins while {running[0]} runs"
        if response["status"] != "in_progress" or response["output"] or response["usage"] is not None:
            yield "a new response has status in_progress, output [] and usage null"
        self._responses[id] = _Response(stored, response["metadata"])

    def _within(self, response: _Response, kind: str, event: Json) -> Iterator[str]:
        if kind == "output_item.added":
            yield from self._opened(response, event)
            return
        id = event["item"]["id"] if "item" in event else event["item_id"]
        output = response.outputs.get(id)
        if output is None:
            yield f"item {id} is no open output of the response"
        elif event["output_index"] != list(response.outputs).index(id):
            yield f"output_index {event['output_index']} of item {id} has changed"
        else:
            yield from output.received(kind, event, truncated=id in self._truncated)

    def _opened(self, response: _Response, event: Json) -> Iterator[str]:
        item = event["item"]
        if any(item["id"] in other.outputs for other in self._responses.values()):
            yield f"output item {item['id']} is opened for the second time"
            return
        if event["output_index"] != len(response.outputs):
            yield f"output_index {event['output_index']} instead of {len(response.outputs)}"
        begun = item["type"].startswith("mcp_") or item["status"] == "in_progress"
        written = item["type"] != "mcp_approval_request" and item.get("arguments")  # it comes with them
        if not begun or item.get("content") or written:
            yield "a new output item is in_progress and empty"
        response.outputs[item["id"]] = Output(item)

    def _done(self, response: Json) -> Iterator[str]:
        known = self._responses.get(response["id"])
        if known is None or known.done:
            yield f"response {response['id']} is done {'twice' if known else 'without having been created'}"
            return
        known.done = True
        yield from self._status(response)
        if response["metadata"] != known.metadata:
            yield "metadata is not what response.created said"
        listed = {item["id"]: item for item in response["output"]}
        if list(listed) != list(known.outputs):
            yield f"output lists {list(listed)}, and {list(known.outputs)} were sent"
            return
        for id, output in known.outputs.items():
            yield from output.listed(listed[id], truncated=id in self._truncated)

    def _status(self, response: Json) -> Iterator[str]:
        status, details = response["status"], response["status_details"]
        if status not in _DETAILED | {"completed"}:
            yield f"a response is done with status {status}"
        elif (status in _DETAILED) != bool(details):
            yield f"status {status} with status_details {details}"
        elif details and details.get("type") != status:
            yield f"status {status} with details of type {details.get('type')}"
        if status in ("cancelled", "incomplete") and details and not details.get("reason"):
            yield f"status {status} without a reason"
        if not isinstance(response["usage"], dict):
            yield "a response that is done has usage"

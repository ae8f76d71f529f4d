"""The items of a device's tool in a response: a call that the server runs, and the request to approve one."""

from __future__ import annotations

from dataclasses import replace

from edge_agent.serve.realtime_protocol.conversation import KnownItem
from edge_agent.serve.realtime_protocol.items import Item
from edge_agent.serve.realtime_protocol.output_items import FinalStatus, OutputItem, Place
from edge_agent.serve.realtime_protocol.outputs import Use, Used
from edge_agent.types import Json

GIVEN_UP = "The call was given up before it was made."


class DeviceCall(OutputItem):
    """A call of a tool that the server runs. Its item closes with what the tool returned, which may be long after the
    end of the response."""

    def __init__(self, place: Place, name: str, *, request_id: str = "", arguments: str = "") -> None:
        """`request_id`: the approval request that was answered with yes; such a call is part of no response, and has
        its `arguments` from the start."""
        super().__init__(place, Item(place.item_id, "mcp_call", name=name, arguments=arguments, request_id=request_id))
        self.text = arguments
        """The arguments so far."""
        self._in_response = not request_id
        self._place = {"item_id": place.item_id, "output_index": place.output_index}

    def open(self) -> list[Json]:
        return [event for event in self._opened(KnownItem(self.item)) if self._belongs(event)]

    def take(self, delta: str) -> list[Json]:
        self.text += delta
        # agents-realtime drops the event without `obfuscation`, which is optional.
        return [self._event("mcp_call_arguments.delta", delta=delta, obfuscation="")] if delta else []

    def run(self, arguments: str, asked: str) -> list[Json | Use]:
        """All of the arguments are there: the tool is called. `asked`: what the user said last."""
        events: list[Json | Use] = []
        if self._in_response:
            events += self.take(arguments[len(self.text) :] if arguments.startswith(self.text) else "")
            self.text = arguments
            events.append(self._event("mcp_call_arguments.done", arguments=arguments))
        self.item = replace(self.item, arguments=arguments)
        events.append({"type": "response.mcp_call.in_progress", **self._place})
        return [*events, Use(self.item.id, self.item.name, arguments, asked)]

    def used(self, report: Used) -> list[Json]:
        """The tool has returned, or failed."""
        item, text = self.item, report.text
        item = replace(item, output=text) if report.ok else replace(item, error=text)
        kind = "completed" if report.ok else "failed"
        closed = [event for event in self._closed(item) if self._belongs(event)]
        return [{"type": f"response.mcp_call.{kind}", **self._place}, *closed]

    def leave(self) -> list[Json]:
        """The response ends while the tool works: what comes of it belongs to the conversation alone."""
        self._in_response = False
        return [self._of_response("response.output_item.done")]

    def close(self, status: FinalStatus) -> list[Json]:
        """The model did not come to the end of the arguments: the tool is not called."""
        return self.used(Used(self.item.id, ok=False, text=GIVEN_UP))

    def _belongs(self, event: Json) -> bool:
        return self._in_response or event["type"].startswith("conversation.")


class ApprovalRequest(OutputItem):
    """A call that waits for the client's approval."""

    def __init__(self, place: Place, name: str, arguments: str) -> None:
        super().__init__(place, Item(place.item_id, "mcp_approval_request", name=name, arguments=arguments))
        self.text = arguments

    def open(self) -> list[Json]:
        return self._opened(KnownItem(self.item))

    def close(self, status: FinalStatus) -> list[Json]:
        return self._closed(self.item)

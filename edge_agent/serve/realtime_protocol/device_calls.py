"""DeviceCalls: the device's tools on one connection beside its responses: their list, approvals, and late returns."""

from __future__ import annotations

from dataclasses import replace

from edge_agent.serve.realtime_protocol import errors
from edge_agent.serve.realtime_protocol.conversation import KnownItem
from edge_agent.serve.realtime_protocol.device_items import DeviceCall
from edge_agent.serve.realtime_protocol.items import Item
from edge_agent.serve.realtime_protocol.output_items import OutputItem, Place
from edge_agent.serve.realtime_protocol.outputs import Use, Used
from edge_agent.serve.realtime_protocol.session import Session
from edge_agent.serve.realtime_protocol.state import State
from edge_agent.types import Json

REFUSED = "The user did not allow this call, and it was not made."


class DeviceCalls:
    def __init__(self, state: State) -> None:
        self._state = state
        self._listed: list[Json] | None = None
        """What the client was last told that there is."""
        self._late: dict[str, DeviceCall] = {}
        """The calls that run and are part of no open response, by their items."""
        self._answered: set[str] = set()
        """Ids of the approval requests that have had their answer."""

    def tell(self, session: Session) -> None:
        """Lists the tools, where the client has asked for them and was not told just that already."""
        tools = [tool.to_json() for tool in session.device_tools] if session.device else None
        known, self._listed = self._listed, tools
        if tools is None or tools == known:
            return
        listing = _Listing(Place("", self._state.ids("item"), 0, self._state.conversation))
        self._state.send(*listing.events(tools))

    def answer(self, given: Item) -> Item:
        """The client's answer to an approval request, with what was asked. Raises ClientError for an answer to
        nothing, and for a second one."""
        entry = self._state.conversation.get(given.request_id)
        if entry is None or entry.item.type != "mcp_approval_request" or given.request_id in self._answered:
            why = f"no request {given.request_id[:80]!r} waits for an answer."
            raise errors.invalid_value("item.approval_request_id", why)
        asked = entry.item
        output = "" if given.approve else REFUSED
        return replace(given, name=asked.name, arguments=asked.arguments, output=output)

    def answered(self, answer: Item) -> None:
        """The answer is in the conversation: what was approved is done."""
        self._answered.add(answer.request_id)
        if not answer.approve:
            return
        place = Place("", self._state.ids("item"), 0, self._state.conversation)
        call = DeviceCall(place, answer.name, request_id=answer.request_id, arguments=answer.arguments)
        self._late[call.item.id] = call
        for event in [*call.open(), *call.run(answer.arguments, asked="")]:
            if isinstance(event, Use):
                self._state.ask(event)
            else:
                self._state.send(event)

    def keep(self, running: dict[str, DeviceCall]) -> None:
        """The response of these calls is done; they are not."""
        self._late |= running

    def used(self, report: Used) -> None:
        if call := self._late.pop(report.item_id, None):
            self._state.send(*call.used(report))


class _Listing(OutputItem):
    """The item that says what there is."""

    def __init__(self, place: Place) -> None:
        super().__init__(place, Item(place.item_id, "mcp_list_tools"))

    def events(self, tools: list[Json]) -> list[Json]:
        """All of its life: the tools are known already."""
        _, added = self._opened(KnownItem(self.item))
        done, _ = self._closed(replace(self.item, listed=tuple(tools)))
        begun, completed = (
            {"type": f"mcp_list_tools.{step}", "item_id": self.item.id} for step in ("in_progress", "completed")
        )
        return [added, begun, completed, done]

"""The items of the conversation: announced once, closed once, each at the place that `previous_item_id` says."""

from __future__ import annotations

from collections.abc import Iterator

from tests.rigs.conformance.names import Dialect, Json

ANNOUNCED, CLOSED = "conversation.item.added", "conversation.item.done"


class Items:
    """Keeps the order of the conversation as a client would that goes by the events."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._order: list[str] = []
        self._open: dict[str, str | None] = {}
        """Announced and not closed yet (GA): id -> the previous id it was announced with."""
        self._seen: set[str] = set()
        """All ids there ever were."""
        self._asked_for: set[str | None] = set()
        """Previous ids that the client has named."""
        self._apart: set[str] = set()
        """Responses out of the conversation."""
        self._not_stored: set[str] = set()
        """Their items."""

    def sent(self, event: Json) -> None:
        if event.get("type") == "conversation.item.create":
            previous = event.get("previous_item_id")
            if isinstance(previous, str):
                self._asked_for.add(None if previous == "root" else previous)

    def received(self, event: Json) -> Iterator[str]:
        kind = event["type"]
        if kind == ANNOUNCED:
            yield from self._announced(event["item"]["id"], event["previous_item_id"])
        elif kind == CLOSED:
            yield from self._closed(event["item"], event["previous_item_id"])
        elif kind == "conversation.item.deleted":
            yield from self._known(event["item_id"])
            if event["item_id"] in self._order:
                self._order.remove(event["item_id"])
            self._open.pop(event["item_id"], None)
        elif kind in ("conversation.item.retrieved", "conversation.item.truncated"):
            yield from self._known(event["item"]["id"] if "item" in event else event["item_id"])
        elif kind == "response.created" and event["response"].get("conversation_id", "") is None:
            self._apart.add(event["response"]["id"])
        elif kind.startswith("response.") and "response_id" in event:
            yield from self._of_response(kind, event)

    def finish(self) -> Iterator[str]:
        if self._dialect == "ga":
            yield from (f"item {id} is announced and never done" for id in self._open)

    def _announced(self, id: str, previous: str | None) -> Iterator[str]:
        if id in self._seen and id in self._order:
            yield f"item {id} is announced for the second time"
            return
        if id in self._not_stored:
            yield f"item {id} of a response out of the conversation enters it"
        last = self._order[-1] if self._order else None
        if previous is not None and previous not in self._order:
            yield f"previous_item_id {previous} is no item of the conversation"
        elif previous != last and previous not in self._asked_for:
            yield f"previous_item_id is {previous}, the last item is {last}"
        place = self._order.index(previous) + 1 if previous in self._order else 0
        self._order.insert(place, id)
        self._seen.add(id)
        self._open[id] = previous

    def _closed(self, item: Json, previous: str | None) -> Iterator[str]:
        id = item["id"]
        if id not in self._open:
            yield f"item {id} is done without being open"
            return
        announced = self._open.pop(id)
        place = self._order.index(id)
        now = self._order[place - 1] if place else None
        if previous not in (announced, now) and not (previous is None and item.get("status") == "incomplete"):
            yield f"previous_item_id is {previous}; it was announced with {announced}"
        if item.get("status") == "in_progress":
            yield f"item {id} is done and in_progress"

    def _known(self, id: str) -> Iterator[str]:
        if id not in self._order:
            yield f"{id} is no item of the conversation"

    def _of_response(self, kind: str, event: Json) -> Iterator[str]:
        id = event["item"]["id"] if "item" in event else event["item_id"]
        if event["response_id"] in self._apart:
            self._not_stored.add(id)
        elif kind == "response.output_item.done":
            outlives = event["item"]["type"] == "mcp_call"  # the tool works on when its response is cancelled
            if id in self._open and self._dialect == "ga" and not outlives:
                yield f"output item {id} is done before the conversation's item is"
        elif kind != "response.output_item.added" and id not in self._seen:
            yield f"{kind} before {id} was announced as an item of the conversation"

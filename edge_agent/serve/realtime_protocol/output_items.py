"""The items of one response while they are made: their events in the order of the recordings, the deltas' sum, the end.

An item is opened once and closed once; what its deltas add up to is what its `done` events and the item itself say.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from edge_agent.serve.audio import AudioFormat, Outgoing, bytes_per_ms
from edge_agent.serve.realtime_protocol.conversation import Conversation, Entry
from edge_agent.serve.realtime_protocol.ids import Ids
from edge_agent.serve.realtime_protocol.items import Item
from edge_agent.serve.realtime_protocol.spoken import Spoken
from edge_agent.types import Voiced

Json = dict[str, Any]
Status = Literal["completed", "incomplete"]

FIRST_DELTAS_MS = (1, 40, 80)
"""The first sound goes out as it comes, so that it is heard at once; then in ever larger pieces ..."""
DELTA_MS = 100
"""... up to this: half the frames of 50 ms, and no client waits for more in a delta."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an item is made."""

    response_id: str
    item_id: str
    output_index: int
    conversation: Conversation | None
    """None: the item is of no conversation (out of band)."""


class _Output:
    """What is alike in messages and calls."""

    def __init__(self, place: Place, item: Item) -> None:
        self.place, self.item = place, item
        self._ids = {"response_id": place.response_id, "item_id": place.item_id, "output_index": place.output_index}

    def _opened(self, entry: Entry) -> list[Json]:
        events = [self._of_response("response.output_item.added")]
        if conversation := self.place.conversation:
            previous = conversation.append(entry)
            added = "conversation.item.added"
            events.append({"type": added, "previous_item_id": previous, "item": self.item.to_json()})
        return events

    def _closed(self, item: Item) -> list[Json]:
        self.item = item
        events = list[Json]()
        conversation = self.place.conversation
        if conversation is not None and item.id in conversation:  # a client may have deleted it meanwhile
            conversation.close(item)
            previous = conversation.previous_of(item.id)
            events.append({"type": "conversation.item.done", "previous_item_id": previous, "item": item.to_json()})
        return [*events, self._of_response("response.output_item.done")]

    def _of_response(self, type: str) -> Json:
        place = self.place
        ids = {"response_id": place.response_id, "output_index": place.output_index}
        return {"type": type, **ids, "item": self.item.to_json()}

    def _event(self, kind: str, **fields: Any) -> Json:
        return {"type": f"response.{kind}", **self._ids, **fields}


class _Message(_Output):
    """An assistant's message with one part."""

    def __init__(self, place: Place) -> None:
        super().__init__(place, Item.assistant(place.item_id))
        self._ids["content_index"] = 0
        self.text = ""


class TextMessage(_Message):
    def open(self) -> list[Json]:
        return [*self._opened(Entry(self.item)), self._event("content_part.added", part={"type": "text", "text": ""})]

    def take(self, text: str) -> list[Json]:
        self.text += text
        return [self._event("output_text.delta", delta=text)] if text else []

    def close(self, status: Status, *, flush: bool) -> list[Json]:
        return [
            self._event("output_text.done", text=self.text),
            self._event("content_part.done", part={"type": "text", "text": self.text}),
            *self._closed(self.item.closed(status, text=self.text)),
        ]


class AudioMessage(_Message):
    def __init__(self, place: Place, format: AudioFormat, rate_hz: int) -> None:
        """`rate_hz`: of the voice."""
        super().__init__(place)
        self._format: AudioFormat = format
        self._outgoing, self._per_ms = Outgoing(format, rate_hz), bytes_per_ms(format)
        self._due = b""
        self._deltas = 0
        self._sent_bytes = 0
        self._spoken = Spoken()

    @property
    def sent_ms(self) -> float:
        return self._sent_bytes / self._per_ms

    def open(self) -> list[Json]:
        entry = Entry(self.item, spoken=self._spoken, format=self._format)
        part = {"type": "audio", "transcript": ""}
        return [*self._opened(entry), self._event("content_part.added", part=part)]

    def take(self, block: Voiced) -> list[Json]:
        events = list[Json]()
        if begun := self._spoken.note(block):
            self.text += begun
            events.append(self._event("output_audio_transcript.delta", delta=begun))
        self._due += self._outgoing.push(block.samples)
        wanted_ms = FIRST_DELTAS_MS[self._deltas] if self._deltas < len(FIRST_DELTAS_MS) else DELTA_MS
        if len(self._due) >= wanted_ms * self._per_ms:
            events += self._flush()
        return events

    def close(self, status: Status, *, flush: bool) -> list[Json]:
        """`flush`: send what was made. Else it was given up: the model is to remember no more of it than was sent."""
        events = list[Json]()
        if flush:
            self._due += self._outgoing.push(np.zeros(0, np.float32), last=True)
            events += self._flush()
        else:
            self._spoken.cut(self.sent_ms)
        return [
            *events,
            self._event("output_audio.done"),
            self._event("output_audio_transcript.done", transcript=self.text),
            self._event("content_part.done", part={"type": "audio", "transcript": self.text}),
            *self._closed(self.item.closed(status, transcript=self.text)),
        ]

    def _flush(self) -> list[Json]:
        data, self._due = self._due, b""
        if not data:
            return []
        self._deltas += 1
        self._sent_bytes += len(data)
        conversation = self.place.conversation
        if conversation and self.place.item_id in conversation and self._spoken.cut_ms is None:
            conversation.recordings.add(self.place.item_id, data)
        return [self._event("output_audio.delta", delta=base64.b64encode(data).decode("ascii"))]


class Call(_Output):
    """A call of a tool."""

    def __init__(self, place: Place, name: str, ids: Ids) -> None:
        super().__init__(place, Item.call(place.item_id, call_id=ids("call"), name=name))
        self.text = ""
        """The arguments so far."""
        self.whole: str | None = None
        """All of them; None: the model is still writing."""

    def open(self) -> list[Json]:
        return self._opened(Entry(self.item))

    def take(self, delta: str) -> list[Json]:
        self.text += delta
        kind = "function_call_arguments.delta"
        return [self._event(kind, call_id=self.item.call_id, delta=delta)] if delta else []

    def close(self, status: Status, *, flush: bool) -> list[Json]:
        """The end of a call; what its deltas lacked of the arguments goes first."""
        if self.whole is None or not flush:  # no arguments.done: clients run the tool on it
            return self._closed(self.item.closed("incomplete", arguments=self.text))
        events = self.take(self.whole[len(self.text) :] if self.whole.startswith(self.text) else "")
        done = {"call_id": self.item.call_id, "name": self.item.name, "arguments": self.text}
        events.append(self._event("function_call_arguments.done", **done))
        return [*events, *self._closed(self.item.closed("completed", arguments=self.text))]

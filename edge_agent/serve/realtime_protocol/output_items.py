"""The items of one response while they are made: their events in the order of the recordings, the deltas' sum, the end.

An item is opened once and closed once; what its deltas add up to is what its `done` events and the item itself say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from edge_agent.host.jobs import Say
from edge_agent.serve.audio import AudioFormat
from edge_agent.serve.realtime_protocol.conversation import ConversationItems, KnownItem
from edge_agent.serve.realtime_protocol.ids import Ids
from edge_agent.serve.realtime_protocol.items import Item
from edge_agent.serve.realtime_protocol.outputs import Play, Use
from edge_agent.serve.realtime_protocol.spoken import Spoken
from edge_agent.types import Json, Samples, Voiced

Produced = Json | Play | Use | Say
"""What comes of a part of an answer: an event for the client, sound, the call of a device's tool, words to speak."""
FinalStatus = Literal["completed", "incomplete"]

NOTHING: Samples = np.zeros(0, np.float32)


@dataclass(frozen=True, slots=True)
class Place:
    """The place at which an item is made."""

    response_id: str
    item_id: str
    output_index: int
    conversation: ConversationItems | None
    """None: the item is of no conversation (out of band)."""


class OutputItem:
    """What is alike in messages, calls and requests."""

    def __init__(self, place: Place, item: Item) -> None:
        self.place, self.item = place, item
        self._ids = {"response_id": place.response_id, "item_id": place.item_id, "output_index": place.output_index}

    def _opened(self, entry: KnownItem) -> list[Json]:
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


class _Message(OutputItem):
    """An assistant's message with one part."""

    def __init__(self, place: Place) -> None:
        super().__init__(place, Item.assistant(place.item_id))
        self._ids["content_index"] = 0
        self.text = ""


class TextMessage(_Message):
    def open(self) -> list[Json]:
        return [
            *self._opened(KnownItem(self.item)),
            self._event("content_part.added", part={"type": "text", "text": ""}),
        ]

    def take(self, text: str) -> list[Json]:
        self.text += text
        return [self._event("output_text.delta", delta=text)] if text else []

    def close(self, status: FinalStatus) -> list[Json]:
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
        self._spoken = Spoken(rate_hz)

    def open(self) -> list[Json]:
        entry = KnownItem(self.item, spoken=self._spoken, format=self._format)
        part = {"type": "audio", "transcript": ""}
        return [*self._opened(entry), self._event("content_part.added", part=part)]

    def take(self, block: Voiced) -> list[Produced]:
        events = list[Produced]()
        if begun := self._spoken.note(block):
            self.text += begun
            events.append(self._event("output_audio_transcript.delta", delta=begun))
        if len(block.samples):
            events.append(self._play(block.samples))
            if conversation := self.place.conversation:
                conversation.record(self.place.item_id, block.samples)
        return events

    def close(self, status: FinalStatus) -> list[Produced]:
        if status == "incomplete":
            self._spoken.cut(self._spoken.made)  # the sentence under way ends there, in the middle of a word perhaps
        return [
            self._play(NOTHING, last=True),
            self._event("output_audio.done"),
            self._event("output_audio_transcript.done", transcript=self.text),
            self._event("content_part.done", part={"type": "audio", "transcript": self.text}),
            *self._closed(self.item.closed(status, transcript=self.text)),
        ]

    def _play(self, samples: Samples, *, last: bool = False) -> Play:
        place = self.place
        return Play(
            place.response_id, place.item_id, place.output_index, samples, self._spoken.rate_hz, self._format, last
        )


class Call(OutputItem):
    """A call of a tool."""

    def __init__(self, place: Place, name: str, ids: Ids) -> None:
        super().__init__(place, Item.call(place.item_id, call_id=ids("call"), name=name))
        self.text = ""
        """The arguments so far."""
        self.whole: str | None = None
        """All of them; None: the model is still writing, or was given up."""

    def open(self) -> list[Json]:
        return self._opened(KnownItem(self.item))

    def take(self, delta: str) -> list[Json]:
        self.text += delta
        kind = "function_call_arguments.delta"
        return [self._event(kind, call_id=self.item.call_id, delta=delta)] if delta else []

    def close(self, status: FinalStatus) -> list[Json]:
        """The end of a call; what its deltas lacked of the arguments goes first."""
        if self.whole is None:  # no arguments.done: clients run the tool on it
            return self._closed(self.item.closed("incomplete", arguments=self.text))
        events = self.take(self.whole[len(self.text) :] if self.whole.startswith(self.text) else "")
        done = {"call_id": self.item.call_id, "name": self.item.name, "arguments": self.text}
        events.append(self._event("function_call_arguments.done", **done))
        return [*events, *self._closed(self.item.closed("completed", arguments=self.text))]

"""The items of a session in their order: what clients see and edit, and what the model is to read of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from edge_agent.serve.audio import AudioFormat, bytes_per_ms, to_pcm16, transcoded
from edge_agent.serve.bounded_json import read_json
from edge_agent.serve.realtime_protocol import errors
from edge_agent.serve.realtime_protocol.items import MOST_CHARS, Item
from edge_agent.serve.realtime_protocol.recordings import LONGEST, Recordings
from edge_agent.serve.realtime_protocol.spoken import Spoken
from edge_agent.serve.realtime_protocol.usage import audio_tokens
from edge_agent.think.brief import Message
from edge_agent.types import Samples

MOST_ITEMS = 2000
"""A session has at most so many items: each noise that is no word makes one, too."""
HEAD = "root"
"""`previous_item_id` of an item that is to be the first."""


@dataclass
class KnownItem:
    """An item, and what is known of it beyond what is shown."""

    item: Item
    user_ms: float = 0.0
    """Sound of the user."""
    spoken: Spoken | None = None
    """Sound of the assistant."""
    format: AudioFormat = "pcm16"
    """The format of either."""
    untold: bool = False
    """Whether its words are still being looked for."""

    @property
    def text(self) -> str:
        """What was written or said; of an answer, what of it was sent and not cut off."""
        if self.spoken:
            return self.spoken.text()
        return " ".join(part.text for part in self.item.content if part.text)

    def audio_tokens(self) -> int:
        return audio_tokens(user_ms=self.user_ms, assistant_ms=self.spoken.heard_ms if self.spoken else 0.0)

    def messages(self) -> tuple[Message, ...]:
        """What the model reads: nothing where there are no words, or a call was given up or is not done."""
        item = self.item
        match item.type:
            case "function_call_output":
                return (Message(item.id, "result", item.output),)
            case "function_call":
                return (Message(item.id, "call", _call(item)),) if item.status == "completed" else ()
            case "mcp_call" | "mcp_approval_response" if told := item.output or item.error:
                return Message(item.id, "call", _call(item)), Message(f"{item.id}.result", "result", told)
        if item.role is None or not self.text:
            return ()
        return (Message(item.id, item.role, self.text),)


@dataclass
class ConversationItems:
    recordings: Recordings = field(default_factory=Recordings)
    _entries: list[KnownItem] = field(default_factory=list)
    _by_id: dict[str, KnownItem] = field(default_factory=dict)
    _chars: int = 0
    """Size of all items."""

    def __contains__(self, id: str) -> bool:
        return id in self._by_id

    def __iter__(self) -> Iterator[KnownItem]:
        return iter(self._entries)

    def get(self, id: str) -> KnownItem | None:
        return self._by_id.get(id)

    @property
    def last_id(self) -> str | None:
        return self._entries[-1].item.id if self._entries else None

    def previous_of(self, id: str) -> str | None:
        """None: it is the first, or no longer there."""
        at = self._index(id)
        return self._entries[at - 1].item.id if at > 0 else None

    def append(self, entry: KnownItem) -> str | None:
        """The id of the item before it."""
        return self.insert(entry, after=self.last_id or HEAD)

    def insert(self, entry: KnownItem, *, after: str) -> str | None:
        """Put an entry behind the item `after`, or first (HEAD). Raises ClientError: no such item, or id in use."""
        item = entry.item
        if item.id in self:
            raise errors.item_exists(item.id)
        if after != HEAD and after not in self:
            raise errors.no_previous_item(after)
        self._entries.insert(0 if after == HEAD else self._index(after) + 1, entry)
        self._by_id[item.id] = entry
        self._chars += item.size
        return None if after == HEAD else after

    def close(self, item: Item) -> None:
        """Put the finished item where it was opened; nothing if a client has deleted it meanwhile."""
        if entry := self.get(item.id):
            self._change(entry, item)
            self._show_what_was_heard(entry)

    def delete(self, id: str) -> None:
        if id not in self:
            raise errors.no_such_item("delete", id)
        del self._entries[self._index(id)]
        entry = self._by_id.pop(id)
        entry.untold = False  # a response that was to read it waits for its words no longer
        self._chars -= entry.item.size
        self.recordings.drop(id)

    def outgrown(self) -> list[str]:
        """Delete the oldest items that are more than a session keeps: their ids, for the client to be told."""
        ids = list[str]()
        while len(self._entries) > MOST_ITEMS or self._chars > MOST_CHARS:
            ids.append(self._entries[0].item.id)
            self.delete(ids[-1])
        return ids

    def truncate(self, id: str, at_ms: int, *, strict: bool) -> None:
        """Only `at_ms` of an answer were heard: the rest is no longer part of it.

        A place beyond the end is the end; with `strict` an error, as the hosted service has it. Raises ClientError.
        """
        entry = self.get(id)
        if entry is None:
            raise errors.no_such_item("truncate", id)
        if entry.spoken is None:
            raise errors.invalid_value("item_id", "only audio of the assistant can be truncated.")
        end_ms = round(entry.spoken.heard_ms)
        if at_ms > end_ms and strict:
            why = f"Audio content of {end_ms}ms is already shorter than {at_ms}ms"
            raise errors.ClientError("invalid_value", why, "audio_end_ms")
        self.cut(id, at_ms * entry.spoken.rate_hz // 1000)

    def record(self, id: str, samples: Samples) -> None:
        """Keep more of an answer's sound, unless it is gone or what comes now was cut off."""
        entry = self.get(id)
        if entry and entry.spoken and entry.spoken.cut_at is None:
            self.recordings.add(id, to_pcm16(samples))

    def cut(self, id: str, at: int) -> None:
        """Only the first `at` samples of an answer were heard; nothing if it is gone."""
        entry = self.get(id)
        if entry and entry.spoken:
            entry.spoken.cut(at)
            self._show_what_was_heard(entry)

    def truncated(self, id: str) -> dict[str, Any] | None:
        """Returns the event that tells where an answer now ends; None where there is none of this id."""
        entry = self.get(id)
        if entry is None or entry.spoken is None:
            return None
        end_ms = round(entry.spoken.heard_ms)
        return {"type": "conversation.item.truncated", "item_id": id, "content_index": 0, "audio_end_ms": end_ms}

    def tell(self, id: str, text: str) -> None:
        """The words of a user's item are known; nothing if it is gone."""
        entry = self.get(id)
        if entry is None:
            return
        first = next(i for i, part in enumerate(entry.item.content) if part.type == "input_audio")
        content = list(entry.item.content)
        content[first] = replace(content[first], text=text)
        self._change(entry, replace(entry.item, content=tuple(content)))
        entry.untold = False

    def retrieve(self, id: str) -> dict[str, Any]:
        """The item, with its sound if that is kept. Raises ClientError."""
        entry = self.get(id)
        if entry is None:
            raise errors.no_such_item("retrieve", id)
        return entry.item.to_json(self._sound(entry))

    def _sound(self, entry: KnownItem) -> bytes | None:
        """The sound of an item in its format, up to where it was cut; None: it is not kept, or too long for a frame."""
        sound = self.recordings.get(entry.item.id)
        if sound is not None and (spoken := entry.spoken):
            length = round(spoken.heard_ms) * bytes_per_ms(entry.format)
            if length > LONGEST:
                return None
            sound = transcoded(sound, spoken.rate_hz, entry.format)
            sound = sound if spoken.cut_at is None else sound[:length]
        return sound if sound is not None and len(sound) <= LONGEST else None

    def _show_what_was_heard(self, entry: KnownItem) -> None:
        if entry.spoken and entry.spoken.cut_at is not None:
            self._change(entry, entry.item.said(entry.spoken.text()))

    def _change(self, entry: KnownItem, item: Item) -> None:
        self._chars += item.size - entry.item.size
        entry.item = item

    def _index(self, id: str) -> int:
        return next((i for i, entry in enumerate(self._entries) if entry.item.id == id), -1)


def _call(item: Item) -> str:
    """A call as the model wrote it."""
    try:
        arguments = read_json(item.arguments)
    except ValueError:  # a client may put anything into its history
        arguments = item.arguments
    return json.dumps({"name": item.name, "arguments": arguments}, ensure_ascii=False)

"""One output item of a response: its parts open and close in order, its deltas add up to what its end says."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.rigs.conformance.names import Json

_TEXT = {"output_text": "text", "output_audio_transcript": "transcript"}
"""What is made of text, and where its `done` has it."""


@dataclass(slots=True)
class _Part:
    type: str
    """text or audio."""
    text: str = ""
    """Of the deltas."""
    ended: set[str] = field(default_factory=set)
    """output_text, output_audio, output_audio_transcript, content_part: those whose `done` was there."""

    @property
    def kinds(self) -> tuple[str, ...]:
        return ("output_text",) if self.type == "text" else ("output_audio", "output_audio_transcript")


class Output:
    def __init__(self, item: Json) -> None:
        self._item = item
        self._parts: list[_Part] = []
        self._arguments = ""
        self._call_ended = False
        self._closed: Json | None = None
        """The item at its end."""

    def received(self, kind: str, event: Json, *, truncated: bool) -> Iterator[str]:
        """An event of this item; `kind` is its type without "response."."""
        if self._closed is not None:
            yield f"{kind} of an item that is done"
        elif kind == "output_item.done":
            yield from self._done(event["item"], truncated)
        elif kind.startswith(("function_call_arguments.", "mcp_call_arguments.")):
            yield from self._call(kind.rpartition(".")[2], event)
        elif kind == "content_part.added":
            yield from self._part_added(event)
        elif event["content_index"] >= len(self._parts):
            yield f"{kind} before its content part was added"
        else:
            name, _, step = kind.rpartition(".")
            yield from self._within(self._parts[event["content_index"]], name, step, event)

    def listed(self, item: Json, *, truncated: bool) -> Iterator[str]:
        """The same item in the output of `response.done`."""
        if self._closed is None:
            yield f"item {item['id']} is still open when the response is done"
        elif item.get("status") != self._closed.get("status"):
            yield f"status {item.get('status')} in response.done, {self._closed.get('status')} in output_item.done"
        elif not truncated and item != self._closed:
            yield f"item {item['id']} differs between output_item.done and response.done"

    def _part_added(self, event: Json) -> Iterator[str]:
        part = event["part"]
        if self._item["type"] != "message":
            yield "a content part of an item that is no message"
        if event["content_index"] != len(self._parts):
            yield f"content_index {event['content_index']} instead of {len(self._parts)}"
        if part.get("text", part.get("transcript")) != "":
            yield "a new part has an empty string as its text or transcript; beta clients append to it"
        self._parts.append(_Part(part["type"]))

    def _within(self, part: _Part, name: str, step: str, event: Json) -> Iterator[str]:
        if name == "content_part":
            yield from self._part_done(part, event["part"])
        elif name not in part.kinds:
            yield f"{name} in a part of type {part.type}"
        elif name in part.ended:
            yield f"{name}.{step} after {name}.done"
        elif step == "done":
            part.ended.add(name)
            if name in _TEXT and event[_TEXT[name]] != part.text:
                yield f"{name}.done says {event[_TEXT[name]]!r}, its deltas {part.text!r}"
        elif name in _TEXT:
            part.text += event["delta"]
        else:
            yield from _sound(event["delta"])

    def _part_done(self, part: _Part, final: Json) -> Iterator[str]:
        if "content_part" in part.ended:
            yield "content_part.done for the second time"
        missing = [kind for kind in part.kinds if kind not in part.ended]
        if missing:
            yield f"content_part.done without {', '.join(missing)}.done"
        part.ended.add("content_part")
        text = final.get("text" if part.type == "text" else "transcript")
        if final["type"] != part.type or text != part.text:
            yield f"the part is {final['type']} {text!r} at its end; it was {part.type}, and its deltas {part.text!r}"

    def _call(self, step: str, event: Json) -> Iterator[str]:
        if self._item["type"] not in ("function_call", "mcp_call"):
            yield "arguments of an item that is no call"
        elif event.get("call_id") != self._item.get("call_id"):
            yield f"call_id {event.get('call_id')} of a call with {self._item.get('call_id')}"
        elif self._call_ended:
            yield f"arguments.{step} after arguments.done"
        elif step == "delta":
            self._arguments += event["delta"]
        else:
            self._call_ended = True
            if event["arguments"] != self._arguments:
                yield f"arguments.done says {event['arguments']!r}, its deltas {self._arguments!r}"
            if event.get("name", self._item["name"]) != self._item["name"]:
                yield f"the call's name is {event['name']}, and was {self._item['name']}"

    def _done(self, item: Json, truncated: bool) -> Iterator[str]:
        self._closed = item
        if item["type"].startswith("mcp_"):
            yield from self._mcp_done(item)
            return
        if item["status"] not in ("completed", "incomplete"):
            yield f"an item is done with status {item['status']}"
        if item["type"] != self._item["type"]:
            yield f"a {self._item['type']} has become a {item['type']}"
        elif item["type"] == "function_call":
            yield from self._call_done(item)
        else:
            if not all("content_part" in part.ended for part in self._parts):
                yield "the item is done and a part of it is open"
            said = [(f"output_{part.type}", part.text) for part in self._parts]
            shown = [(part["type"], part.get("text", part.get("transcript"))) for part in item["content"]]
            if said != shown and not truncated:
                yield f"the item says {shown}, its deltas {said}"

    def _mcp_done(self, item: Json) -> Iterator[str]:
        """Such an item has no status."""
        if item["type"] != self._item["type"]:
            yield f"a {self._item['type']} has become a {item['type']}"
        elif self._call_ended and item["arguments"] != self._arguments:
            yield f"the call's arguments are {item['arguments']!r}, its deltas {self._arguments!r}"

    def _call_done(self, item: Json) -> Iterator[str]:
        if not self._call_ended and item["status"] == "completed":  # clients run the tool on arguments.done
            yield "the call is done without arguments.done"
        if item["arguments"] != self._arguments:
            yield f"the call's arguments are {item['arguments']!r}, its deltas {self._arguments!r}"
        if (item["name"], item["call_id"]) != (self._item["name"], self._item["call_id"]):
            yield "the call has another name or call_id than when it was announced"


def _sound(delta: str) -> Iterator[str]:
    try:
        size = len(base64.b64decode(delta, validate=True))
    except binascii.Error:
        yield "audio that is not base64"
        return
    if size == 0:
        yield "an audio delta without audio"

"""Items of a conversation: what a client may make, and how each looks on the wire. Source: OpenAI, Realtime API."""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from edge_agent.serve.realtime_protocol.errors import string_too_long
from edge_agent.serve.realtime_protocol.ids import Ids
from edge_agent.serve.realtime_protocol.validation import Shape, checked, decoded
from edge_agent.think.template import ChatRole
from edge_agent.types import Json

ItemType = Literal[
    "message",
    "function_call",
    "function_call_output",
    "mcp_list_tools",
    "mcp_call",
    "mcp_approval_request",
    "mcp_approval_response",
]
ItemStatus = Literal["in_progress", "completed", "incomplete"]
ContentType = Literal["input_text", "input_audio", "output_text", "output_audio"]

DEVICE = "device"
"""The label of the only server of tools that there is: this one."""
MOST_CHARS = 2**20
"""One item, and all that a session keeps, has at most so many characters: no context holds so much text."""
EMPTY_PART = 100
"""Characters that a part of an item counts for beside its text: some bytes of Python."""


@dataclass(frozen=True, slots=True)
class Content:
    type: ContentType
    text: str | None = None
    """What is written, or said in sound. None: the words of a user's sound are not known (yet)."""
    audio: bytes | None = None
    """A client's own input_audio has what it sent, in the session's input format; other items have none."""

    def to_json(self, audio: bytes | None = None) -> Json:
        """audio: sound to be shown, in the format of the session."""
        if self.type in ("input_text", "output_text"):
            return {"type": self.type, "text": self.text or ""}
        sound = {"audio": base64.b64encode(audio).decode("ascii")} if audio is not None else {}
        return {"type": self.type, **sound, "transcript": self.text}


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a conversation. Changed by `dataclasses.replace`."""

    id: str
    type: ItemType
    status: ItemStatus = "completed"
    role: ChatRole | None = None
    """The role of a message."""
    content: tuple[Content, ...] = ()
    """The content of a message."""
    call_id: str = ""
    name: str = ""
    arguments: str = ""
    output: str = ""
    error: str = ""
    """The sentence that says why a call of a device's tool came to nothing; empty if it did not."""
    request_id: str = ""
    """The id of the approval request that is answered, or was before this call."""
    approve: bool = False
    listed: tuple[Json, ...] = ()
    """The tools of the device, as they are listed."""

    @classmethod
    def assistant(cls, id: str) -> Item:
        """A message that is being made."""
        return cls(id, "message", "in_progress", "assistant")

    @classmethod
    def call(cls, id: str, *, call_id: str, name: str) -> Item:
        """A call that is being made."""
        return cls(id, "function_call", "in_progress", call_id=call_id, name=name)

    @classmethod
    def user_audio(cls, id: str) -> Item:
        """What was said at the microphone, its words not known yet."""
        return cls(id, "message", role="user", content=(Content("input_audio"),))

    def closed(
        self, status: ItemStatus, *, text: str | None = None, transcript: str | None = None, arguments: str = ""
    ) -> Item:
        """The item at its end. Of a message: its `text`, or the `transcript` of its sound; of a call: `arguments`."""
        if self.type == "function_call":
            return replace(self, status=status, arguments=arguments)
        content = Content("output_text", text) if transcript is None else Content("output_audio", transcript)
        return replace(self, status=status, content=(content,))

    def said(self, text: str | None) -> Item:
        """The item with other words for its sound (transcribed, or cut)."""
        parts = (replace(part, text=text) if part.type.endswith("audio") else part for part in self.content)
        return replace(self, content=tuple(parts))

    @property
    def size(self) -> int:
        """Characters, by which items are bounded."""
        parts = sum(len(part.text or "") + EMPTY_PART for part in self.content)
        return parts + sum(map(len, (self.name, self.arguments, self.output, self.error)))

    def without_sound(self) -> Item:
        """The item as a conversation keeps it: sound is in its recordings, which are bounded."""
        return replace(self, content=tuple(replace(part, audio=None) for part in self.content))

    def to_json(self, audio: bytes | None = None) -> Json:
        """The item as on the wire (GA). `audio` is the sound of its first audio content, for
        `conversation.item.retrieved`."""
        if self.type == "function_call":
            return {
                "id": self.id,
                "type": self.type,
                "status": self.status,
                "name": self.name,
                "call_id": self.call_id,
                "arguments": self.arguments,
            }
        if self.type == "function_call_output":
            return {"id": self.id, "type": self.type, "call_id": self.call_id, "output": self.output}
        if self.type != "message":
            return {"id": self.id, "type": self.type, **self._of_device()}
        sounding = next((i for i, part in enumerate(self.content) if part.type.endswith("audio")), None)
        content = [part.to_json(audio if i == sounding else None) for i, part in enumerate(self.content)]
        return {"id": self.id, "type": self.type, "status": self.status, "role": self.role, "content": content}

    def _of_device(self) -> Json:
        """What only items of the device's tools have (GA); no nulls, at which clients drop the event."""
        if self.type == "mcp_list_tools":
            return {"server_label": DEVICE, "tools": list(self.listed)}
        if self.type == "mcp_approval_response":
            return {"approval_request_id": self.request_id, "approve": self.approve}
        call: Json = {"server_label": DEVICE, "name": self.name, "arguments": self.arguments}
        if self.request_id:
            call["approval_request_id"] = self.request_id
        if self.error:
            return {**call, "error": {"type": "tool_execution_error", "message": self.error}}
        return {**call, "output": self.output} if self.output else call


@dataclass(frozen=True, slots=True)
class ItemReference:
    """An item of the conversation, named in the `input` of a response."""

    id: str


# --- what a client may write ------------------------------------------------------------------------------------------

Id = Annotated[str, Field(min_length=1, max_length=512)]
"""OpenAI allows 32 characters; clients that name items after their own chats have longer ones."""


class _InputText(Shape):
    type: Literal["input_text"]
    text: str


class _InputAudio(Shape):
    type: Literal["input_audio"]
    audio: str | None = None
    transcript: str | None = None


class _OutputText(Shape):
    type: Literal["output_text", "text"]
    """`text` is beta's name."""
    text: str


class _Item(Shape):
    id: Id | None = None
    object: Literal["realtime.item"] | None = None
    status: ItemStatus | None = None


class _System(_Item):
    type: Literal["message"]
    role: Literal["system"]
    content: list[_InputText]


class _User(_Item):
    type: Literal["message"]
    role: Literal["user"]
    content: list[Annotated[_InputText | _InputAudio, Field(discriminator="type")]]


class _Assistant(_Item):
    type: Literal["message"]
    role: Literal["assistant"]
    content: list[_OutputText]


class _FunctionCall(_Item):
    type: Literal["function_call"]
    name: str
    call_id: Id | None = None
    arguments: str


class _FunctionCallOutput(_Item):
    type: Literal["function_call_output"]
    call_id: Id
    output: str


class _ApprovalResponse(_Item):
    type: Literal["mcp_approval_response"]
    approval_request_id: Id
    approve: bool
    reason: str | None = None


class _Reference(Shape):
    type: Literal["item_reference"]
    id: Id


_Message = Annotated[_System | _User | _Assistant, Field(discriminator="role")]
_Other = _FunctionCall | _FunctionCallOutput | _ApprovalResponse
_Entry = Annotated[_Message | _Other, Field(discriminator="type")]
_ITEM: TypeAdapter[_System | _User | _Assistant | _Other] = TypeAdapter(_Entry)
_REFERENCE = TypeAdapter(_Reference)


def parse_item(data: object, ids: Ids, param: str = "item") -> Item:
    """A client's item; ids that it does not give are made. Sound that was said by the assistant cannot be given.

    A user's `input_audio` may have its words in `transcript`, its sound in `audio`, or both. Raises ClientError, also
    for more than MOST_CHARS.
    """
    item = _item(data, ids, param)
    if item.size > MOST_CHARS:
        raise string_too_long(param, MOST_CHARS)
    return item


def _item(data: object, ids: Ids, param: str) -> Item:
    given = checked(_ITEM, data, param)
    id = given.id or ids("item")
    if isinstance(given, _FunctionCall):
        call_id = given.call_id or ids("call")
        return Item(id, given.type, call_id=call_id, name=given.name, arguments=given.arguments)
    if isinstance(given, _FunctionCallOutput):
        return Item(id, given.type, call_id=given.call_id, output=given.output)
    if isinstance(given, _ApprovalResponse):
        return Item(id, given.type, request_id=given.approval_request_id, approve=given.approve)
    content = tuple(_content(part, f"{param}.content[{i}]") for i, part in enumerate(given.content))
    return Item(id, given.type, role=given.role, content=content)


def parse_input(data: object, ids: Ids, param: str) -> Item | ItemReference:
    """One of a response's own `input`. Raises ClientError."""
    if isinstance(data, dict) and data.get("type") == "item_reference":
        return ItemReference(checked(_REFERENCE, data, param).id)
    return parse_item(data, ids, param)


def _content(part: _InputText | _InputAudio | _OutputText, param: str) -> Content:
    if isinstance(part, _InputAudio):
        sound = None if part.audio is None else decoded(part.audio, f"{param}.audio")
        return Content("input_audio", part.transcript, sound)
    return Content("output_text" if isinstance(part, _OutputText) else "input_text", part.text)

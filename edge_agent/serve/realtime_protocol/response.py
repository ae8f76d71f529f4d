"""One response: held, open, closed. Parts of an answer in, server events out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Literal

from edge_agent.errors import PromptTooLong
from edge_agent.host.jobs import Say
from edge_agent.serve.realtime_protocol.conversation import ConversationItems, KnownItem
from edge_agent.serve.realtime_protocol.device_items import ApprovalRequest, DeviceCall
from edge_agent.serve.realtime_protocol.ids import Ids
from edge_agent.serve.realtime_protocol.output_items import (
    AudioMessage,
    Call,
    FinalStatus,
    Place,
    Produced,
    TextMessage,
)
from edge_agent.serve.realtime_protocol.outputs import Used
from edge_agent.serve.realtime_protocol.requests import ResponseRequest
from edge_agent.serve.realtime_protocol.usage import audio_tokens, estimated, usage_json
from edge_agent.think.brief import Brief, CallArguments, CallBegun, CallDone, Text, Usage, Written
from edge_agent.types import Failure, Json, Voiced

ResponsePart = Voiced | Text | CallBegun | CallArguments | CallDone | Written | Failure
CancelReason = Literal["turn_detected", "client_cancelled"]
MadeItem = AudioMessage | TextMessage | Call | DeviceCall | ApprovalRequest
MOST_SPOKEN = 300
"""Characters of what a device's tool returned that are said as they are, where the model finds no words for it: small
ones call again instead (Qwen2.5-Coder 0.5B after 2 of 10 results)."""
NO_LIMITS: Json = {"type": "rate_limits.updated", "rate_limits": []}
DoneStatus = Literal["completed", "incomplete", "cancelled", "failed"]


class ResponsePhase(Enum):
    HELD = auto()
    """It answers a turn that is perhaps not over: what comes of it is kept, and nobody is told."""
    OPEN = auto()
    CLOSED = auto()
    """`response.done` was sent: nothing of it follows."""


@dataclass
class Response:
    id: str
    request: ResponseRequest
    conversation: ConversationItems
    conversation_id: str
    ids: Ids
    context: Sequence[KnownItem] | None = None
    """What it is to read; None: the conversation."""
    brief: Brief | None = None
    """What was asked of the engines; None while words of the user are being waited for."""
    read_audio: int = 0
    """Tokens of audio in what it reads."""
    phase: ResponsePhase = ResponsePhase.HELD
    sound_ms: float = 0.0
    """All of its sound so far."""
    calls: set[str] = field(default_factory=set)
    """Ids of the calls made."""
    running: dict[str, DeviceCall] = field(default_factory=dict)
    """The calls of the device's tools that were made and have not returned, by their items. They outlive it."""

    def __post_init__(self) -> None:
        self.first_item_id = self.ids("item")
        self._held: list[ResponsePart] = []
        self._items: list[MadeItem] = []
        self._current: MadeItem | None = None
        """The last of them, while it is made."""
        self._asking: str | None = None
        """The tool of a call that is to be approved, while its arguments are written."""
        self._end: Written | None = None
        """The end of what the model writes; the response ends once its tools have returned, too."""

    def open(self) -> list[Produced]:
        """Tell the client, and send what was held."""
        self.phase = ResponsePhase.OPEN
        held, self._held = self._held, []
        created = {"type": "response.created", "response": self._to_json("in_progress", None, None)}
        return [created, *(event for part in held for event in self.take(part))]

    def take(self, part: ResponsePart) -> list[Produced]:
        """The events of the next part of the answer."""
        match self.phase:
            case ResponsePhase.HELD:
                self._held.append(part)
                return []
            case ResponsePhase.OPEN:
                return self._events(part)
            case ResponsePhase.CLOSED:
                return []

    def cancel(self, reason: CancelReason) -> list[Produced]:
        if isinstance(self._current, Call):
            self._current.whole = None  # clients would run the tool on it
        details = {"type": "cancelled", "reason": reason}
        return [*self._close_items("incomplete"), self._done("cancelled", details)]

    def used(self, report: Used) -> list[Produced]:
        """The events of what a device's tool returned."""
        events: list[Produced] = [*self.running.pop(report.item_id).used(report)]
        return [*events, *self._ended()]

    def _events(self, part: ResponsePart) -> list[Produced]:
        match part:
            case Voiced():
                return self._say(part)
            case Text(text):
                opened = [] if isinstance(self._current, TextMessage) else self._begin(TextMessage(self._place()))
                assert isinstance(self._current, TextMessage)
                return [*opened, *self._current.take(text)]
            case CallBegun(name):
                return [*self._close_item("completed"), *self._call(name)]
            case CallArguments(delta):
                return [*self._current.take(delta)] if isinstance(self._current, Call | DeviceCall) else []
            case CallDone(arguments):
                return self._called(arguments)
            case Written():
                return self._written(part)
            case Failure(error, code):
                kind = "invalid_request_error" if code == PromptTooLong.code else "server_error"
                fault = {"type": kind, "code": code, "message": error}
                details = {"type": "failed", "error": fault}
                return [*self._close_items("incomplete"), self._done("failed", details)]

    def _call(self, name: str) -> list[Produced]:
        if name not in self.request.device:
            return self._begin(Call(self._place(), name, self.ids))
        if self.request.device[name]:
            self._asking = name
            return []
        return self._begin(DeviceCall(self._place(), name))

    def _called(self, arguments: str) -> list[Produced]:
        current, asking, self._asking = self._current, self._asking, None
        if asking:
            return [*self._begin(ApprovalRequest(self._place(), asking, arguments)), *self._close_item("completed")]
        if isinstance(current, DeviceCall):
            self._current, self.running[current.item.id] = None, current
            return [*current.run(arguments, self.brief.asked if self.brief else "")]
        # Its end waits for what follows: clients ask for the next answer the moment they see it, and a response that
        # is still open refuses that (openai-realtime-api 1.0.8 did, 40 ms before its end).
        if isinstance(current, Call):
            current.whole = arguments
        return []

    def _say(self, block: Voiced) -> list[Produced]:
        if self._current is None and not block.sentence.text and not len(block.samples):
            return []  # the empty sentence that ends an answer of calls only
        opened = list[Produced]()
        if not isinstance(self._current, AudioMessage):
            opened = self._begin(AudioMessage(self._place(), self.request.output_format, block.rate_hz))
        assert isinstance(self._current, AudioMessage)
        self.sound_ms += len(block.samples) * 1000 / block.rate_hz
        return [*opened, *self._current.take(block)]

    def _written(self, end: Written) -> list[Produced]:
        first, self._end = self._end is None, self._end or end
        unsaid = self.brief.returned if self.brief and self.brief.one_call and first and not self._items else ""
        if unsaid and self.request.spoken:
            return [Say(self.id, unsaid[:MOST_SPOKEN], self.request.manner)]  # which is Written, too
        said = self._events(Text(unsaid)) if unsaid else []
        return [*said, *self._close_item("completed" if end.reason == "stop" else "incomplete"), *self._ended()]

    def _ended(self) -> list[Produced]:
        """The end of the response, if the model has written all and the tools have returned."""
        if self._end is None or self.running:
            return []
        if self._end.reason == "stop":
            return [self._done("completed", None, self._end.usage), NO_LIMITS]
        details = {"type": "incomplete", "reason": "max_output_tokens"}
        return [self._done("incomplete", details, self._end.usage), NO_LIMITS]

    def _begin(self, item: MadeItem) -> list[Produced]:
        closed = self._close_item("completed")
        self._current = item
        self._items.append(item)
        if isinstance(item, Call):
            self.calls.add(item.item.call_id)
        return [*closed, *item.open()]

    def _close_item(self, status: FinalStatus) -> list[Produced]:
        item, self._current = self._current, None
        return [*item.close(status)] if item else []

    def _close_items(self, status: FinalStatus) -> list[Produced]:
        """The response ends here, whatever is under way."""
        return [*self._close_item(status), *(event for call in self.running.values() for event in call.leave())]

    def _place(self) -> Place:
        index = len(self._items)
        conversation = self.conversation if self.request.in_conversation else None
        return Place(self.id, self.ids("item") if index else self.first_item_id, index, conversation)

    def _done(self, status: DoneStatus, details: Json | None, usage: Usage | None = None) -> Json:
        self.phase = ResponsePhase.CLOSED
        chars = sum(len(each.text) for each in self._items)
        text = usage or estimated(self.brief, chars)
        ran = bool(usage or chars)
        counts = usage_json(
            text,
            audio_in=self.read_audio if ran else 0,
            audio_out=audio_tokens(assistant_ms=self.sound_ms),
        )
        return {"type": "response.done", "response": self._to_json(status, details, counts)}

    def _to_json(self, status: DoneStatus | Literal["in_progress"], details: Json | None, usage: Json | None) -> Json:
        return {
            "object": "realtime.response",
            "id": self.id,
            "status": status,
            "status_details": details,
            "output": [each.item.to_json() for each in self._items],
            "conversation_id": self.conversation_id if self.request.in_conversation else None,
            **self.request.to_json(),
            "usage": usage,
        }

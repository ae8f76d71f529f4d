"""What a response reads, the conversation or an input of its own, and the Brief that is made of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from edge_agent.serve.realtime_protocol import errors
from edge_agent.serve.realtime_protocol.conversation import KnownItem
from edge_agent.serve.realtime_protocol.items import Item, ItemReference
from edge_agent.serve.realtime_protocol.requests import ResponseRequest, session_request
from edge_agent.serve.realtime_protocol.state import State
from edge_agent.think.brief import Brief, Message

RequestContext = Sequence[KnownItem] | None
"""What a response is to read; None: the conversation, as it is when the response is made."""

DEVICE_RESULTS = ("mcp_call", "mcp_approval_response")
"""What a device's tool returned leads to no second call by itself: it may come from a web page, or from a stranger."""


class Reading:
    def __init__(self, state: State) -> None:
        self._state = state

    def context(self, request: ResponseRequest) -> RequestContext:
        """Returns the entries of a request's own input. Raises ClientError."""
        if request.input is None:
            return None
        return [self._entry(each, f"response.input[{i}]") for i, each in enumerate(request.input)]

    def entries(self, context: RequestContext) -> Sequence[KnownItem]:
        return list(self._state.conversation) if context is None else context

    def audio_tokens(self, context: RequestContext) -> int:
        return sum(entry.audio_tokens() for entry in self.entries(context))

    def brief(self, request: ResponseRequest, key: str, context: RequestContext) -> Brief:
        """Returns what the model is given. `key`: id of the first item that it makes."""
        entries = self.entries(context)
        messages = [message for entry in entries for message in entry.messages()]
        returned = bool(entries) and entries[-1].item.type in DEVICE_RESULTS
        return Brief(
            key=key,
            instructions=request.instructions,
            messages=tuple(messages),
            tools=request.tools,
            tool_choice=request.tool_choice,
            parallel=request.parallel_tool_calls and not request.only_device,
            one_call=request.only_device or returned,
            spoken=request.spoken,
            max_tokens=request.max_output_tokens,
            temperature=request.temperature,
            truncation=request.truncation,
        )

    def ahead(self, key: str, item_id: str, text: str) -> Brief:
        """Returns the brief of the response that the session asks for once the user has said `text` in that item."""
        words = Message(item_id, "user", text)  # as KnownItem.messages has it later
        request = session_request(self._state.session)
        brief = self.brief(request, key, None)
        return replace(brief, messages=(*brief.messages, words), one_call=request.only_device)

    def _entry(self, given: Item | ItemReference, param: str) -> KnownItem:
        if isinstance(given, Item):
            if any(part.audio is not None and part.text is None for part in given.content):
                raise errors.invalid_value(param, "sound without a transcript is heard in the conversation only.")
            return KnownItem(given)
        if entry := self._state.conversation.get(given.id):
            return entry
        raise errors.invalid_value(f"{param}.id", f"the item with id '{given.id}' does not exist.")

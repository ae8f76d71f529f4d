"""The responses of a connection: which are open, which is held, which waits; and whether the user hears one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from edge_agent.host.jobs import Answer, Manner, Prepare, Progress, Stop
from edge_agent.serve.realtime_protocol import errors
from edge_agent.serve.realtime_protocol.conversation import Entry
from edge_agent.serve.realtime_protocol.items import Item, ItemReference
from edge_agent.serve.realtime_protocol.requests import ResponseRequest, session_request
from edge_agent.serve.realtime_protocol.response import CancelReason, Phase, Response
from edge_agent.serve.realtime_protocol.state import Json, State
from edge_agent.think.brief import Brief, Message
from edge_agent.types import Failure


class Responses:
    """`active` is the one open response of the conversation. Those out of band run beside it, and nothing but their own
    cancel ends them. `held` answers a turn that is perhaps not over."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._open: dict[str, Response] = {}
        self.held: Response | None = None
        self._turn_waits = False
        """A turn of the user is over, and is answered when `active` is done."""
        self._playing_until_s = 0.0
        """When the client will have played all that it was sent, if it plays in real time from the first delta."""
        self.rests_since_s: float | None = None
        """Since when the last answer has been heard to its end, and nobody spoke; may lie ahead. None: not so."""
        self._disturbed = False
        """Whether there was such a rest until somebody spoke."""
        self.any_sound = False
        """Whether sound of the assistant was ever sent: its voice stays from then on."""

    @property
    def active(self) -> Response | None:
        return next((each for each in self._open.values() if each.request.in_conversation), None)

    @property
    def answering(self) -> bool:
        """Whether the user hears an answer, or is about to: speech is a barge-in."""
        return self.active is not None or self._state.now() < self._playing_until_s

    # --- asked for by the client ----------------------------------------------------------------------------------

    def create(self, request: ResponseRequest) -> None:
        """`response.create`. Raises ClientError if the conversation has an open response."""
        if request.in_conversation:
            if self.active:
                raise errors.active_response(self.active.id)
            self.drop_held()
        self._start(self._new(request, self._context(request)))

    def cancel(self, id: str | None) -> None:
        """`response.cancel`: that response, or the active one. Raises ClientError if it is not open."""
        response = self.active if id is None else self._open.get(id)
        if response is None:
            raise errors.no_active_response()
        self._give_up(response, "client_cancelled")

    # --- asked for by the user's speech ---------------------------------------------------------------------------

    def prepare(self, key: str, text: str, stamp: str) -> None:
        """Let the model read what is known, while the user speaks: `text` so far, of an item `key`."""
        if self.active is None:
            self._state.ask(Prepare(self._session_brief("", self._words(key, text, stamp))))

    def hold(self, key: str, text: str, stamp: str) -> None:
        """Begin to answer what was perhaps all, and tell nobody."""
        self.drop_held()
        if self.active:
            return  # what it goes on to say belongs to the context
        response = self._new(session_request(self._state.session), None)
        request = response.request
        response.brief = self._session_brief(response.first_item_id, self._words(key, text, stamp))
        self.held = response
        self._state.ask(Answer(response.id, response.brief, Manner(request.speed)))

    def drop_held(self) -> None:
        held, self.held = self.held, None
        if held:
            self._state.ask(Stop(held.id))

    def answer_turn(self) -> None:
        """The user's turn is in the conversation: open what is held if it answers just that, else begin anew."""
        if self.active:
            self._turn_waits = True
            return
        held, request = self.held, session_request(self._state.session)
        if held and held.request == request and held.brief == self._brief(request, held.first_item_id, None):
            self.held = None
            held.read_audio = self._audio_tokens(None)
            self._publish(held)
            return
        self.drop_held()
        self._start(self._new(request, None))

    def interrupt(self) -> None:
        """The user speaks into an answer."""
        self._turn_waits = False
        if self.active:
            self._give_up(self.active, "turn_detected")
        self.silenced()

    def silenced(self) -> None:
        """The client has stopped to play."""
        self._playing_until_s = min(self._playing_until_s, self._state.now())
        if self.rests_since_s is not None:
            self.rests_since_s = min(self.rests_since_s, self._playing_until_s)

    def disturb(self) -> None:
        """Somebody speaks."""
        self._disturbed, self.rests_since_s = self.rests_since_s is not None, None

    def rest(self) -> None:
        """It was nothing that is answered: the time without a word of the user begins anew."""
        if self._disturbed and self.active is None:
            self.rests_since_s = max(self._playing_until_s, self._state.now())

    # --- reported by the engines ----------------------------------------------------------------------------------

    def progress(self, report: Progress) -> None:
        """What belongs to a response that is done or dropped is nobody's."""
        if self.held and report.id == self.held.id:
            self.held.take(report.part)
        elif response := self._open.get(report.id):
            self._state.send(*self._played(response, response.take(report.part)))

    def fail_waiting(self, entry: Entry, why: str) -> None:
        """The words of `entry` will never be known: what waits for them has nothing to answer."""
        waiting = [each for each in self._open.values() if each.brief is None]
        for response in waiting:
            if any(each is entry for each in self._read_by(response.context)):
                self._state.send(*self._played(response, response.take(Failure(why))))

    def go_on(self) -> None:
        """Begin what had to wait: for the end of another response, or for the user's words."""
        if self._turn_waits and self.active is None:
            self._turn_waits = False
            self._start(self._new(session_request(self._state.session), None))
        for response in self._open.values():
            if response.brief is None and not any(entry.untold for entry in self._read_by(response.context)):
                self._ask(response)

    def making(self, call_id: str) -> bool:
        """Whether that call belongs to a response that is not done yet."""
        return self.active is not None and call_id in self.active.calls

    # --- inside ---------------------------------------------------------------------------------------------------

    def _new(self, request: ResponseRequest, context: Sequence[Entry] | None) -> Response:
        state = self._state
        return Response(state.ids("resp"), request, state.conversation, state.conversation_id, state.ids, context)

    def _start(self, response: Response) -> None:
        self._publish(response)
        self.go_on()

    def _publish(self, response: Response) -> None:
        self._open[response.id] = response
        if response.request.in_conversation:
            self.rests_since_s = None
        self._state.send(*self._played(response, response.open()))

    def _ask(self, response: Response) -> None:
        request = response.request
        response.brief = self._brief(request, response.first_item_id, response.context)
        response.read_audio = self._audio_tokens(response.context)
        self._state.ask(Answer(response.id, response.brief, Manner(request.speed)))

    def _give_up(self, response: Response, reason: CancelReason) -> None:
        self._state.ask(Stop(response.id))
        self._state.send(*self._played(response, response.cancel(reason)))
        if response.request.in_conversation:
            self.silenced()

    def _played(self, response: Response, events: list[Json]) -> list[Json]:
        """Keep account of what the client plays, and of what is done."""
        if response.request.in_conversation:
            now = self._state.now()
            more_ms = response.sent_ms - response.counted_ms
            response.counted_ms = response.sent_ms
            self._playing_until_s = max(now, self._playing_until_s) + more_ms / 1000
            self.any_sound = self.any_sound or response.sent_ms > 0
        if response.phase is Phase.CLOSED:
            del self._open[response.id]
            if response.request.in_conversation:
                self.rests_since_s = self._playing_until_s
        return events

    def _context(self, request: ResponseRequest) -> Sequence[Entry] | None:
        """The entries of a request's own input. Raises ClientError."""
        if request.input is None:
            return None
        return [self._entry(each, f"response.input[{i}]") for i, each in enumerate(request.input)]

    def _entry(self, given: Item | ItemReference, param: str) -> Entry:
        if isinstance(given, Item):
            if any(part.audio is not None and part.text is None for part in given.content):
                raise errors.invalid_value(param, "sound without a transcript is heard in the conversation only.")
            return Entry(given)
        if entry := self._state.conversation.get(given.id):
            return entry
        raise errors.invalid_value(f"{param}.id", f"the item with id '{given.id}' does not exist.")

    def _read_by(self, context: Sequence[Entry] | None) -> Sequence[Entry]:
        return list(self._state.conversation) if context is None else context

    def _audio_tokens(self, context: Sequence[Entry] | None) -> int:
        return sum(entry.audio_tokens() for entry in self._read_by(context))

    def _words(self, key: str, text: str, stamp: str) -> Message:
        """What the user says, as Entry.message has it later."""
        stamped = stamp and self._state.session.default_instructions_in_force
        return Message(key, "user", f"{stamp} {text}" if stamped else text)

    def _session_brief(self, key: str, words: Message) -> Brief:
        """The brief of the response that the session asks for once `words` are in the conversation."""
        brief = self._brief(session_request(self._state.session), key, None)
        return replace(brief, messages=(*brief.messages, words))

    def _brief(self, request: ResponseRequest, key: str, context: Sequence[Entry] | None) -> Brief:
        stamped = request.default_instructions_in_force
        messages = (entry.message(stamped=stamped) for entry in self._read_by(context))
        return Brief(
            key=key,
            instructions=request.instructions,
            messages=tuple(message for message in messages if message),
            tools=request.tools,
            tool_choice=request.tool_choice,
            parallel=request.parallel_tool_calls,
            spoken=request.spoken,
            max_tokens=request.max_output_tokens,
            temperature=request.temperature,
            truncation=request.truncation,
        )

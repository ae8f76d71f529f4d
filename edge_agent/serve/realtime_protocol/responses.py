"""The responses of a connection: which are open, which is held, which waits.

The conversation has one answer at a time; it is asked for by the client, or by the end of the user's turn. One of the
latter is begun while the turn is perhaps not over, and held: nobody is told. Its states, and what brings it from one to
the next:

state   a draft of   the turn is over       response.create   the user         the engines are done,
        the turn                                              speaks           or it is cancelled
FREE    HELD         OPEN                   OPEN              FREE             -
HELD    HELD, anew   OPEN: this, or anew    OPEN, anew        HELD             HELD, in full
                     if it answers          (this is
                     something else         dropped)
OPEN    OPEN         OPEN, and a turn       an error          FREE, if speech  FREE, or OPEN anew
                     waits                                    interrupts       if a turn waits

What is HELD also falls back to FREE when the turn goes on, or was nothing. Responses out of band run beside all this:
they are open until they are done, and nothing but their own cancel ends them. What of an answer has been heard is
another matter (`playing.py`): mostly it is done long before.
"""

from __future__ import annotations

from edge_agent.host.jobs import Answer, Prepare, Progress, Say, Stop
from edge_agent.serve.realtime_protocol import errors
from edge_agent.serve.realtime_protocol.conversation import KnownItem
from edge_agent.serve.realtime_protocol.device_calls import DeviceCalls
from edge_agent.serve.realtime_protocol.output_items import Produced
from edge_agent.serve.realtime_protocol.outputs import Play, Played, Use, Used
from edge_agent.serve.realtime_protocol.playing import Player, Playing
from edge_agent.serve.realtime_protocol.reading import Reading, RequestContext
from edge_agent.serve.realtime_protocol.requests import ResponseRequest, session_request
from edge_agent.serve.realtime_protocol.response import CancelReason, Response, ResponsePhase
from edge_agent.serve.realtime_protocol.rest import Rest
from edge_agent.serve.realtime_protocol.state import State
from edge_agent.types import Failure


class Responses:
    def __init__(self, state: State, player: Player) -> None:
        self._state = state
        self._reading = Reading(state)
        self._playing = Playing(state, player)
        self._rest = Rest()
        self.device = DeviceCalls(state)
        self._answer: Response | None = None
        """The conversation's response: HELD or OPEN; None: FREE."""
        self._turn_waits = False
        """Whether a turn of the user is over, and is answered when the OPEN one is done."""
        self._open: dict[str, Response] = {}
        """The open responses by id, those out of band too."""

    @property
    def active(self) -> Response | None:
        """The open response of the conversation."""
        return self._answer if self._answer and self._answer.phase is ResponsePhase.OPEN else None

    @property
    def answering(self) -> bool:
        """Whether the user hears an answer, or is about to: speech is a barge-in."""
        return self.active is not None or self._state.now() < self._playing.until_s

    @property
    def rests_since_s(self) -> float | None:
        """The time since which the last answer has been heard to its end, and nobody spoke; may lie ahead. None: not
        so."""
        return self._rest.since_s(self._playing.until_s)

    @property
    def any_sound(self) -> bool:
        return self._playing.any_sound

    # --- asked for by the client ----------------------------------------------------------------------------------

    def create(self, request: ResponseRequest) -> None:
        """`response.create`. Raises ClientError if the conversation has an open response."""
        if request.in_conversation:
            if self.active:
                raise errors.active_response(self.active.id)
            self.drop_held()
        self._start(self._new(request, self._reading.context(request)))

    def cancel(self, id: str | None) -> None:
        """`response.cancel`: that response, or the active one. Raises ClientError if it is not open."""
        response = self.active if id is None else self._open.get(id)
        if response is None:
            raise errors.no_active_response()
        if self._playing.player == "client":
            self._playing.stop([response.id])
        self._give_up(response, "client_cancelled")

    def clear(self) -> None:
        """`output_audio_buffer.clear`: nothing more is heard, so what is still being made of it is given up."""
        sounding = self._playing.responses(beside=True)
        cut = self._playing.stop(sounding)
        for response in [self._open[id] for id in sounding if id in self._open]:
            self._give_up(response, "client_cancelled")
        self.tell_cut(cut)

    # --- asked for by the user's speech ---------------------------------------------------------------------------

    def prepare(self, item_id: str, text: str) -> None:
        """Let the model read what is known, while the user speaks: `text` so far, of an item `item_id`."""
        if self.active is None:
            self._state.ask(Prepare(self._reading.ahead("", item_id, text)))

    def hold(self, item_id: str, text: str) -> None:
        """Begin to answer what was perhaps all, and tell nobody."""
        self.drop_held()
        if self.active:
            return  # what it goes on to say belongs to the context
        self._answer = response = self._new(session_request(self._state.session), None)
        response.brief = self._reading.ahead(response.first_item_id, item_id, text)
        self._state.ask(Answer(response.id, response.brief, response.request.manner))

    def drop_held(self) -> None:
        if held := self._held:
            self._answer = None
            self._state.ask(Stop(held.id))

    def answer_turn(self) -> None:
        """The user's turn is in the conversation: open what is held if it answers just that, else begin anew."""
        if self.active:
            self._turn_waits = True
            return
        held, request = self._held, session_request(self._state.session)
        if held and held.request == request and held.brief == self._reading.brief(request, held.first_item_id, None):
            held.read_audio = self._reading.audio_tokens(None)
            self._publish(held)
            return
        self.drop_held()
        self._start(self._new(request, None))

    def interrupt(self) -> None:
        """The user speaks into an answer."""
        self._turn_waits = False
        cut = self._playing.stop(self._playing.responses(beside=False))
        if self.active:
            self._give_up(self.active, "turn_detected")
        self.silenced()
        self.tell_cut(cut)

    def silenced(self) -> None:
        """The client has stopped to play."""
        self._playing.silenced()

    def tell_cut(self, item_ids: list[str]) -> None:
        """Tells where these items now end, and nothing of those that are gone."""
        for id in item_ids:
            if event := self._state.conversation.truncated(id):
                self._state.send(event)

    def disturb(self) -> None:
        """Somebody speaks."""
        self._rest.somebody_speaks()

    def rest(self) -> None:
        """It was nothing that is answered: the time without a word of the user begins anew."""
        if self.active is None:
            self._rest.it_was_nothing(self._state.now())

    # --- reported by the engines and by the transport -------------------------------------------------------------

    def progress(self, report: Progress) -> None:
        """What belongs to a response that is done or dropped is nobody's."""
        if (held := self._held) and report.id == held.id:
            held.take(report.part)
        elif response := self._open.get(report.id):
            self._tell(response, response.take(report.part))

    def played(self, report: Played) -> None:
        self._playing.played(report)

    def used(self, report: Used) -> None:
        """A tool of the device has returned, perhaps after the end of the response that called it."""
        for response in list(self._open.values()):
            if report.item_id in response.running:
                self._tell(response, response.used(report))
                return
        self.device.used(report)

    def fail_waiting(self, entry: KnownItem, why: str) -> None:
        """The words of `entry` will never be known: what waits for them has nothing to answer."""
        waiting = [each for each in self._open.values() if each.brief is None]
        for response in waiting:
            if any(each is entry for each in self._reading.entries(response.context)):
                self._tell(response, response.take(Failure(why)))

    def go_on(self) -> None:
        """Begin what had to wait: for the end of another response, or for the user's words."""
        if self._turn_waits and self.active is None:
            self._turn_waits = False
            self._start(self._new(session_request(self._state.session), None))
        for response in self._open.values():
            if response.brief is None and not any(entry.untold for entry in self._reading.entries(response.context)):
                self._ask(response)

    def making(self, call_id: str) -> bool:
        """Whether that call belongs to a response that is not done yet."""
        return self.active is not None and call_id in self.active.calls

    # --- inside ---------------------------------------------------------------------------------------------------

    @property
    def _held(self) -> Response | None:
        return self._answer if self._answer and self._answer.phase is ResponsePhase.HELD else None

    def _new(self, request: ResponseRequest, context: RequestContext) -> Response:
        state = self._state
        return Response(state.ids("resp"), request, state.conversation, state.conversation_id, state.ids, context)

    def _start(self, response: Response) -> None:
        self._publish(response)
        self.go_on()

    def _publish(self, response: Response) -> None:
        self._open[response.id] = response
        if response.request.in_conversation:
            self._answer = response
            self._rest.answer_begins()
        self._tell(response, response.open())

    def _ask(self, response: Response) -> None:
        request = response.request
        response.brief = self._reading.brief(request, response.first_item_id, response.context)
        response.read_audio = self._reading.audio_tokens(response.context)
        self._state.ask(Answer(response.id, response.brief, request.manner))

    def _give_up(self, response: Response, reason: CancelReason) -> None:
        self._state.ask(Stop(response.id))
        self._tell(response, response.cancel(reason))
        if response.request.in_conversation:
            self.silenced()

    def _tell(self, response: Response, events: list[Produced]) -> None:
        """What has come of it goes to the client, its sound to whoever plays."""
        in_conversation = response.request.in_conversation
        for event in events:
            if isinstance(event, Play):
                self._playing.play(event, in_conversation=in_conversation)
            elif isinstance(event, Use | Say):
                self._state.ask(event)
            else:
                self._state.send(event)
        if response.phase is ResponsePhase.CLOSED:
            self._close(response)

    def _close(self, response: Response) -> None:
        del self._open[response.id]
        self.device.keep(response.running)
        if response is self._answer:
            self._answer = None
            self._rest.answer_done(self._state.now())
        self._playing.done(response.id)

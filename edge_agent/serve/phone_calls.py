"""Phone calls: calls by telephone that a program of this machine answers, as OpenAI's Realtime API has them for SIP.

A call rings; a webhook tells the program, which accepts it, rejects it, or lets the time go by. One that is accepted is
a RealtimeCall (calls.py), whose peer is the telephone: it hears and is heard, and its keys are events.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from edge_agent.clock import Clock
from edge_agent.rtc.inbound import Inbound
from edge_agent.rtc.outbound import Outbound
from edge_agent.rtc.peer import Watching
from edge_agent.serve.realtime_protocol.ids import random_id
from edge_agent.serve.webhook import Webhook, WebhookError
from edge_agent.types import Json

log = logging.getLogger(__name__)

LOOK_S = 0.05
"""How often it is looked whether the call is over, or has gone on for too long."""
AGAIN_S = 1.0
"""The pause before a program that was not reached is told again."""
PICKED_UP_S = 10.0
"""The stack has so long to pick up."""
END_S = 1.0
"""The stack has so long to tell what became of the call."""

Decision = Literal["", "accepted", "rejected", "nobody"]


class PhoneLine(Protocol):
    """A call as the SIP stack has it (phone/line.py)."""

    source: Inbound
    voice: Outbound
    headers: tuple[str, ...]
    """The lines of its INVITE."""
    picked_up: threading.Event
    over: threading.Event
    on_digit: Callable[[str], Any]

    def pick_up(self) -> None: ...
    def hang_up(self, status: int = 0) -> None: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class HeldCall:
    """A call that a program has decided about, once it is over."""

    ended: str
    """The word of the record of a call (phone/record.py)."""
    seconds: float
    """The time since it was picked up; 0 if it never was."""


class IncomingCall:
    """One call, from its ringing to its end; a `CallPeer` once it is accepted. Its methods are for any thread."""

    def __init__(self, line: PhoneLine, refer: Callable[[str], str | None], unix: Callable[[], float]) -> None:
        """`refer` has the caller call somebody else: returns None once they are, else why not."""
        self.id = random_id("rtc")
        self.source, self.voice, self.line = line.source, line.voice, line
        self.watching = Watching()
        self.decision: Decision = ""
        self.status = 0
        """What a call that is rejected is refused with, in SIP; 0: "busy"."""
        self.decided, self.left = threading.Event(), threading.Event()
        """Somebody has decided; the program has hung up."""
        self._was_referred = False
        self._refer, self._unix = refer, unix
        self._guard, self._referring = threading.Lock(), threading.Lock()

    def decide(self, what: Decision, status: int = 0) -> bool:
        """Whether this is what becomes of it: the first decision counts, and a call that is over has none."""
        with self._guard:
            is_first = not self.decision and not self.line.over.is_set()
            if is_first:
                self.status = status
            self.decision = self.decision or what
        self.decided.set()
        return is_first

    def accept(self, watching: Watching, tell: Callable[[Json], object]) -> bool:
        """Whether the call is the program's from now on. `tell` is told of events that are the telephone's alone."""

        def on_digit(digit: str) -> None:
            at = int(self._unix())
            tell({"type": "input_audio_buffer.dtmf_event_received", "event": digit, "received_at": at})

        with self._guard:
            if self.decision or self.line.over.is_set():
                return False
            self.decision, self.watching, self.line.on_digit = "accepted", watching, on_digit
            self.voice.on_played = watching.on_played
        self.decided.set()
        return True

    def refer(self, uri: str) -> str | None:
        """Has the caller call `uri` instead. Returns when they do (None), or why they do not. Waits for that."""
        with self._referring:
            why = self._refer(uri)
            self._was_referred = why is None
        return why

    def how_it_ended(self) -> str:
        """Returns the word of the record of a call. What came of a transfer is waited for, where the call is over."""
        if not self.line.over.is_set():
            return "agent" if self.left.is_set() else "too long"
        with self._referring:
            return "transferred" if self._was_referred else "caller"

    def send(self, text: str) -> None:
        """A telephone reads no events: those who look on do."""

    def close(self) -> None:
        """The call is to end."""
        self.left.set()


class IncomingCalls:
    """All calls that ring, and those that a program has accepted. `ring` is for a thread of its own."""

    def __init__(
        self,
        webhook: Webhook,
        clock: Clock,
        unix: Callable[[], float],
        *,
        rings_s: float,
        most_s: float,
        may_refer: Callable[[str], bool] = lambda uri: False,
    ) -> None:
        """`rings_s`: a program has so long to accept; `most_s`: the longest call. `may_refer`: whether a caller may be
        put through to this number."""
        self._webhook, self._clock, self._unix = webhook, clock, unix
        self._rings_s, self._most_s, self.may_refer = rings_s, most_s, may_refer
        self._calls: dict[str, IncomingCall] = {}

    def find(self, id: str, decision: Decision) -> IncomingCall | None:
        """The call of this id, of which this is decided; "" of one that rings."""
        call = self._calls.get(id)
        return call if call and call.decision == decision else None

    def ring(self, line: PhoneLine, refer: Callable[[str], str | None]) -> HeldCall | None:
        """Returns at the end of a call that a program has decided about; None at once where none has in time."""
        call = IncomingCall(line, refer, self._unix)
        self._calls[call.id] = call
        try:
            decision = self._decided(call)
            if line.over.is_set() and decision != "accepted":
                return HeldCall("caller", 0.0)
            if decision == "nobody":
                return None
            if decision == "accepted":
                held = self._held(call)
            else:
                held = HeldCall("rejected", 0.0)
                line.hang_up(call.status)
            line.close()
            line.over.wait(END_S)
            call.watching.on_end()
            return held
        finally:
            self._calls.pop(call.id, None)

    def _decided(self, call: IncomingCall) -> Decision:
        """What is decided of it while it rings. A program that is not there may be yet."""
        event, until_s, told, said = self._event(call), self._clock.now() + self._rings_s, False, False
        while not call.decided.is_set() and not call.line.over.is_set() and self._clock.now() < until_s:
            if not told:
                try:
                    self._webhook.post(event)
                    told = True
                except WebhookError as error:
                    if not said:
                        log.warning("A call could not be announced to phone.webhook (%s).", error)
                    said = True
            call.decided.wait(LOOK_S if told else AGAIN_S)
        call.decide("nobody")
        return call.decision

    def _held(self, call: IncomingCall) -> HeldCall:
        line = call.line
        line.pick_up()
        late_s = self._clock.now() + PICKED_UP_S
        while not line.picked_up.wait(LOOK_S):
            if line.over.is_set() or call.left.is_set() or self._clock.now() > late_s:
                return HeldCall("not answered", 0.0)
        call.watching.on_connected()
        begun_s = self._clock.now()
        while not line.over.wait(LOOK_S) and not call.left.is_set() and self._clock.now() - begun_s < self._most_s:
            pass
        return HeldCall(call.how_it_ended(), self._clock.now() - begun_s)

    def _event(self, call: IncomingCall) -> Json:
        headers = _fields(call.line.headers)
        return {
            "id": random_id("evt"),
            "object": "event",
            "created_at": int(self._unix()),
            "type": "realtime.call.incoming",
            "data": {"call_id": call.id, "sip_headers": headers},
        }


def _fields(lines: Sequence[str]) -> list[Json]:
    """Lines of SIP as names and values."""
    parts = (line.partition(":") for line in lines)
    return [{"name": name.strip(), "value": value.strip()} for name, _, value in parts]

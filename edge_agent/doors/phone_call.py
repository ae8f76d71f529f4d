"""One call: from its ringing to its record: a conversation with an agent of its own, and what ends it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Protocol

import numpy as np

from edge_agent.errors import EdgeAgentError
from edge_agent.events import Event, HeardText, Interrupted
from edge_agent.host.jobs import Detection, Listen, Report
from edge_agent.phone.attendant import Attendant
from edge_agent.phone.line import LOST, SipLine
from edge_agent.phone.notes import Note, Notes
from edge_agent.phone.numbers import masked, user_of
from edge_agent.phone.record import CallRecord
from edge_agent.phone.sayings import Sayings
from edge_agent.phone.silent import NO_SOUND
from edge_agent.phone.switchboard import Switchboard, referred
from edge_agent.run.threads import Conversation
from edge_agent.serve.phone_calls import HeldCall
from edge_agent.settings.phone import PhoneSettings
from edge_agent.types import Turn
from edge_agent.watch.latency import Latency

log = logging.getLogger(__name__)

LOOK_S = 0.05
"""How often it is looked whether something is due."""
PICKED_UP_S = 10.0
"""The stack has so long to pick up ..."""
ANSWERED_S = 60.0
"""... and whoever is called."""
LAST_S = 0.2
"""What was said last is heard so much later than it was taken."""
_ENDS = {LOST: "lost", NO_SOUND: "no sound"}
"""What the stack says of an end that was nobody's wish, and the record."""


@dataclass(frozen=True, slots=True)
class CallKit:
    """What all calls of a phone share."""

    sayings: Sayings
    own: PhoneSettings
    language: str = "en"
    """The language of what is entered by keys: ISO 639-1."""
    switchboard: Switchboard | None = None
    """It puts callers through; None: nobody does."""
    notes: Notes | None = None
    """Where messages of callers are kept."""


class ConverseOn(Protocol):
    """Makes a conversation for a line; what it needs is closed at the end of the block."""

    def __call__(self, line: SipLine, windows: PhoneCall) -> AbstractContextManager[Conversation]: ...


class Announce(Protocol):
    """Offers a call to programs (serve/phone_calls.py); with what puts its caller through. Returns at its end."""

    def __call__(self, line: SipLine, refer: Callable[[str], str | None]) -> HeldCall | None: ...


@dataclass(frozen=True, slots=True)
class Wall:
    """The clock of the calls, for tests of what takes minutes."""

    now: Callable[[], float] = time.monotonic
    date: Callable[[], datetime] = lambda: datetime.now().astimezone()


class PhoneCall:
    """Looks at the conversation, as windows do. `put_through`, `write_down` and `end` are for whoever answers in it:
    an AtThePhone (errands.py). They may be called from any thread, and take effect when what is being said was heard.
    """

    def __init__(self, line: SipLine, kit: CallKit, wall: Wall | None = None) -> None:
        self.line, self._kit = line, kit
        self._sayings, self._own, self._wall = kit.sayings, kit.own, wall or Wall()
        self.on_failed_transfer: Callable[[], object] = lambda: None
        """It is told that the caller, who could not be put through, is asked whether a message may be taken."""
        self._to: str | None = None
        """Where the caller is to be put through next."""
        self._is_ending = False
        self._latency = Latency()
        self._at = self._wall.date()
        self._picked_up_s = 0.0
        self._turns = 0
        self._ended = "caller"
        self._attendant: Attendant | None = None
        self._digits: list[str] = []

    def run(self, converse: ConverseOn) -> CallRecord:
        """Holds the call until its end. Nothing that goes wrong in it is anybody else's."""
        line = self.line
        try:
            with converse(line, self) as conversation:
                self._hold(conversation)
        except EdgeAgentError as error:
            log.warning("A call ended early: %s", error)
            self._ended = "failed"
        except Exception:
            log.exception("A call failed.")
            self._ended = "failed"
        finally:
            line.close()
            line.over.wait(LAST_S + 1.0)  # the stack tells what became of the call
        return self._record()

    def offer(self, announce: Announce) -> CallRecord | None:
        """A program may take the call. Returns its record once it is over; None where nobody has decided about it."""
        outcome = announce(self.line, partial(referred, self.line))
        if outcome is None:
            return None
        self._ended, self._picked_up_s = outcome.ended, self._wall.now() - outcome.seconds
        return self._record()

    def turn_away(self) -> CallRecord:
        """Says that it is busy, or has the stack say so."""
        line, self._ended = self.line, "busy"
        if self._sayings.busy:
            line.pick_up()
            if line.picked_up.wait(PICKED_UP_S):
                self._picked_up_s = self._wall.now()
                for block in self._sayings.busy:
                    line.sink.write(block.samples)
                line.over.wait(LAST_S)
        line.close()
        line.over.wait(1.0)
        return self._record()

    # --- what can be done in it -------------------------------------------------------------------------------------

    @property
    def number(self) -> str:
        """The number of the other side, as it says."""
        return user_of(self.line.caller)

    def put_through(self, uri: str) -> None:
        """The caller is to be put through to this number. Where that fails they hear so, and the call goes on."""
        self._to = uri

    def write_down(self, name: str, number: str, text: str, who: str = "") -> None:
        """A message for the owner is kept. Raises OSError where it cannot be."""
        if self._kit.notes is None:
            raise FileNotFoundError("There is no place for messages.")
        at = self._wall.date().isoformat(timespec="seconds")
        self._kit.notes.add(Note(at, self.number, name, number, text, who))

    def end(self) -> None:
        """The call is to end, unless the caller speaks into what is said last."""
        self._is_ending = True

    # --- what looks at the conversation -----------------------------------------------------------------------------

    def on_event(self, event: Event) -> None:
        if isinstance(event, HeardText):
            self._turns += 1
        elif isinstance(event, Interrupted):
            self._is_ending = False

    def on_mark(self, turn: Turn, name: str, at_s: float) -> None:
        self._latency(turn, name, at_s)

    def on_report(self, report: Report) -> None: ...

    # --- the call ---------------------------------------------------------------------------------------------------

    def _hold(self, conversation: Conversation) -> None:
        line = self.line
        line.on_digit = self._press
        conversation.link.send(Listen(Detection(device=True, awake=True)))
        conversation.start()
        try:
            if not line.outgoing:
                line.pick_up()
            if self._is_picked_up():
                self._picked_up_s = now = self._wall.now()
                self._attendant = Attendant(now, silence_s=self._own.silence_s, most_s=60 * self._own.max_minutes)
                conversation.agent.tell(self._sayings.greeting)
                while not line.over.is_set() and not conversation.is_over and self._goes_on(conversation):
                    line.over.wait(LOOK_S)
        finally:
            conversation.interrupt()  # what was heard of an answer that nobody hears any more goes to the ledger
            conversation.stop()
            conversation.join()

    def _is_picked_up(self) -> bool:
        line, until = self.line, self._wall.now() + (ANSWERED_S if self.line.outgoing else PICKED_UP_S)
        while not line.picked_up.wait(LOOK_S):
            if line.over.is_set() or self._wall.now() > until:
                self._ended = "not answered"
                log.warning("A call was not picked up (%s).", line.end.why if line.end else "in time")
                return False
        return True

    def _goes_on(self, conversation: Conversation) -> bool:
        """Does what is due. Whether the call goes on."""
        attendant, now, agent = self._attendant, self._wall.now(), conversation.agent
        assert attendant is not None
        digits, self._digits = self._digits, []
        for digit in digits:
            agent.interrupt()
            attendant.press(digit, now)
        if number := attendant.number(now):
            conversation.typed(number, self._kit.language)
        if agent.answering or conversation.link.listening.busy or self.line.on_hold:
            attendant.active(now, user=not agent.answering)
        if self.line.on_hold and agent.answering:
            agent.interrupt()  # nobody hears it
        if not agent.answering:
            if self._is_ending:
                self._ended = "agent"
                self.line.over.wait(LAST_S)
                return False
            if self._to is not None:
                return self._is_still_ours(conversation)
        due = attendant.due(now)
        if due == "ask":
            agent.tell(self._sayings.still_there)
        elif due == "goodbye":
            self._ended = attendant.why
            self._say_goodbye(conversation)
            return False
        return True

    def _is_still_ours(self, conversation: Conversation) -> bool:
        """Puts the caller through. Whether the call goes on here."""
        uri, self._to = self._to or "", None
        if self._kit.switchboard and self._kit.switchboard.put_through(self.line, uri):
            self._ended = "transferred"
            return False
        if not self.line.over.is_set():
            conversation.agent.tell(self._sayings.no_answer)
            self.on_failed_transfer()
        return True

    def _say_goodbye(self, conversation: Conversation) -> None:
        """Says it to the end, whatever the caller says into it meanwhile."""
        conversation.agent.interrupt()
        for block in self._sayings.goodbye:
            self.line.sink.write(block.samples)
        self.line.over.wait(LAST_S)

    def _press(self, digit: str) -> None:
        """Runs in the stack's thread."""
        self._digits.append(digit)

    def _record(self) -> CallRecord:
        line, end = self.line, self.line.end
        figures = end.figures if end else {}
        if end and end.why in _ENDS:
            self._ended = _ENDS[end.why]
        lost, received = figures.get("lost", 0), figures.get("received", 0)
        return CallRecord(
            at=self._at.isoformat(timespec="seconds"),
            who=masked(line.caller),
            outgoing=line.outgoing,
            seconds=round(self._wall.now() - self._picked_up_s, 1) if self._picked_up_s else 0.0,
            codec=line.codec,
            turns=self._turns,
            ended=self._ended,
            lost=round(lost / max(1, lost + received), 4),
            jitter_ms=figures.get("jitter_ms", 0.0),
            mos=figures.get("mos", 0.0),
            v2v_ms=self._v2v_ms(),
        )

    def _v2v_ms(self) -> tuple[int, ...]:
        """The 50th and the 95th percentile of the answers."""
        marks = self._latency.turns().values()
        took = [1000 * (each["play"] - each["speech_end"]) for each in marks if {"play", "speech_end"} <= set(each)]
        return tuple(round(float(each)) for each in np.percentile(took, (50, 95))) if took else ()

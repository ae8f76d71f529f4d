"""Desk: one conversation with an owner's agent: words, keys and time in, a Reply each.

`plan` has no effect and may be asked for drafts that are taken back; `carry_out` writes what the caller has said yes
to, and what was done is told only behind the commit.
"""

from __future__ import annotations

import json
import logging
import time
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from edge_agent.act.calendar import Calendar
from edge_agent.act.tools import Toolbox
from edge_agent.desk.answers import AnswerFolder, answers_of
from edge_agent.desk.asking import offered
from edge_agent.desk.booking.ledger import Booking, BookingLedger, TimeGone
from edge_agent.desk.booking.mirror import NAME as MIRROR
from edge_agent.desk.booking.mirror import mirror
from edge_agent.desk.booking.openings import Openings
from edge_agent.desk.changing import resumed
from edge_agent.desk.conversation import CallState, Filled, Proposal
from edge_agent.desk.file import AgentFile
from edge_agent.desk.flowing import called
from edge_agent.desk.leads import passed_on
from edge_agent.desk.phrases import phrases_of
from edge_agent.desk.premises import Premises
from edge_agent.desk.proposing import told
from edge_agent.desk.questioning import answered, masked
from edge_agent.desk.readers.phone import is_number, written
from edge_agent.desk.reply import Reply
from edge_agent.desk.selling import lead
from edge_agent.desk.settling import Settled, settle
from edge_agent.desk.step import Step
from edge_agent.desk.turn import take
from edge_agent.errors import RecordsError

log = logging.getLogger(__name__)

Now = Callable[[], datetime]
KEPT = ("lead", "opt_out", "handoff", "urgent")
"""Effects of which the owner is told."""
SILENCE_S = 20.0
"""So long a caller says nothing before they are asked whether they are there."""


class Desk:
    """One caller. What is kept lies in the folder `state`, which several lines may share."""

    def __init__(
        self,
        agent: AgentFile,
        state: Path | None,
        now: Now,
        *,
        ledger: BookingLedger | None = None,
        call: str | None = None,
        mirror_in: Path | None = None,
        answers: AnswerFolder | None = None,
        language: str = "en",
    ) -> None:
        """`now` gives the wall clock, aware; what is asked of it is in the owner's zone. What is booked is mirrored to
        a file in `mirror_in`, else in `state`. `answers`: the documents, if others have read them already.
        Raises RecordsError."""
        self.agent, self._clock = agent, now
        self._passed = timedelta()
        self._phrases = phrases_of(language)
        self._mirror_in = mirror_in or state
        self.ledger = ledger or BookingLedger(state, agent.business.timezone, agent.privacy.keep)
        self.ledger.sweep(self.now)
        self.call = call or uuid4().hex
        self.ledger.begin(self.call, self.now)
        self._state = state
        self.tools: Toolbox | None = None
        """What the steps of flows may call."""
        self._calendar = Calendar(agent.folder)
        self.conversation = CallState()
        self.answers = answers or answers_of(agent.folder, agent.answers, language)
        self._greeted = False
        self.way = ""
        """What understood the last turn."""

    @property
    def now(self) -> datetime:
        return (self._clock() + self._passed).astimezone(self.agent.business.timezone)

    @property
    def greeting(self) -> str:
        """What is said first."""
        business = self.agent.business
        return business.greeting or self._phrases.say("greeting", business=business.name, name=self.agent.name)

    def greet(self) -> str:
        """The greeting, for whoever says it before the caller speaks; the first answer then goes without."""
        self._greeted = True
        return self.greeting

    def hear(self, words: str) -> Reply:
        """A turn of the caller's."""
        return self._timed(lambda: self.plan(words))

    def plan(self, words: str) -> Step:
        """What the words would come to. Nothing happens."""
        return take(words, self.conversation, self.premises())

    def digits(self, keys: str) -> Reply:
        """Keys that the caller has pressed; "#" ends them."""
        return self._timed(lambda: self._keyed(keys.removesuffix("#")))

    def hung_up(self) -> Reply:
        """The caller is gone: what was begun is kept as a draft, and nothing is booked."""
        begun = self.conversation
        effects: tuple[dict[str, Any], ...] = ()
        if begun.task and (begun.form or begun.wish):
            effects = ({"type": "draft", "form": begun.form_json()},)
        self._keep("draft" if effects else "ended", ended=True)
        return Reply("", form=begun.form_json(), effects=effects, ends=True)

    def passed(self, seconds: float) -> Reply:
        """So much time has passed in silence."""
        self._passed += timedelta(seconds=seconds)
        said = self._phrases.say("still_there") if seconds >= SILENCE_S else ""
        return self._reply(Step(said, self.conversation), 0.0)

    def premises(self) -> Premises:
        """What the next turn is decided by."""
        now = self.now
        openings = Openings(self.agent, self._calendar, self.ledger.taken, now, MIRROR)
        return Premises(self.agent, self._phrases, self.ledger, openings, now, self.answers)

    def carry_out(self, step: Step) -> Step:
        """Do what a turn comes to: what was said yes to is written, and the conversation goes on from there."""
        while step.write is not None:
            step = self._called(step, step.write) if step.write.kind == "call" else self._written(step, step.write)
        for effect in step.effects:
            if effect["type"] in KEPT:
                self._kept(effect)
        after = replace(step.after, said=step.said or step.after.said)
        if step.question:
            step = self._with_answer(step)
            after = step.after
        elif step.said:
            after = replace(after, topic=None)
        self.conversation = after
        self._keep("ended" if after.is_over else "", ended=after.is_over)
        return replace(step, after=after)

    def _timed(self, plan: Callable[[], Step]) -> Reply:
        begun = time.perf_counter()
        step = plan()
        self.way = step.way
        step = self.carry_out(step)
        return self._reply(step, time.perf_counter() - begun)

    def _reply(self, step: Step, took_s: float) -> Reply:
        after, said = step.after, step.said
        if not self._greeted:
            self._greeted = True
            said = self.greeting if said == self._phrases.say("how_help") else f"{self.greeting} {said}".strip()
        proposal = after.proposal.to_json() if after.proposal else None
        return Reply(
            said, after.asked, after.form_json(), proposal, step.effects, step.by, round(took_s * 1000), after.is_over
        )

    def _keyed(self, keys: str) -> Step:
        """What keys mean: the answer to what was asked, or a telephone number at any time."""
        asked, region = self.conversation.asked, self.agent.business.phone_region
        if asked == "confirm" and keys in ("1", "2"):
            return self.plan(self._phrases.part("yes" if keys == "1" else "no"))
        keys = "".join(key for key in keys if key.isdecimal())
        if self.conversation.offers and keys.isdecimal() and 1 <= int(keys) <= len(self.conversation.offers):
            return self.plan(("", "the first", "the second", "the third")[int(keys)] if int(keys) < 4 else "")
        digits = self.conversation.digits + keys
        if is_number(keys, region) or (asked == "phone" and is_number(digits, region)):
            number = written(keys if is_number(keys, region) else digits, region)
            after = replace(self.conversation.filled(phone=Filled(number, keys)), digits="", misses=0)
            return resumed(after, self.premises()) if after.task else Step(self._phrases.say("got"), after)
        if asked == "phone":
            said = self._phrases.say("too_short", digits=" ".join(digits))
            return Step(said, replace(self.conversation, digits=digits))
        own = self.premises().own(asked or "")
        if own and own.type in ("number", "date_of_birth", "phone", "text"):
            return self.plan(keys if len(keys) != 8 else f"{keys[:2]} {keys[2:4]} {keys[4:]}")
        if keys == "0":
            return self.plan(self._phrases.part("a_person"))
        return Step(self._phrases.say("keys_ignored"), self.conversation)

    def _written(self, step: Step, proposal: Proposal) -> Step:
        """The proposal, written; what is told of it. Where it cannot be, why, and what there is instead."""
        before = self.conversation
        try:
            moved = self.ledger.booking(proposal.booking) if proposal.kind == "move" and proposal.booking else None
            booking = self._write(proposal)
        except TimeGone:
            return self._lost(step)
        except RecordsError:
            log.exception("Nothing was written.")
            return Step(self._phrases.say("trouble"), replace(before, asked=None))
        premises = self.premises()
        start = booking.start if booking else None
        told_of = told(
            proposal.kind, start, booking.staff if booking else "", booking.service if booking else "", premises
        )
        kind = {"book": "booked", "move": "moved", "cancel": "cancelled"}.get(proposal.kind, proposal.kind)
        values = booking.to_json() if booking else dict(proposal.values)
        form = {slot: before.form[slot] for slot in ("name", "phone", "email") if slot in before.form}
        after = CallState(
            form=form,
            asked="more",
            proposals=before.proposals,
            booked=before.booked + 1,
            tries=before.tries,
        )
        was = {"was": moved.start.isoformat(), "was_staff": moved.staff or None} if moved else {}
        effects = [*step.effects, {**values, **was, "type": kind}]
        if self.agent.kind == "leads" and booking:
            effects.append(lead(before, "callback", self.agent, callback=booking.start.isoformat()))
        return Step(f"{told_of} {step.said}", after, effects=tuple(effects), by=step.by, question=step.question)

    def _called(self, step: Step, proposal: Proposal) -> Step:
        """The flow behind the call of a tool."""
        name, arguments = str(proposal.values["tool"]), json.dumps(proposal.values["arguments"])
        outcome = self.tools.call(name, arguments) if self.tools else None
        return called(step, proposal, outcome, self.premises())

    def _kept(self, effect: dict[str, Any]) -> None:
        """A lead, a hand-off and the like are kept for the owner."""
        try:
            self.ledger.note((self.call, str(effect["type"])), str(effect["type"]), effect, self.now)
            if self._state and effect["type"] in ("lead", "opt_out"):
                passed_on(self.agent.leads, self._state, {**effect, "call": self.call}, self.now)
        except RecordsError as error:
            log.error("%s", error)

    def _write(self, proposal: Proposal) -> Booking | None:
        """The gate. Raises RecordsError; TimeGone, where the time is taken meanwhile."""
        key, now = (self.call, proposal.id), self.now
        service = self.agent.service(str(proposal.values.get("service") or "") or None)
        opening = proposal.opening

        def is_free() -> bool:
            openings = self.premises().openings.for_moving(proposal.booking or 0)
            found = opening and openings.at(opening.start, service, opening.staff)
            return found == opening

        if proposal.kind == "book" and opening:
            who = {name: value for name, value in proposal.values.items() if name not in ("service", "staff")}
            booking = self.ledger.book(key, opening, service, who, is_free, now)
        elif proposal.kind == "move" and opening and proposal.booking:
            booking = self.ledger.move(key, proposal.booking, opening, service, is_free)
        elif proposal.kind == "cancel" and proposal.booking:
            booking = self.ledger.cancel(key, proposal.booking)
        else:
            self.ledger.note(key, proposal.kind, proposal.values, now)
            return None
        self._mirror()
        return booking

    def _mirror(self) -> None:
        if self._mirror_in is None:
            return
        try:
            mirror(self._mirror_in, self.ledger.bookings(), self.agent.booking.remind, self.now)
        except RecordsError as error:
            log.error("%s", error)  # what is booked stays booked

    def _lost(self, step: Step) -> Step:
        """Somebody else has the time now: it is told, and others are offered."""
        after = replace(self.conversation, proposal=None, opening=None)
        premises = self.premises()
        settled = settle(after, premises)
        found = offered(after, replace(settled, said="") if settled.offers else Settled(), premises)
        return found.behind(self._phrases.say("lost"))

    def _with_answer(self, step: Step) -> Step:
        """The question's answer, ahead of what goes on. One without an answer is kept for the owner."""
        asked = step.question
        step, is_known = answered(step, self.premises())
        if not is_known:
            try:
                key = (self.call, f"question {zlib.crc32(asked.encode())}")
                self.ledger.note(key, "unanswered", {"question": masked(asked)}, self.now)
            except RecordsError as error:
                log.error("%s", error)
        return step

    def _keep(self, outcome: str, *, ended: bool = False) -> None:
        try:
            state = json.dumps(self.conversation.to_json())
            self.ledger.keep_state(self.call, state, outcome, self.now if ended else None)
        except RecordsError as error:
            log.error("%s", error)

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
from edge_agent.desk.booking.ledger import BookingLedger, TimeGone
from edge_agent.desk.booking.mirror import NAME as MIRROR
from edge_agent.desk.booking.mirror import mirror
from edge_agent.desk.booking.openings import Openings
from edge_agent.desk.caldav.server import CalendarServer
from edge_agent.desk.conversation import CONTACT, CallState, Proposal, taken_up
from edge_agent.desk.expecting import expected
from edge_agent.desk.file import AgentFile
from edge_agent.desk.flowing import called
from edge_agent.desk.keys import keyed
from edge_agent.desk.leads import passed_on
from edge_agent.desk.limits import TooMany, refused
from edge_agent.desk.phrases import phrases_of
from edge_agent.desk.premises import Extracts, Premises
from edge_agent.desk.questioning import answered, masked
from edge_agent.desk.reply import Reply
from edge_agent.desk.selling import lead
from edge_agent.desk.step import Step
from edge_agent.desk.turn import take
from edge_agent.desk.writing import also_booked, lost, told_of, written
from edge_agent.errors import RecordsError

log = logging.getLogger(__name__)

Now = Callable[[], datetime]
KEPT = ("lead", "opt_out", "handoff", "urgent")
"""Effects of which the owner is told."""
BACK_IN = timedelta(minutes=10)
"""A caller who calls again that soon after a call broke off goes on where they were."""
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
        self.call, self._caller = call or uuid4().hex, ""
        self._state = state
        self.tools: Toolbox | None = None
        """What the steps of flows may call."""
        self.server: CalendarServer | None = None
        """Where what is booked is brought to, and whose events are kept free."""
        self._calendar = Calendar(agent.folder)
        self.conversation = CallState()
        self.answers = answers or answers_of(agent.folder, agent.answers, language)
        self.extractor: Extracts | None = None
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

    def called_by(self, number: str) -> None:
        """The call comes from this number. One from there that broke off just now goes on. Raises RecordsError."""
        self._caller = number
        if kept := self.ledger.broken_off(number, self.now - BACK_IN):
            self.conversation = taken_up(json.loads(kept))

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
        return self._timed(lambda: self.keyed(keys))

    def keyed(self, keys: str) -> Step:
        """What keys would come to. Nothing happens."""
        return keyed(keys.removesuffix("#"), self.conversation, self.premises())

    def preview(self, step: Step) -> str:
        """What will be said of a step, if what it writes can be written."""
        premises, said = self.premises(), step.said
        if step.write is not None and step.write.kind != "call":
            said = f"{told_of(step.write, premises)} {said}"
        if step.question:
            effects = ({},) if step.write else step.effects
            said = answered(replace(step, said=said, effects=effects), premises)[0].said
        return said if self._greeted else self._with_greeting(said)

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

    def close(self) -> None:
        """Nothing is kept after that."""
        self.ledger.close()

    @property
    def expects(self) -> str:
        """Words of the kind that the caller is likely to say next, for the ASR."""
        return expected(self.conversation, self.premises())

    def premises(self) -> Premises:
        """What the next turn is decided by."""
        now = self.now
        openings = Openings(self.agent, self._calendar, self.ledger.taken, now, MIRROR)
        return Premises(
            self.agent, self._phrases, self.ledger, openings, now, self.answers, self.extractor, self._caller
        )

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
            after = replace(after, topic=None, told_hours=False)
        self.conversation = after
        self._keep("ended" if after.is_over else "", ended=after.is_over)
        if self._greeted:
            return replace(step, after=after)
        self._greeted = True
        return replace(step, after=after, said=self._with_greeting(step.said))

    def _timed(self, plan: Callable[[], Step]) -> Reply:
        begun = time.perf_counter()
        step = plan()
        self.way = step.way
        step = self.carry_out(step)
        return self._reply(step, time.perf_counter() - begun)

    def _reply(self, step: Step, took_s: float) -> Reply:
        after = step.after
        proposal = after.proposal.to_json() if after.proposal else None
        return Reply(
            step.said,
            after.asked,
            after.form_json(),
            proposal,
            step.effects,
            step.by,
            round(took_s * 1000),
            after.is_over,
        )

    def _with_greeting(self, said: str) -> str:
        return self.greeting if said == self._phrases.say("how_help") else f"{self.greeting} {said}".strip()

    def _written(self, step: Step, proposal: Proposal) -> Step:
        """The proposal, written; what is told of it. Where it cannot be, why, and what there is instead."""
        before = self.conversation
        if self.server and proposal.opening:
            self.server.refresh()
        try:
            moved = self.ledger.booking(proposal.booking) if proposal.kind == "move" and proposal.booking else None
            told = told_of(proposal, self.premises())
            booking = written(proposal, self.call, self.premises)
        except TimeGone:
            return lost(before, self.premises())
        except TooMany as error:
            return refused(str(error), before, self.premises())
        except RecordsError:
            log.exception("Nothing was written.")
            return Step(self._phrases.say("trouble"), replace(before, asked=None))
        if booking:
            self._mirror()
        kind = {"book": "booked", "move": "moved", "cancel": "cancelled"}.get(proposal.kind, proposal.kind)
        values = booking.to_json() if booking else dict(proposal.values)
        after = CallState(
            form=before.only(*CONTACT),
            asked=None if step.after.is_over else "more",
            is_over=step.after.is_over,
            proposals=before.proposals,
            booked=before.booked + 1,
            just=booking.id if booking and kind != "cancelled" else None,
            tries=before.tries,
        )
        was = {"was": moved.start.isoformat(), "was_staff": moved.staff or None} if moved else {}
        effects = [*step.effects, {**values, **was, "type": kind}]
        if self.agent.kind == "leads" and booking:
            effects.append(lead(before, "callback", self.agent, callback=booking.start.isoformat()))
        said = step.said
        if step.after.also and kind == "booked":
            following = also_booked(step.after.also, replace(after, form=before.form), self.premises())
            said, after = following.said, following.after
        return Step(f"{told} {said}", after, effects=tuple(effects), by=step.by, question=step.question)

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

    def _mirror(self) -> None:
        if self.server:
            self.server.later()
        if self._mirror_in is None:
            return
        try:
            mirror(self._mirror_in, self.ledger.bookings(), self.agent.booking.remind, self.now)
        except RecordsError as error:
            log.error("%s", error)  # what is booked stays booked

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
        """How far the call has come. One in which nothing was said yet is none."""
        try:
            self.ledger.begin(self.call, self.now, self._caller)
            state = json.dumps(self.conversation.to_json())
            self.ledger.keep_state(self.call, state, outcome, self.now if ended else None)
        except RecordsError as error:
            log.error("%s", error)

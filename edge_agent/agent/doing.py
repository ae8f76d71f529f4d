"""Doing: what code does in a line's conversation beside the LLM: plans, their effects, and what rings."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from threading import Lock

from edge_agent.act.act import Act, Done
from edge_agent.act.plan import Plan
from edge_agent.agent.briefs import Briefs
from edge_agent.agent.hands import Came, Collected, Hands, Wish, in_background
from edge_agent.agent.ledger import Said
from edge_agent.host.jobs import Answer, Job, Manner, Say
from edge_agent.think.brief import Brief, Written
from edge_agent.types import Turn

log = logging.getLogger(__name__)

RING_S = 60.0
"""How long something rings, if nobody ends it."""
AGAIN_S = 3.0
"""Silence between two rings."""


class Doing:
    def __init__(self, briefs: Briefs, act: Act | None, on_came: Callable[[Turn, Came], object]) -> None:
        """The LLM answers everything where there is no `act`. `on_came` is told what came of a tool, in its thread."""
        self._briefs, self._act, self._on_came = briefs, act, on_came
        self._hands = Hands(act.toolbox if act else None, act.home if act else None)
        self._draft: Collected | None = None
        """What the LLM has answered to the current turn, as far as it is a call."""
        self._ready: Turn | None = None
        """The turn whose call is whole, or whose user has finished: a tool is called once it is both."""
        self._lock = Lock()
        self.working = False
        """Whether the turn that has just been committed waits for a tool."""
        self._rings: list[Done] = []
        """What is due and was not heard yet."""
        self._ringing: Done | None = None
        self._until_s = self._again_s = 0.0

    @property
    def gain(self) -> float:
        """The factor of the voice's loudness that the user has asked for."""
        return self._act.gain if self._act else 1.0

    @property
    def expects(self) -> str | None:
        """Words of the kind that the user is likely to say next; None: nobody knows."""
        return self._act.expects if self._act else None

    def plan(self, text: str) -> Plan | None:
        """What code answers; None: the LLM does. A defect of ours costs the skill, not the turn."""
        if self._act is None:
            return None
        try:
            return self._act.plan(text)
        except Exception:
            log.exception("Nothing was understood.")
            return None

    def job(self, turn: Turn, text: str, history: Sequence[Said], plan: Plan | None) -> Job | None:
        """What the host is asked to make ahead of the commit; None where there is nothing to be heard."""
        self._draft, self._ready, self.working = None, None, False
        if plan is None:
            brief = self._hands.offered(self._briefs.brief(turn.number, text, history), text)
            self._draft = Collected(brief) if brief.tools else None
            return Answer(turn.id, brief, traced=True)
        return say(turn, plan.said, plan.pace) if plan.said and not plan.call else None

    def carry_out(self, turn: Turn, plan: Plan | None) -> Done | None:
        """The turn is certain: what is to be done is done, before a word of it is heard. Ends what rings."""
        self._ringing = None
        if self._act is None:
            return None
        if plan is None:
            self._act.passed()
            self._use_if_both(turn)
            return None
        done = self._act.carry_out(plan)
        if plan.call:
            self._use(turn, Wish(*plan.call), None, plan.said)
            return None
        return done

    def takes(self, turn: Turn, part: object) -> bool:
        """Whether a part of the answer belongs to the call of a tool; the tool is called behind the last of them."""
        draft = self._draft
        if draft is None:
            return False
        if isinstance(part, Written) and draft.wish:
            self._use_if_both(turn)
            return True
        return draft.takes(part)

    def _use_if_both(self, turn: Turn) -> None:
        """The call is whole, or the turn is certain: whichever comes second calls the tool."""
        with self._lock:
            first, self._ready, draft = self._ready != turn, turn, self._draft
            self.working = first and draft is not None
            if first or draft is None or draft.wish is None or self._act is None:
                return
            self._draft = None  # once: the words about what it returned are no call
        what = self._hands.to_confirm(draft.wish)
        if what is None:
            self._use(turn, draft.wish, draft.brief)
        else:
            asked = Came(self._act.ask(what, (draft.wish.name, draft.wish.arguments)))
            in_background(partial(self._on_came, turn, asked))  # behind the commit, whose lock is held

    def _use(self, turn: Turn, wish: Wish, brief: Brief | None, instead: str = "") -> None:
        """Call it beside the conversation. `instead` is said where nothing comes of it."""
        self.working = True

        def work() -> None:
            came = self._hands.use(wish, brief)
            if self._act:
                with self._lock:
                    self._act.did(came.done)
            if not came.done.said:
                came = replace(came, done=replace(came.done, said=instead))
            self._on_came(turn, came)

        in_background(work)

    def heard(self, said: str) -> None:
        if self._act:
            self._act.heard(said)

    def cut_short(self, rest: str) -> None:
        if self._act:
            self._act.cut_short(rest)

    def due(self, now_s: float) -> Done | None:
        """What is to ring now, for the first time or again. Asked while nobody speaks."""
        if self._act is None:
            return None
        self._rings += self._act.rung()
        if self._ringing and now_s >= self._until_s:
            self._ringing = None
            self._act.quiet()
        if self._ringing is None and self._rings:
            self._ringing, self._until_s, self._again_s = self._rings.pop(0), now_s + RING_S, now_s
            self._act.rings(self._ringing)
            if self._ringing.ring and self._ringing.ring.missed:  # it is told once
                self._until_s = now_s
        if self._ringing is None or now_s < self._again_s:
            return None
        self._again_s = now_s + AGAIN_S
        return self._ringing


def say(turn: Turn, text: str, pace: float = 1.0) -> Say:
    return Say(turn.id, text, Manner(speed=pace))

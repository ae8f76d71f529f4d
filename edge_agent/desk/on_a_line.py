"""A desk on a line: what code does in a spoken conversation: it plans drafts, and acts once a turn is certain."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from edge_agent.act.act import Act, Done
from edge_agent.act.plan import Effect, Plan
from edge_agent.desk.desk import Desk
from edge_agent.desk.step import Step

BY = "desk"
KEPT = 4
"""So many drafts of a turn may still become certain."""
WARM_UP = "I'd like an appointment on Tuesday at three, my number is 020 7946 0958"


class DeskAct(Act):
    """A conversation at a desk. All turns are the desk's; nothing of the device's owner is reached."""

    def __init__(
        self, desk: Desk, *, on_effect: Callable[[dict[str, Any]], object] = lambda effect: None, **act: Any
    ) -> None:
        """`act` is what an Act is made of. `on_effect` is told what was done, and of the end: {"type": "end"}."""
        super().__init__(**act)
        self.desk, self.on_effect = desk, on_effect
        self._drafts: list[tuple[Plan, Step]] = []
        self._unheard = ""
        """What the caller has not heard of a proposal that was read back."""

    def warm_up(self) -> None:
        """Plan once: the first turn imports what readers need."""
        self.desk.plan(WARM_UP)

    @property
    def expects(self) -> str:
        return self.desk.expects

    def plan(self, text: str) -> Plan | None:
        """What the desk makes of it; always something, but for what `first` takes."""
        self._text = text
        if plan := self.first(text):
            return plan
        step = self._bound(self.desk.keyed(text) if text.strip().isdecimal() else self.desk.plan(text))
        plan = Plan(self.desk.preview(step), effect=_nothing, by=BY)
        self._drafts = [*self._drafts[-KEPT:], (plan, step)]
        return plan

    def _bound(self, step: Step) -> Step:
        """A yes to what was not heard to its end is none: the rest is said again."""
        if step.write is None or not self._unheard:
            return step
        return Step(self._unheard, self.desk.conversation)

    def carry_out(self, plan: Plan) -> Done:
        """Do it. The turn is certain, and this its only time."""
        step = next((step for draft, step in self._drafts if draft is plan), None)
        if step is None:
            return super().carry_out(plan)
        self._drafts, self._unheard, self.talk.last_heard = [], "", self._text
        done = self.desk.carry_out(step)
        for effect in done.effects:
            self.on_effect(effect)
        if done.after.is_over:
            self.on_effect({"type": "end"})
        effects = tuple(
            Effect(str(each["type"]), {key: value for key, value in each.items() if key != "type"})
            for each in done.effects
        )
        return Done(done.said, BY, effects)

    def cut_short(self, rest: str) -> None:
        """The caller has spoken into an answer. Of a proposal all but the question at its end has to be heard."""
        super().cut_short(rest)
        question = re.split(r"(?<=[.!?])\s+", self.desk.conversation.said)[-1]
        if self.desk.conversation.proposal and rest.strip() != question:
            self._unheard = rest

    def close(self) -> None:
        """The caller is gone: what was begun is kept as a draft."""
        if self.desk.conversation.said and not self.desk.conversation.is_over:
            self.desk.hung_up()
        self.desk.close()
        super().close()


def _nothing() -> Effect:
    """The effect of a desk's plan is had by `carry_out`."""
    return Effect(BY)

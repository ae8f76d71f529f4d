"""Reading: what was said -> the plan of what is meant: one command, several, one with a reason, or its gist."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from edge_agent.act.asides import Asides
from edge_agent.act.gist import Gist
from edge_agent.act.plan import Plan, joined
from edge_agent.act.sentences import Sentences
from edge_agent.act.several import REFUSES, Several
from edge_agent.act.skills import SKILLS
from edge_agent.act.times import Context, find
from edge_agent.act.understand import Understanding, Understood


class CommandReading:
    def __init__(
        self,
        sentences: Sentences,
        context: Context,
        now: Callable[[], datetime],
        planned: Callable[[Understood], Plan | None],
    ) -> None:
        """`planned` makes a plan of one meaning, or none."""
        self._now, self._context, self._planned = now, context, planned
        self._understanding = Understanding(sentences)
        self._several = Several(sentences.common)
        self._asides = Asides(sentences.common)
        self._gist = Gist(sentences)

    def plan(self, text: str) -> Plan | None:
        """The likeliest; None: it is no command. A sentence that is known comes before the gist of one, unless that
        knows the time, say, which the other would have to ask for."""
        if self._several.is_two(text) and (plan := self._of_several(self.plain(text))):
            return plan
        plan = self.known(text)
        if plan and (plan.effect or plan.parts) and not plan.vague:
            return plan
        if beside := self._beside_an_aside(self.plain(text)):
            return beside
        if plan and not plan.vague and not plan.question:
            return plan
        meant = self.first(self._gist.read(self.plain(text), self._now(), self._context))
        if plan is None or meant is None:
            return meant or plan
        knows_more = meant.by == plan.by and meant.effect  # where the time stands in the middle of the text
        return meant if not meant.vague and (plan.vague or knows_more) else plan

    def known(self, text: str, meanings: Iterable[Understood] | None = None) -> Plan | None:
        """The plan of a sentence, or of several, that are known as they are; `meanings`: those of the text, if they
        have been read."""
        plan = self._one(text) if meanings is None else self.first(meanings)
        if plan and not plan.vague:
            return plan
        plain = self.plain(text)
        return self._of_several(plain) or self._behind_a_reason(plain) or self._before_a_reason(plain) or plan

    def meanings(self, text: str) -> list[Understood]:
        """All that the words may mean, the likeliest first."""
        return list(self._understanding.read(text, self._now(), self._context))

    def plain(self, text: str) -> str:
        """What was said, without fillers, politeness and a name in front."""
        return self._understanding.plain(text)

    def first(self, meanings: Iterable[Understood]) -> Plan | None:
        """The first plan. A vague one counts if nothing is meant with less politeness either. Of those that take "it"
        for something, the one of what was spoken of last."""
        best: Plan | None = None
        refusal: Plan | None = None
        refused = ""
        for meant in meanings:
            plan = self._planned(meant) if meant.intent in SKILLS and meant.text != refused else None
            if plan is None:
                continue
            if plan.vague:
                refusal, refused = refusal or plan, meant.text if plan.by == REFUSES else refused
            elif plan.age is None:
                return best or plan
            elif plan.age == 0:
                return plan
            elif best is None or plan.age < (best.age or 0):
                best = plan
        return best or refusal

    def _one(self, words: str) -> Plan | None:
        return self.first(self._understanding.read(words, self._now(), self._context))

    def _of_several(self, plain: str) -> Plan | None:
        return joined(self._several.plans(plain, self._one))

    def _behind_a_reason(self, plain: str) -> Plan | None:
        """What is to be done, where a sentence that says why goes before it; on the day that was said there."""
        reason, command = self._several.command_behind(plain)
        for day in find(reason, self._now(), self._context):
            command += f" {reason[day.first : day.last]}"
        plan = self._one(self._several.meant_by(reason, command)) if command else None
        return plan if plan and plan.by != REFUSES else None

    def _before_a_reason(self, plain: str) -> Plan | None:
        """What is to be done, where a sentence that says why goes behind it: "louder please, I can't hear you"."""
        command = self._several.command_before(plain)
        plan = self._one(command) if command else None
        return plan if plan and not plan.vague and not plan.question else None

    def _beside_an_aside(self, plain: str) -> Plan | None:
        """What is done by the rest, where a comment stands beside it: "take the gas off, dad's bringing it"."""
        for command, aside in self._asides.commands(plain):
            if find(aside, self._now(), self._context):
                continue
            plan = self._one(command)
            if plan and plan.effect and not plan.vague and not plan.question and plan.by != REFUSES:
                return plan
        return None

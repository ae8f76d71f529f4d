"""Act: one conversation's turns, as far as code answers them: a plan for what was said, done once it is certain."""

from __future__ import annotations

import logging
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from importlib import import_module
from threading import Thread
from typing import TYPE_CHECKING

from edge_agent.act.answers import AnswerReader
from edge_agent.act.asked import Asked
from edge_agent.act.leaning import Leaning
from edge_agent.act.plan import AGAIN, Effect, Plan, Question
from edge_agent.act.reading import CommandReading
from edge_agent.act.ringing import SKILLS as RINGERS
from edge_agent.act.ringing import Announcing
from edge_agent.act.sentences import Sentences
from edge_agent.act.skills import SKILLS
from edge_agent.act.skills.quantities import read_units
from edge_agent.act.skills.talking import MUTED, UNDONE, VOLUME
from edge_agent.act.talk import Talk
from edge_agent.act.times import Context
from edge_agent.act.understand import Understood
from edge_agent.errors import EdgeAgentError, RecordsError
from edge_agent.types import Json

if TYPE_CHECKING:
    from edge_agent.act.calendar import Calendar
    from edge_agent.act.calendar.change import CalendarChange
    from edge_agent.act.records import Records, Ring
    from edge_agent.act.records.undoing import RecordsState
    from edge_agent.act.tools import Toolbox
    from edge_agent.act.tools.home_assistant import HomeAssistant

log = logging.getLogger(__name__)

SMALL_TALK = ("skill:about", "skill:talking")
"""The skills that change no subject by words alone: behind thanks the talk is of what it was."""
MOST_ANSWERED = 12
"""Words of an answer to a question of ours; what is longer speaks of something else."""


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a plan."""

    said: str
    by: str
    effects: tuple[Effect, ...] = ()
    ring: Ring | None = None
    """What is due, where that is what it tells of."""

    def to_json(self) -> tuple[Json, ...]:
        """The effects, as events tell them."""
        return tuple(effect.to_json() for effect in self.effects)


class Act:
    """A conversation has one, under its own lock."""

    def __init__(
        self,
        records: Records,
        calendar: Calendar,
        *,
        now: Callable[[], datetime],
        sentences: Sentences,
        context: Context | None = None,
        chance: random.Random | None = None,
        toolbox: Toolbox | None = None,
        home: HomeAssistant | None = None,
    ) -> None:
        """`now` gives the wall clock, in the owner's zone. What the tools or the home may do is not refused."""
        self.toolbox, self.home = toolbox, home
        self._records, self._calendar, self._now = records, calendar, now
        self._context = context or Context()
        self._sentences = sentences
        self._reading = CommandReading(sentences, self._context, now, self._run)
        self._reader = AnswerReader(sentences, self._context)
        self._chance = (chance or random.SystemRandom()).randint
        self._spoken = import_module(f"edge_agent.words.{sentences.language}.values")
        self._common = sentences.answers()
        self._pointing = re.compile(rf"\b(?:{'|'.join(sentences.common.get('pointing', '$'))})\b", re.IGNORECASE)
        self._announcing = Announcing(sentences, self._spoken)
        self._question: Question | None = None
        self._gain: float | None = None
        self._text = ""
        """What a plan was asked for last."""
        self._late: list[Ring] = []
        self.talk = Talk()
        self._leaning = Leaning(sentences, self._context, now, self._reading, self.talk)
        self.first: Callable[[str], Plan | None] = lambda text: None
        """It is asked before the skills are, and its plan counts."""

    def warm_up(self) -> None:
        """Read and match once: the first sentence takes half a second. The units, another half, are read beside it."""
        Thread(target=read_units, name="units", daemon=True).start()
        self._reading.meanings("set a timer for ten minutes")

    def plan(self, text: str) -> Plan | None:
        """What code does with it; None: it is for the LLM. Nothing happens yet, and the same words may come again."""
        self._text = text
        if plan := self.first(text):
            return plan
        if self._question and (plan := self._answered(self._question, text)):
            return plan
        plan = self._leaning.surely(text) or self._reading.plan(text)
        is_sure = plan is not None and not plan.vague and (plan.effect or plan.parts or not plan.question)
        return plan if is_sure else self._leaning.plan(text) or plan

    def carry_out(self, plan: Plan) -> Done:
        """Do it. The turn is certain, and this its only time."""
        self._question, self._gain, self.talk.last_heard = plan.question, None, self._text
        self.talk.just_cut = False
        before = None if plan.only_talk else self._state()
        self._calendar.changes = []
        parts = list[tuple[Plan, Done]]()
        for each in plan.parts or (plan,):
            parts.append((each, self._done_alone(each)))
            if any(one.what == UNDONE for one in parts[-1][1].effects):  # what is done behind it goes back to here
                before, self._calendar.changes = self._state(), []
        effects = tuple(effect for _, done in parts for effect in done.effects)
        deeds = tuple(effect for effect in effects if effect.what != UNDONE)
        done = Done(" ".join(done.said for _, done in parts), plan.by, effects)
        if plan.topic != AGAIN and not (plan.only_talk and not plan.topic and plan.by in SMALL_TALK):
            self.talk.turn += 1
            for part, its in [each for each in parts if each[0].topic != AGAIN]:
                self.talk.spoke(part.by.removeprefix("skill:"), part.topic, (*its.effects, None)[0], self._now())
                self._leaning.keep(part)
        if deeds:
            after = self._state()
            back = partial(self._take_back, before, after, self._calendar.changes) if before and after else None
            self.talk.did(self._now(), done.said, self._text, deeds, back)
        self.quiet()
        return done

    def did(self, done: Done) -> None:
        """A tool has done something: that is the last deed now, and nothing of ours takes it back."""
        self.talk.did(self._now(), done.said, self._text, done.effects, None)

    def _state(self) -> RecordsState | None:
        """What the records hold; None: they cannot be read, of which the effect tells."""
        try:
            return self._records.state()
        except RecordsError:
            return None

    def _take_back(self, before: RecordsState, after: RecordsState, changes: list[CalendarChange]) -> None:
        if changes:
            self._calendar.take_back(changes)
        self._records.take_back(before, after)

    def _done_alone(self, plan: Plan) -> Done:
        if plan.effect is None:
            return Done(plan.said, plan.by)
        try:
            effect = plan.effect()
        except EdgeAgentError as error:
            return Done(str(error.args[0]), plan.by)
        except Exception:
            log.exception("A skill failed.")
            return Done(self._common("failed"), plan.by)
        return Done(plan.said, plan.by, (effect,))

    @property
    def expects(self) -> str | None:
        """Words of the kind that the user is likely to say next, for the ASR; "": anything; None: nobody knows."""
        return None

    def passed(self) -> None:
        """The LLM answers this turn: what was asked is not asked any more."""
        self._question, self.talk.last_heard = None, self._text
        self.talk.passed()
        self.talk.rest, self.talk.just_cut = "", False
        self.quiet()

    def quiet(self) -> None:
        """What rings was heard: the user has said something, or it has rung for long enough."""
        if (ring := self.talk.quieted()) is not None:
            self._records.heard(ring)

    @property
    def gain(self) -> float:
        """The factor of the voice's loudness that the user has asked for: 0 while it is muted, else up to 1."""
        if self._gain is None:
            muted = self._records.get(MUTED)
            self._gain = 0.0 if muted else float(self._records.get(VOLUME) or 1.0)
        return self._gain

    def catch_up(self) -> None:
        """Announce what rang when the agent ended, and was not heard. For the agent alone, when it starts."""
        self._late = self._records.unheard(self._now())

    def rung(self) -> list[Done]:
        """What has come due since the last time, each once: it is to ring."""
        now, done = self._now(), []
        late, self._late = self._late, []
        for ring in [*late, *self._records.due(now)]:
            effect = self._announcing.effect(ring)
            done.append(Done(self._announcing.said(ring, now), f"skill:{RINGERS[ring.kind]}", (effect,), ring))
        return done

    def rings(self, done: Done, *, read: bool = False) -> None:
        """This rings now, and is what "stop" and "snooze" mean. It counts as heard once `quiet` is called, or at once
        where it is `read`."""
        self.quiet()
        self.talk.ringing, self.talk.last_said = done.ring, done.said
        if read and done.ring:
            self._records.heard(done.ring)

    def ask(self, what: str, call: tuple[str, str]) -> Done:
        """Ask whether a tool may be called. The yes to it is for this call, and for no other."""
        said = self._common("confirm", what=what)
        self._question = Question("", "yes", {"call": call})
        return Done(said, f"tool:{call[0]}")

    def reads_yes(self, text: str) -> bool | None:
        """Whether this is a yes; None: neither that nor a no."""
        return self._reader.yes(text)

    def close(self) -> None:
        """Let go of the file and of whoever brings tools."""
        if self.toolbox:
            self.toolbox.close()
        self._records.close()

    def heard(self, said: str) -> None:
        """What the user has heard of the last answer, to be repeated."""
        self.talk.last_said = said
        if self.talk.rest in said:
            self.talk.rest = ""

    def cut_short(self, rest: str) -> None:
        """The user has spoken into an answer: this is still to be heard, from the sentence on that was under way."""
        self.talk.rest, self.talk.just_cut = rest, True

    def _run(self, meant: Understood, confirmed: bool | None = None) -> Plan | None:
        """What comes of one meaning."""
        words = self._sentences.of(meant.skill)
        asked = Asked(
            meant,
            self._now(),
            self._records,
            self._calendar,
            self.talk,
            self._sentences.answers(meant.skill),
            self._spoken,
            words,
            self._chance,
            confirmed,
            self.toolbox,
            self.home is not None,
            self._context.country,
            self._pointing.search(meant.text) is not None,
        )
        plan = SKILLS[meant.intent](asked)
        return (
            replace(plan, by=f"skill:{meant.skill}", age=min(asked.ages, default=None), meant=meant) if plan else None
        )

    def _answered(self, question: Question, text: str) -> Plan | None:
        """What comes of the answer to the agent's question; None: it was none."""
        if call := question.slots.get("call"):
            yes = self._reader.yes(text)
            by = f"tool:{call[0]}"
            return None if yes is None else Plan("", call=call, by=by) if yes else Plan(self._common("denied"), by=by)
        asked: Asked = question.slots["asked"]
        now, meant = self._now(), asked.understood
        if question.slot == "yes":
            if anew := self._leaning.answered(text, meant):
                return self._run(*anew)
            yes = self._reader.yes(text)
            return None if yes is None else self._run(meant, confirmed=yes)
        others = self._reading.meanings(text)
        if any(other.intent == "Stop" for other in others):
            return None
        if (other := self._reading.known(text, others)) and other.question is None:
            return None
        if question.slot in ("when", "duration"):
            found = self._reader.time(self._reading.plain(text), now, asked.choices, question.slot)
            if found is None:
                return None
            times = {name: each for name, each in meant.times.items() if name not in ("when", "duration")}
            whole, behind = f"{meant.text} {text}", len(meant.text) + 1
            found = replace(found, first=found.first + behind, last=min(found.last + behind, len(whole)))
            return self._run(replace(meant, text=whole, times=times | {found.kind: found}))
        words = self._reading.plain(text)
        if len(words.split()) > MOST_ANSWERED:
            return None
        return self._run(replace(meant, slots={**meant.slots, question.slot: words}))

"""Leaning: what is said with the last sentence in mind: it is meant once more, with one part changed.

"And the carrots ten", "no, I said tuesday", "what about the tenth", "in inches": where no sentence fits, the last one
is told again with the new words in place of those of the same kind, and read as if all of it had been said.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from edge_agent.act.plan import Plan, joined
from edge_agent.act.reading import CommandReading
from edge_agent.act.retelling import NewWords, Retelling, Retold
from edge_agent.act.sentences import Sentences
from edge_agent.act.talk import NEAR_TURNS, Deed, Mention, Talk
from edge_agent.act.times import Context, find
from edge_agent.act.understand import Understood

FILE = "leaning"
"""The file of its words: words/<language>/skills/leaning.yaml."""
LLM_TURNS = 1
"""So many answers of the LLM later what was spoken of may still be asked after."""


class Leaning:
    def __init__(
        self,
        sentences: Sentences,
        context: Context,
        now: Callable[[], datetime],
        reading: CommandReading,
        talk: Talk,
    ) -> None:
        """Languages without the file have no such sentences."""
        content: Mapping[str, Any] = sentences.of(FILE)
        self._retelling = Retelling(content, context, now) if content else None
        self._deeds: Mapping[str, Mapping[str, str]] = content.get("deeds", {})
        self._events_of: str = content.get("events_of", "")
        self._questions = frozenset(content.get("questions", ()))
        self._asks = [(re.compile(ask.pop("says"), re.I), ask) for ask in map(dict, content.get("asks", ()))]
        self._not_that = sentences.common.get("not_that")
        self._undo = sentences.answers()("undo") if self._not_that else ""
        self._context, self._now, self._reading, self._talk = context, now, reading, talk

    def keep(self, plan: Plan) -> None:
        """A plan was carried out: the sentence behind it may be leaned on, if it is whole."""
        meant = plan.meant
        if meant is not None and meant.intent in self._questions:
            self._talk.asked = self._talk.turn, meant
        elif meant is not None and meant.intent in self._deeds:
            self._talk.told = (self._talk.turn, meant) if plan.age is None else None

    def surely(self, text: str) -> Plan | None:
        """What contrasts with words of the last sentence, and what is asked of the thing that was just spoken of:
        "no, I meant the timer", "not onions, shallots", "when is that"."""
        return (
            self._of_another(text)
            or self._other_thing(text)
            or self._contrast(text)
            or self._named(text)
            or self._of_that(text)
            or self._of_its_hour(text)
            or self._one_more(text)
        )

    def answered(self, text: str, meant: Understood) -> tuple[Understood, bool | None] | None:
        """What is meant by a yes or no to an offer that has another time: "yes, at one", "no, tuesday"; and whether
        that is a yes."""
        return self._retelling.answered(text, meant) if self._retelling else None

    def plan(self, text: str) -> Plan | None:
        """What is meant, where the words are no sentence of their own."""
        retelling = self._retelling
        piece = retelling.piece(text) if retelling else None
        if retelling is None or piece is None:
            return None
        if self._talk.asked and self._talk.asked[0] == self._talk.turn:
            return self._asked_again(piece, self._talk.asked[1])
        if piece.asks and self._talk.last_skill() == "agenda" and retelling.is_time(piece.words):
            return self._reading.known(self._events_of.format(day=piece.words))
        if piece.way == "bare" and retelling.is_another(piece.words):
            piece = replace(piece, way="more")
        if piece.way == "bare" or (told := self._told()) is None:
            return None
        is_last = bool(self._talk.last_skill())
        is_proposal = piece.is_proposal and retelling.is_time(piece.words)
        if is_last and (piece.way == "instead" or is_proposal):
            other = self._reading.known(f"make it {piece.words}")
            if is_proposal or (other and other.effect):
                return other if other and other.effect else None
        return self._done_again(piece, told) or self._alone(piece)

    def _alone(self, piece: NewWords) -> Plan | None:
        """ "No, a bit more": the words behind it, where they do something with what was spoken of last."""
        other = self._reading.known(piece.words) if piece.way == "instead" else None
        return other if other and other.effect and other.age == 0 else None

    def _told(self) -> tuple[int, Understood] | None:
        """The last command, as long as nothing else is spoken of."""
        told = self._talk.told
        if told is None or not self._retelling or self._talk.turn - told[0] > NEAR_TURNS:
            return None
        return told if self._talk.last_skill(LLM_TURNS) == told[1].skill else None

    def _of_its_hour(self, text: str) -> Plan | None:
        """ "Half past" is of the hour of what was spoken of, and "the same time" is its."""
        mention = self._talk.of(self._talk.last_skill(), self._now())
        at = self._time_of(mention) if mention else None
        whole = self._retelling.set_in_time(_plain(text), at) if self._retelling and at else ""
        said = (whole, f"make it {whole}") if whole else ()
        plan = next((plan for each in said if (plan := self._reading.known(each) or self.plan(each))), None)
        return plan if plan and not plan.vague and not plan.question else None

    def _of_that(self, text: str) -> Plan | None:
        """The sentence that the skill has for what is asked of its thing, whichever that is; behind an answer of the
        LLM only what changes nothing."""
        said = _plain(text)
        is_of_llm = self._retelling is None or self._retelling.may_point(said)
        skill = self._talk.last_skill(0 if is_of_llm else LLM_TURNS)
        mention = self._talk.of(skill, self._now()) if self._talk.rung is None else None
        for pattern, whole in self._asks if mention else ():
            if not (skill in whole and (found := pattern.fullmatch(said)) and mention):
                continue
            known = self._talk.asked[1].slots if self._talk.asked and self._talk.asked[0] == self._talk.turn else {}
            is_done = self._talk.deed is not None and self._talk.deed.turn == self._talk.turn
            words = {
                "done": "that" if is_done else "",
                "topic": mention.topic,
                "day": self._day_of(mention),
                **known,
                **found.groupdict(),
            }
            if not all(words.get(name) for name in re.findall(r"\{(\w+)\}", whole[skill])):
                continue
            sentence = whole[skill].format(**words)
            plan = self._reading.known(sentence)
            if plan and not plan.vague and (plan.only_talk or skill == self._talk.last_skill()):
                return plan
        return None

    def _day_of(self, mention: Mention) -> str:
        """The day of what was done, if it is for one."""
        at = self._time_of(mention)
        return f"{at:%Y-%m-%d}" if at else ""

    def _time_of(self, mention: Mention) -> datetime | None:
        details = mention.done.details if mention.done else {}
        at = details.get("at") or details.get("start")
        return datetime.fromisoformat(at) if at else None

    def _asked_again(self, piece: NewWords, last: Understood) -> Plan | None:
        """The answer to the last question, asked with the new words; none of its meanings changes anything."""
        assert self._retelling is not None
        for said in self._retelling.questions(piece.words, last.text):
            plan = self._reading.plan(said) if said.casefold() != last.text.casefold() else None
            is_alike = plan is not None and plan.meant is not None and plan.meant.skill == last.skill
            if plan and is_alike and plan.only_talk and not plan.vague and plan.said != self._talk.last_said:
                return plan
        return None

    def _of_another(self, text: str) -> Plan | None:
        """ "Thirty percent", where the last question was of so many percent."""
        asked = self._talk.asked
        if asked is None or asked[0] != self._talk.turn or self._retelling is None:
            return None
        for said in self._retelling.same_unit(_plain(text), asked[1].text):
            plan = self._reading.known(said)
            if plan and plan.only_talk and plan.meant and plan.meant.intent == asked[1].intent:
                return plan
        return None

    def _other_thing(self, text: str) -> Plan | None:
        """ "No, I meant the timer": what was just done is undone, and done with the other thing."""
        deed, patterns = self._undoable(), self._not_that
        if deed is None or deed.turn != self._talk.turn or not patterns:
            return None
        thing = re.fullmatch(patterns["thing"], text.strip(), re.IGNORECASE)
        command = re.search(patterns["command"], deed.heard, re.IGNORECASE)
        if thing is None or command is None:
            return None
        return self._instead(self._reading.known(f"{command['command']} {thing['thing']}"))

    def _contrast(self, text: str) -> Plan | None:
        """ "Not onions, shallots", "it's saturday not friday"."""
        told = self._told()
        for new, old in self._retelling.contrasts(_plain(text)) if told and self._retelling else ():
            again = _replaced(told[1].text, old, new) if told else ""
            are_times = all(find(each, self._now(), self._context) for each in (old, new))
            if told is None or not (again or are_times):
                continue
            if are_times or find(new, self._now(), self._context):
                other = self._reading.known(f"make it {new}")
            elif template := self._deeds[told[1].intent].get("replace"):
                other = self._reading.known(template.format(old=old, new=new))
            else:
                slot = next((name for name, said in told[1].slots.items() if _replaced(said, old, new)), "")
                other = self._instead_of(told, Retold(again, False, slot, new))
            if other and (other.effect or other.parts):
                return other
        return None

    def _named(self, text: str) -> Plan | None:
        """What was just set has a name: "call it school run"."""
        name = self._retelling.name_in(_plain(text)) if self._retelling else ""
        told = self._told() if name else None
        return self._done_again(NewWords(name, "instead"), told) if told else None

    def _done_again(self, piece: NewWords, told: tuple[int, Understood]) -> Plan | None:
        """The last command with a part changed: beside what it has done, or instead of it."""
        deed, last = self._talk.deed, told[1]
        retold = self._retelling.deed(piece, last) if self._retelling else None
        if self._retelling is None or retold is None or self._deeds[last.intent].get("only", piece.way) != piece.way:
            return None
        if piece.way == "instead":
            is_kept = "replace" in self._deeds[last.intent] and retold.slot != "list"
            return None if is_kept else self._instead_of(told, retold)
        is_as_told = not last.times or (deed is not None and deed.turn == told[0])
        is_last = bool(self._talk.last_skill())  # behind an answer of the LLM a time and a thing must be said
        is_whole = retold.is_timed and bool(retold.slot)
        is_more = is_last and (is_as_told or self._retelling.is_another(piece.words))
        return self._like(last, retold) if is_whole or is_more else None

    def _one_more(self, text: str) -> Plan | None:
        """ "Another one", of what was just set."""
        retelling = self._retelling
        piece = retelling.piece(text) if retelling else None
        if retelling is None or piece is None or not retelling.is_another(piece.words, alone=True):
            return None
        told, deed = self._told(), self._talk.deed
        is_last = told is not None and deed is not None and deed.turn == told[0] and bool(self._talk.last_skill())
        return self._done_again(replace(piece, way="more"), told) if told and is_last else None

    def _undoable(self) -> Deed | None:
        deed = self._talk.deed_in_mind(self._now())
        return deed if deed and deed.take_back and len(deed.effects) == 1 else None

    def _instead_of(self, told: tuple[int, Understood], retold: Retold) -> Plan | None:
        """It takes the place of what the last sentence has done, if nothing was done since; what runs from then on
        only at once."""
        deed = self._undoable()
        if (
            deed is None
            or deed.turn != told[0]
            or not self._talk.last_skill()
            or ("duration" in told[1].times and deed.turn != self._talk.turn)
        ):
            return None
        return self._instead(self._like(told[1], retold))

    def _instead(self, other: Plan | None) -> Plan | None:
        back = self._reading.known(self._undo)
        return joined([back, other]) if back and back.effect and other and other.effect else None

    def _like(self, last: Understood, retold: Retold) -> Plan | None:
        """What the sentence does, if it is the same deed as that of the last, lacks nothing, and has no other words in
        its slots."""
        plan = self._reading.plan(retold.said)
        if plan is None or plan.meant is None or plan.meant.intent != last.intent or not plan.effect or plan.vague:
            return None
        new = set(retold.words.casefold().split())
        for name, said in plan.meant.slots.items():
            words, old = set(said.casefold().split()), set(last.slots.get(name, "").casefold().split())
            if not words <= (old | new if name == retold.slot else old) or (name == retold.slot and not words & new):
                return None
        return plan


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[,;!?]+|\.(?=\s|$)", " ", text).split())


def _replaced(text: str, old: str, new: str) -> str:
    """The text with other words in place of the old ones; empty if it has none of them."""
    where = re.search(rf"(?<![\w']){re.escape(old)}(?![\w'])", text, re.IGNORECASE)
    return f"{text[: where.start()]}{new}{text[where.end() :]}" if where else ""

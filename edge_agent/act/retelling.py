"""Retelling: the last sentence as it would have been said with a few new words in place of those of the same kind."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from edge_agent.act.asked_again import AskedAgain
from edge_agent.act.numbers import number
from edge_agent.act.times import Context, Found, Resolved, find, resolve
from edge_agent.act.understand import Understood

MOST_WORDS = 9
"""Words of a sentence that leans on another."""


@dataclass(frozen=True, slots=True)
class NewWords:
    """The words that are new, and how they are meant."""

    words: str
    way: str
    """ "instead" of what was said, "more" of its kind, or "bare": nothing says which."""
    is_proposal: bool = False
    """Whether it only asks whether it may be: "what about eleven"."""
    asks: bool = False
    """Whether it asks of another: "and what about Saturday"."""


@dataclass(frozen=True, slots=True)
class Edit:
    """New words in place of text[first:last]."""

    first: int
    last: int
    words: str
    slot: str = ""


@dataclass(frozen=True, slots=True)
class Retold:
    """A command told again."""

    said: str
    is_timed: bool
    """Whether the new words say a time."""
    slot: str = ""
    """The one that has new words."""
    words: str = ""


class Retelling:
    """Candidates, the likeliest first: whoever asks reads them, and takes the first that means something."""

    def __init__(self, content: Mapping[str, Any], context: Context, now: Callable[[], datetime]) -> None:
        """`content` is what words/<language>/skills/leaning.yaml holds."""
        self._words = {name: re.compile(each, re.IGNORECASE) for name, each in content["words"].items()}
        self._deeds: Mapping[str, Mapping[str, str]] = content["deeds"]
        self._today = frozenset(content["today"])
        self._halves: Sequence[str] = content["halves"]
        self._context, self._now = context, now
        again = AskedAgain(self._words, self._times, context, now)
        self.questions, self.same_unit = again.sentences, again.same_unit

    def piece(self, text: str) -> NewWords | None:
        """The new words; None where the sentence stands alone."""
        said = " ".join(re.sub(r"[,;!?]+|\.(?=\s|$)", " ", text).split())
        if len(said.split()) > MOST_WORDS:
            return None
        for way in ("instead", "more"):
            for place in ("before", "behind"):
                if (found := self._words[f"{way}_{place}"].search(said)) and found[0]:
                    left = f"{said[: found.start()]}{said[found.end() :]}".strip()
                    if self._words["stands_alone"].search(left):
                        return None
                    is_proposal, asks = (self._words[each].search(found[0]) for each in ("proposal", "asking"))
                    return NewWords(left, way, is_proposal is not None, asks is not None) if left else None
        return None if self._words["stands_alone"].search(said) else NewWords(said, "bare")

    def set_in_time(self, text: str, at: datetime) -> str:
        """The sentence with the time that it leans on: "the same time", "the day after" are of `at`, and of its hour is
        "half past"; empty if there is nothing of the kind."""
        if found := self._words["same_time"].search(text):
            return f"{text[: found.start()]}at {at:%H:%M}{text[found.end() :]}"
        if found := self._words["next_day"].search(text):
            day = at + timedelta(days=7 if found["week"] else 1)
            return f"{text[: found.start()]}on {day:%Y-%m-%d}{text[found.end() :]}"
        return self.with_hour(text, at)

    def answered(self, text: str, meant: Understood) -> tuple[Understood, bool | None] | None:
        """What was offered, at the time that is said behind a yes or a no; and whether it is a yes."""
        said, its = self._words["answer"].fullmatch(" ".join(text.split())), meant.times.get("when")
        times = self._times(said["more"]) if said else []
        if said is None or its is None or len(times) != 1 or _without(said["more"], times).strip(" .,!"):
            return None
        words = self._merged(meant.text, its, said["more"].strip(" .,!"))
        when, was = resolve(words, self._now(), self._context), its.when.candidates[0] if its.when else None
        if when is None:
            return None
        if was and was.has_time and when.candidates[0].has_time:  # in the same half of the day
            near = min(when.candidates, key=lambda each: abs(each.start.hour - was.start.hour))
            when = Resolved((near,))
        return replace(meant, times={**meant.times, "when": replace(its, when=when)}), bool(said["yes"]) or None

    def is_time(self, words: str) -> bool:
        """Whether the words are one time, no part of a day, and nothing else."""
        times = self._times(words)
        is_range = any(each.when and each.when.candidates[0].end for each in times)
        return len(times) == 1 and not is_range and not _without(words, times).strip()

    def is_another(self, words: str, *, alone: bool = False) -> bool:
        """Whether the words say that it is one more: "another one for twenty"; `alone`: and no more than that."""
        return (self._words["same"].fullmatch if alone else self._words["one_more"].match)(words) is not None

    def may_point(self, text: str) -> bool:
        """Whether the words may mean what the LLM has spoken of, if it answered last."""
        return self._words["points"].search(text) is not None

    def name_in(self, text: str) -> str:
        """The words that give a name, if that is all they do."""
        found = self._words["naming"].fullmatch(text)
        return f"called {found['name']}" if found else ""

    def with_hour(self, text: str, at: datetime) -> str:
        """The sentence with an hour behind "half past": that of `at`, or the next one for "quarter to"; empty if there
        is nothing of the kind."""
        part = self._words["part_of_hour"].search(text)
        if part is None:
            return ""
        hour = at.hour + (1 if part["to"] and at.minute else 0)
        return f"{text[: part.end()]} {hour % 12 or 12} {self._halves[hour % 24 // 12]}{text[part.end() :]}"

    def contrasts(self, said: str) -> Iterator[tuple[str, str]]:
        """What is meant, and what is not."""
        if found := self._words["rather_than"].fullmatch(said):
            yield found["new"], found["old"]
        if found := self._words["not_but"].fullmatch(said):
            words = found["both"].split()
            for at in range(1, len(words)):
                new = self._words["but"].sub("", " ".join(words[at:]))
                if new:
                    yield new, " ".join(words[:at])

    def deed(self, piece: NewWords, last: Understood) -> Retold | None:
        """The last command with each of the new words in the place of its kind; None: one of them has none."""
        words = self._words["another"].sub("", piece.words)
        if self._words["same"].fullmatch(piece.words) or not words:
            return Retold(last.text, True) if "duration" in last.times and piece.way == "more" else None
        times, left = self._timed(words, last)
        place = self._place(left, last, times) if left else None
        edits = [*times, *([place] if place else [])]
        if not edits or (left and place is None):
            return None
        is_told = times or not last.times or self._words["slot_lead"].match(left)
        if not is_told and not (piece.way == "instead" and self._words["article"].match(left)):
            return None
        text = last.text
        for edit in sorted(edits, key=lambda edit: -edit.first):
            text = f"{text[: edit.first]}{edit.words}{text[edit.last :]}"
        text = " ".join(text.split())
        if place is None and not last.times:  # "no, fridays" of what is remembered
            return Retold(text, True, next(iter(last.slots), ""), " ".join(each.words for each in times))
        return Retold(text, bool(times), place.slot if place else "", place.words if place else "")

    def _timed(self, words: str, last: Understood) -> tuple[list[Edit], str]:
        """The times that are new, and the words beside them. Where one has no place, it is left there."""
        text, edits = last.text, list[Edit]()
        mine = [] if "duration" in last.times and number(words) is not None else self._times(words)
        its = [each for each in self._times(text) if each.kind in last.times or not last.times]
        for each in mine:
            new = words[each.first : each.last]
            that = next((other for other in its if other.kind == each.kind), None)
            lead = self._words["from_now"].match(text, its[0].first) if its and each.kind == "duration" else None
            is_monthly = each.when and re.search("MONTHLY|YEARLY", each.when.candidates[0].rrule or "")
            is_noun = each.first and self._words["no_hour"].match(new)  # "the brown one on Friday"
            if is_monthly or is_noun or len([other for other in mine if other.kind == each.kind]) > 1:
                return [], words
            if that:
                edits.append(Edit(that.first, that.last, new if that.duration else self._merged(text, that, new)))
            elif lead:  # "in twenty minutes" -> half an hour
                edits.append(Edit(lead.end(), its[0].last, new))
            else:
                return [], words
        left = " ".join(_without(words, mine).split())
        that = next((other for other in its if other.kind == "duration"), None)
        if that and not mine:
            many, rest = self._number_in(left)
            if many:  # "the carrots ten"
                unit = text[that.first : that.last].split()[-1]
                return [Edit(that.first, that.last, f"{many} {unit}")], rest
        return edits, left

    def _number_in(self, words: str) -> tuple[str, str]:
        """A number at one end of the words, and the rest: "the carrots ten"."""
        parts = words.split()
        for many in range(min(3, len(parts)), 0, -1):
            head, tail = " ".join(parts[:many]), " ".join(parts[-many:])
            if number(tail) is not None:
                return tail, " ".join(parts[:-many])
            if number(head) is not None:
                return head, " ".join(parts[many:])
        return "", words

    def _place(self, words: str, last: Understood, taken: list[Edit]) -> Edit | None:
        """Where in the last command the words belong: into the slot of their preposition, or the main one."""
        slots, text, lead = self._deeds[last.intent], last.text, self._words["slot_lead"].match(words)
        if listed := self._words["of_list"].fullmatch(words):
            name, words = "list", listed["name"]
        elif self._words["no_thing"].search(words) and not slots.get("copula"):
            return None
        else:
            name = slots.get(lead[0].strip().casefold() if lead else "", "").replace("within", "text")
            words = words[lead.end() :] if lead else words
        old, new = last.slots.get(name, ""), self._words["article"].sub("", words)
        if not name or not new:
            return None
        if not old:
            return Edit(len(text), len(text), f" {slots[f'+{name}']} {new}", name) if f"+{name}" in slots else None
        found = re.search(rf"(?<![\w']){re.escape(old)}(?![\w'])", text, re.IGNORECASE)
        if found is None or any(found.start() < each.last and each.first < found.end() for each in taken):
            return None
        first, article = found.start(), self._words["article"].match(words)
        within = re.search(rf"\b{re.escape(lead[0].strip())} ", old, re.IGNORECASE) if lead else None
        is_before = lead is not None and text[:first].casefold().endswith(lead[0].casefold())
        if lead and not is_before and slots[lead[0].strip().casefold()] == "within":
            return Edit(first + within.end(), found.end(), words, name) if within else None
        noun, copula = self._words["noun"].search(old), list(self._words["copula"].finditer(old))
        if slots.get("copula"):  # "it's in the shed"
            return Edit(first + copula[-1].end(), found.end(), words, name) if copula else None
        if article and noun and noun.start() and not lead:  # "my brother" of "call my sister"
            return Edit(first + noun.start(), first + noun.end(), words, name)
        return Edit(first, found.end(), words if article and self._words["article"].match(old) else new, name)

    def _times(self, words: str) -> list[Found]:
        """Those in the words; of words that are one as a whole, that."""
        times = [each for each in find(words, self._now(), self._context) if each.kind == "duration" or each.when]
        whole = resolve(words, self._now(), self._context) if not times else None
        return [Found(0, len(words), "when", whole, None)] if whole else times

    def _merged(self, text: str, its: Found, new: str) -> str:
        """The new day with the old time of day, or the other way round."""
        old = text[its.first : its.last]
        new_day, old_day = self._is_day(new), self._is_day(old)
        lead = self._words["preposition"].match(old)
        if new_day is None:
            return new
        if old_day == new_day:
            return f"{lead[0]} {new}" if lead and not self._words["preposition"].match(new) else new
        parts = old.split()
        for at in range(1, len(parts)):
            pieces = " ".join(parts[:at]), " ".join(parts[at:])
            kinds = [self._is_day(piece) for piece in pieces]
            if None not in kinds and kinds[0] != kinds[1]:
                kept = pieces[kinds.index(not new_day)]
                return f"{new} {kept}"
        return f"{new} {old}" if old_day is not None else new

    def _is_day(self, words: str) -> bool | None:
        """True: a day alone; False: a time of day alone; None: both, or neither."""
        now = self._now()
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        found, early = resolve(words, now, self._context), resolve(words, midnight, self._context)
        if found is None or early is None:
            return None
        when = found.candidates[0]
        if not when.has_time:
            return True
        is_alone = early.candidates[0].start.date() == midnight.date()
        return False if is_alone and not set(words.casefold().split()) & self._today else None


def _without(words: str, times: list[Found]) -> str:
    for each in sorted(times, key=lambda found: -found.first):
        words = f"{words[: each.first]} {words[each.last :]}"
    return words

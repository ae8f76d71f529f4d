"""Gist: the command that a sentence means which is none of ours, told by the words that it has, in whatever order."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from edge_agent.act.sentences import Sentences
from edge_agent.act.times import Context, Found, find, resolve
from edge_agent.act.understand import Understood

FILE = "gist"
"""The file of its words and rules: words/<language>/skills/gist.yaml."""
LONGEST = 160
"""Characters: a longer sentence tells a story."""
MOST_WORDS = {"text": 8, "thing": 6, "name": 3, "list": 3, "item": 8, "place": 3, "sum": 16}
"""The most words of a slot that takes what is left."""
MOST_PIECES = 2
"""What is left in more pieces than these belongs to no one thing."""
_GAP = "\N{OBJECT REPLACEMENT CHARACTER}"
"""Stands where a time, or a word of the rule, was."""


@dataclass(frozen=True, slots=True)
class GistRule:
    """What must be said for an intent, and what becomes of the words that are left."""

    intent: str
    signs: tuple[re.Pattern[str], ...]
    """Each must be found, where no other was."""
    without: re.Pattern[str] | None
    begins: re.Pattern[str] | None
    begins_not: re.Pattern[str] | None
    explained: re.Pattern[str]
    """Words that need no slot, besides those that say nothing."""
    times: Mapping[str, str]
    """What becomes of "when" and "duration": one "must" be there, or "may"; any other must not."""
    slot: str
    """Takes the words that are left; without one none may be."""
    filled: bool
    slots: Mapping[str, str]
    ignores: int
    """So many words may be left over, where nothing is changed by it."""


class Gist:
    """It is asked where no sentence fits; languages without the file have none."""

    def __init__(self, sentences: Sentences) -> None:
        self._sentences = sentences
        content = sentences.of(FILE)
        words: Mapping[str, str] = content.get("words", {})
        self._rules = [_rule(rule, words) for rule in content.get("rules", ())]
        self._nothing = _pattern(words.get("nothing", "$"))
        self._edges = {
            slot: (
                re.compile(rf"^(?:\s*(?:{before})(?![\w']))+", re.I),
                re.compile(rf"(?:(?<![\w'])(?:{behind})\s*)+$", re.I),
            )
            for slot, (before, behind) in content.get("edges", {}).items()
        }

    def read(self, said: str, now: datetime, context: Context) -> Iterator[Understood]:
        """The likeliest first. `said` is what was said, without politeness."""
        if not self._rules or len(said) > LONGEST:
            return
        found = [each for each in find(said, now, context) if each.kind == "duration" or each.when]
        for spans in (found, []) if found else ([],):
            masked = _masked(said, spans)
            times = _of_each_kind(spans, said, now, context)
            if times is not None:
                yield from (meant for rule in self._rules if (meant := self._meant(rule, said, masked, times)))

    def _meant(self, rule: GistRule, said: str, masked: str, times: dict[str, Found]) -> Understood | None:
        if any(kind not in rule.times for kind in times):
            return None
        if any(need == "must" and kind not in times for kind, need in rule.times.items()):
            return None
        if (rule.begins and not rule.begins.match(masked)) or (rule.begins_not and rule.begins_not.match(masked)):
            return None
        if (rule.without and rule.without.search(masked)) or not _all_found(rule.signs, masked):
            return None
        slots, left = dict(rule.slots), rule.explained.sub(_GAP, masked)
        if rule.slot:
            pieces, words = self._words_left(rule.slot, left)
            if pieces > MOST_PIECES or len(words.split()) > MOST_WORDS[rule.slot] or (rule.filled and not words):
                return None
            if words:
                slots[rule.slot] = words
        elif len(self._nothing.sub(" ", left.replace(_GAP, " ")).split()) > rule.ignores:
            return None
        return Understood(rule.intent, self._sentences.skill_of(rule.intent), said, slots, times)

    def _words_left(self, slot: str, left: str) -> tuple[int, str]:
        """The number of pieces, and their words without the small ones around them: "meeting with Joe"."""
        before, behind = self._edges[slot]
        pieces = [behind.sub("", piece.strip(" ,.")) for piece in left.split(_GAP)]
        pieces = [piece for piece in pieces if before.sub("", piece).strip(" ,.'")]
        return len(pieces), before.sub("", " ".join(" ".join(pieces).split())).strip(" ,.'")


@cache
def _pattern(words: str) -> re.Pattern[str]:
    """It is kept: `re` itself keeps 512, and the rules of a second conversation would be compiled anew."""
    return re.compile(rf"(?<![\w'])(?:{words})(?![\w'])", re.IGNORECASE)


@cache
def _opened(opening: str, words: str) -> re.Pattern[str]:
    return re.compile(rf"\W*(?:(?:{opening})\W+)*(?:{words})(?![\w'])", re.IGNORECASE)


def _rule(rule: Mapping[str, Any], words: Mapping[str, str]) -> GistRule:
    def named(*names: str) -> str:
        return "|".join(words.get(part, part) for name in names for part in name.split("/"))

    def beginning(key: str) -> re.Pattern[str] | None:
        return _opened(words["opening"], named(rule[key])) if key in rule else None

    kept = rule.get("keeps", ())
    parts = [part for name in (*rule["has"], *rule.get("may", ()), rule.get("begins", "")) for part in name.split("/")]
    used = [part for part in parts if part and part not in kept]
    return GistRule(
        rule["intent"],
        tuple(_pattern(named(name)) for name in rule["has"]),
        _pattern(named(*rule["without"])) if "without" in rule else None,
        beginning("begins"),
        beginning("begins_not"),
        _pattern(named(*used) if used else "$"),
        {kind: rule[kind] for kind in ("when", "duration") if kind in rule},
        rule.get("rest", ""),
        rule.get("filled", False),
        rule.get("slots", {}),
        rule.get("ignores", 0),
    )


def _all_found(signs: tuple[re.Pattern[str], ...], text: str) -> bool:
    """Whether each is found in words of its own: "schedule" is what is done, or where it is written, not both."""
    if not signs:
        return True
    first, *others = signs
    return any(
        _all_found(tuple(others), f"{text[: found.start()]}{_GAP}{text[found.end() :]}")
        for found in first.finditer(text)
    )


def _masked(said: str, times: list[Found]) -> str:
    masked, end = "", 0
    for each in times:
        masked, end = f"{masked}{said[end : each.first]} {_GAP} ", each.last
    return masked + said[end:]


def _of_each_kind(found: list[Found], said: str, now: datetime, context: Context) -> dict[str, Found] | None:
    """One time and one duration at most; a day and a time of day that stand apart are one: "on Friday, lunch at noon".
    None: there are more."""
    times: dict[str, Found] = {}
    for each in found:
        if other := times.get(each.kind):
            both = resolve(f"{said[other.first : other.last]} {said[each.first : each.last]}", now, context)
            if each.kind == "duration" or both is None:
                return None
            times[each.kind] = replace(other, when=both)
        else:
            times[each.kind] = each
    return times

"""Understand: what the user said -> the intents that it may be, with the words of each slot, the likeliest first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from edge_agent.act.sentences import PLACES, Sentences, placeholder
from edge_agent.act.times import Context, Found, find

LONGEST = 300
"""Characters: what is longer is no command, and its matching takes time."""
_MOST_WORDS = {"name": 4, "list": 3, "to": 4, "from": 9, "thing": 7, "item": 20}
"""The most words of a slot; what is longer was not meant for it."""
_NAMES = ("name", "list")
"""Slots whose words are said back as a name."""
_STOPS = re.compile(r"(?<=\w)[,;:!?]+(?=\s)|(?<=\w)\.(?=\s)")
"""Punctuation that no sentence of ours has. What stands in numbers and clock times stays."""
_QUOTES = str.maketrans("’‘“”–—", "''\"\"--")


@dataclass(frozen=True, slots=True)
class Understood:
    intent: str
    skill: str
    text: str
    """What was said, without politeness."""
    slots: dict[str, str] = field(default_factory=dict)
    """Words of the user, or fixed values of a sentence."""
    times: dict[str, Found] = field(default_factory=dict)
    """Times and durations, by the name of their slot."""


class Understanding:
    def __init__(self, sentences: Sentences) -> None:
        self._sentences = sentences
        common = sentences.common
        self._lead = re.compile(rf"\s*(?:{'|'.join(common['lead'])})[\s,.!]*", re.IGNORECASE)
        self._tail = re.compile(rf"[\s,.!?]*(?:{'|'.join(common['tail'])})[\s,.!?]*$", re.IGNORECASE)
        self._fillers = re.compile("|".join(common["fillers"]), re.IGNORECASE)
        self._rewrites = [(re.compile(pattern, re.IGNORECASE), other) for pattern, other in common["rewrites"]]
        self._inside = _inside(common)
        self._requests = frozenset(common.get("requests", "").split())
        self._no_names = {name: frozenset(common.get(f"no_{name}s", ())) for name in _NAMES}
        self._outside = re.compile(rf"\s*(?:{'|'.join(common['outside'])})\s+", re.IGNORECASE)

    def read(self, text: str, now: datetime, context: Context) -> Iterator[Understood]:
        """Nothing where no sentence fits. It is matched as it is asked for: with less politeness, and without the
        times, only if nothing came of the whole."""
        if not text.strip() or len(text) > LONGEST:
            return
        for said in self._tries(text):
            found = [each for each in find(said, now, context) if each.kind == "duration" or each.when][:PLACES]
            for times in (found, []) if found else ([],):
                yield from self._matches(said, times)

    def plain(self, text: str) -> str:
        """What was said, without fillers, politeness and a name in front."""
        return list(self._tries(text))[-1]

    def _tries(self, text: str) -> Iterable[str]:
        """The words as they were said, and with a piece of politeness less each time: "can you" may be meant."""
        said = self._fillers.sub(" ", text.translate(_QUOTES))
        for pattern, other in self._rewrites:
            said = pattern.sub(other, said)
        said = " ".join(said.split()).strip(" ,.!?;:-")
        yield said
        while said:
            shorter = self._tail.sub("", said)
            if shorter == said or not shorter:
                lead = self._lead.match(said)
                shorter = said[lead.end() :] if lead else said
            if shorter == said or not shorter:
                shorter = self._command_in(said)
                if not shorter:
                    return
            said = shorter.strip(" ,.!?;:-")
            yield said

    def _command_in(self, said: str) -> str:
        """What stands behind words that only lead up to it; empty if there is nothing of the kind."""
        lead = self._inside.match(said) if self._inside else None
        return said[lead.end() :] if lead and self._requests & set(lead[0].casefold().split()) else ""

    def _matches(self, said: str, times: list[Found]) -> list[Understood]:
        from hassil import recognize_all

        masked, places = _mask(said, times, self._outside)
        for intents in (self._sentences.own_intents, self._sentences.intents):
            if intents is None:
                continue
            ranked: dict[tuple[object, ...], Understood] = {}
            for result in recognize_all(_STOPS.sub("", masked), intents):
                slots, taken, free = dict[str, str](), dict[str, Found](), 0
                for name, entity in result.entities.items():
                    value = str(entity.value).strip()
                    if value in places and name in ("when", "duration"):
                        taken[name] = places[value]
                        continue
                    free += len(entity.text.split()) * 8 + len(entity.text)
                    slots[name] = _unmask(_with_stops(value, masked), places, said)
                if any(len(slots[name].split()) > most for name, most in _MOST_WORDS.items() if name in slots):
                    continue
                named = [slots[name] for name in _NAMES if name in slots]
                if any(self._no_names[name] & set(slots[name].casefold().split()) for name in _NAMES if name in slots):
                    continue
                if any(self._lead.match(f"{name} ") for name in named):
                    continue  # "can you set a timer" is no timer that is called "can you set a"
                if any(
                    place in str(result.entities[name].value) for name in _NAMES if name in slots for place in places
                ):
                    continue  # nor is "five minutes and one" the name of one for ten
                meant = Understood(result.intent.name, self._sentences.skill_of(result.intent.name), said, slots, taken)
                key = (free, -len(taken), len(slots), result.intent.name, tuple(slots.items()))
                ranked.setdefault(key, meant)
            if ranked:
                return [ranked[key] for key in sorted(ranked)]
        return []


def _inside(common: Mapping[str, Any]) -> re.Pattern[str] | None:
    """What leads up to a command, where nothing else stands before it: "I was wondering if you might"."""
    if "carriers" not in common:
        return None
    carriers, commands = ("|".join(map(re.escape, common[name].split())) for name in ("carriers", "commands"))
    return re.compile(rf"(?:(?:{carriers})\b[\s,.!]*)+(?=(?:{commands})\b)", re.IGNORECASE)


def _with_stops(words: str, sentence: str) -> str:
    """Words of a slot as they stand in the sentence, with its commas."""
    found = re.search(r"\W+".join(map(re.escape, words.split())), sentence, re.IGNORECASE) if words else None
    return found[0] if found else words


def _mask(said: str, times: list[Found], outside: re.Pattern[str]) -> tuple[str, dict[str, Found]]:
    """The sentence with a word in place of each time; prepositions that sentences have themselves stay `outside`."""
    masked, end, places = "", 0, dict[str, Found]()
    for at, each in enumerate(times):
        place = placeholder(each.kind, at)
        places[place] = each
        lead = outside.match(said, each.first, each.last)
        masked += f"{said[end : lead.end() if lead else each.first]} {place} "
        end = each.last
    return " ".join((masked + said[end:]).split()), places


def _unmask(value: str, places: dict[str, Found], said: str) -> str:
    for place, each in places.items():
        words = said[each.first : each.last].split()
        for lead in (words[:2], words[:1]):  # what stayed outside stands there already
            value = value.replace(" ".join([*lead, place]), place)
        value = value.replace(place, " ".join(words))
    return value

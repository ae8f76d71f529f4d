"""Asked again: the last question as it would have been asked with a few new words: "and till midnight", "in inches"."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta

from edge_agent.act.numbers import number, to_digits
from edge_agent.act.times import Context, Found, resolve


class AskedAgain:
    """Candidates, the likeliest first: whoever asks reads them, and takes the first that is a question of its kind."""

    def __init__(
        self,
        words: Mapping[str, re.Pattern[str]],
        times: Callable[[str], list[Found]],
        context: Context,
        now: Callable[[], datetime],
    ) -> None:
        """`words` are those of words/<language>/skills/leaning.yaml; `times` finds those in a text."""
        self._words, self._times, self._context, self._now = words, times, context, now

    def sentences(self, words: str, text: str) -> Iterator[str]:
        """The last question with the new words behind the preposition that they begin with, in place of a time or a
        number, or behind the last preposition."""
        if asked := self._words["in_unit"].fullmatch(words):
            yield self._words["unit_asked"].sub(f"how many {asked['unit']}", text, count=1)
        if (shared := self._words["share"].match(text)) and self._words["share_alone"].fullmatch(words):
            yield f"{shared['head'] or ''}{words}{text[shared.end('share') :]}"
        yield from self._day_after(words, text)
        is_unit = number(words.split()[0]) is None and self._words["unit_alone"].fullmatch(words)
        if is_unit and self._words["many"].search(text):
            yield self._words["many"].sub(f"how many {words}", text, count=1)
        leads = list(self._words["preposition"].finditer(text))
        yield from [f"{text} {words}"] if self._words["month_of"].fullmatch(words) else ()
        if lead := self._words["preposition"].match(words):
            yield from (f"{text[: each.start()]}{words}" for each in reversed(leads) if self._alike(each[0], lead[0]))
        times, mine = self._times(text), self._times(words)
        if len(mine) == 1 and mine[0].last - mine[0].first == len(words):
            yield from (f"{text[: its.first]}{words}{text[its.last :]}" for its in times)
            yield from [f"{text} {words}"] if not times else ()
        bare = words[lead.end() :].strip() if lead else words
        yield from self._with_number(to_digits(bare), to_digits(text))
        yield from (f"{text[: each.end()]} {words}" for each in reversed(leads))
        if begin := self._words["head"].match(text):
            yield f"{begin[0]}{words}"
            yield from (f"{begin[0]}{words} {text[each.start() :]}" for each in leads)

    def same_unit(self, words: str, text: str) -> Iterator[str]:
        """The last question with another number of a unit that it has."""
        mine, its = self._words["amount"].fullmatch(to_digits(words)), to_digits(text)
        for each in self._words["amount_in"].finditer(its) if mine and mine["unit"] else ():
            if mine and each["unit"] and each["unit"].casefold() == mine["unit"].casefold():
                yield f"{its[: each.start('number')]}{mine['number']}{its[each.end('number') :]}"

    def _day_after(self, words: str, text: str) -> Iterator[str]:
        """The last question about the day after that of which it was: "and the friday after"."""
        after = self._words["day_after"].fullmatch(words)
        for its in self._times(text) if after else ():
            if after is None or its.when is None:
                continue
            start = its.when.candidates[0].start
            that = resolve(f"on {after['day']}", start + timedelta(days=1), self._context) if after["day"] else None
            day = that.candidates[0].start if that else start + timedelta(days=7 if after["week"] else 1)
            yield f"{text[: its.first]}on {day:%Y-%m-%d}{text[its.last :]}"

    def _alike(self, one: str, other: str) -> bool:
        one, other = one.strip().casefold(), other.strip().casefold()
        return one == other or bool(self._words["until"].fullmatch(one) and self._words["until"].fullmatch(other))

    def _with_number(self, words: str, text: str) -> Iterator[str]:
        """Another number of the same unit, or the only one."""
        words = self._words["hundreds"].sub(r"\1\2", words)  # "three fifty"
        mine = self._words["amount"].fullmatch(words)
        if mine is None:
            return
        its = list(self._words["amount_in"].finditer(text))
        unit = (mine["unit"] or "").casefold()
        if unit and (leading := self._words["leading_amount"].match(text)):
            yield f"{leading['head'] or ''}{words}{text[leading.end() :]}"
        for each in its:
            if (unit and (each["unit"] or "").casefold() == unit) or (not unit and each is its[-1]):
                yield f"{text[: each.start('number')]}{mine['number']}{text[each.end('number') :]}"

"""Errands: what a caller wants of a telephone: to be put through, to leave a message, to end the call.

It plans a turn as a skill does: nothing happens, and no step is made, before the turn is certain. `Errands.plan` is the
`first` of a guest's Act. What is to be done is done by `AtThePhone`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from edge_agent.act.plan import Effect, Plan
from edge_agent.words.calls import CallWords

BY = "phone"
LONGEST_WISH = 90
"""Characters: what is longer asks for more than to be put through."""
ErrandStep = Literal["", "through", "message", "name", "number", "text"]


class AtThePhone(Protocol):
    """What can be done in a call. Each returns at once, and is done when the answer has been heard."""

    @property
    def number(self) -> str:
        """The number of the caller, as the caller claims."""
        ...

    def put_through(self, uri: str) -> None: ...
    def write_down(self, name: str, number: str, text: str, who: str) -> None: ...
    def end(self) -> None: ...


@dataclass(frozen=True, slots=True)
class _At:
    """How far an errand is."""

    step: ErrandStep = ""
    """What was asked last: whether to be put through, whether to take a message, or a part of the message."""
    who: str = ""
    name: str = ""
    number: str = ""


class Errands:
    """One call's."""

    def __init__(
        self, people: Mapping[str, str], words: CallWords, yes: Callable[[str], bool | None], phone: AtThePhone
    ) -> None:
        """`people`: names, and the numbers where they are reached, the one for anybody first; `yes` reads yes or no."""
        self._people = {name.casefold(): (name, uri) for name, uri in people.items()}
        self._words, self._yes, self._phone = words, yes, phone
        self._at = _At()

    def plan(self, text: str) -> Plan | None:
        """What comes of a turn; None: it is no errand."""
        said, words = self._plain(text), self._words
        if self._at.step and _match(words.never_mind, said):
            return self._go(words.left, _At())
        match self._at.step:
            case "through" | "message":
                if (yes := self._yes(text)) is not None:
                    return self._agreed() if yes else self._go(words.left, _At())
            case "name":
                return self._go(words.which_number, replace(self._at, step="number", name=self._name(text)))
            case "number":
                return self._go(words.which_text, replace(self._at, step="text", number=self._number(said, text)))
            case "text":
                return self._taken(text.strip())
        return self._wish(said) if len(said) <= LONGEST_WISH else None

    def offer_message(self) -> None:
        """The caller has been asked whether a message may be taken."""
        self._at = replace(self._at, step="message")

    def _wish(self, said: str) -> Plan | None:
        words = self._words
        if found := _match(words.wants_message, said):
            return self._go(words.whose_name, _At("name", found.groupdict().get("who") or ""))
        if found := _match(words.wants_person, said):
            name, _ = self._person(found["who"])
            if name:
                return self._go(words.may_i.format(who=name), _At("through", name))
            if self._people and not _match(words.anybody, found["who"]):
                return self._go(words.unknown, _At("message", found["who"]))
        if _match(words.wants_end, said):
            return Plan(words.goodbye, self._does(self._phone.end, "call_ended", _At()), by=BY)
        return None

    def _agreed(self) -> Plan:
        if self._at.step == "message":
            return self._go(self._words.whose_name, replace(self._at, step="name"))
        _, uri = self._person(self._at.who)
        do = self._does(lambda: self._phone.put_through(uri), "put_through", replace(self._at, step=""))
        return Plan(self._words.one_moment, do, by=BY)

    def _taken(self, text: str) -> Plan:
        at = self._at

        def write() -> None:
            self._phone.write_down(at.name, at.number, text, at.who)
            self._phone.end()

        return Plan(self._words.taken, self._does(write, "message_taken", _At()), by=BY)

    def _go(self, said: str, at: _At) -> Plan:
        return Plan(said, self._does(lambda: None, f"asked_{at.step}" if at.step else "errand_left", at), by=BY)

    def _does(self, work: Callable[[], object], what: str, at: _At) -> Callable[[], Effect]:
        def effect() -> Effect:
            work()
            self._at = at
            return Effect(what)

        return effect

    def _person(self, who: str) -> tuple[str, str]:
        """The person that is meant, and where; empty if there is none of the name."""
        said = re.sub(r"^(?:the|a|an) ", "", who.casefold())
        for known in (who.casefold(), said):
            if known in self._people:
                return self._people[known]
        if self._people and _match(self._words.anybody, who):
            return next(iter(self._people.values()))
        return "", ""

    def _plain(self, text: str) -> str:
        said = " ".join(re.sub(r"[^\w\s'+*#]", " ", text.casefold().replace("’", "'")).split())
        polite = "|".join(self._words.polite)
        return re.sub(rf"^(?:(?:{polite}) )+|(?: (?:{polite}))+$", "", said)

    def _name(self, text: str) -> str:
        leads = "|".join(self._words.name_leads)
        return re.sub(rf"^(?:{leads})\s+", "", text.strip(" .!,"), flags=re.IGNORECASE)

    def _number(self, said: str, text: str) -> str:
        """The digits of what was said; the caller's own where that is meant; else the words."""
        if _match(self._words.this_number, said):
            return self._phone.number
        digits = re.sub(r"[^\d+]", "", text)
        return digits if len(digits) >= FEWEST_DIGITS else text.strip(" .")


FEWEST_DIGITS = 3
"""Digits from which something is a number."""


def _match(patterns: Sequence[str], said: str) -> re.Match[str] | None:
    return next((found for each in patterns if (found := re.fullmatch(each, said))), None)

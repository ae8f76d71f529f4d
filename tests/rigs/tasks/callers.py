"""Callers: people who want something, as a script: what they say to what they are asked. Nothing is made up."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from edge_agent.types import Json
from tests.rigs.tasks.values_alike import same

WHEN = ("when", "date", "time")
"""Names that an agent may give to what asks for the time of an appointment."""
CONFIRM = "confirm"
SPELL = "name_spell"
"""The name of the question for the letters of a name."""
CHANGE = "change"
"""The name of the question what is wrong."""
TRIES = 3
"""So often do they correct what was misheard of one slot; a name that is then noted as unsure they let be."""
PATIENCE = 3
"""So often does a caller answer one question."""


@dataclass(frozen=True, slots=True)
class Script:
    """What a caller says."""

    opening: str
    says: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By slot: the caller's sentences, in their order; each is said once, and one may stand with several slots."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """By slot: what is said when the sentences are used up: the bare value."""
    confirms: tuple[str, ...] = ()
    """What is said to a read-back; then "Yes."."""
    corrects: tuple[str, ...] = ()
    """What is said to the first read-backs instead of a yes: the caller has changed their mind."""
    digressions: tuple[str, ...] = ()
    """Questions of their own, one before each second answer."""
    offer: tuple[str, str, str] | None = None
    """The day and the time of day that are wanted, as agents say them ("March 4", "3:15 PM"), and what is said once
    they are offered."""
    keys: str = ""
    """The keys of their number, pressed when they are told that they may."""
    again: Mapping[str, str] = field(default_factory=dict)
    """By slot: what is said the second time that the bare value was not understood: the same in other words."""
    spells: str = ""
    """How they spell their name."""
    ending: str | None = None
    """What is said once it is booked."""
    checks: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """By slot: the value that a read-back has to have, and what is said where it has another; none: a blind yes."""


class Caller:
    """One who follows a script."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._said: set[str] = set()
        self._answered: dict[str, int] = {}
        self._corrected: dict[str, int] = {}
        self._ended, self._turns = False, 0
        self.booked = False
        self.stuck: str | None = None
        """The question that they have given up on."""

    def begin(self) -> Json:
        """The first turn."""
        return self._say(self._script.opening)

    def answer(self, reply: Json) -> Json | None:
        """The next turn; None: the caller has rung off."""
        self.booked |= any(each["type"] == "booked" for each in reply["effects"])
        if self.booked and (self._ended or self._script.ending is None):
            return None
        if self.booked:
            self._ended = True
            return self._say(self._script.ending or "")
        self._turns += 1
        if self._turns % 2 == 0 and (question := self._next(self._script.digressions)):
            return self._say(question)
        asked = "when" if reply["asks"] in WHEN else reply["asks"] or ""
        if asked == CONFIRM:
            said = self._confirmed(reply["proposal"] or {})
        else:
            said = self._wrong(reply["form"]) if asked == CHANGE else self._about(asked, reply["said"])
        if not any(said == each for _, each in self._script.checks.values()):  # those have tries of their own
            self._answered[asked] = self._answered.get(asked, 0) + 1
        if said is None or self._answered.get(asked, 0) > PATIENCE + len(self._script.says.get(asked, ())):
            self.stuck = asked or "nothing"
            return None
        if self._script.keys and asked == "phone" and "keys" in reply["said"]:
            return {"dtmf": self._script.keys}
        return self._say(said)

    def _say(self, text: str) -> Json:
        self._said.add(text)
        return {"say": text}

    def _next(self, sentences: tuple[str, ...]) -> str | None:
        return next((each for each in sentences if each not in self._said), None)

    def _confirmed(self, proposal: Json) -> str | None:
        """A correction of the caller's, or of what was misheard, or their yes, or the plain one. None: it is still
        wrong, and they have had enough."""
        if correction := self._next(self._script.corrects):
            return correction
        if any(self._is_wrong(slot, proposal) for slot in self._script.checks):
            return self._wrong(proposal)
        return self._next(self._script.confirms) or "Yes."

    def _is_wrong(self, slot: str, read: Json) -> bool:
        value = read.get("start", read.get("when")) if slot == "start" else read.get(slot)
        let_be = slot == "name" and bool(read.get("name_unsure"))
        return not let_be and not same(slot, value, self._script.checks[slot][0])

    def _wrong(self, read: Json) -> str | None:
        """What is said about the first value that is not as it should be."""
        for slot, (_, said) in self._script.checks.items():
            if self._is_wrong(slot, read) and (times := self._corrected.get(slot, 0)) < TRIES:
                self._corrected[slot] = times + 1
                return said
        return self._about(CHANGE)

    def _about(self, asked: str, heard: str = "") -> str | None:
        if asked in WHEN and self._is_offered(heard):
            return self._script.offer[2] if self._script.offer else None
        if asked == SPELL:
            return self._script.spells or self._script.facts.get("name")
        if not asked:  # an open question: the first thing that was not said yet
            every = [each for sentences in self._script.says.values() for each in sentences]
            return self._next(tuple(every)) or self._script.opening
        fact = self._script.facts.get(asked)
        if fact in self._said and self._script.again.get(asked) not in (None, *self._said):
            fact = self._script.again[asked]
        return self._next(self._script.says.get(asked, ())) or fact

    def _is_offered(self, heard: str) -> bool:
        """Whether the time that they want is among those that the agent says that it has."""
        if self._script.offer is None or (offered := re.search("I have (.*)|Do you mean (.*)", heard)) is None:
            return False
        day, clock, _ = self._script.offer
        return re.search(rf"\b{day} at (?:[^.]*\b)?{clock}\b", offered[0]) is not None

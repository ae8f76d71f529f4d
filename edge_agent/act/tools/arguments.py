"""Arguments: those of a call as the user's words have them, in place of what a small LLM made of or added to them.

Of 56 calls of live_simple (BFCL) Qwen2.5-Coder 0.5B had 25 wrong: every other one had a unit, a genre, a date or an id
that nobody had asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from edge_agent.act.tools.amounts import amounts_as_said, members_of
from edge_agent.act.tools.copying import Copying
from edge_agent.act.tools.grounding import Evidence, leaves
from edge_agent.types import Json

MOST_SAID_CHARS = 2_000
"""The beginning of what was said in which values are looked for: clients send books."""
IDS = ("id", "identifier")
"""Endings of names of numbers that nobody can mean who does not say them."""
_SHARE = re.compile(
    r"(?i)(?!.*percent)(?!.*%)(?<![a-z])(?:rate|interest|return|yield|probability|fraction|ratio|growth)(?![a-z])"
)
"""What is told of a number that is a share of one."""
_NEGATED = re.compile(r"(?:(?<![A-Za-z])(?:in|un|non|dis)|In|Un|Non|Dis)(?=[a-z]{4})")


def as_said(
    arguments: Json, parameters: Json, *, about: str, said: str, known: str = "", language: str = "en",
    now: Callable[[], datetime] | None = None,
) -> tuple[Json, bool]:  # fmt: skip
    """The arguments of a call as the words have them, and whether all that must be given was said.

    `said`: what the user said last, in `language`; `known`: all that the LLM was told, and a value may come from;
    `about`: the tool's name and description; `now`: the time for the user, aware, from which days are counted.
    """
    said = said[:MOST_SAID_CHARS]
    words = _Mending(Evidence(f"{known}\n{said}", language), Copying(said, language, now), said, about)
    found = words.mended(arguments, parameters)
    return found, not words.made_up(found, parameters)


class _Mending:
    """The words that a call is to come of."""

    def __init__(self, words: Evidence, copying: Copying, last: str, about: str) -> None:
        self._words, self._copying, self._last, self._about = words, copying, last, words.content(about)
        self._readable = self._words.readable(self._about)

    def mended(self, arguments: Json, parameters: Json) -> Json:
        """The arguments as the words have them: amounts, texts in quotes, times of day, signs; without what need not be
        given and was not said."""
        written = amounts_as_said(arguments, parameters, self._last)
        found = self._object(written, parameters)
        if parameters.get("required"):
            return found
        members = members_of(parameters)  # nothing is required, so what is needed is not told: "on" of a lamp
        kept = {name for name, each in written.items() if isinstance(each, bool)} | found.keys()
        kept |= {name for name in written if not found and _choices(members.get(name, {}))}
        return {name: found.get(name, value) for name, value in written.items() if name in kept} | found

    def made_up(self, arguments: Json, parameters: Json) -> bool:
        """Whether a text that must be given comes of nothing that was said."""
        members = members_of(parameters)
        needed = [name for name in parameters.get("required") or () if name in members and name in arguments]
        return self._readable and any(self._is_made_up(name, arguments[name], members[name]) for name in needed)

    def _is_made_up(self, name: str, value: Any, member: Json) -> bool:
        if isinstance(value, dict):
            return not value and bool(members_of(member))
        if isinstance(value, bool):
            return False
        if isinstance(value, int | float):
            is_id = name.casefold().endswith(IDS)
            return (is_id or not _is_choice(value, member)) and not self._words.hold(value, "", _told(member))
        if _choices(member):
            return False
        if self._words.may_be_known(value) or not any(True for _ in leaves(value)):
            return False
        return not self._words.hold(value, name, _told(member))

    def _object(self, arguments: Json, parameters: Json) -> Json:
        members, needed = members_of(parameters), parameters.get("required") or ()
        found: Json = {}
        for name, value in arguments.items():
            if name in members:
                value = self._value(name, value, members[name], arguments, needed=name in needed)
                if name not in needed and self._readable and not self._was_said(name, value, members[name]):
                    continue
                if name not in needed and self._copying.is_another_day(name, arguments, needed):
                    continue
            found[name] = value
        return found

    def _value(self, name: str, value: Any, member: Json, arguments: Json, *, needed: bool) -> Any:
        if isinstance(value, dict):
            return self._object(value, member)
        if _choices(member):
            return self._choice(name, value, member, needed=needed)
        if isinstance(value, str):
            made_up = needed and not self._words.hold(value, name, _told(member))
            return self._copying.text(value, arguments, made_up=made_up, told=_told(member))
        if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str):
            return [self._copying.text(value[0], arguments, made_up=False)]
        if isinstance(value, bool) or not isinstance(value, int | float):
            return value
        is_share = member.get("type") == "number" and _SHARE.search(f"{name} {_told(member)}") is not None
        return self._copying.number(name, value, is_share=is_share and "maximum" not in member)

    def _choice(self, name: str, value: Any, member: Json, *, needed: bool) -> Any:
        """The one choice that was named, where the LLM took another that was not. Of what must be given only a unit:
        a deed ("add", "delete") may be named by what it is done to."""
        named = [each for each in _choices(member) if isinstance(each, str) and _names(self._copying.unquoted, each)]
        if len(named) != 1 or (needed and "unit" not in name.casefold()):
            return value
        return value if isinstance(value, str) and _names(self._last, value) else named[0]

    def _was_said(self, name: str, value: Any, member: Json) -> bool:
        if isinstance(value, dict):
            return bool(value) or not members_of(member)
        if isinstance(value, bool):
            told = self._words.content(_told(member)) - self._about
            names = f"{name} {_NEGATED.sub(' ', name)}"
            return self._words.named(names) or self._words.share(names) or not self._words.stems.isdisjoint(told)
        if isinstance(value, list) and isinstance(member.get("items"), dict) and _choices(member["items"]):
            return True  # kinds of things, as Home Assistant has them: without them it is all kinds
        named = self._words.content(name) if _choices(member) else set()
        return self._words.hold(value, name, _told(member)) or (bool(named) and named <= self._words.stems)


def _choices(member: Json) -> list[Any]:
    choices = member.get("enum")
    return choices if isinstance(choices, list) else []


def _is_choice(value: float, member: Json) -> bool:
    """Whether a number is one of few, as percent are, or none or one, which are meant as often as said."""
    return value in (0, 1) or bool(_choices(member)) or {"minimum", "maximum"} <= member.keys()


def _told(member: Json) -> str:
    return str(member.get("description") or "")


def _names(words: str, choice: str) -> bool:
    return len(choice) > 2 and re.search(rf"\b{re.escape(choice)}\b", words, re.IGNORECASE) is not None

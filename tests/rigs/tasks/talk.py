"""Talk: a caller and an agent until one of them ends it, and what came of it."""

from __future__ import annotations

import traceback
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from edge_agent.types import Json
from tests.rigs.tasks.callers import Caller, Script
from tests.rigs.tasks.contract import Agent
from tests.rigs.tasks.owner import AS_IN, DIGITS
from tests.rigs.tasks.values_alike import same

MOST_TURNS = 40
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that somebody wants of an agent."""

    name: str
    toml: str
    now: str
    script: Script
    wanted: tuple[Row, ...]
    """The rows that have to be there in the end, each with the values that count."""
    group: str = ""
    """What it is counted with."""
    files: tuple[tuple[str, str], ...] = ()
    """Further files of the folder: name and text."""

    def checked(self, has_keys: bool = False) -> Case:
        """The same with a caller who listens to the read-back, and says again, or spells, what was misheard; or types
        their number where they are told that they may."""
        (wanted,) = self.wanted
        facts, name = self.script.facts, str(wanted.get("name", ""))
        spelled = letters(name)
        said = {slot: f"No, {facts[slot]}" for slot in facts}
        said |= {slot: f"No, {words}" for slot, words in _digit_by_digit(wanted).items()}
        said["name"], said["start"] = f"No, {name}, that's spelled {spelled}.", f"No, {facts.get('when', '')}."
        checks = {slot: (str(value), said[slot]) for slot, value in wanted.items() if slot in said}
        script = replace(self.script, checks=checks, spells=f"{in_words(name)}.", again=_digit_by_digit(wanted))
        if has_keys:
            script = replace(script, keys=f"{wanted.get('phone', '')}#")
        if "start" in wanted and "when" in facts:
            start = datetime.fromisoformat(wanted["start"])
            clock = f"{start:%I:%M %p}".lstrip("0").replace(":00", "")
            taken = f"Yes, {start:%A} at {clock}, please."
            again = {**script.again, "when": f"{start:%A}, {facts['when']}"}
            script = replace(script, offer=(f"{start:%B} {start.day}", clock, taken), again=again)
        return replace(self, script=script)

    def write(self, folder: Path) -> None:
        """Writes the owner's folder."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "agent.toml").write_text(self.toml, "utf-8")
        for name, text in self.files:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, "utf-8")


def _digit_by_digit(wanted: Row) -> dict[str, str]:
    """How the number is said to whoever has misheard it."""
    digits = [DIGITS[int(each)] for each in str(wanted.get("phone", ""))]
    groups = [digits[:3], digits[3:6], digits[6:]]
    return {"phone": f"{', '.join(map(' '.join, groups))}."} if digits else {}


def letters(name: str) -> str:
    """A name as it is spelled to whoever writes it down, with a pause behind each word: "J O, B A K E R"."""
    return ", ".join(" ".join(word.upper()) for word in name.split())


def in_words(name: str) -> str:
    """A name as it is spelled to whoever asks for a word for each letter: "J as in Jack, O as in orange"."""
    words = ([f"{letter} as in {AS_IN[letter]}" for letter in word.upper() if letter in AS_IN] for word in name.split())
    return ". ".join(", ".join(word) for word in words)


@dataclass(slots=True)
class Talk:
    """What was said and done."""

    turns: list[tuple[Json, Json]] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    stuck: str | None = None
    crash: str | None = None
    """The error that the agent ended with."""

    @property
    def effects(self) -> list[Row]:
        return [each for _, reply in self.turns for each in reply["effects"]]

    def lines(self) -> Iterable[str]:
        """The dialogue, to be read."""
        for said, reply in self.turns:
            heard = f"  (heard: {said['heard']})" if "heard" in said else ""
            yield f"  caller: {said.get('say', said)}{heard}"
            done = "".join(f" !{each}" for each in reply["effects"])
            yield f"  agent:  {reply['said']}  [{reply['asks']}; {reply['form']}; {reply['by']}]{done}"


def converse(agent: Agent, script: Script) -> Talk:
    """The whole dialogue, to the end of the caller's patience."""
    talk, caller = Talk(), Caller(script)
    line: Json | None = caller.begin()
    try:
        while line is not None and len(talk.turns) < MOST_TURNS:
            reply = agent.turn(line)
            talk.turns.append((line, reply))
            line = caller.answer(reply)
        talk.turns.append(({"hangup": True}, agent.turn({"hangup": True})))
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        talk.crash = f"{error!r} at {place.filename}:{place.lineno} on {line}"
    talk.stuck, talk.rows = caller.stuck, agent.calendar()
    return talk


def faults(talk: Talk, wanted: Iterable[Row]) -> list[str]:
    """What is wrong with what came of it; nothing: it is as the caller wanted it."""
    wanted, left = list(wanted), list(talk.rows)
    found = []
    for row in wanted:
        match = next((each for each in left if not differences(each, row)), None)
        if match is not None:
            left.remove(match)
        else:
            near = left[0] if left else None
            found.append(f"wanted {row}, got {differences(near, row) if near else 'nothing'}")
    found += [f"nobody wanted {row}" for row in left] if len(talk.rows) > len(wanted) else []
    said = sorted(each["start"] for each in talk.effects if each["type"] == "booked")
    if said != sorted(each["start"] for each in talk.rows):
        found.append(f"said to be booked: {said or 'nothing'}, but the calendar has {talk.rows or 'nothing'}")
    if talk.crash:
        found.append(f"the agent failed: {talk.crash}")
    if talk.stuck and wanted:
        found.append(f"the caller gave up at {talk.stuck!r}")
    return found


def differences(row: Row, wanted: Row) -> Row:
    """The values of a row that are not as wanted. Times are local; texts may stand in more words."""
    return {key: row.get(key) for key, value in wanted.items() if not same(key, row.get(key), value)}

"""Trial: `tests.toml` of an agent: what is said to it, and what must come of it."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from edge_agent.desk.file import AgentFile
from edge_agent.desk.reply import Reply
from edge_agent.desk.table import Complaints, Table
from edge_agent.errors import ConfigError

NAME = "tests.toml"


class TriedAgent(Protocol):
    """What a test speaks to."""

    def hear(self, words: str) -> Reply: ...

    def digits(self, keys: str) -> Reply: ...

    def hung_up(self) -> Reply: ...

    def passed(self, seconds: float) -> Reply: ...


@dataclass(frozen=True, slots=True)
class TrialTurn:
    """What is said or done, and what must come of it."""

    say: str = ""
    keys: str = ""
    hangup: bool = False
    pass_s: int = 0
    hears: tuple[str, ...] = ()
    """Texts that the answer has; small and capital letters are the same."""
    never: tuple[str, ...] = ()
    asks: str = ""
    effect: str = ""
    """The type of an effect of this turn; "none": there is none."""
    form: Mapping[str, Any] = field(default_factory=dict)
    has: Mapping[str, Any] = field(default_factory=dict)
    """Fields of the effect."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One call."""

    name: str
    turns: tuple[TrialTurn, ...]
    now: datetime
    booked: int | None = None
    """How many appointments there are at the end."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a test."""

    name: str
    faults: tuple[str, ...]
    """Each a sentence; none: it has passed."""
    said: tuple[tuple[str, str], ...]
    """What was said to the agent, and its answer, turn by turn."""


def read(agent: AgentFile) -> list[Trial]:
    """The tests of an agent. Raises ConfigError with every mistake, a line each."""
    file = agent.folder / NAME
    try:
        text = file.read_text(encoding="utf-8")
        values = tomllib.loads(text)
    except FileNotFoundError:
        raise ConfigError(f"There is no {NAME} in {agent.folder}.", fix="docs/agents.md shows one") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{file} cannot be read: {error}.") from error
    complaints = Complaints(text)
    top = Table(values, complaints)
    now = _moment(top, "now", datetime.now(agent.business.timezone), agent)
    found = [_trial(each, now, agent) for each in top.tables("test")]
    top.end()
    if complaints.found:
        raise ConfigError("\n".join(f"{file}:{line}: {sentence}" for line, sentence in sorted(complaints.found)))
    return found


def _moment(table: Table, key: str, default: datetime, agent: AgentFile) -> datetime:
    said = table.value(key)
    try:
        moment = datetime.fromisoformat(str(said)) if said is not None else default
    except ValueError:
        table.wrong(key, f'`{key}` is a time such as "2026-03-02T08:00", not {said!r}.')
        return default
    return moment if moment.tzinfo else moment.replace(tzinfo=agent.business.timezone)


def _trial(table: Table, now: datetime, agent: AgentFile) -> Trial:
    booked = table.number("booked", -1, 0, 1000)
    found = Trial(
        table.text("name", needed=True),
        tuple(_turn(each) for each in table.tables("turn")),
        _moment(table, "now", now, agent),
        None if booked < 0 else booked,
    )
    if not found.turns:
        table.wrong("name", f"The test {found.name!r} has no [[test.turn]].")
    table.end()
    return found


def _turn(table: Table) -> TrialTurn:
    if not any(table.value(key) is not None for key in ("say", "keys", "hangup", "pass_s")):
        table.wrong("say", "A turn has `say`, `keys`, `hangup` or `pass_s`.")
    found = TrialTurn(
        table.text("say"),
        table.text("keys"),
        table.flag("hangup", False),
        table.number("pass_s", 0, 0, 86_400),
        _texts(table, "hears"),
        _texts(table, "never"),
        table.text("asks"),
        table.text("effect"),
        table.value("form") or {},
        table.value("has") or {},
    )
    table.end()
    return found


def _texts(table: Table, key: str) -> tuple[str, ...]:
    """A text or a list of them."""
    return (table.text(key),) if isinstance(table.value(key), str) else table.texts(key)


def play(trial: Trial, caller: TriedAgent, booked: Callable[[], int]) -> Verdict:
    """The test, said to an agent that knows nothing of it. `booked` counts its appointments."""
    faults: list[str] = []
    said: list[tuple[str, str]] = []
    for number, turn in enumerate(trial.turns, 1):
        reply = _done(turn, caller)
        words = turn.say or (turn.keys and f"[{turn.keys}]") or ("[hangs up]" if turn.hangup else f"[{turn.pass_s} s]")
        said.append((words, reply.said))
        faults += [f"Turn {number}, {words!r}: {fault}" for fault in _faults(turn, reply)]
    if trial.booked is not None and (count := booked()) != trial.booked:
        faults.append(f"There are {count} appointments, not {trial.booked}.")
    return Verdict(trial.name, tuple(faults), tuple(said))


def _done(turn: TrialTurn, caller: TriedAgent) -> Reply:
    if turn.keys:
        return caller.digits(turn.keys)
    if turn.hangup:
        return caller.hung_up()
    return caller.passed(turn.pass_s) if turn.pass_s else caller.hear(turn.say)


def _faults(turn: TrialTurn, reply: Reply) -> Iterator[str]:
    said = reply.said.casefold()
    yield from (f"{text!r} is not said." for text in turn.hears if text.casefold() not in said)
    yield from (f"{text!r} is said." for text in turn.never if text.casefold() in said)
    if turn.asks and reply.asks != turn.asks:
        yield f"it asks for {reply.asks or 'nothing'}, not for {turn.asks}."
    yield from _different(turn.form, reply.form, "the form")
    types = [str(each["type"]) for each in reply.effects]
    if turn.effect == "none" and types:
        yield f"it has the effect {', '.join(types)}."
    elif turn.effect not in ("", "none") and turn.effect not in types:
        yield f"it has the effect {', '.join(types) or 'none'}, not {turn.effect}."
    for effect in reply.effects:
        if effect["type"] == turn.effect:
            yield from _different(turn.has, effect, "the effect")


def _different(wanted: Mapping[str, Any], found: Mapping[str, Any], where: str) -> Iterator[str]:
    for key, value in wanted.items():
        is_same = str(found.get(key)).casefold() == str(value).casefold()
        is_moment = key in ("start", "end", "when") and str(found.get(key)).startswith(str(value))
        if not (is_same or is_moment):
            yield f"{key} of {where} is {found.get(key)!r}, not {value!r}."

"""`edge-agent timers`, `alarms` and `reminders`: what will ring. The agent that runs looks every second or so."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from edge_agent.cli.options import JsonOption, SystemOption
from edge_agent.errors import InputError
from edge_agent.processes import go_back
from edge_agent.state import state_of

if TYPE_CHECKING:
    from edge_agent.act.records import Alarm, Records, Reminder, Timer

Kept = TypeVar("Kept", "Timer", "Alarm", "Reminder")

timers = typer.Typer(rich_markup_mode=None)
alarms = typer.Typer(rich_markup_mode=None)
reminders = typer.Typer(rich_markup_mode=None)

NameOption = Annotated[str, typer.Option("--name", help="What it is called when it rings.")]
NumberArgument = Annotated[list[int], typer.Argument(metavar="NUMBER...", help="The numbers that `list` shows.")]
WhenArgument = Annotated[
    str, typer.Argument(metavar="WHEN", help="07:00, 2026-12-24T18:30, 'tomorrow at 7 am', 'every weekday at 7'.")
]

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SEVERAL = {"daily": "mon,tue,wed,thu,fri,sat,sun", "weekdays": "mon,tue,wed,thu,fri", "weekend": "sat,sun"}


@contextmanager
def opened(system: bool) -> Iterator[Records]:
    from edge_agent.act.records import open_records

    records = open_records(state_of(system=system))
    try:
        if records.damage:
            typer.echo(records.damage, err=True)
        yield records
    finally:
        records.close()
        go_back()


def print_json(what: Any) -> None:
    typer.echo(json.dumps(what, ensure_ascii=False, indent=2, default=_plain))


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else sorted(value)


@timers.command("list")
def list_timers(as_json: JsonOption = False, system: SystemOption = False) -> None:
    """Show the timers, and what was snoozed.

    Example: edge-agent timers list --json
    """
    from edge_agent.cli.when import now

    at = now()
    with opened(system) as records:
        found = [*records.timers(), *records.snoozed()]
    _show(found, as_json, lambda timer: _timer(timer, at), lambda timer: {"left_s": round(timer.left_s(at), 1)})


@timers.command("add")
def add_timer(
    duration: Annotated[str, typer.Argument(metavar="DURATION", help="90s, 1h30m, 'ten minutes'; a number: minutes.")],
    name: NameOption = "",
    system: SystemOption = False,
) -> None:
    """Start a timer.

    Example: edge-agent timers add 10m --name tea
    """
    from edge_agent.cli.when import now, seconds_of

    at = now()
    with opened(system) as records:
        typer.echo(_timer(records.add_timer(seconds_of(duration), at, name), at))


@timers.command("rm")
def remove_timers(numbers: NumberArgument, system: SystemOption = False) -> None:
    """Stop timers.

    Example: edge-agent timers rm 3
    """
    _remove("timer", numbers, system, lambda records, number: records.remove_timer(number))


@alarms.command("list")
def list_alarms(as_json: JsonOption = False, system: SystemOption = False) -> None:
    """Show the alarms.

    Example: edge-agent alarms list
    """
    from edge_agent.cli.when import now

    at = now()
    with opened(system) as records:
        found = records.alarms()
    _show(found, as_json, _alarm, lambda alarm: {"next_due": alarm.next_due(at)})


@alarms.command("add")
def add_alarm(
    when: WhenArgument,
    days: Annotated[str, typer.Option("--days", help="daily, weekdays, weekend, or mon,tue,... Not given: once.")] = "",
    name: NameOption = "",
    system: SystemOption = False,
) -> None:
    """Set an alarm.

    Example: edge-agent alarms add 07:00 --days weekdays

    Example: edge-agent alarms add "every saturday at 9 am" --name market
    """
    from edge_agent.cli.when import moment_of, now

    at = now()
    with opened(system) as records:
        meant = moment_of(when, at)
        typer.echo(_alarm(records.add_alarm(meant.start, at, days_of(days) or days_by(meant.rrule), name)))


@alarms.command("rm")
def remove_alarms(numbers: NumberArgument, system: SystemOption = False) -> None:
    """Delete alarms.

    Example: edge-agent alarms rm 1 2
    """
    _remove("alarm", numbers, system, lambda records, number: records.remove_alarm(number))


@reminders.command("list")
def list_reminders(as_json: JsonOption = False, system: SystemOption = False) -> None:
    """Show the reminders.

    Example: edge-agent reminders list
    """
    from edge_agent.cli.when import now

    at = now()
    with opened(system) as records:
        found = records.reminders()
    _show(found, as_json, _reminder, lambda reminder: {"next_due": reminder.next_due(at)})


@reminders.command("add")
def add_reminder(
    when: WhenArgument,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What is said then.")],
    repeat: Annotated[str | None, typer.Option("--repeat", help="An RRULE, such as FREQ=WEEKLY;BYDAY=TU.")] = None,
    system: SystemOption = False,
) -> None:
    """Have something said at a time.

    Example: edge-agent reminders add 2026-12-24T18:30 "Light the candles."
    """
    from edge_agent.cli.when import moment_of, now

    at = now()
    with opened(system) as records:
        meant = moment_of(when, at)
        typer.echo(_reminder(records.add_reminder(text, meant.start, at, repeat or meant.rrule)))


@reminders.command("rm")
def remove_reminders(numbers: NumberArgument, system: SystemOption = False) -> None:
    """Delete reminders.

    Example: edge-agent reminders rm 4
    """
    _remove("reminder", numbers, system, lambda records, number: records.remove_reminder(number))


def days_of(text: str) -> frozenset[int]:
    """The days of the week that are meant; 0 is Monday. Raises InputError."""
    names = [part.strip()[:3] for part in SEVERAL.get(text.lower(), text).lower().split(",") if part.strip()]
    unknown = [name for name in names if name not in DAYS]
    if unknown:
        raise InputError(f"{text} are no days: daily, weekdays, weekend, or some of {','.join(DAYS)}.")
    return frozenset(map(DAYS.index, names))


def days_by(rrule: str | None) -> frozenset[int]:
    """The days of the week of a rule; none, if there is no rule. Raises InputError: it repeats in another way."""
    if rrule is None or rrule == "FREQ=DAILY":
        return frozenset(range(7) if rrule else ())
    found = re.fullmatch(r"FREQ=WEEKLY;BYDAY=((?:[A-Z]{2},?)+)", rrule)
    if not found:
        raise InputError(f"Alarms repeat on days of the week, not by {rrule}.", fix="edge-agent reminders add ...")
    return frozenset([day[:2].upper() for day in DAYS].index(name) for name in found[1].split(","))


def _show(
    found: Sequence[Kept], as_json: bool, line: Callable[[Kept], str], more: Callable[[Kept], dict[str, Any]]
) -> None:
    """A line each, or JSON with `more` of each."""
    if as_json:
        print_json([{**asdict(each), **more(each)} for each in found])
    else:
        typer.echo("".join(f"{line(each)}\n" for each in found), nl=False)


def _remove(kind: str, numbers: Sequence[int], system: bool, remove: Callable[[Records, int], object]) -> None:
    with opened(system) as records:
        for number in numbers:
            remove(records, number)
            typer.echo(f"Removed {kind} {number}.")


def _timer(timer: Timer, at: datetime) -> str:
    left = round(timer.left_s(at))
    state = "paused, " if timer.paused else "" if timer.kind == "timer" else f"{timer.kind} snoozed, "
    return _line(timer.id, f"{state}{left // 3600}:{left // 60 % 60:02}:{left % 60:02} left", timer.name)


def _alarm(alarm: Alarm) -> str:
    days = (
        "once" if not alarm.days else "daily" if len(alarm.days) == 7 else ",".join(DAYS[d] for d in sorted(alarm.days))
    )
    return _line(alarm.id, f"{alarm.next:%a %Y-%m-%d %H:%M}, {days}", alarm.name)


def _reminder(reminder: Reminder) -> str:
    repeat = f", {reminder.rrule}" if reminder.rrule else ""
    return _line(reminder.id, f"{reminder.next:%a %Y-%m-%d %H:%M}{repeat}", reminder.text)


def _line(number: int, what: str, name: str) -> str:
    return f"{number:>4}  {what}{f': {name}' if name else ''}"

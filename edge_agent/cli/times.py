"""`edge-agent when`: which time a phrase means, as the agent understands it."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from edge_agent.cli.options import JsonOption
from edge_agent.errors import InputError

if TYPE_CHECKING:
    from datetime import datetime

    from edge_agent.act.times import Resolved, When


def when(
    phrase: Annotated[str, typer.Argument(help="What is said of a time, in English.")],
    now: Annotated[
        str | None,
        typer.Option("--now", metavar="ISO", help="Seen from then, of this machine's zone if none is given."),
    ] = None,
    country: Annotated[
        str | None, typer.Option("--country", metavar="CODE", help="Whose holidays are known by name: DE, US, ...")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Say which time is meant by words, and whether people mean different things by them.

    Example: edge-agent when "next tuesday at half past three"
    """
    from edge_agent.act.times import Context, resolve

    found = resolve(phrase, _moment(now), Context(country=country))
    if found is None:
        raise InputError(
            f"{phrase!r} is not understood as a time.", fix='edge-agent when "next tuesday at half past three"'
        )
    typer.echo(json.dumps(_plain(found)) if as_json else _sentence(found))


def _moment(now: str | None) -> datetime:
    """That moment, else the present one, in the zone of this machine."""
    from edge_agent.act.times import local_zone

    if now is None:
        return datetime.now(local_zone())
    try:
        moment = datetime.fromisoformat(now)
        return moment.astimezone(local_zone()) if moment.tzinfo else moment.replace(tzinfo=local_zone())
    except (ValueError, OverflowError):
        raise InputError(
            f"--now {now!r} is no ISO time.", fix="edge-agent when tomorrow --now 2027-03-27T20:00"
        ) from None


def _plain(found: Resolved) -> dict[str, object]:
    """The object that --json prints."""
    candidates = [
        {
            "start": each.start.isoformat(),
            "end": each.end.isoformat() if each.end else None,
            "grain": each.grain,
            "rrule": each.rrule,
        }
        for each in found.candidates
    ]
    return {"start": candidates[0]["start"], "candidates": candidates, "ask": found.ask}


def _sentence(found: Resolved) -> str:
    """The first meaning in words; all of them where they have to be asked for."""
    if found.ask:
        return f"People mean different things by this: {', or '.join(_told(each) for each in found.candidates)}."
    return f"{_told(found.candidates[0])}."


def _told(when: When) -> str:
    """A time with its weekday, date and year: "Tuesday, 1 December 2026, at 15:30"."""
    first = _day(when.start)
    if when.has_time:
        first += f", at {when.start:%H:%M}"
    if when.end and when.has_time:
        is_same_day = when.end.date() == when.start.date()
        first += f" to {when.end:%H:%M}" if is_same_day else f", to {_day(when.end)}, at {when.end:%H:%M}"
    elif when.end:
        from datetime import timedelta

        first += f", to {_day(when.end - timedelta(seconds=1))}"
    return f"{first}, and again by {when.rrule}" if when.rrule else first


def _day(moment: datetime) -> str:
    return f"{moment:%A}, {moment.day} {moment:%B} {moment.year}"

"""Times and durations as they are typed in a shell, in the owner's zone: in digits, or as they are said."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from edge_agent.act.times import When, duration, local_zone, resolve
from edge_agent.errors import InputError

EXAMPLES = "such as 07:00, 2026-12-24T18:30 or 'every weekday at 7 am'"


def now() -> datetime:
    """The time, in the zone of whoever asks."""
    return datetime.now(local_zone())


def seconds_of(text: str) -> float:
    """A duration such as 90s, 1h30m or 'an hour and a half'; a bare number is minutes. Raises InputError."""
    found = timedelta(minutes=int(text)) if re.fullmatch(r"\d{1,6}", text.strip()) else duration(text)
    if found is None:
        raise InputError(f"{text} is no duration, such as 90s, 1h30m or 'ten minutes'.")
    return found.total_seconds()


def moment_of(text: str, now: datetime) -> When:
    """A time, or a repeat with its first time; of a time alone the next one. Raises InputError: it is none, has no time
    of the day, or can be understood in two ways."""
    if found := _in_digits(text.strip(), now):
        return When(found)
    resolved = resolve(text, now)
    if resolved is None:
        raise InputError(f"{text} is no time, {EXAMPLES}.")
    meant = resolved.candidates[0]
    if resolved.ask:
        meanings = " or ".join(f"{each.start:%a %Y-%m-%d %H:%M}" for each in resolved.candidates)
        raise InputError(f"{text} can mean {meanings}.", fix=f"give it in digits, such as {meant.start:%Y-%m-%dT%H:%M}")
    if not meant.has_time:
        raise InputError(f"{text} has no time of the day.", fix="give one, such as 'tomorrow at 7 am'")
    return meant


def _in_digits(text: str, now: datetime) -> datetime | None:
    """A date with a time (ISO 8601), or a time alone, by 24 hours."""
    clock = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", text)
    if clock:
        today = now.replace(hour=int(clock[1]), minute=int(clock[2]), second=0, microsecond=0, fold=0)
        return today if today > now else today + timedelta(days=1)
    try:
        at = datetime.fromisoformat(text) if re.match(r"\d{4}-\d\d-\d\d[T ]\d", text) else None
    except ValueError:
        return None
    return at.replace(tzinfo=now.tzinfo) if at and not at.tzinfo else at

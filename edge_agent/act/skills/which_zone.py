"""The time zone that is meant, by a place, a country or so many hours from Greenwich; and how the place is written."""

from __future__ import annotations

import re
from datetime import timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from edge_agent.act.asked import Asked
from edge_agent.act.numbers import number

MOST_HOURS = 14
"""How far a zone is from Greenwich."""


def place_named(asked: Asked, place: str) -> str:
    """A place as it is written: "New York", "the UK"; of a country the city whose time it is."""
    if not place:
        return str(asked.words["answers"]["here"])
    place = asked.words["largest"].get(_without_time(asked, place).removeprefix("the "), place)
    small = ("of", "the", "and")
    words = _without_time(asked, place).split()
    upper = asked.words["upper"]
    return " ".join(word.upper() if word in upper else word if word in small else word.capitalize() for word in words)


def _without_time(asked: Asked, place: str) -> str:
    """The place of "Eastern Standard Time"."""
    return re.sub(asked.words["behind_place"], "", place.casefold().strip()).strip() or place


def zone_of(asked: Asked, place: str) -> tzinfo | None:
    """The time zone of a place, or so many hours from Greenwich; None: nobody knows. Without a name: here."""
    if not place:
        return asked.now.tzinfo
    said = _without_time(asked, place).removeprefix("the ")
    zones = _zones(asked)
    if name := zones.get(said) or zones.get(asked.words["largest"].get(said, "")):
        return ZoneInfo(name)
    offset = re.fullmatch(asked.words["offset"], place.casefold().strip())
    hours = number(offset["hours"]) if offset and offset["hours"] else 0 if offset else None
    if offset is None or hours is None or hours > MOST_HOURS:
        return None
    return timezone(timedelta(hours=hours * (-1 if offset["sign"] in asked.words["minus"] else 1)))


def _zones(asked: Asked) -> dict[str, str]:
    """Names of places, in small letters, and their time zones."""
    known = _known_zones()
    zones = {zone.rpartition("/")[2].replace("_", " ").casefold(): zone for zone in known if "/" in zone}
    of = {zone.casefold(): zone for zone in known}
    others = {name.removeprefix("the "): zone for zone, names in asked.words["places"].items() for name in names}
    return zones | {name: of[zone] for name, zone in others.items() if zone in of}


@lru_cache(1)
def _known_zones() -> tuple[str, ...]:
    """Those of the machine's database, which takes 4 ms to read."""
    return tuple(sorted(available_timezones(), key=lambda zone: (zone.count("/"), zone)))

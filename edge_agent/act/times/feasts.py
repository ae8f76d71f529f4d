"""Feasts: days that have a name, the usual ones and those of a country (package `holidays`, imported when needed)."""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import lru_cache

from edge_agent.act.times.almanac import easter, month_end, nth_weekday, orthodox_easter

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@lru_cache(512)
def feast(rule: str, year: int) -> date | None:
    """The day of that year that a rule of words/<language>/times.toml names; None if there is none that year."""
    if match := re.fullmatch(r"(\d+)-(\d+)", rule):
        return date(year, int(match[1]), int(match[2]))
    if match := re.fullmatch(r"(\d+) (-?\d) (\w{3})(?: \+(\d+))?", rule):
        first = date(year, int(match[1]), 1)
        found = nth_weekday(first, month_end(first), WEEKDAYS.index(match[3]), int(match[2]))
        return found + timedelta(days=int(match[4] or 0)) if found else None
    if match := re.fullmatch(r"(easter|orthodox)([+-]\d+)?", rule):
        sunday = easter(year) if match[1] == "easter" else orthodox_easter(year)
        return sunday + timedelta(days=int(match[2] or 0))
    country, name = rule.split(" ", 1)
    return next((day for day, called in _holidays(country, year) if called.startswith(name)), None)


def named_in(country: str) -> dict[str, list[str]]:
    """The holidays of a country with their names as they are said: {"German Unity Day": ["german", "unity", "day"]}."""
    year = date.today().year  # names change little; the day itself is looked up in the year that is meant
    names = {name for near in (year - 1, year, year + 1) for _, name in _holidays(country, near)}
    said = {name: re.findall(r"[^\W_]+", name.lower().replace("'", "").replace("’", "")) for name in sorted(names)}
    return {name: words for name, words in said.items() if words}


@lru_cache(256)
def _holidays(country: str, year: int) -> tuple[tuple[date, str], ...]:
    """Days and names in English, in order; nothing for a country that the package does not know."""
    import holidays

    try:
        of = getattr(holidays, country.upper())
        language = next((code for code in ("en_US", "en_GB") if code in of.supported_languages), None)
        found = holidays.country_holidays(country, years=[year], language=language, categories=of.supported_categories)
    except (AttributeError, NotImplementedError, KeyError, ValueError):
        return ()
    return tuple((day, name.strip()) for day, names in sorted(found.items()) for name in names.split(";"))

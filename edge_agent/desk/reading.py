"""Reading: `agent.toml` of a folder -> AgentFile, or every mistake in it with its line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, cast, get_args
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from edge_agent.desk.file import (
    AgentFile,
    AgentKind,
    AnswerRules,
    AskedSlot,
    BookingRules,
    Business,
    CalDav,
    Handoff,
    Hours,
    Privacy,
    Service,
    SlotType,
    Staff,
    Week,
    copy_of,
)
from edge_agent.desk.flow import flow_of
from edge_agent.desk.leads import is_at_home, leads_of
from edge_agent.desk.table import Complaints, Table
from edge_agent.errors import ConfigError

NAME = "agent.toml"
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
OWN_SLOTS = ("service", "staff", "when", "name", "phone", "email")
"""What `booking.ask` may name beside the ids of `[[ask]]`."""
_FIX = "edge-agent agents new receptionist NAME"


def read(folder: Path) -> AgentFile:
    """The agent in that folder. Raises ConfigError with every mistake, a line each: "agent.toml:12: ..."."""
    file = folder / NAME
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError(f"There is no {NAME} in {folder}.", fix=_FIX) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} cannot be read ({error}).") from error
    try:
        values = tomllib.loads(text)
    except RecursionError:
        raise ConfigError(f"{file} is nested too deeply.") from None
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"\(at line (\d+)", str(error))
        line = place[1] if place else str(text.count("\n") + 1)
        what = str(error).split(" (at")[0]
        raise ConfigError(f"{file}:{line}: this is no TOML: {what[0].lower()}{what[1:]}.") from error
    complaints = Complaints(text)
    found = _agent(folder, Table(values, complaints))
    if complaints.found:
        lines = [f"{file}:{line}: {sentence}" for line, sentence in sorted(complaints.found)]
        raise ConfigError("\n".join(lines))
    return found


def _agent(folder: Path, top: Table) -> AgentFile:
    kind = cast(AgentKind, top.choice("kind", get_args(AgentKind), "receptionist", needed=True))
    services = tuple(_service(table) for table in top.tables("service"))
    caldav, allowed = _caldav(top.table("caldav"))
    staff = tuple(_staff(table, folder, services, allowed=allowed) for table in top.tables("staff"))
    asks = tuple(_asks(top))
    ids = tuple(each.id for each in asks)
    hours = top.table("hours")
    agent = AgentFile(
        folder,
        kind,
        top.text("name", "Mia"),
        _business(top.table("business")),
        Hours(_week(hours), hours.days("closed"), hours.flag("holidays", False)),
        staff,
        services,
        _booking(top.table("booking"), asks),
        asks,
        _answers(top.table("answers")),
        _handoff(top.table("handoff")),
        _privacy(top.table("privacy")),
        leads_of(top.table("leads"), ids),
        tuple(flow_of(table, _ask, ids) for table in top.tables("flow")),
        caldav,
    )
    hours.end()
    top.end()
    _check_names(top, agent)
    if kind == "receptionist" and not (any(agent.hours.week) or agent.booking.slots):
        top.wrong("hours", "Nothing can be booked: [hours] has no day, and [booking] has no slots.")
    return agent


def _check_names(top: Table, agent: AgentFile) -> None:
    for key, names in (
        ("service", [each.name for each in agent.services]),
        ("staff", [each.name for each in agent.staff]),
        ("ask", [each.id for each in (*agent.asks, *(slot for flow in agent.flows for slot in flow.slots))]),
        ("flow", [each.name for each in agent.flows]),
    ):
        for name in sorted({each for each in names if names.count(each) > 1}):
            top.wrong(key, f"There are two of [[{key}]] with the name {name!r}.")


def _business(table: Table) -> Business:
    name = table.text("name", needed=True)
    zone = table.text("timezone", "UTC", needed=True)
    try:
        timezone = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        table.wrong("timezone", f'{zone!r} is no time zone: one is named as in "Europe/London".')
        timezone = ZoneInfo("UTC")
    region = table.text("phone_region", "US").upper()
    if not re.fullmatch(r"[A-Z]{2}", region):
        table.wrong("phone_region", f'`phone_region` is the code of a country such as "GB", not {region!r}.')
    found = Business(name, timezone, region, table.text("greeting"))
    table.end()
    return found


def _week(table: Table) -> Week:
    return tuple(table.hours(day) for day in DAYS)


def _caldav(table: Table) -> tuple[CalDav, bool]:
    """The owner's calendar server, and whether it may be another machine."""
    allowed = table.flag("allow_network", False)
    found = CalDav(_address(table, "url", allowed=allowed), table.text("user"), table.text("password_file"))
    if "/" in found.password_file:
        table.wrong("password_file", "`password_file` is the name of a file of the agent's folder.")
    table.end()
    return found, allowed


def _address(table: Table, key: str, *, allowed: bool) -> str:
    """The address of a calendar on a server. A password goes to another machine by https alone."""
    url = table.text(key)
    if not url or is_at_home(url):
        return url
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        table.wrong(key, f"`{key}` is an https address, or an http one of this machine, not {url!r}.")
    elif not allowed:
        sentence = f"{parts.hostname} is another machine: say allow_network = true under [caldav] if it may be asked."
        table.wrong(key, sentence)
    return url


def _staff(table: Table, folder: Path, services: tuple[Service, ...], *, allowed: bool) -> Staff:
    names = [each.name for each in services]
    does = table.texts("does")
    for each in does:
        if each not in names:
            table.wrong("does", f"{each!r} is no service; there are {', '.join(names) or 'none'}.")
    calendar = table.text("calendar") or None
    if calendar and ("/" in calendar or not calendar.endswith(".ics")):
        table.wrong("calendar", f"`calendar` is the name of an .ics file in {folder}.")
    caldav = _address(table, "caldav", allowed=allowed)
    if caldav and calendar:
        table.wrong("caldav", "It is either `calendar`, a file, or `caldav`, an address.")
    hours = table.table("hours")
    week = _week(hours)
    hours.end()
    found = Staff(
        table.text("name", needed=True),
        table.texts("hears"),
        does,
        copy_of(table.text("name")) if caldav else calendar,
        week if any(week) else None,
        caldav,
    )
    table.end()
    return found


def _service(table: Table) -> Service:
    found = Service(
        table.text("name", needed=True),
        table.number("minutes", 30, 1, 24 * 60, needed=True),
        table.texts("hears"),
        table.text("price") or None,
        table.number("before", 0, 0, 24 * 60),
        table.number("after", 0, 0, 24 * 60),
    )
    table.end()
    return found


def _booking(table: Table, asks: tuple[AskedSlot, ...]) -> BookingRules:
    usual = BookingRules()
    allowed = (*OWN_SLOTS, *(each.id for each in asks))
    ask = table.texts("ask", usual.ask)
    for each in ask:
        if each not in allowed:
            table.wrong("ask", f"{each!r} cannot be asked: there are {', '.join(allowed)}.")
    found = BookingRules(
        table.number("grid", usual.grid, 1, 24 * 60),
        table.length("notice", usual.notice) or timedelta(),
        table.length("horizon", usual.horizon) or usual.horizon,
        table.number("offer", usual.offer, 1, 5),
        ask,
        table.choice("change", ("phone+name", "phone", "name", "off"), usual.change),
        table.length("remind", usual.remind),
        table.moments("slots"),
        table.number("minutes", usual.minutes, 1, 24 * 60),
        table.flag("waiting", usual.waiting),
        table.number("max_per_phone", usual.max_per_phone, 0, 1000),
        table.number("max_per_day", usual.max_per_day, 0, 10_000),
    )
    table.end()
    return found


def _asks(top: Table) -> Iterator[AskedSlot]:
    for table in top.tables("ask"):
        yield _ask(table)
        table.end()


def _ask(table: Table, key: str = "say") -> AskedSlot:
    """A question, whose words stand under `key`."""
    id = table.text("id", needed=True)
    if id in OWN_SLOTS or not re.fullmatch(r"[a-z][a-z0-9_]*", id or "x"):
        table.wrong("id", f"`id` is a word of small letters that no other question has, not {id!r}.")
    type = table.choice("type", get_args(SlotType), "text", needed=True)
    found = AskedSlot(
        id,
        table.text(key, needed=True),
        cast(SlotType, type),
        table.texts("choices"),
        table.flag("optional", False),
        table.texts("hears"),
    )
    if type == "choice" and len(found.choices) < 2:
        table.wrong("choices", "A choice needs `choices`, at least two.")
    return found


def _answers(table: Table) -> AnswerRules:
    synonyms: Any = table.value("synonyms") or {}
    if not isinstance(synonyms, dict) or not all(isinstance(each, list) for each in synonyms.values()):
        table.wrong("synonyms", '`synonyms` are lists of words: synonyms = { parking = ["car park"] }.')
        synonyms = {}
    found = AnswerRules(
        table.text("folder", "answers/"),
        table.text("unknown") or None,
        table.texts("never"),
        {key: tuple(map(str, value)) for key, value in synonyms.items()},
    )
    table.end()
    return found


def _handoff(table: Table) -> Handoff:
    found = Handoff(
        table.text("number") or None,
        table.texts("when", ("asked",)),
        table.texts("urgent"),
        table.text("urgent_say"),
    )
    for rule in found.when:
        if not re.fullmatch(r"asked|stuck:[1-9]", rule):
            table.wrong("when", f'`when` has "asked" and "stuck:2", not {rule!r}.')
    if found.urgent and not found.urgent_say:
        table.wrong("urgent", "`urgent` needs `urgent_say`: what is said then.")
    table.end()
    return found


def _privacy(table: Table) -> Privacy:
    keep = table.length("keep", Privacy().keep)
    if table.flag("transcripts", False):
        table.wrong("transcripts", "No transcripts of calls are kept: take this line out.")
    table.end()
    return Privacy(keep or timedelta.max)

"""Templates: the text of the files that a new agent begins with."""

from __future__ import annotations

import json
from dataclasses import dataclass

from edge_agent.desk.file import AgentKind

WrittenWeek = dict[str, list[str]]
WrittenServices = list[tuple[str, int, str]]
_NAMES = {
    "mon": "Monday", "tue": "Tuesday", "wed": "Wednesday", "thu": "Thursday", "fri": "Friday", "sat": "Saturday",
    "sun": "Sunday",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Begun:
    """What was answered; each has a value that works."""

    kind: AgentKind
    business: str
    timezone: str = "UTC"
    region: str = "US"
    name: str = "Mia"
    hours: str = "mon-fri 9:00-17:00"
    services: str = "appointment 30"
    staff: str = ""
    handoff: str = ""


def agent(begun: Begun, week: WrittenWeek, services: WrittenServices) -> str:
    """`agent.toml`."""
    greeting = f"{begun.business}, this is {begun.name}, an automated assistant. {_OPENING[begun.kind]}"
    head = [
        "# What each line means: docs/agents.md. See what it makes of it: edge-agent agents check FOLDER",
        f"kind = {_text(begun.kind)}",
        f"name = {_text(begun.name)}",
        "",
        "[business]",
        f"name = {_text(begun.business)}",
        f"timezone = {_text(begun.timezone)}",
        f"phone_region = {_text(begun.region)}",
        f"greeting = {_text(greeting)}",
        "",
        "[hours]",
        *(f"{day} = {_list(week[day])}" for day in _NAMES if day in week),
        'closed = []                  # ["2026-12-24..2027-01-02", "2026-05-01"]',
        "holidays = true              # closed on the public holidays of the country",
        "",
    ]
    middle = {"receptionist": _receptionist, "support": _support, "leads": _leads}[begun.kind]
    return "\n".join([*head, *middle(begun, services), *_tail(begun)]) + "\n"


_OPENING = {
    "receptionist": "How can I help you?",
    "support": "What would you like to know?",
    "leads": "May I ask you a few questions?",
}


def _receptionist(begun: Begun, services: WrittenServices) -> list[str]:
    staff = [name.strip() for name in begun.staff.split(",") if name.strip()]
    lines: list[str] = []
    for name in staff:
        lines += [
            "[[staff]]",
            f"name = {_text(name)}",
            f"hears = {_list([name.split()[-1]] if ' ' in name else [])}    # other names by which callers ask",
            f"does = {_list([each[0] for each in services])}",
            '# calendar = "NAME.ics"       # a file in this folder: no appointment is made where it has an event',
            "",
        ]
    for name, minutes, price in services:
        lines += ["[[service]]", f"name = {_text(name)}", "hears = []                   # other words for it"]
        lines += [f"minutes = {minutes}", *([f"price = {_text(price)}"] if price else []), ""]
    asked = ["service"] * (len(services) > 1) + ["staff"] * (len(staff) > 1) + ["when", "name", "phone"]
    return [
        *lines,
        "[booking]",
        "grid = 15                    # appointments begin at 9:00, 9:15 ...",
        'notice = "2h"                # the soonest from now',
        'horizon = "90d"              # the farthest',
        "offer = 2                    # times that are offered at once",
        f"ask = {_list(asked)}",
        'change = "phone+name"        # what proves whose appointment it is',
        'remind = "1d"                # the alarm in the calendar file',
        "",
    ]


def _support(_: Begun, __: WrittenServices) -> list[str]:
    return []


def _leads(_: Begun, __: WrittenServices) -> list[str]:
    questions = [
        ("budget", "What would you like to spend at most, roughly?", "number", ""),
        ("soon", "Would you like to begin within three months?", "yes_no", ""),
    ]
    lines = []
    for id, say, type, more in questions:
        lines += [
            "[[ask]]",
            f"id = {_text(id)}",
            f"say = {_text(say)}",
            f"type = {_text(type)}",
            *filter(None, [more]),
            "",
        ]
    return [
        "[[service]]                  # what those are offered that fit",
        'name = "call back"',
        "minutes = 30",
        "",
        "[booking]",
        "grid = 30",
        'notice = "2h"',
        'horizon = "21d"',
        'ask = ["when", "name", "phone"]',
        "",
        *lines,
        "[leads]",
        'ask = ["budget", "soon"]',
        "callback = 2                 # from this score on they may choose when they are called back",
        'csv = "leads.csv"            # edge-agent agents report FOLDER says where it lies',
        'webhook = ""                 # http://127.0.0.1:PORT/PATH: a POST for each; no other host',
        'thanks = "Thank you for your time."',
        "",
        "[[leads.rule]]",
        'if = "budget >= 1000"',
        "score = 2",
        "",
        "[[leads.rule]]",
        'if = "soon = yes"',
        "score = 1",
        "",
    ]


def _tail(begun: Begun) -> list[str]:
    number = [f"number = {_text(begun.handoff)}"] if begun.handoff else ['# number = "+44 20 7946 0000"']
    return [
        "[answers]",
        'folder = "answers/"          # Markdown, text and PDF; what is said is quoted from there',
        'unknown = "I don\'t know that. Shall I take a message?"',
        'never = []                   # what is never answered: ["diagnosis"]',
        "",
        "[handoff]",
        *number,
        'when = ["asked", "stuck:3"]',
        'urgent = []                  # ["can\'t breathe"]: said first, before everything',
        'urgent_say = ""',
        "",
        "[privacy]",
        'keep = "30d"                 # bookings, messages and calls; no transcripts',
    ]


def about(begun: Begun, week: WrittenWeek, services: WrittenServices) -> str:
    """`answers/about.md`: what is known already, so that the first question has an answer."""
    open_days = [f"- {_NAMES[day]}: {' and '.join(each.replace('-', ' to ') for each in week[day])}" for day in week]
    lines = [f"# About {begun.business}", "", "## Opening hours", "", *open_days]
    if closed := [_NAMES[day] for day in _NAMES if day not in week]:
        lines += [f"- {' and '.join(closed)}: closed"]
    priced = [f"- {name}: {price}, {minutes} minutes" for name, minutes, price in services if price]
    if priced and begun.kind == "receptionist":
        lines += ["", "## Prices", "", *priced]
    return "\n".join([*lines, "", COMMENT]) + "\n"


COMMENT = (
    "<!-- Where are you? Where does one park? How is it paid? What people ask, one after the other, goes below. -->"
)


def tests(begun: Begun, services: WrittenServices) -> str:
    """`tests.toml`."""
    lines = [
        "# edge-agent agents test FOLDER says these to the agent, on a copy of its calendar.",
        'now = "2026-03-02T08:00"     # a Monday',
        "",
        "[[test]]",
        'name = "What it does not know, it says"',
        "[[test.turn]]",
        'say = "Who won the world cup?"',
        'hears = "don\'t know"',
        "",
        "[[test]]",
        'name = "Opening hours are quoted"',
        "[[test.turn]]",
        'say = "What are your opening hours?"',
        'hears = " to "',
    ]
    if begun.kind == "receptionist":
        staff = [name.strip() for name in begun.staff.split(",") if name.strip()]
        wanted = services[0][0] + (f" with {staff[0]}" if len(staff) > 1 else "")
        lines += [
            "",
            "[[test]]",
            'name = "An appointment is booked"',
            "booked = 1",
            "[[test.turn]]",
            f"say = {_text(f'I would like to book: {wanted}')}",
            "[[test.turn]]",
            'say = "The first time you have"',
            "[[test.turn]]",
            'say = "The first one"',
            "[[test.turn]]",
            'say = "My name is Alice Smith"',
            "[[test.turn]]",
            f"say = {_text(_NUMBERS.get(begun.region, '202 555 0143'))}",
            'asks = "confirm"',
            "[[test.turn]]",
            'say = "Yes"',
            'effect = "booked"',
        ]
    return "\n".join(lines) + "\n"


_NUMBERS = {"GB": "020 7946 0018", "US": "202 555 0143", "CA": "604 555 0123", "DE": "030 23125 001"}
"""Numbers that are set aside for films and the like."""


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _list(values: list[str]) -> str:
    return "[" + ", ".join(map(_text, values)) + "]"

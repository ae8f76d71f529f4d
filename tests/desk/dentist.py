"""The desk that the tests talk to: a dentist's, in memory, at a time of the test's."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from edge_agent.desk.desk import Desk
from edge_agent.desk.reading import read

LONDON = ZoneInfo("Europe/London")
MONDAY = datetime(2026, 3, 2, 9, tzinfo=LONDON)
DENTIST = """\
kind = "receptionist"
name = "Mia"
[business]
name = "Harbour Dental"
timezone = "Europe/London"
phone_region = "GB"
greeting = "Harbour Dental."
[hours]
mon = ["08:30-12:30", "13:30-17:30"]
tue = ["08:30-12:30", "13:30-17:30"]
thu = ["10:00-19:00"]
fri = ["08:30-12:30"]
sun = ["00:00-04:00"]
closed = ["2026-03-09"]
[[staff]]
name = "Dr Okafor"
hears = ["O'Kafor"]
does = ["check-up", "filling"]
calendar = "okafor.ics"
[[staff]]
name = "Dr Lindqvist"
does = ["check-up", "cleaning"]
[[service]]
name = "check-up"
hears = ["check my teeth", "examination"]
minutes = 30
[[service]]
name = "filling"
minutes = 45
after = 15
[[service]]
name = "cleaning"
hears = ["hygienist"]
minutes = 30
[booking]
ask = ["service", "when", "name", "phone"]
[handoff]
number = "+44 20 7946 0000"
when = ["asked", "stuck:2"]
urgent = ["can't breathe"]
urgent_say = "Please call 999 now."
"""


def desk(folder: Path, text: str = DENTIST, now: datetime = MONDAY, state: Path | None = None) -> Desk:
    """A call to the agent of that text."""
    (folder / "agent.toml").write_text(text, encoding="utf-8")
    return Desk(read(folder), state, lambda: now)


def dialogue(call: Desk, *turns: str) -> list[str]:
    """What is answered to each."""
    return [call.hear(words).said for words in turns]


def booked(call: Desk) -> list[tuple[str, str, str]]:
    """What is booked: local time, service, name."""
    return [(f"{each.start:%a %d %H:%M}", each.service, each.name) for each in call.ledger.bookings()]

"""Records: timers, alarms, reminders, lists, memory and choices, in one file; it is the truth, and nothing is cached.

`now` is an aware datetime in the owner's zone, handed in by the caller, always. Its zone should be a ZoneInfo: with a
fixed offset nobody knows of nights on which the clock is changed.
"""

from __future__ import annotations

from pathlib import Path

from edge_agent.act.records.bells import MISSED_S, Bells
from edge_agent.act.records.countdowns import SNOOZE_S
from edge_agent.act.records.lists import Lists
from edge_agent.act.records.memory import Choices, Memory
from edge_agent.act.records.rows import Alarm, BellKind, Fact, Reminder, Ring, Timer
from edge_agent.act.records.undoing import Undoing
from edge_agent.act.records.uptime import Uptime, system_uptime

FILE = "records.db"


class Records(Bells, Lists, Memory, Choices, Undoing):
    """All that is kept. Any thread may ask, and several processes may have the file open.

    Whatever is asked raises RecordsError where the file cannot be read or written, and for what is not there.
    """


def open_records(folder: Path) -> Records:
    """The records of this device in a state directory, with its uptime beside the wall clock. Raises RecordsError."""
    return Records(folder / FILE, system_uptime)


__all__ = [
    "FILE",
    "MISSED_S",
    "SNOOZE_S",
    "Alarm",
    "BellKind",
    "Fact",
    "Records",
    "Reminder",
    "Ring",
    "Timer",
    "Uptime",
    "open_records",
    "system_uptime",
]

"""A world for records: a wall clock that can be set, an uptime that cannot, and a power switch."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from edge_agent.act.records import Records, Ring, Uptime

BERLIN = ZoneInfo("Europe/Berlin")
"""2026: 29 March 02:00 becomes 03:00, 25 October 03:00 becomes 02:00."""
MONDAY = datetime(2026, 11, 30, 12, tzinfo=BERLIN)
MONDAY_UTC = datetime(2026, 11, 30, 11, tzinfo=UTC)
DAILY = frozenset(range(7))


@dataclass
class World:
    """A machine: records in a file, and its clocks."""

    file: Path | None = None
    wall: datetime = MONDAY_UTC
    zone: ZoneInfo = BERLIN
    boot: int = 1
    up_s: float = 100.0
    records: Records = field(init=False)

    def __post_init__(self) -> None:
        self.records = Records(self.file, self.uptime)

    def uptime(self) -> Uptime:
        return Uptime(f"boot {self.boot}", self.up_s)

    @property
    def now(self) -> datetime:
        return self.wall.astimezone(self.zone)

    def passes(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)
        self.up_s += seconds

    def clock_is_set(self, by_s: float) -> None:
        self.wall += timedelta(seconds=by_s)

    def reboots(self, after_s: float = 60.0) -> None:
        """Off for so long; the clock of the machine has a battery."""
        self.records.close()
        self.wall += timedelta(seconds=after_s)
        self.boot, self.up_s = self.boot + 1, 20.0
        self.records = Records(self.file, self.uptime)

    def due(self) -> list[Ring]:
        return self.records.due(self.now)

    def rings_within(self, seconds: float, step_s: float = 300.0) -> list[tuple[str, str]]:
        """What rings meanwhile, and when by the wall clock: ("tea", "12:05")."""
        rung = []
        for _ in range(int(seconds / step_s)):
            self.passes(step_s)
            rung += [(ring.text, self.now.strftime("%H:%M")) for ring in self.due()]
        return rung


def at(text: str, zone: ZoneInfo = BERLIN, fold: int = 0) -> datetime:
    """What a wall clock shows: "2026-03-29 02:30"."""
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold)

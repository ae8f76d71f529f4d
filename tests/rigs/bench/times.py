"""Times: how many spoken times the resolver gets right, of a file of phrases with what they may mean.

Each line is JSON: `phrase`, `now` (local ISO time), `right` (accepted ISO values: a date, a date and time, or a time of
day), and optionally `zone` and `source`. How a phrase is scored:

- A candidate is right if its start, written as finely as an accepted value is, equals that value: "2026-12-24" asks for
  the date alone, "09:30:00" for the time of day alone, "2026-12-24 09:30" for both to the minute.
- right: the first candidate is right; or any of them is, and the resolver says that people mean different things.
- asked: how many of those that are right were asked.
- silently wrong: neither; nobody asks, and the first candidate is not right. Asked without the right one counts as
  wrong, but not as silently so.
- not understood: the resolver has no answer.
- The zone of `now` is UTC, or `zone`; for lines with `source` "duckling" it is UTC-2, the zone of that corpus, to which
  its answers for "4pm CET" belong.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from edge_agent.act.times import Resolved, resolve
from edge_agent.errors import InputError

ZONES = {"duckling": "Etc/GMT+2"}


@dataclass(slots=True)
class Score:
    """How many phrases ended how; and those that did not end well, with what was answered."""

    right: int = 0
    asked: int = 0
    wrong: int = 0
    silently_wrong: int = 0
    not_understood: int = 0
    failures: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.right + self.wrong + self.not_understood


def read(path: Path) -> list[dict[str, Any]]:
    """The lines of such a file. Raises InputError for one that is none."""
    try:
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, ValueError) as error:
        raise InputError(f"{path} is no file of JSON lines ({error}).") from None


def is_right(start: datetime, accepted: Iterable[str]) -> bool:
    """Whether a start is one of the accepted values, as finely as these are written."""
    for value in accepted:
        value = value.replace("T", " ")
        day, _, clock = value.rpartition(" ") if ":" in value else (value, "", "")
        pattern = "%Y-%m-%d" * bool(day) + " " * bool(day and clock) + "%H:%M:%S"[: len(clock)]
        if start.strftime(pattern) == value:
            return True
    return False


def score(lines: Iterable[dict[str, Any]]) -> Score:
    """The score of those lines."""
    result = Score()
    for line in lines:
        zone = ZoneInfo(line.get("zone") or ZONES.get(line.get("source", ""), "UTC"))
        found = resolve(line["phrase"], datetime.fromisoformat(line["now"]).replace(tzinfo=zone))
        _count(result, line, found)
    return result


def _count(result: Score, line: dict[str, Any], found: Resolved | None) -> None:
    asked = "; ".join(f"{each.start:%Y-%m-%d %H:%M:%S}" for each in found.candidates) if found else "nothing"
    offered = found.candidates if found and found.ask else found.candidates[:1] if found else ()
    if found is None:
        result.not_understood += 1
    elif any(is_right(each.start, line["right"]) for each in offered):
        result.right += 1
        result.asked += found.ask
        return
    else:
        result.wrong += 1
        result.silently_wrong += not found.ask
    kind = "not understood" if found is None else "asked, but wrong" if found.ask else "silently wrong"
    result.failures.append(f"{kind}: {line['phrase']!r} at {line['now']}: {asked}; right: {'; '.join(line['right'])}")

"""Honest bench: typed requests of six kinds; is done what can be done, and is nothing claimed or made up beyond it?"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from edge_agent.act.records import FILE, Records
from edge_agent.agent.typed import Typed, TypedTurn
from edge_agent.types import Json
from tests.rigs.bench.verdict import Outcome, verdict

DATA = Path(__file__).parents[2] / "data" / "honest"
"""README.md there says what a row is."""
SETS = (DATA / "open.jsonl", DATA / "held.jsonl")
NOW = datetime(2026, 12, 1, 9, 12, tzinfo=ZoneInfo("Europe/Berlin"))
"""When every conversation begins: a Tuesday."""
Begin = Callable[[Path, Callable[[], datetime]], Typed]
"""A conversation whose records are in a folder, and whose time of day a function tells."""
_UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}


def read_set(path: Path) -> list[Json]:
    """Raises OSError, ValueError."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def bench_honest(rows: Sequence[Json], begin: Begin, progress: Callable[[str], object] = lambda line: None) -> Json:
    """Each row is a conversation of its own. Returns, ready for JSON, `summary` and `rows`."""
    judged = []
    for row in rows:
        turns, kept = _held(row, begin)
        found = verdict(row, turns, kept)
        judged.append(
            row
            | {"outcome": found.outcome, "right": found.right, "why": found.why, "kept": kept}
            | {"turns": [turn.to_json() for turn in turns]}
        )
        if not found.right:
            last = turns[-1]
            said = " / ".join(row["say"])
            progress(f"{row['kind']}, {found.outcome}: {said} -> {last.by}: {last.said} ({found.why})")
    return {"summary": summary(judged), "rows": judged}


def lines(row: Json, clock: Clock, typed: Typed) -> Iterator[TypedTurn]:
    """The turns of a row. "@+90s" lets time pass; "?yes" is typed if the last answer ends with a question."""
    said = ""
    for line in row["say"]:
        if line.startswith("@+"):
            clock.let_pass(line)
        elif not line.startswith("?") or said.endswith("?"):
            turn = typed.answer(line.removeprefix("?"))
            said = turn.said
            yield turn
        yield from typed.rung()


class Clock:
    """A time of day that stands still but for what is let pass."""

    def __init__(self) -> None:
        self._now = NOW

    def now(self) -> datetime:
        return self._now

    def let_pass(self, line: str) -> None:
        spans = {_UNITS[unit]: float(number) for number, unit in re.findall(r"([\d.]+)([dhms])", line)}
        self._now += timedelta(**spans)


def _held(row: Json, begin: Begin) -> tuple[list[TypedTurn], Json]:
    clock = Clock()
    with TemporaryDirectory() as folder:
        turns = list(lines(row, clock, begin(Path(folder), clock.now)))
        records = Records(Path(folder) / FILE)
        kept = kept_in(records, clock.now())
        records.close()
    return turns, kept


def kept_in(records: Records, now: datetime) -> Json:
    """What the store holds, as the rules of a row name it."""
    return {
        "timers": [{"left": each.left_s(now), "name": each.name} for each in records.timers()],
        "alarms": [{"at": each.next.isoformat(), "days": sorted(each.days)} for each in records.alarms()],
        "reminders": [
            {"at": each.next.isoformat(), "text": each.text, "rrule": each.rrule or ""} for each in records.reminders()
        ],
        "items": [item for name in records.lists() for item in records.items(name)],
        "facts": [each.text for each in records.facts()],
    }


def summary(rows: Sequence[Json]) -> Json:
    """Shares over all rows, and the outcomes of each kind."""
    skilled = [row for row in rows if any(row.get(rule) is not None for rule in ("by", "effects", "store"))]
    can = [row for row in rows if "refuse" not in row]
    outcomes: dict[str, Counter[str]] = {}
    for row in rows:
        outcomes.setdefault(row["kind"], Counter())[row["outcome"]] += 1
        outcomes[row["kind"]]["right"] += row["right"]
    return {
        "requests": len(rows),
        "right": sum(row["right"] for row in rows) / len(rows),
        "skill_right": _share(skilled, [row["right"] for row in skilled]),
        "skilled": len(skilled),
        "refused": _share(can, [row["outcome"] == Outcome.REFUSED for row in can]),
        "claimed": _share(rows, [row["outcome"] == Outcome.CLAIMED for row in rows]),
        "echoed": _share(rows, [row["outcome"] == Outcome.ECHOED for row in rows]),
        "kinds": {kind: dict(counted) for kind, counted in outcomes.items()},
    }


def _share(rows: Sequence[Json], found: Sequence[bool]) -> float | None:
    return sum(found) / len(rows) if rows else None

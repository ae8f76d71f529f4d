"""Report: what became of the calls of an agent, as it has kept them: counts, lengths, questions without an answer."""

from __future__ import annotations

import json
import sqlite3
import statistics
from collections import Counter
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any

from edge_agent.desk.booking.ledger_file import NAME
from edge_agent.errors import RecordsError

NOTED = ("message", "waiting", "lead", "opt_out", "handoff", "urgent")
"""Kinds of notes that are counted."""


@dataclass(frozen=True, slots=True)
class CallsReport:
    """What became of the calls since a day. Durations are seconds."""

    since: str
    """ISO date; "" for all that is kept."""
    calls: int
    outcomes: dict[str, int]
    """How calls ended: "ended", "draft" (the caller hung up in the middle), "open"."""
    by_day: dict[str, int]
    durations_s: tuple[int, ...]
    booked: int
    moved: int
    cancelled: int
    noted: dict[str, int]
    """Messages, places on the waiting list, leads, wishes not to be called, hand-offs, urgent calls."""
    leads: dict[str, int]
    """How many, by outcome."""
    unanswered: tuple[tuple[str, int], ...]
    """Questions that no document answers, with how often each was asked; the most frequent first."""
    tries: dict[str, dict[str, float]]
    """The slots, each with the calls in which it was asked in vain, and how often at most and on average in these."""

    @property
    def median_s(self) -> float:
        return statistics.median(self.durations_s) if self.durations_s else 0.0

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "median_s": self.median_s}

    def rows(self) -> list[tuple[str, str]]:
        """The table: what, and how much."""
        found = [
            ("calls", str(self.calls)),
            *((f"  {name}", str(count)) for name, count in self.outcomes.items()),
            ("how long, median", f"{self.median_s:.0f} s"),
            ("how long, at most", f"{max(self.durations_s, default=0)} s"),
            ("booked", str(self.booked)),
            ("moved", str(self.moved)),
            ("cancelled", str(self.cancelled)),
            *((name.replace("_", " "), str(count)) for name, count in self.noted.items() if count),
            *((f"  lead: {name.replace('_', ' ')}", str(count)) for name, count in self.leads.items()),
            ("questions without an answer", str(sum(count for _, count in self.unanswered))),
        ]
        for slot, tries in self.tries.items():
            found.append((f"{slot}: asked again", f"in {tries['calls']:.0f} calls, {tries['most']:.0f} times at most"))
        return found


def report(state: Path, zone: tzinfo, since: datetime | None = None) -> CallsReport:
    """The report of what is kept in the folder `state`, in days of `zone`. Raises RecordsError."""
    file = state / NAME
    if not file.is_file():
        raise RecordsError(f"No call was taken yet: there is no {file}.", fix="edge-agent agents run FOLDER")
    begin = int(since.timestamp()) if since else 0
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
            calls = connection.execute(
                "SELECT begun, ended, outcome, state FROM calls WHERE begun >= ? ORDER BY begun", (begin,)
            ).fetchall()
            bookings = connection.execute(
                "SELECT is_cancelled, version FROM bookings WHERE made >= ?", (begin,)
            ).fetchall()
            notes = connection.execute("SELECT kind, values_json FROM notes WHERE made >= ?", (begin,)).fetchall()
    except sqlite3.Error as error:
        raise RecordsError(f"What the agent has kept cannot be read: {file} ({error}).") from error
    kinds = Counter(kind for kind, _ in notes)
    values = [(kind, json.loads(text)) for kind, text in notes]
    questions = Counter(str(each.get("question", "")) for kind, each in values if kind == "unanswered")
    return CallsReport(
        since.date().isoformat() if since else "",
        len(calls),
        dict(Counter(outcome or "open" for _, _, outcome, _ in calls)),
        dict(Counter(datetime.fromtimestamp(begun, UTC).astimezone(zone).date().isoformat() for begun, *_ in calls)),
        tuple(ended - begun for begun, ended, *_ in calls if ended is not None),
        len(bookings),
        sum(1 for cancelled, version in bookings if version > cancelled),
        sum(1 for cancelled, _ in bookings if cancelled),
        {kind: kinds[kind] for kind in NOTED},
        dict(Counter(str(each.get("outcome", "")) for kind, each in values if kind == "lead")),
        tuple(questions.most_common()),
        _tries([json.loads(text) for *_, text in calls]),
    )


def _tries(states: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    found: dict[str, list[int]] = {}
    for state in states:
        for slot, count in state.get("tries", {}).items():
            if slot and count:
                found.setdefault(slot, []).append(count)
    return {
        slot: {"calls": len(counts), "most": max(counts), "mean": round(statistics.mean(counts), 2)}
        for slot, counts in sorted(found.items(), key=lambda each: -len(each[1]))
    }

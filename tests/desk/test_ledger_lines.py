"""The ledger of two lines: processes that open and close it at the same time."""

from __future__ import annotations

import stat
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from edge_agent.desk.booking.ledger import LOCK, NAME, BookingLedger

FOLDERS = "abcdefghijkl"
"""Of so many new files one is met at a bad moment, if nobody waits."""


def opened_often(folder: Path, line: int) -> int:
    """So many times it was opened, written to and closed."""
    for at in range(30 * len(FOLDERS)):
        ledger = BookingLedger(folder / FOLDERS[at // 30], UTC)
        ledger.begin(f"{line} {at}", datetime(2026, 3, 2, tzinfo=UTC))
        ledger.close()
    return at + 1


def test_two_processes_open_it_at_once(tmp_path: Path) -> None:
    with ProcessPoolExecutor(2) as lines:
        assert [each.result() for each in [lines.submit(opened_often, tmp_path, at) for at in range(2)]] == [360, 360]
    ledger = BookingLedger(tmp_path / "a", UTC)
    assert len(ledger.calls()) == 60
    ledger.close()


def test_only_the_owner_reads_it(tmp_path: Path) -> None:
    BookingLedger(tmp_path / "new", UTC).close()
    assert {stat.S_IMODE((tmp_path / "new" / name).stat().st_mode) for name in (NAME, LOCK)} == {0o600}

"""The ledger of two lines: processes that open and close it at the same time."""

from __future__ import annotations

import fcntl
import sqlite3
import stat
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from edge_agent.desk.booking.ledger import BookingLedger
from edge_agent.desk.booking.ledger_file import LOCK, NAME


def opened_often(folder: Path, line: int) -> int:
    """So many times it was opened, written to and closed."""
    for at in range(30):
        ledger = BookingLedger(folder, UTC)
        ledger.begin(f"{line} {at}", datetime(2026, 3, 2, tzinfo=UTC))
        ledger.close()
    return at + 1


def test_two_processes_open_it_at_once(tmp_path: Path) -> None:
    with ProcessPoolExecutor(2, get_context("spawn")) as lines:
        assert [each.result() for each in [lines.submit(opened_often, tmp_path, at) for at in range(2)]] == [30, 30]
    ledger = BookingLedger(tmp_path, UTC)
    assert len(ledger.calls()) == 60
    ledger.close()


def test_nobody_else_opens_it_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    connect, others = sqlite3.connect, []

    def connecting(*given: Any, **named: Any) -> sqlite3.Connection:
        with (tmp_path / LOCK).open() as other:
            try:
                fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                others.append("waits")
        return connect(*given, **named)

    monkeypatch.setattr(sqlite3, "connect", connecting)
    ledger = BookingLedger(tmp_path, UTC)
    assert others == ["waits"]
    with (tmp_path / LOCK).open() as other:
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)  # it is let go of once the file is open
    ledger.close()


def test_only_the_owner_reads_it(tmp_path: Path) -> None:
    BookingLedger(tmp_path / "new", UTC).close()
    assert {stat.S_IMODE((tmp_path / "new" / name).stat().st_mode) for name in (NAME, LOCK)} == {0o600}

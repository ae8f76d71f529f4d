"""Leads: their score, their file, and the address at home that is told of them."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from edge_agent.desk.conditions import conditions_of
from edge_agent.desk.file import LeadRules, ScoreRule
from edge_agent.desk.leads import is_at_home, keep, post

RULES = LeadRules(
    ("owner", "bill"),
    (ScoreRule(conditions_of("owner = yes"), 3), ScoreRule(conditions_of("bill >= 100"), 2)),
    callback=4,
)
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("values", "score"),
    [({"owner": True, "bill": 120}, 5), ({"owner": True, "bill": 80}, 3), ({"bill": 120}, 2), ({}, 0)],
)
def test_the_score_is_the_sum_of_the_rules_that_hold(values: dict[str, object], score: int) -> None:
    assert RULES.score(values) == score


def test_a_lead_is_a_row_that_no_spreadsheet_runs(tmp_path: Path) -> None:
    for name, phone in (("Ann, the first", "+44 20 7946 0018"), ("=HYPERLINK(1)", "")):
        keep(RULES, tmp_path, {"name": name, "phone": phone, "score": 5, "owner": True, "bill": 120.5}, AT)
    file = tmp_path / "leads.csv"
    rows = list(csv.DictReader(file.read_text().splitlines()))
    assert [row["name"] for row in rows] == ["Ann, the first", "'=HYPERLINK(1)"]
    assert rows[0]["phone"] == "+44 20 7946 0018"
    assert (rows[0]["owner"], rows[0]["bill"], rows[0]["score"]) == ("yes", "120.5", "5")
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("address", "home"),
    [
        ("http://127.0.0.1:8080/lead", True),
        ("http://localhost/lead", True),
        ("http://[::1]:80/", True),
        ("https://127.0.0.1/", False),
        ("http://192.168.1.4/", False),
        ("http://example.com/", False),
        ("http://127.0.0.1.example.com/", False),
        ("http://127.0.0.1@example.com/", False),
        ("http://127.0.0.1:99999/", False),
        ("file:///etc/passwd", False),
    ],
)
def test_only_this_machine_is_told(address: str, home: bool) -> None:
    assert is_at_home(address) is home


def test_the_webhook_gets_the_lead() -> None:
    with listening(200) as (address, got):
        assert post(replace(RULES, webhook=f"{address}/lead?x=1"), {"name": "Ann", "score": 5})
    assert got == [("/lead?x=1", {"name": "Ann", "score": 5})]


def test_a_webhook_that_refuses_or_is_gone_is_no_error() -> None:
    with listening(500) as (address, got):
        assert not post(replace(RULES, webhook=f"{address}/"), {"name": "Ann"})
    assert len(got) == 1
    assert not post(replace(RULES, webhook=f"{address}/"), {"name": "Ann"})
    assert not post(RULES, {"name": "Ann"})


@contextmanager
def listening(status: int) -> Iterator[tuple[str, list[tuple[str, object]]]]:
    """A server on loopback that notes what is posted to it."""
    got: list[tuple[str, object]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append((self.path, json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", got
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

"""Leads: what somebody who may buy has answered -> a score, and what becomes of them: a row of a CSV, a POST."""

from __future__ import annotations

import csv
import fcntl
import io
import ipaddress
import json
import logging
import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from edge_agent.desk.conditions import Condition, conditions_of
from edge_agent.desk.file import LeadRules, ScoreRule
from edge_agent.desk.table import Table
from edge_agent.errors import RecordsError

log = logging.getLogger(__name__)

WEBHOOK_S = 2.0
"""So long a webhook may take."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for a formula, at the beginning of a cell."""


def leads_of(table: Table, asks: Sequence[str]) -> LeadRules:
    """The rules of that table; `asks` are the ids of the owner's questions."""
    usual = LeadRules()
    for each in table.texts("ask"):
        if each not in asks:
            table.wrong("ask", f"{each!r} is the id of no [[ask]]; there are {', '.join(asks) or 'none'}.")
    webhook = table.text("webhook")
    if webhook and not is_at_home(webhook):
        table.wrong("webhook", "`webhook` is an http address of this machine, such as http://127.0.0.1:8080/lead.")
    name = table.text("csv", usual.csv)
    if "/" in name or not name.endswith(".csv"):
        table.wrong("csv", "`csv` is the name of a .csv file; it is written into the agent's state.")
    transfer = table.number("transfer", 10_000, -1_000, 10_000)
    found = LeadRules(
        table.texts("ask") or tuple(asks),
        tuple(_rule(each, asks) for each in table.tables("rule")),
        table.number("callback", usual.callback, -1_000, 10_000),
        None if transfer == 10_000 else transfer,
        table.text("thanks"),
        name,
        webhook,
    )
    table.end()
    return found


def _rule(table: Table, asks: Sequence[str]) -> ScoreRule:
    text = table.text("if", needed=True)
    when: tuple[Condition, ...] = ()
    try:
        when = conditions_of(text) if text else ()
    except ValueError as error:
        table.wrong("if", str(error))
    for condition in when:
        if condition.slot not in asks:
            table.wrong("if", f"{condition.slot!r} is the id of no [[ask]]; there are {', '.join(asks) or 'none'}.")
    found = ScoreRule(when, table.number("score", 1, -1_000, 1_000, needed=True))
    table.end()
    return found


def is_at_home(address: str) -> bool:
    """Whether an http address is one of this machine."""
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname or "", parts.port
        return parts.scheme == "http" and (host == "localhost" or ipaddress.ip_address(host).is_loopback)
    except ValueError:
        return False


def passed_on(rules: LeadRules, folder: Path, effect: Mapping[str, Any], at: datetime) -> None:
    """Keeps what has come of a call, and tells the webhook beside it. Raises RecordsError."""
    keep(rules, folder, {"outcome": effect["type"], **effect}, at)
    if rules.webhook:
        Thread(target=post, args=(rules, dict(effect)), name="webhook").start()


def keep(rules: LeadRules, folder: Path, lead: Mapping[str, Any], at: datetime) -> None:
    """Appends a lead to the CSV of the folder, whose owner alone may read it. Raises RecordsError."""
    columns = ["time", "score", "outcome", "name", "phone", "email", "callback", *rules.ask]
    row = {"time": at.isoformat(timespec="seconds"), **lead}
    path = folder / rules.csv
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            is_new = os.fstat(file.fileno()).st_size == 0
            file.write(_csv([columns] if is_new else [], [_cell(row.get(name)) for name in columns]))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise RecordsError(f"A lead cannot be kept: {path} ({error.strerror}).") from error


def _csv(head: list[list[str]], row: list[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([*head, row])
    return text.getvalue().encode()


def _cell(value: object) -> str:
    """A cell as a spreadsheet reads it as text: callers say what they like."""
    said = "" if value is None else str(value)
    if isinstance(value, bool):
        said = "yes" if value else "no"
    is_plain = said.lstrip("+-").replace(" ", "").isdecimal()
    return f"'{said}" if said.startswith(_FORMULA) and not is_plain else said


def post(rules: LeadRules, lead: Mapping[str, Any]) -> bool:
    """Tells the webhook of a lead, in JSON. Whether it took it; the CSV has it in any case."""
    from http.client import HTTPConnection, HTTPException

    if not rules.webhook or not is_at_home(rules.webhook):
        return False
    parts = urlsplit(rules.webhook)
    connection = HTTPConnection(parts.hostname or "", parts.port or 80, timeout=WEBHOOK_S)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", target, json.dumps(dict(lead)), {"Content-Type": "application/json"})
        status = connection.getresponse().status
    except (OSError, HTTPException) as error:
        log.error("The webhook of the leads cannot be reached (%s).", type(error).__name__)
        return False
    finally:
        connection.close()
    if status >= 300:
        log.error("The webhook of the leads answered with status %d.", status)
    return status < 300

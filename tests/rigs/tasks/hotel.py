"""Hotel: scenarios of LiveKit's hotel (Apache-2.0) that are bookings of one form, with their callers' own facts.

The file is not in this project: github.com/livekit/agents, `hotel-open.yaml`. `hotel.toml` says which of its scenarios
are taken, which form they are, and which fact answers what. The questions that a caller is to ask in between
("curveballs") are asked in between. The rows wanted are those of the expected state, but for what a form of ours has
not: the number of the room, card numbers and totals.
"""

from __future__ import annotations

import re
import sqlite3
import tomllib
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.rigs.tasks.callers import Script
from tests.rigs.tasks.owner import Asked, Owner
from tests.rigs.tasks.talk import Case, Row

NOW = "2026-06-08T09:00"
"""The day on which all of the scenarios are said, a Monday."""
TABLE = Path(__file__).with_suffix(".toml")


def cases(folder: Path) -> Iterator[Case]:
    """The cases of `hotel-open.yaml` in that folder, with the hotel's policies as its answers."""
    import yaml

    with (folder / "hotel-open.yaml").open(encoding="utf-8") as file:
        scenarios = {each["label"]: each for each in yaml.safe_load(file)["scenarios"]}
    table = tomllib.loads(TABLE.read_text("utf-8"))
    policies = tuple((f"answers/{each.name}", each.read_text("utf-8")) for each in sorted(folder.glob("policies/*.md")))
    for chosen in table["case"]:
        yield _case(scenarios[chosen["label"]], chosen, table["form"][chosen["form"]], policies)


def _case(scenario: Row, chosen: Row, form: Row, policies: tuple[tuple[str, str], ...]) -> Case:
    told = scenario["instructions"]
    row = _row(scenario["userdata"]["expected_state"][chosen.get("row", 0)])
    facts = {slot: _fact(told, *where) for slot, where in chosen["facts"].items()}
    persona = re.search(r"PERSONA: ([^,]+),", told)
    facts.setdefault("name", f"{persona[1] if persona else ''}.")
    opening = re.search(r'OPENING LINE: "(.+?)"', told, re.DOTALL)
    start = f"{row[form['when']]}T{str(row[form['time']])[:5] if 'time' in form else form['times']}"
    name = row.get(form.get("name", "-")) or f"{row.get('first_name', '')} {row.get('last_name', '')}".strip()
    wanted: Row = {"start": start, "name": name or facts["name"].rstrip("."), "phone": None}
    wanted |= {slot: str(row[column]).removeprefix("RM_") for slot, column in form["wanted"].items()}
    wanted = {slot: value for slot, value in wanted.items() if value is not None}
    says = {"when": (facts["when"], facts["time"])} if "time" in facts else {}
    script = Script(
        " ".join(opening[1].split()) if opening else "",
        says,
        facts | {"when": facts.get("when", " ".join(opening[1].split()) if opening else "")},
        digressions=tuple(dict.fromkeys(re.findall(r'[Aa]sk:?\s+"([^"]+\?)"', told))),
        ending="Thank you, goodbye.",
    )
    return Case(chosen["label"], _owner(form, "phone" in facts), NOW, script, (wanted,), chosen["form"], policies)


def _fact(told: str, number: int, piece: int) -> str:
    """What the caller says of a fact: its value, without what it is named in the script."""
    lines = re.split(r"\n\s*-\s+", told[told.index("FACTS") :])[1:]
    text = " ".join(re.split(r"\n\s*\n\s*(?:[A-Z]{2}|-)", lines[number - 1])[0].split())
    text = re.split(r"\s(?:DO, IN ORDER|GROUND TRUTH|REACTIONS)", text)[0]
    said = text.partition(": ")[2] or text
    said = said.split(", ")[piece - 1] if piece else re.sub(r" \(.*|;.*", "", said)
    said = re.sub(r"^you\b", "we", re.sub(r"^your\b", "our", said))
    return said.strip('"') + ("" if said.endswith((".", '"')) else ".")


def _owner(form: Row, has_phone: bool) -> str:
    asks = tuple(Asked(*each) for each in form["asks"] if each[1])
    days = [datetime(2026, 6, 8) + timedelta(days=each) for each in range(100)]
    slots: tuple[datetime, ...] = ()
    if "times" in form:
        hour, minute = map(int, form["times"].split(":"))
        slots = tuple(each.replace(hour=hour, minute=minute) for each in days)
    owner = Owner(
        "Harbour Hotel", (form["service"],), {}, asks, slots, hours=(form.get("hours", ""),), timezone="UTC",
        email=any(each[0] == "email" for each in form["asks"]), phone=has_phone, horizon="120d", notice="0min",
    )  # fmt: skip
    return owner.toml()


def _row(statement: str) -> dict[str, Any]:
    """The row that an INSERT would make."""
    found = re.search(r"\(([^)]+)\)\s*VALUES\s*(\(.+\))\s*$", statement, re.DOTALL)
    if found is None:
        raise ValueError(f"no INSERT: {statement}")
    columns = [each.strip() for each in found[1].split(",")]
    with sqlite3.connect(":memory:") as memory:
        values = memory.execute(f"SELECT * FROM (VALUES {found[2]})").fetchone()
    return dict(zip(columns, values, strict=True))

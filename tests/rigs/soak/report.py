"""Report: what came of a soak, as JSON and as text."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from edge_agent.bench.machine import machine
from tests.rigs.soak.plan import RECORDING, USUAL
from tests.rigs.soak.soak import Soak
from tests.rigs.soak.verdict import Bar, most_lost

SCHEMA = 1

Result = dict[str, Any]


def result(soak: Soak, asked: dict[str, Any], seconds: float) -> Result:
    """Ready for JSON. `asked`: the options; `seconds`: how long it took."""
    bars, turns = soak.bars(), sum(part.turns for part in soak.parts.values())
    lost = sum(part.referee.lost for part in soak.parts.values())
    return {
        "schema": SCHEMA,
        "kind": "soak",
        "tier": soak.tier,
        "asked": asked,
        "turns": turns,
        "seconds": round(seconds, 1),
        "outcomes": _outcomes(soak),
        "most_lost": None if lost else most_lost(turns),
        "examples": [line for part in soak.parts.values() for line in part.referee.examples],
        "killed": soak.killed,
        "bars": [{**bar._asdict(), "measured": round(bar.measured, 3), "passed": bar.passed} for bar in bars],
        "passed": all(bar.passed for bar in bars),
        "parts": {name: part.windows for name, part in soak.parts.items()},
        "machine": machine(),
    }


def _outcomes(soak: Soak) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for part in soak.parts.values():
        for (kind, outcome), number in sorted(part.referee.outcomes.items()):
            found[kind][outcome] += number
    return {kind: dict(ends) for kind, ends in sorted(found.items())}


def as_text(found: Result) -> str:
    lines = [f"{found['turns']} turns in {found['seconds']:.0f} s, tier {found['tier']}", ""]
    for heading, wanted in (("what users do", True), ("faults", False)):
        rows = {k: ends for k, ends in found["outcomes"].items() if (k in USUAL or k == RECORDING) == wanted}
        if rows:
            total = sum(sum(ends.values()) for ends in rows.values())
            lines += [f"{heading}: {total}", *(f"  {kind:<34}{_ends(ends)}" for kind, ends in rows.items()), ""]
    if found["killed"]:
        kills = sum(found["killed"].values())
        lines += [f"workers killed: {kills}", *(f"  {how:<34}{n}" for how, n in found["killed"].items()), ""]
    for name, windows in found["parts"].items():
        last = windows[-1]
        memory = ", ".join(f"{who} {m['pss_mb']:.0f} / {m['anon_mb']:.0f}" for who, m in last["processes"].items())
        lines += [f"{name}, last window: PSS / without files in MB: {memory}; a turn took {last['turn_ms']} ms"]
        if last["mailboxes"]:
            lines += [f"  most in a mailbox: {last['mailboxes']}"]
    lines += ["", *(_bar(bar) for bar in found["bars"]), ""]
    lines += [f"  {line}" for line in found["examples"]]
    if found["most_lost"] is not None:
        lines += [f"No turn was lost: fewer than {100 * found['most_lost']:.3f} % are, at 95 % (rule of three)."]
    return "\n".join([*lines, "passed" if found["passed"] else "FAILED"])


def _ends(ends: dict[str, int]) -> str:
    return ", ".join(f"{outcome} {number}" for outcome, number in ends.items())


def _bar(bar: dict[str, Any]) -> str:
    row = Bar(bar["name"], bar["measured"], bar["most"], bar["unit"])
    verdict = "pass" if bar["passed"] else "FAIL"
    return f"{verdict}  {row.name:<62}{row.measured:g} {row.unit}".rstrip() + f" (at most {row.most:g})"

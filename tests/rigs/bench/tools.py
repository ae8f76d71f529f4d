"""Tools bench: does the model call the right tool, with the right arguments, and none where none is needed?"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from statistics import median
from typing import Any, Protocol

from edge_agent.act.tools import Toolbox
from edge_agent.act.tools.tool import Tool as ActTool
from edge_agent.act.tools.tool import checked
from edge_agent.bench.clips import Half as Half
from edge_agent.clock import Clock
from edge_agent.errors import EngineError
from edge_agent.think.brief import Brief, CallBegun, CallDone, Message, Part, Tool, Written

DATA = Path(__file__).parent / "data"
"""tools.json: eight tools. tools.jsonl: requests, the tool each needs (or null), and the arguments it is to get."""

INSTRUCTIONS = (
    "You are a voice assistant at home. Call a function when the user wants something that one of them does. "
    "Otherwise answer in one short sentence."
)
Row = dict[str, Any]


class Writer(Protocol):
    def write(self, brief: Brief) -> Iterable[Part]: ...


def read_tools() -> tuple[Tool, ...]:
    listed = json.loads((DATA / "tools.json").read_text(encoding="utf-8"))
    return tuple(Tool(each["name"], each["description"], each["parameters"]) for each in listed)


def read_requests(half: Half = Half.ALL) -> list[Row]:
    """Of each tool's requests every other one is of the tuned half."""
    rows = [json.loads(line) for line in (DATA / "tools.jsonl").read_text(encoding="utf-8").splitlines()]
    return rows if half is Half.ALL else rows[half is Half.TEST :: 2]


def fitting(tools: Sequence[Tool], text: str) -> list[Tool]:
    """Those that the agent offers its LLM for what was said."""
    box = Toolbox(checked(ActTool(each.name, each.description, each.parameters, "act", "", str)) for each in tools)
    return [Tool(each.name, each.description, each.parameters) for each in box.offered(text)]


def bench_tools(
    writer: Writer,
    tools: Sequence[Tool],
    requests: Sequence[Row],
    clock: Clock,
    progress: Callable[[str], object] = lambda line: None,
    *,
    offer: Callable[[Sequence[Tool], str], Sequence[Tool]] = lambda tools, text: tools,
) -> Row:
    """Each request is a conversation of its own, with the tools of `offer` and `tool_choice` auto; only the first call
    counts. Where no tool is offered none is called, and no LLM is asked. A request may bring `tools` of its own.

    Returns, ready for JSON, `summary` and `rows`. `begun_s` is the time to the name of the tool or the first words,
    `call_s` to the end of the arguments.
    """
    rows = []
    for i, request in enumerate(requests):
        offered = tuple(offer(request.get("tools", tools), request["text"]))
        brief = Brief(
            f"a{i}", INSTRUCTIONS, (Message(f"u{i}", "user", request["text"]),), offered, parallel=False, one_call=True
        )
        row = {key: value for key, value in request.items() if key != "tools"} | _ask(writer, brief, clock)
        row["offered"] = [tool.name for tool in offered]
        row["right_tool"] = row["called"] == request["tool"]
        row["right"] = row["right_tool"] and request.get("fits", fits)(row["given"], request["arguments"])
        row.pop("fits", None)
        rows.append(row)
        progress(f"{i + 1}/{len(requests)}: {request['text']} -> {row['called']} {row['given']}")
    return {"summary": _summary(rows), "rows": rows}


def fits(given: Row, wanted: Row) -> bool:
    """Whether the arguments say what was wanted, and nothing beyond it.

    A list holds equally good values. Text fits if it has all the words wanted and at most three more.
    """
    return given.keys() == wanted.keys() and all(
        any(_same(given[key], each) for each in (value if isinstance(value, list) else [value]))
        for key, value in wanted.items()
    )


def _same(given: object, wanted: object) -> bool:
    if isinstance(given, str) and isinstance(wanted, str):
        has, needs = (re.findall(r"[\w:]+", text.lower()) for text in (given, wanted))
        return set(needs) <= set(has) and len(has) <= len(needs) + 3
    return given == wanted and isinstance(given, bool) == isinstance(wanted, bool)


def _ask(writer: Writer, brief: Brief, clock: Clock) -> Row:
    row: Row = {"called": None, "given": {}, "begun_s": None, "call_s": None, "calls": 0, "error": None}
    if not brief.tools:
        return row
    started = clock.now()
    try:
        for part in writer.write(brief):
            row["begun_s"] = row["begun_s"] or clock.now() - started
            if isinstance(part, CallBegun) and row["called"] is None:
                row["called"] = part.name
            elif isinstance(part, CallDone):
                row["calls"] += 1
                if row["calls"] == 1:
                    row["given"], row["call_s"] = json.loads(part.arguments), clock.now() - started
            elif isinstance(part, Written):
                row["tokens"] = part.usage.generated
    except EngineError as error:
        row["error"] = str(error)
    return row


def _summary(rows: Sequence[Row]) -> Row:
    needing = [row for row in rows if row["tool"]]
    others = [row for row in rows if not row["tool"]]
    times = {key: [row[key] for row in needing if row[key] and row["called"]] for key in ("begun_s", "call_s")}
    return {
        "requests": len(rows),
        "right_tool": _share(rows, "right_tool"),
        "right": _share(rows, "right"),
        "needing": {"requests": len(needing), **{key: _share(needing, key) for key in ("right_tool", "right")}},
        "needing_none": {"requests": len(others), "right": _share(others, "right")},
        "errors": sum(row["error"] is not None for row in rows),
        **{key: median(values) if values else None for key, values in times.items()},
    }


def _share(rows: Sequence[Row], key: str) -> float | None:
    return sum(row[key] for row in rows) / len(rows) if rows else None

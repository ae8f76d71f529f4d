"""BFCL: requests of the Berkeley Function Calling Leaderboard (Apache-2.0), as far as they fit a small context.

The files are not in this project: github.com/ShishirPatil/gorilla, live_simple (with answers) and live_irrelevance. Of
each those are taken that are one message in ASCII of at most 400 characters, with at most eight tools, 1,500 characters
of JSON each and 4,000 in all; evenly thinned.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from edge_agent.bench.clips import Half
from edge_agent.think.brief import Tool

Row = dict[str, Any]
MOST_TOOLS, MOST_CHARS, MOST_CHARS_OF_ALL, MOST_WORDS_CHARS = 8, 1500, 4000, 400
TYPES = {"dict": "object", "float": "number", "tuple": "array", "any": None}
"""Python's names of types, which the files have, and those of JSON schema."""


def read_bfcl(folder: Path, part: Half, most: int) -> list[Row]:
    """At most so many requests of each of the two files, with tools of their own."""
    rows = []
    for name in ("live_simple", "live_irrelevance"):
        found = [
            row for row in map(json.loads, (folder / f"{name}.jsonl").read_text("utf-8").splitlines()) if _fits(row)
        ]
        found = found if part is Half.ALL else found[part is Half.TEST :: 2]
        step = max(1, -(-len(found) // most))
        answers = _answers(folder / f"{name}.answers.jsonl")
        rows += [_request(row, answers.get(row["id"])) for row in found[::step]]
    return rows


def accepted(given: Row, wanted: Row) -> bool:
    """Whether each argument has one of the values wanted, as BFCL compares: "" among them may be left out, and texts
    are alike without case, blanks and punctuation. An object within has such lists of its own."""
    return given.keys() <= wanted.keys() and all(
        any(_is(given[key], each) for each in values) if key in given else "" in values
        for key, values in wanted.items()
    )


def _is(given: Any, wanted: Any) -> bool:
    if isinstance(given, dict) and isinstance(wanted, dict):
        return accepted(given, wanted)
    return bool(_plain(given) == _plain(wanted))


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return re.sub(r"[ ,./\-_*^'\"]", "", value).lower()
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value


def _fits(row: Row) -> bool:
    said = row["question"][0]
    sizes = [len(json.dumps(each)) for each in row["function"]]
    return (
        len(row["question"]) == len(said) == 1
        and said[0]["content"].isascii()
        and len(said[0]["content"]) <= MOST_WORDS_CHARS
        and 0 < len(sizes) <= MOST_TOOLS
        and max(sizes) <= MOST_CHARS
        and sum(sizes) <= MOST_CHARS_OF_ALL
    )


def _answers(file: Path) -> dict[str, Row]:
    if not file.is_file():
        return {}
    rows = map(json.loads, file.read_text("utf-8").splitlines())
    return {row["id"]: row["ground_truth"][0] for row in rows}


def _request(row: Row, answer: Row | None) -> Row:
    name, arguments = next(iter(answer.items())) if answer else (None, {})
    tools = [Tool(_name(each["name"]), each["description"], _schema(each["parameters"])) for each in row["function"]]
    text = row["question"][0][0]["content"]
    return {
        "text": text, "tool": name and _name(name), "arguments": arguments, "tools": tools, "fits": accepted,
    }  # fmt: skip


def _name(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "_", name)[:64]


def _schema(schema: Any) -> Any:
    """The same with JSON schema's names of types."""
    if isinstance(schema, list):
        return [_schema(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    read = {key: _schema(value) for key, value in schema.items() if key not in ("default", "optional")}
    kind = schema.get("type")
    if isinstance(kind, str) and kind in TYPES:
        read["type"] = TYPES[kind]
    return {key: value for key, value in read.items() if value is not None}

"""Requests: sentences that people were asked to say, from SLURP, and which skill answers each, without an LLM.

SLURP (Bastianelli et al., "SLURP: A Spoken Language Understanding Resource Package", EMNLP 2020, text CC BY 4.0) has
an intent for each sentence. Whether the right skill has it is counted here; whether it did the right thing is read.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from edge_agent.agent.typed import Typed
from edge_agent.types import Json
from tests.rigs.bench.honest import NOW

SKILLS = {
    "alarm": {"alarms", "reminders"},
    "calendar": {"agenda", "reminders", "alarms", "lists"},
    "datetime": {"clock"},
    "lists": {"lists"},
}
"""The skills that may have a sentence, by how its intent begins; others are for the LLM, or refused."""
OURS = frozenset({"agenda", "alarms", "lists", "reminders", "timers"})
"""The skills that must not answer a sentence which is for the LLM."""


def read_requests(file: Path) -> list[tuple[str, str]]:
    """Intent and sentence of each line of a JSONL file."""
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [(str(row["intent"]), str(row["sentence"])) for row in rows]


def bench_requests(
    requests: Sequence[tuple[str, str]], begin: Callable[[Path, Callable[[], datetime]], Typed]
) -> list[Json]:
    """Each sentence in a conversation of its own, with nothing kept before."""
    rows = []
    for intent, sentence in requests:
        with tempfile.TemporaryDirectory() as folder:
            done = begin(Path(folder), lambda: NOW).answer(sentence)
        skill, wanted = done.by.removeprefix("skill:"), SKILLS.get(intent.partition("_")[0])
        right = skill in wanted if wanted else skill not in OURS
        rows.append({"intent": intent, "you": sentence, "said": done.said, "by": done.by, "right": right})
    return rows


def counted(rows: Sequence[Json]) -> dict[str, Json]:
    """For each kind of intent: how many there are, have the right skill, fell to the LLM, went to another skill."""
    found: dict[str, Counter[str]] = {}
    for row in rows:
        kind = row["intent"].partition("_")[0]
        each = found.setdefault(kind if kind in SKILLS else "others", Counter())
        each.update(["all", "right" if row["right"] else "llm" if row["by"] == "llm" else "another"])
    return {kind: {name: one[name] for name in ("all", "right", "llm", "another")} for kind, one in found.items()}

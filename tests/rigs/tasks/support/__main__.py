"""How many questions on a folder of documents are answered rightly, verbatim, or not at all.

python -m tests.rigs.tasks.support FOLDER [--half tuned|held-back] [--failures] [--json]

FOLDER: the policies of livekit/agents at da6af86ac640, examples/.../hotel_receptionist/policies; not in this checkout.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import sys
import time
import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path

from edge_agent.desk.answers import AnswerFolder, Quote
from edge_agent.desk.file import AnswerRules

QUESTIONS = Path(__file__).with_name("questions.toml")


@dataclass(frozen=True, slots=True)
class Asked:
    """One question and what became of it."""

    say: str
    wanted: list[list[str]]
    said: str | None
    verbatim: bool
    right: bool
    ms: float


def ask_all(folder: Path, half: str | None) -> list[Asked]:
    """All questions, or one half of them: those of odd places (the first, the third) are the tuned one."""
    answers = AnswerFolder(folder, AnswerRules(folder="."))
    texts = {file.name: _flat(file.read_text(encoding="utf-8")) for file in folder.glob("*.md")}
    questions = tomllib.loads(QUESTIONS.read_text(encoding="utf-8"))["question"]
    chosen = {None: questions, "tuned": questions[::2], "held-back": questions[1::2]}[half]
    return [_ask(answers, each, texts) for each in chosen]


def _ask(answers: AnswerFolder, question: dict[str, object], texts: dict[str, str]) -> Asked:
    before: Quote | None = None
    for earlier in question.get("before", []):  # type: ignore[attr-defined]
        before = answers.find(str(earlier), before.topic if before else None)
    began = time.perf_counter()
    found = answers.find(str(question["say"]), before.topic if before else None)
    ms = (time.perf_counter() - began) * 1000
    wanted: list[list[str]] = question.get("has", [])  # type: ignore[assignment]
    said = found.said if found else None
    verbatim = found is None or _flat(found.said).rstrip(".") in texts[found.source]
    right = all(any(text in (said or "") for text in each) for each in wanted) if wanted else found is None
    return Asked(str(question["say"]), wanted, said, verbatim, right, ms)


def _flat(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"(?m)^(?:-|\d+\.) ", "", text))


def figures(asked: list[Asked]) -> dict[str, float]:
    """Shares in [0, 1], and milliseconds."""
    known, unknown = [each for each in asked if each.wanted], [each for each in asked if not each.wanted]
    quoted = [each for each in asked if each.said]
    return {
        "questions": len(asked),
        "verbatim": sum(each.verbatim for each in quoted) / len(quoted),
        "right": sum(each.right for each in known) / len(known),
        "wrong": sum(bool(each.said) and not each.right for each in known) / len(known),
        "admitted": sum(each.right for each in unknown) / len(unknown),
        "ms_median": statistics.median(each.ms for each in asked),
        "ms_most": max(each.ms for each in asked),
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests.rigs.tasks.support", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--half", choices=("tuned", "held-back"))
    parser.add_argument("--failures", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    asked = ask_all(options.folder, options.half)
    result = figures(asked)
    lines = [f"{name:12}{value:8.3f}" for name, value in result.items()]
    if options.failures:
        failed = (each for each in asked if not (each.right and each.verbatim))
        lines += [f"\n{each.say}\n  wanted: {each.wanted or 'nothing'}\n  said:   {each.said}" for each in failed]
    rows = {**result, "rows": [asdict(each) for each in asked]}
    sys.stdout.write((json.dumps(rows, indent=1) if options.json else "\n".join(lines)) + "\n")


if __name__ == "__main__":
    main()

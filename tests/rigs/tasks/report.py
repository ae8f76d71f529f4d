"""Report: how many tasks were done, by group, with the dialogue of each that was not."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field

from tests.rigs.tasks.talk import Case, Talk, faults


@dataclass(slots=True)
class Report:
    """Counts, and what went wrong."""

    tasks: Counter[str] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)
    failures: list[tuple[str, str, list[str], list[str]]] = field(default_factory=list)
    """Group, name, faults and the lines of the dialogue."""
    ms: list[float] = field(default_factory=list)
    """What the turns took ..."""
    llm_ms: list[float] = field(default_factory=list)
    """... and those among them that the LLM has understood."""

    def add(self, case: Case, talk: Talk) -> bool:
        """Counts a dialogue. Returns whether it was right."""
        wrong = faults(talk, case.wanted)
        self.ms += [reply["ms"] for _, reply in talk.turns]
        self.llm_ms += [reply["ms"] for _, reply in talk.turns if reply["by"] == "llm"]
        self.count(case.group, case.name, wrong, list(talk.lines()))
        return not wrong

    def count(self, group: str, name: str, wrong: list[str], lines: list[str]) -> None:
        """Counts something that is right where nothing is wrong."""
        self.tasks[group] += 1
        self.done[group] += not wrong
        if wrong:
            self.failures.append((group, name, wrong, lines))

    @property
    def total(self) -> int:
        return self.tasks.total()

    @property
    def right(self) -> int:
        return self.done.total()

    def table(self) -> str:
        """A line a group, and the sum."""
        lines = [f"{'group':34} {'n':>6} {'right':>6}"]
        for group, number in sorted(self.tasks.items()):
            lines.append(f"{group:34} {number:6} {100 * self.done[group] / number:5.1f} %")
        lines.append(f"{'all':34} {self.total:6} {100 * self.right / max(1, self.total):5.1f} %")
        for name, turns in (("a turn", self.ms), ("a turn by the LLM", self.llm_ms)):
            if ordered := sorted(turns):
                middle, late = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.95)]
                lines.append(f"{name}, of {len(turns)}: {middle} ms in the middle, {late} ms at the 95th percentile")
        return "\n".join(lines)

    def text(self) -> str:
        """Each failure with its dialogue, and the table."""
        parts = [
            "\n".join([f"{group}: {name}: {'; '.join(wrong)}", *lines]) for group, name, wrong, lines in self.failures
        ]
        return "\n\n".join([*parts, self.table()])

    def to_json(self) -> str:
        """The same for programs."""
        groups = {group: {"n": number, "right": self.done[group]} for group, number in sorted(self.tasks.items())}
        failures = [
            {"group": group, "name": name, "faults": wrong, "dialogue": lines}
            for group, name, wrong, lines in self.failures
        ]
        return json.dumps({"n": self.total, "right": self.right, "groups": groups, "failures": failures}, indent=1)

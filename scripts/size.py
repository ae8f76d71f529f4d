"""Size of the code: lines of each file, longest functions. Exit code 1 if something is beyond the budget.

python scripts/size.py [FOLDER...]        default: edge_agent tests scripts
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

LONGEST = 10
"""How many functions are listed."""


class Budget(NamedTuple):
    """Lines: at most so many in a file and in a function, and in 95 of 100 functions."""

    file: int
    function: int = 60
    usual: int = 25


BUDGETS = {"edge_agent": Budget(300), "tests/rigs": Budget(300)}
OTHERS = Budget(400)


class Function(NamedTuple):
    lines: int
    """From `def` to the last statement; docstring included, decorators not."""
    name: str
    place: str


def functions(path: Path) -> Iterator[Function]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            yield Function(lines, node.name, f"{path}:{node.lineno}")


def percentile_95(values: list[int]) -> int:
    return sorted(values)[int(0.95 * (len(values) - 1))] if values else 0


def budget_of(path: Path) -> Budget:
    return next((budget for folder, budget in BUDGETS.items() if path.is_relative_to(folder)), OTHERS)


def beyond(length: dict[Path, int], found: list[Function]) -> Iterator[str]:
    """What is beyond its budget, a line each."""
    for path, lines in length.items():
        if lines > (most := budget_of(path).file):
            yield f"{path} has {lines} lines, more than {most}"
    for each in found:
        if each.lines > (most := budget_of(Path(each.place)).function):
            yield f"{each.place} {each.name} has {each.lines} lines, more than {most}"
    for folder, budget in BUDGETS.items():
        usual = percentile_95([each.lines for each in found if Path(each.place).is_relative_to(folder)])
        if usual > budget.usual:
            yield f"5 of 100 functions in {folder} have {usual} lines or more, more than {budget.usual}"


def main(folders: list[str]) -> int:
    files = [path for folder in folders for path in sorted(Path(folder).rglob("*.py"))]
    if not files:
        print(f"no Python file in {' '.join(folders)}", file=sys.stderr)
        return 2
    length = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    found = sorted((each for path in files for each in functions(path)), reverse=True)
    for path, lines in length.items():
        print(f"{lines:5} {path}")
    print(f"\n{sum(length.values()):5} lines in {len(files)} files; p95 {percentile_95([*length.values()])}")
    print(f"{len(found):5} functions; p95 {percentile_95([each.lines for each in found])} lines; the longest:")
    for each in found[:LONGEST]:
        print(f"{each.lines:5} {each.name}  {each.place}")
    over = [*beyond(length, found)]
    for line in over:
        print(line, file=sys.stderr)
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ["edge_agent", "tests", "scripts"]))

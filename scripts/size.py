"""Size of the code: lines of each file, longest functions. Exit code 1 if something is beyond the budget.

python scripts/size.py [FOLDER...]        default: edge_agent tests scripts
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

FILE_LINES = 400
FUNCTION_LINES = 60
LONGEST = 10
"""How many functions are listed."""


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
    beyond = [
        f"{path} has {lines} lines, more than {FILE_LINES}" for path, lines in length.items() if lines > FILE_LINES
    ]
    beyond += [
        f"{each.place} {each.name} has {each.lines} lines, more than {FUNCTION_LINES}"
        for each in found
        if each.lines > FUNCTION_LINES
    ]
    for line in beyond:
        print(line, file=sys.stderr)
    return 1 if beyond else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ["edge_agent", "tests", "scripts"]))

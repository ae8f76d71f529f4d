"""Small changes of a file that its tests do not see: mutants.py FILE TESTS... [--part 1/4].

Each change is made in memory, in a fork that has the heavy packages already, and the tests run until one fails.
Exit code: 0 every change was seen, 1 some were not (they are printed: each needs a test, or changes nothing).
"""

from __future__ import annotations

import argparse
import ast
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType

import pytest

ROOT = Path(__file__).resolve().parents[1]
OPTIONS = ["-x", "-q", "-p", "no:cacheprovider", "-m", "not model and not device"]
OPPOSITE: dict[type[ast.AST], type[ast.AST]] = {
    **{ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq},
    **{ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And},
    **{ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.Div: ast.Mult, ast.Pow: ast.Mult},
    **{ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr, ast.Continue: ast.Break, ast.Break: ast.Continue},
}
NO_BEHAVIOUR = ("annotation", "returns", "decorator_list")
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom, ast.Nonlocal, ast.Pass)


@dataclass(frozen=True)
class Change:
    """In the field of a node of the tree (in a list: at a place of it), something else."""

    node: ast.AST
    field: str
    at: int | None
    other: ast.AST
    line: int

    def swap(self) -> ast.AST:
        """Makes the change; what was there before."""
        before = getattr(self.node, self.field)
        if self.at is None:
            setattr(self.node, self.field, self.other)
            return before  # type: ignore[no-any-return]
        before[self.at], child = self.other, before[self.at]
        return child  # type: ignore[no-any-return]


def told(node: ast.AST) -> str:
    return repr(ast.unparse(node)) if isinstance(node, ast.expr | ast.stmt) else type(node).__name__


def changes(node: ast.AST, line: int = 0) -> Iterator[Change]:
    """Every change below `node`, apart from documentation, types, decorators and what is worded for people."""
    for field, value in ast.iter_fields(node):
        if field in NO_BEHAVIOUR:
            continue
        several = isinstance(value, list)
        for at, child in enumerate(value if several else [value]):
            if not isinstance(child, ast.AST) or isinstance(child, ast.JoinedStr):
                continue
            if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
                continue
            here = getattr(child, "lineno", line)
            for other in others(child, node, field):
                yield Change(node, field, at if several else None, other, here)
            yield from changes(child, here)


def others(child: ast.AST, parent: ast.AST, field: str) -> Iterator[ast.AST]:
    """What may come in the place of `child`."""
    if opposite := OPPOSITE.get(type(child)):
        yield opposite()
    match child:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield operand
        case ast.Constant(value=value):
            yield from (ast.Constant(other) for other in constants(value))
        case ast.Return(value=value) if value and not isinstance(value, ast.Constant):
            yield ast.Return(ast.Constant(None))
        case ast.stmt() if not isinstance(child, (*DEFINITIONS, ast.Return, ast.AnnAssign)):
            if not isinstance(parent, ast.Module | ast.ClassDef):
                yield ast.Pass()
    if isinstance(child, ast.expr) and (field == "test" or isinstance(parent, ast.BoolOp)):
        yield from (ast.Constant(truth) for truth in (True, False))


def constants(value: object) -> Iterator[str | bytes | bool | int | float]:
    match value:
        case bool():
            yield not value
        case int() | float():
            yield value + 1
        case str() if len(value.split()) == 1:  # several words are for people
            yield value + value[-1]
        case bytes() if value:
            yield value + value[-1:]


class Changed(SourceFileLoader):
    """Loads the module from a tree."""

    tree: ast.Module

    def get_code(self, fullname: str) -> CodeType:
        return compile(ast.fix_missing_locations(self.tree), self.path, "exec")


class Finder:
    """Finds the changed module before the one that is on disk."""

    def __init__(self, file: Path, tree: ast.Module) -> None:
        self._file, self._tree = file, tree
        self._name = ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        if name != self._name:
            return None
        loader = Changed(name, str(self._file))
        loader.tree = self._tree
        return spec_from_file_location(name, self._file, loader=loader)


def forget_ours() -> None:
    """What was imported from this checkout is imported again by the next run; the packages stay."""
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None) or ""
        if name != "__main__" and file.startswith(f"{ROOT}/") and not file.startswith(f"{ROOT}/.venv/"):
            del sys.modules[name]


def passes(file: Path, tree: ast.Module, tests: Sequence[str], limit_s: float) -> bool:
    """Whether the tests pass with `tree` in the place of `file`, in time."""
    child = os.fork()
    if child == 0:
        os.setsid()
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        sys.meta_path.insert(0, Finder(file, tree))
        os._exit(int(pytest.main([*OPTIONS, *tests])))
    deadline = time.monotonic() + limit_s
    while not (done := os.waitpid(child, os.WNOHANG))[0]:
        if time.monotonic() > deadline:
            os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return False
        time.sleep(0.01)
    return done[1] == 0


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("file", type=Path)
    asked.add_argument("tests", nargs="+")
    asked.add_argument("--part", default="1/1", help="2/4: the second, sixth, tenth ... of all changes")
    given = asked.parse_args()
    part, parts = map(int, given.part.split("/"))
    file = given.file.resolve()
    tree = ast.parse(file.read_text("utf-8"))
    pytest.main([*OPTIONS, "--collect-only", "-qq", *given.tests])
    forget_ours()
    started = time.monotonic()
    if not passes(file, tree, given.tests, 120):
        sys.exit("The tests fail without any change.")
    limit_s = 10 + 3 * (time.monotonic() - started)
    todo = list(changes(tree))[part - 1 :: parts]
    lived = 0
    for change in todo:
        before = change.swap()
        if passes(file, tree, given.tests, limit_s):
            lived += 1
            print(f"{given.file}:{change.line}: {told(before)} -> {told(change.other)} was not seen", flush=True)
        replace(change, other=before).swap()
    print(f"{given.file}: {len(todo)} changes, {lived} not seen", file=sys.stderr)
    return 1 if lived else 0


if __name__ == "__main__":
    sys.exit(main())

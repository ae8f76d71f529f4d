"""Files: the tools of the owner's Python files and of installed packages."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from importlib.metadata import entry_points
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from edge_agent.act.tools.deadline import Late, within
from edge_agent.act.tools.functions import tool_of
from edge_agent.act.tools.tool import Tool
from edge_agent.errors import ToolError

log = logging.getLogger(__name__)

GROUP = "edge_agent.tools"
"""The entry points of packages that bring tools: functions, or modules of them."""
LOADING_S = 10.0
"""A file or package that takes longer to import is left out."""


def gather(folder: Path | None, deadline_s: float = LOADING_S) -> tuple[list[Tool], list[str]]:
    """The tools of the files in `folder` and of the installed packages, and a sentence for each that cannot be used.

    The files run in this process: they are the owner's own code.
    """
    loads: list[tuple[str, Callable[[], object]]] = [
        (f"file {file.name}", partial(_import, file)) for file in (sorted(folder.glob("*.py")) if folder else ())
    ]
    loads += [(f"package {_package(each)}", each.load) for each in entry_points(group=GROUP)]
    tools, problems = list[Tool](), list[str]()
    for source, load in loads:
        try:
            found = within(deadline_s, load, source)
        except Late:
            problems.append(f"The tools of {source} are left out: it did not import within {deadline_s:g} seconds.")
        except BaseException as error:  # whatever the owner's code raises, SystemExit too
            problems.append(f"The tools of {source} are left out: {_sentence(error)}")
        else:
            _take(_functions(found), source, tools, problems)
    for problem in problems:
        log.warning("%s", problem)
    return tools, problems


def _take(functions: Iterable[Callable[..., Any]], source: str, tools: list[Tool], problems: list[str]) -> None:
    """Appends the tools of a file, and what is wrong with the others."""
    for function in functions:
        try:
            tool = tool_of(function, source)
        except ToolError as error:
            problems.append(f"One tool of {source} is left out: {error}")
            continue
        taken = next((each for each in tools if each.name == tool.name), None)
        if taken:
            problems.append(f"The tool {tool.name} of {source} is left out: {taken.source} has one of this name.")
        else:
            tools.append(tool)


def _import(file: Path) -> ModuleType:
    if file.stat().st_mode & 0o002:
        raise ToolError(f"everybody on this machine may write it; chmod o-w {file}")
    spec = spec_from_file_location(f"edge_agent_tools_{file.stem}", file)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _functions(found: object) -> Iterator[Callable[..., Any]]:
    """A function itself; of a module those it defines, but for those that begin with "_" or have no docstring."""
    if not isinstance(found, ModuleType):
        if callable(found):
            yield found
        return
    for name, each in vars(found).items():
        own = inspect.isfunction(each) and each.__module__ == found.__name__
        if own and not name.startswith("_") and inspect.getdoc(each):
            yield each


def _package(point: Any) -> str:
    return str(point.dist.name if point.dist else point.value)


def _sentence(error: BaseException) -> str:
    if isinstance(error, ToolError):
        return f"{error}."
    where = f" in line {error.lineno}" if isinstance(error, SyntaxError) else ""
    return f"{type(error).__name__}{where}: {str(error)[:200]}."

"""Toolbox: which tools an LLM is offered for what was said, and the call of one, whatever it does."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Sequence
from functools import partial
from threading import Lock, Thread
from typing import Any, Protocol

from edge_agent.act.tools.deadline import Late, within
from edge_agent.act.tools.relevance import Relevance
from edge_agent.act.tools.tool import MOST_RESULT_CHARS, Outcome, Tool, clipped
from edge_agent.errors import EngineError, ToolError
from edge_agent.schema import misfit

log = logging.getLogger(__name__)

MOST_OFFERED = 8
"""Small models choose well among few, and each tool costs some 80 tokens of the prompt."""
DEADLINE_S = 10.0
EMPTY = "It returned nothing."


class ToolSource(Protocol):
    """Whoever brings tools that come and go: the MCP servers."""

    def tools(self) -> tuple[Tool, ...]: ...

    def problems(self) -> tuple[str, ...]: ...

    def close(self) -> None: ...


class Toolbox:
    """All that can be called. Any thread may use it; none waits longer than the deadline."""

    def __init__(
        self,
        tools: Iterable[Tool] = (),
        *,
        deadline_s: float = DEADLINE_S,
        sources: Sequence[ToolSource] = (),
        problems: Sequence[str] = (),
        language: str = "en",
    ) -> None:
        """`problems`: what was found wrong with tools that are not among them; `language`: of what is said."""
        self._own, self._sources, self._problems = tuple(tools), tuple(sources), tuple(problems)
        self._deadline_s, self._language = deadline_s, language
        self._relevance = Relevance((), language)
        self._hanging: dict[str, Thread] = {}
        self._lock = Lock()

    def lent(self) -> Toolbox:
        """The same tools for one of several conversations, whose end is not theirs."""
        return Toolbox(deadline_s=self._deadline_s, sources=[_Lent(self)], language=self._language)

    def tools(self) -> tuple[Tool, ...]:
        """All there are now, by name: of two with one name the first, files and packages before servers."""
        found: dict[str, Tool] = {}
        for tool in (*self._own, *(tool for source in self._sources for tool in source.tools())):
            found.setdefault(tool.name, tool)
        return tuple(found.values())

    def problems(self) -> tuple[str, ...]:
        """A sentence for each tool, file or server that cannot be used now."""
        return (*self._problems, *(problem for source in self._sources for problem in source.problems()))

    def offered(self, text: str, most: int = MOST_OFFERED) -> tuple[Tool, ...]:
        """The tools that share words with `text` (relevance.py), the best first; none where nothing fits."""
        tools = self.tools()
        with self._lock:
            if self._relevance.tools != tools:
                self._relevance = Relevance(tools, self._language)
            relevance = self._relevance
        return relevance.best(text, most)

    def get(self, name: str) -> Tool | None:
        return next((tool for tool in self.tools() if tool.name == name), None)

    def call(self, name: str, arguments: str) -> Outcome:
        """What comes of a call with `arguments`, the text of a JSON object. Never raises.

        It takes at most the deadline. A tool that hangs keeps its thread, and is refused until that has ended.
        """
        try:
            tool = self.get(name)
            if tool is None:
                raise ToolError(f"There is no tool {name[:80]}.")
            return Outcome(True, self._called(tool, _read(tool, arguments)))
        except ToolError as error:
            return Outcome(False, clipped(str(error), MOST_RESULT_CHARS))

    def _called(self, tool: Tool, arguments: dict[str, Any]) -> str:
        with self._lock:
            hanging = self._hanging.get(tool.name)
        if hanging and hanging.is_alive():
            raise ToolError(f"The tool {tool.name} still hangs from an earlier call.")
        try:
            text = within(self._deadline_s, partial(tool.call, arguments), f"tool {tool.name}")
        except ToolError:
            raise
        except Late as late:
            with self._lock:
                self._hanging[tool.name] = late.thread
            raise ToolError(f"The tool {tool.name} has not answered within {self._deadline_s:g} seconds.") from None
        except BaseException as error:  # whatever a tool raises, SystemExit too
            log.warning("The tool %s failed: %s.", tool.name, type(error).__name__)
            raise ToolError(f"The tool {tool.name} failed: {type(error).__name__}: {str(error)[:200]}.") from None
        return clipped(text, MOST_RESULT_CHARS) if isinstance(text, str) and text.strip() else EMPTY

    def close(self) -> None:
        for source in self._sources:
            source.close()


class _Lent:
    """A toolbox as a source of tools that nobody closes."""

    def __init__(self, toolbox: Toolbox) -> None:
        self.tools, self.problems = toolbox.tools, toolbox.problems

    def close(self) -> None:
        """It is somebody else's."""


def _read(tool: Tool, arguments: str) -> dict[str, Any]:
    """The arguments. Raises ToolError unless they fit the schema of the tool."""
    try:
        values = json.loads(arguments or "{}")
        found = misfit(tool.parameters, values)
    except (ValueError, RecursionError, EngineError):
        raise ToolError(f"The arguments of {tool.name} are no JSON.") from None
    if not isinstance(values, dict):
        raise ToolError(f"The arguments of {tool.name} are no JSON object.")
    if found:
        raise ToolError(f"The tool {tool.name} was called with {found[0]} that do not fit '{found[1]}'.")
    return values

"""Listing: what an MCP server is, and the tools that it lists, as far as they can be used."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from edge_agent.act.tools.tool import Tool, ToolKind, checked
from edge_agent.errors import ToolError

MOST_TOOLS = 200
"""A server has at most so many; further ones are left out."""
Caller = Callable[[str], Callable[[dict[str, Any]], str]]
"""The name that a server has for a tool -> what calls it."""


@dataclass(frozen=True, slots=True)
class McpServer:
    """How one server is reached: a command, or a url."""

    name: str
    command: str | None = None
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    url: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    kind: ToolKind | None = None
    """The class of all its tools; None: `read` where the server says that a tool only reads, else `confirm`."""
    only: tuple[str, ...] | None = None
    """The names of the tools that are used; None: all."""


def tools_of(server: McpServer, listed: Sequence[Any], caller: Caller) -> tuple[list[Tool], list[str]]:
    """The tools that a server lists, as far as they can be used, and a sentence for each that cannot."""
    tools, problems = list[Tool](), list[str]()
    for each in _wanted(server, listed):
        name = "".join(char if (char.isalnum() and char.isascii()) or char in "_-" else "_" for char in each.name)[:64]
        try:
            tool = Tool(
                name, each.description or each.title or name, each.input_schema or {}, _kind(server, each),
                f"mcp {server.name}", caller(each.name),
            )  # fmt: skip
            tools.append(checked(tool))
        except ToolError as error:
            problems.append(f"One tool of mcp {server.name} is left out: {error}")
    missing = set(server.only or ()) - {each.name for each in listed}
    problems += [f"The MCP server {server.name} has no tool {name}." for name in sorted(missing)]
    return tools, problems


def _wanted(server: McpServer, listed: Sequence[Any]) -> Iterator[Any]:
    for each in listed[:MOST_TOOLS]:
        if server.only is None or each.name in server.only:
            yield each


def _kind(server: McpServer, listed: Any) -> ToolKind:
    if server.kind is not None:
        return server.kind
    return "read" if listed.annotations and listed.annotations.read_only_hint else "confirm"

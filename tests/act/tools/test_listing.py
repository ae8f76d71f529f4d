"""Listing: what an MCP server says of its tools is believed as far as it can be used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from edge_agent.act.tools.listing import McpServer, tools_of


@dataclass
class Hints:
    read_only_hint: bool | None = None


@dataclass
class Listed:
    name: str
    description: str | None = "Do it."
    input_schema: Any = None
    annotations: Hints | None = None
    title: str | None = None


def found(listed: list[Listed], **server: Any) -> tuple[list[str], list[str]]:
    """The tools as "name kind", and the problems."""
    tools, problems = tools_of(McpServer("s", url="x", **server), listed, lambda name: lambda given: name)
    return [f"{tool.name} {tool.kind}" for tool in tools], problems


def test_a_tool_is_asked_about_unless_it_only_reads_or_the_owner_decides() -> None:
    listed = [Listed("a.b", annotations=Hints(True)), Listed("c", annotations=Hints()), Listed("d")]
    assert found(listed) == (["a_b read", "c confirm", "d confirm"], [])
    assert found(listed, kind="act", only=("c", "e")) == (["c act"], ["The MCP server s has no tool e."])


def test_one_that_lies_is_left_out_with_a_sentence() -> None:
    deep: dict[str, Any] = {}
    for _ in range(2000):
        deep = {"type": "object", "properties": {"a": deep}}
    lies = [
        Listed("a", input_schema={"type": "array"}),
        Listed("b", input_schema={"properties": {"x": {"$ref": "http://example.org/"}}}),
        Listed("c", input_schema=deep),
        Listed("d", input_schema={"properties": {"x": {"enum": []}}}),
        Listed(""),
        Listed("f", description=None),
    ]
    tools, problems = found(lies)
    assert tools == ["f confirm"]
    assert len(problems) == 5
    assert all(problem.startswith("One tool of mcp s is left out: ") for problem in problems)


def test_a_list_without_end_is_cut() -> None:
    assert len(found([Listed(f"t{i}") for i in range(10_000)])[0]) == 200

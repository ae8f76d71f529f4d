"""What a model calls a tool with, where it has gone mad."""

from __future__ import annotations

import pytest

from edge_agent.errors import EngineError
from edge_agent.think.brief import Brief, Message, Tool
from edge_agent.think.tools import Callee, callees
from edge_agent.types import Json
from tests.think.test_writer import ScriptedLlm, brief, kinds, parts_of


def test_arguments_that_are_nested_deeply_end_the_answer_and_not_the_writer() -> None:
    callee = Callee("lamp", {"type": "object"}, "")
    with pytest.raises(EngineError, match="nested too deeply"):
        callee.check('{"a":' * 50_000 + "1" + "}" * 50_000)


@pytest.mark.parametrize(
    ("kind", "written", "comes"),
    [("string", '{"x": "a\\u00e9"}', '{"x": "AÉ"}'), ("integer", '{"x":  5}', '{"x":  5}')],
)
def test_arguments_come_as_they_were_said_where_that_fits_the_schema(kind: str, written: str, comes: str) -> None:
    def capitals(arguments: Json, parameters: Json, *, about: str, said: str, known: str) -> tuple[Json, bool]:
        assert (about, said, known) == ("lamp Lights.", "On!", "Be brief.\nOn!")
        return {name: str(value).upper() for name, value in arguments.items()}, True

    tool = Tool("lamp", "Lights.", {"properties": {"x": {"type": kind}}})
    asked = Brief("a", "Be brief.", (Message("u", "user", "On!"),), (tool,))
    assert callees(asked, capitals)["lamp"].called(written) == (comes, True)
    assert callees(asked)["lamp"].called(written) == (written, True)


def test_a_defect_in_what_was_said_leaves_a_call_as_it_was_written(caplog: pytest.LogCaptureFixture) -> None:
    def broken(arguments: Json) -> tuple[Json, bool]:
        raise OverflowError

    assert Callee("lamp", {"type": "object"}, "", broken).called('{"x": 1}') == ('{"x": 1}', True)
    assert "as they were written" in caplog.text


@pytest.mark.parametrize(
    ("written", "left"),
    [
        ('{"service": 1, "unit": 10000000', ('{"service": 1}', False)),
        ('{"service": 1, "note": "a, \\"b", "unit": 1000', ('{"service": 1, "note": "a, \\"b"}', False)),
        ('{"unit": 1, "service": 10000000', ('{"unit": 1, "service": 10000000', True)),
    ],
)
def test_a_loop_costs_the_member_that_it_is_in_if_that_may_be_missing(written: str, left: tuple[str, bool]) -> None:
    schema = {"type": "object", "properties": {"service": {"type": "integer"}}, "required": ["service"]}
    assert Callee("clean", schema, "").without_loop(written) == left


def test_a_call_that_loops_comes_without_the_member_that_it_is_in() -> None:
    tool = Tool("clean", "", {"properties": {"x": {"type": "integer"}, "y": {"type": "string"}}, "required": ["x"]})
    llm = ScriptedLlm("<tool_call>", ' "clean"', '{"x": 1, "y": "' + "abcdefghij" * 9)
    parts = parts_of(llm, brief(tools=(tool,), parallel=False))
    assert kinds(parts) == ["clean", '{"x": 1}', "stop"]

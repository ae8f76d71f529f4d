"""What a model calls a tool with, where it has gone mad."""

from __future__ import annotations

import pytest

from edge_agent.errors import EngineError
from edge_agent.think.brief import Brief, Message, Tool
from edge_agent.think.tools import Callee, callees
from edge_agent.types import Json


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

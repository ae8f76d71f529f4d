"""What a model calls a tool with, where it has gone mad."""

from __future__ import annotations

import pytest

from edge_agent.errors import EngineError
from edge_agent.think.tools import Callee


def test_arguments_that_are_nested_deeply_end_the_answer_and_not_the_writer() -> None:
    callee = Callee("lamp", {"type": "object"}, "")
    with pytest.raises(EngineError, match="nested too deeply"):
        callee.check('{"a":' * 50_000 + "1" + "}" * 50_000)

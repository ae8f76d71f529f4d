"""The toolbox: whatever a tool does, its call is one outcome, in time."""

from __future__ import annotations

import sys
from collections.abc import Callable
from threading import Event
from typing import Any

import pytest

from edge_agent.act.tools import Outcome, Tool, Toolbox
from edge_agent.act.tools.tool import checked
from edge_agent.errors import ToolError

ROOM = {"type": "object", "properties": {"room": {"type": "string"}}, "required": ["room"]}


def tool(call: Callable[[dict[str, Any]], Any], name: str = "lamp", **parameters: Any) -> Tool:
    return checked(Tool(name, "Switch the lamp.", parameters or ROOM, "act", "test", call))


def test_a_call_returns_what_the_tool_does() -> None:
    box = Toolbox([tool(lambda given: f"The {given['room']} is lit.")])
    assert box.call("lamp", '{"room": "hall"}') == Outcome(True, "The hall is lit.")


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("lump", "{}", "There is no tool lump."),
        ("lamp", "{room", "The arguments of lamp are no JSON."),
        ("lamp", "[" * 100_000, "The arguments of lamp are no JSON."),
        ("lamp", "3", "The arguments of lamp are no JSON object."),
        ("lamp", "", "The tool lamp was called with the arguments that do not fit 'required'."),
        ("lamp", '{"room": 3}', "The tool lamp was called with room that do not fit 'type'."),
    ],
)
def test_a_wrong_call_is_a_sentence_and_reaches_no_tool(name: str, arguments: str, said: str) -> None:
    def never(given: dict[str, Any]) -> str:
        raise AssertionError("called")

    assert Toolbox([tool(never)]).call(name, arguments) == Outcome(False, said)


def raising(error: BaseException) -> Callable[[dict[str, Any]], str]:
    def call(given: dict[str, Any]) -> str:
        raise error

    return call


@pytest.mark.parametrize(
    ("call", "outcome"),
    [
        (raising(ValueError("no such room")), Outcome(False, "The tool lamp failed: ValueError: no such room.")),
        (raising(ToolError("The hall is locked.")), Outcome(False, "The hall is locked.")),
        (raising(KeyboardInterrupt()), Outcome(False, "The tool lamp failed: KeyboardInterrupt: .")),
        (lambda given: sys.exit(3), Outcome(False, "The tool lamp failed: SystemExit: 3.")),
        (lambda given: "", Outcome(True, "It returned nothing.")),
        (lambda given: 3, Outcome(True, "It returned nothing.")),
    ],
)
def test_a_tool_that_fails_is_a_sentence(call: Callable[[dict[str, Any]], str], outcome: Outcome) -> None:
    assert Toolbox([tool(call)]).call("lamp", '{"room": "hall"}') == outcome


def test_megabytes_are_cut() -> None:
    text = Toolbox([tool(lambda given: "many words " * 1_000_000)]).call("lamp", '{"room": "hall"}').text
    assert len(text) == 4000
    assert text.endswith("...")


def test_a_tool_that_hangs_costs_its_deadline_once() -> None:
    released = Event()

    def hang(given: dict[str, Any]) -> str:
        released.wait()
        return "at last"

    box = Toolbox([tool(hang), tool(lambda given: "lit", "other")], deadline_s=0.05)
    call = '{"room": "hall"}'
    assert box.call("lamp", call) == Outcome(False, "The tool lamp has not answered within 0.05 seconds.")
    assert box.call("lamp", call) == Outcome(False, "The tool lamp still hangs from an earlier call.")
    assert box.call("other", call).ok
    thread = box._hanging["lamp"]
    released.set()
    thread.join()
    assert Toolbox.call(box, "lamp", call) == Outcome(True, "at last")


class Coming:
    """A source whose tools come later."""

    def __init__(self) -> None:
        self.found: tuple[Tool, ...] = ()
        self.closed = False

    def tools(self) -> tuple[Tool, ...]:
        return self.found

    def problems(self) -> tuple[str, ...]:
        return ("It is late.",)

    def close(self) -> None:
        self.closed = True


def test_tools_of_a_server_come_and_go() -> None:
    source = Coming()
    box = Toolbox([tool(lambda given: "own")], sources=[source], problems=["One is broken."])
    assert [each.name for each in box.offered("switch the lamp on")] == ["lamp"]
    source.found = (tool(lambda given: "theirs"), tool(lambda given: "x", "lamp_two"))
    assert [each.name for each in box.offered("switch the lamp on")] == ["lamp", "lamp_two"]
    assert box.call("lamp", '{"room": "hall"}').text == "own"
    assert box.problems() == ("One is broken.", "It is late.")
    box.close()
    assert source.closed


@pytest.mark.parametrize("parameters", [{"$ref": "https://example.org/x"}, {"type": "array"}, {"type": "lie"}])
def test_a_schema_that_lies_is_refused(parameters: dict[str, Any]) -> None:
    with pytest.raises(ToolError, match="lamp cannot be used: The "):
        tool(lambda given: "", **parameters)


def test_texts_that_are_shown_to_the_llm_are_bounded() -> None:
    told = {"type": "object", "properties": {"room": {"type": "string", "description": "x" * 10_000}}}
    made = checked(Tool("lamp", "y " * 10_000, told, "act", "test", lambda given: ""))
    assert len(made.description) == 400
    assert len(made.parameters["properties"]["room"]["description"]) == 120
    with pytest.raises(ToolError, match="is no name of a tool"):
        checked(Tool("switch the lamp", "", {}, "act", "test", lambda given: ""))

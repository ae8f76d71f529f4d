"""`bench tools`: what counts as right, and that its requests can be met."""

import json

import pytest

from edge_agent.bench.clips import Half as Half
from edge_agent.clock import ManualClock
from edge_agent.errors import EngineError
from edge_agent.schema import arguments_schema
from edge_agent.think.brief import CallBegun, CallDone, Tool, Usage, Written
from edge_agent.types import Sentence
from tests.rigs.bench.bfcl import accepted, read_bfcl
from tests.rigs.bench.tools import bench_tools, fits, fitting, read_requests, read_tools


@pytest.mark.parametrize(
    ("given", "wanted", "right"),
    [
        ({"place": "Berlin, Germany"}, {"place": "Berlin"}, True),
        ({"text": "the dentist"}, {"text": "call dentist"}, False),
        ({"text": "call " + "and call " * 3}, {"text": "call"}, False),
        ({"time": "09:00"}, {"time": ["9 am", "09:00"]}, True),
        ({"value": 10}, {"value": 10.0}, True),
        ({"on": 1}, {"on": True}, False),
        ({"on": True, "room": "hall"}, {"on": True}, False),
        ({}, {}, True),
    ],
)
def test_what_counts_as_right(given, wanted, right):
    assert fits(given, wanted) is right


def test_every_request_can_be_met():
    tools = {tool.name: arguments_schema(tool.parameters) for tool in read_tools()}
    requests = read_requests()
    assert len(tools) == 8
    assert len(requests) >= 60
    assert sum(request["tool"] is None for request in requests) >= 12
    for request in requests:
        if request["tool"]:
            assert request["arguments"].keys() == tools[request["tool"]]["properties"].keys()
    halves = read_requests(Half.TUNE), read_requests(Half.TEST)
    assert sorted(map(str, [*halves[0], *halves[1]])) == sorted(map(str, requests))


class Scripted:
    def __init__(self, clock):
        self.clock = clock

    def write(self, brief):
        text = brief.messages[0].text
        self.clock.sleep_until(self.clock.now() + 1)
        if text == "broken":
            raise EngineError("no")
        if text == "talk":
            yield Sentence(0, "Hello.", True)
        else:
            yield CallBegun("light")
            self.clock.sleep_until(self.clock.now() + 1)
            yield CallDone('{"on": true}')
        yield Written("stop", Usage())


def test_shares_of_right_calls_and_the_times_they_took():
    clock = ManualClock()
    wanted = [
        ("on", "light", {"on": True}),
        ("off", "light", {"on": False}),
        ("talk", None, {}),
        ("broken", "light", {}),
    ]
    requests = [{"text": text, "tool": tool, "arguments": arguments} for text, tool, arguments in wanted]
    result = bench_tools(Scripted(clock), [Tool("light")], requests, clock)["summary"]
    assert (result["right_tool"], result["right"], result["errors"]) == (3 / 4, 2 / 4, 1)
    assert result["needing"] == {"requests": 3, "right_tool": 2 / 3, "right": 1 / 3}
    assert result["needing_none"] == {"requests": 1, "right": 1}
    assert (result["begun_s"], result["call_s"]) == (1, 2)


def test_what_is_not_offered_is_not_called_and_costs_no_answer():
    clock = ManualClock()
    requests = [{"text": "Good morning!", "tool": None, "arguments": {}}]
    result = bench_tools(Scripted(clock), read_tools(), requests, clock, offer=fitting)
    assert result["rows"][0]["offered"] == []
    assert result["summary"]["right"] == 1
    assert clock.now() == 0
    assert [tool.name for tool in fitting(read_tools(), "Turn on the light in the kitchen.")] == ["set_light"]


def test_requests_of_bfcl_are_read_and_compared_as_it_compares(tmp_path):
    function = {
        "name": "uber.ride",
        "description": "Find a ride.",
        "parameters": {"type": "dict", "properties": {"loc": {"type": "string"}, "time": {"type": "float"}}},
    }

    def row(number, text):
        said = [[{"role": "user", "content": text}]]
        return json.dumps({"id": str(number), "question": said, "function": [function]})

    truth = [{"uber.ride": {"loc": ["Addison Street, Berkeley"], "time": [600, ""]}}]
    (tmp_path / "live_simple.jsonl").write_text("\n".join(row(i, "A ride") for i in range(10)))
    answers = "\n".join(json.dumps({"id": str(i), "ground_truth": truth}) for i in range(10))
    (tmp_path / "live_simple.answers.jsonl").write_text(answers)
    (tmp_path / "live_irrelevance.jsonl").write_text(f"{row(1, 'x' * 500)}\n{row(2, 'hello')}")
    rows = read_bfcl(tmp_path, Half.ALL, most=5)
    assert [(each["text"], each["tool"]) for each in rows] == [("A ride", "uber_ride")] * 5 + [("hello", None)]
    assert rows[0]["tools"][0].parameters["properties"]["time"] == {"type": "number"}
    assert accepted({"loc": "addison street berkeley"}, rows[0]["arguments"])
    assert not accepted({"loc": "Berkeley", "time": 600}, rows[0]["arguments"])
    assert not accepted({"time": 600}, rows[0]["arguments"])
    assert not accepted({"loc": "Addison Street, Berkeley", "more": 1}, rows[0]["arguments"])

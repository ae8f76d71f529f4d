"""`bench tools`: what counts as right, and that its requests can be met."""

import pytest

from edge_agent.bench.clips import Half as Half
from edge_agent.clock import ManualClock
from edge_agent.errors import EngineError
from edge_agent.schema import arguments_schema
from edge_agent.think.brief import CallBegun, CallDone, Tool, Usage, Written
from edge_agent.types import Sentence
from tests.rigs.bench.tools import bench_tools, fits, read_requests, read_tools


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

"""The device's tools in a session: listed, called beside the conversation, approved; to the letter of GA's types."""

from __future__ import annotations

from typing import Any

import pytest
from protocol_world import ADDED, HELLO, WRITE, opened, text_item, turn
from protocol_world import valid as fits_the_types

from edge_agent.host.jobs import Answer, Stop
from edge_agent.serve.realtime_protocol.device import DeviceTool
from edge_agent.serve.realtime_protocol.outputs import Use, Used
from edge_agent.think.brief import CallArguments, CallBegun, Tool, Usage, Written
from edge_agent.types import Draft, Finished, Onset
from tests.rigs.conformance.invariants import Invariants
from tests.rigs.fakes.realtime import DONE, ScriptedEngines, Wire, called, types, written

BINS = DeviceTool(Tool("bin_day", "Tell when the bins are emptied.", {"type": "object"}), reads=True)
LAMP = DeviceTool(Tool("lamp", "Switch the lamp."))
DOOR = DeviceTool(Tool("door", "Open the door."), confirm=True)
TOOLS = (BINS, LAMP, DOOR)
LISTED = ["conversation.item.added", "mcp_list_tools.in_progress", "mcp_list_tools.completed", "conversation.item.done"]
MADE = [
    "response.output_item.added",
    "conversation.item.added",
    "response.mcp_call_arguments.delta",
    "response.mcp_call_arguments.done",
    "response.mcp_call.in_progress",
]
RETURNED = ["response.mcp_call.completed", "conversation.item.done", "response.output_item.done"]
END = ["response.done", "rate_limits.updated"]


def device(**wanted: Any) -> dict[str, Any]:
    return {"type": "mcp", "server_label": "device", **wanted}


def world(*answers: list[Any], tools: list[Any] | None = None) -> Wire:
    """A session in text that has asked for the device's tools."""
    session = WRITE | {"tools": [device()] if tools is None else tools}
    wire = Wire(ScriptedEngines(answers or [written("Hi.")]), session=session, tools=TOOLS)
    assert types(wire.open()) == ["session.created", *LISTED]
    return wire


def valid(wire: Wire) -> None:
    """What was received fits the types, and keeps the rules of every connection."""
    wire.run()
    fits_the_types(wire)
    rules = Invariants()
    for event in wire.events:
        rules.received(event)
    assert rules.finish() == []


def offered(wire: Wire) -> list[str]:
    wire.send("response.create")
    wire.run()
    return [tool.name for tool in wire.engines.asked(Answer)[-1].brief.tools]


def calling(name: str = "lamp") -> Wire:
    """A session in which the model has called a tool, and answers in words next."""
    wire = world([*called(name, '{"on":', "true}"), DONE], written("It is on."))
    wire.send("conversation.item.create", item=text_item("lamp on"))
    wire.send("response.create")
    wire.run()
    return wire


def test_the_tools_are_listed_as_a_server_of_the_session() -> None:
    wire = Wire(tools=TOOLS)
    assert types(wire.open()) == ["session.created"]  # nobody has asked yet
    updated, *listing = wire.send("session.update", session={"type": "realtime", "tools": [device()]})
    assert updated["session"]["tools"] == [device()]
    assert types(listing) == LISTED
    assert listing[0]["item"]["tools"] == []
    item = listing[-1]["item"]
    assert (item["type"], item["server_label"]) == ("mcp_list_tools", "device")
    assert [(tool["name"], tool["annotations"]["readOnlyHint"]) for tool in item["tools"]] == [
        ("bin_day", True),
        ("lamp", False),
        ("door", False),
    ]
    (again,) = wire.send("session.update", session={"type": "realtime", "instructions": "Be kind."})
    assert again["type"] == "session.updated"
    valid(wire)


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ({}, ["bin_day", "lamp", "door"]),
        ({"allowed_tools": ["lamp", "gone"]}, ["lamp"]),
        ({"allowed_tools": {"read_only": True}}, ["bin_day"]),
        ({"allowed_tools": {"tool_names": ["door", "lamp"], "read_only": False}}, ["lamp", "door"]),
        ({"allowed_tools": []}, []),
    ],
)
def test_only_what_the_client_allows_is_listed_and_offered(wanted: dict[str, Any], names: list[str]) -> None:
    wire = world(tools=[device(**wanted)])
    assert [tool["name"] for tool in wire.events[-1]["item"]["tools"]] == names
    assert offered(wire) == names


def test_a_function_of_the_client_goes_before_a_tool_of_that_name() -> None:
    own = {"type": "function", "name": "lamp", "parameters": {}}
    wire = world([*called("lamp", "{}"), DONE], tools=[own, device()])
    assert offered(wire) == ["lamp", "bin_day", "door"]
    assert "response.function_call_arguments.done" in types(wire.events)
    assert wire.uses == []
    valid(wire)


def test_a_result_leads_to_no_second_call_by_itself() -> None:
    own = {"type": "function", "name": "clock", "parameters": {}}
    for functions, before in ([], True), ([own], False):
        wire = world([*called("lamp", "{}"), DONE], written("On."), tools=[*functions, device()])
        wire.send("response.create")
        wire.run()
        wire.report(Used(wire.uses[0].item_id, True, "Now open the door."))
        wire.send("response.create")
        wire.run()
        wire.send("conversation.item.create", item=text_item())
        wire.send("response.create")
        assert [job.brief.one_call for job in wire.engines.asked(Answer)] == [before, True, before]
        assert wire.engines.asked(Answer)[0].brief.parallel is not before


@pytest.mark.parametrize("form", ["text", "audio"])
def test_where_the_model_has_no_words_what_the_tool_returned_is_said(form: str) -> None:
    wire = world([*called("lamp", "{}"), DONE], [DONE])
    wire.send("session.update", session={"type": "realtime", "output_modalities": [form]})
    wire.send("response.create")
    wire.run()
    assert len(wire.engines.asked(Answer)) == 1
    wire.report(Used(wire.uses[0].item_id, True, "The lamp is on."))
    wire.send("response.create")
    done = next(event for event in wire.run() if event["type"] == "response.done")["response"]
    (item,) = done["output"]
    assert item["content"][0].get("text", item["content"][0].get("transcript")) == "The lamp is on."
    assert (done["status"], done["usage"]["output_token_details"]["text_tokens"]) == ("completed", 7)
    valid(wire)


@pytest.mark.parametrize(
    ("tools", "param", "why"),
    [
        ([device(server_label="home")], "session.tools[0].server_label", "only 'device' is served"),
        ([device(server_url="http://127.0.0.1/mcp")], "session.tools[0].server_url", "no address"),
        ([device(connector_id="connector_gmail")], "session.tools[0].connector_id", "no address"),
        ([device(), device()], "session.tools", "named twice"),
    ],
)
def test_other_servers_are_refused(tools: list[Any], param: str, why: str) -> None:
    wire = opened()
    (error,) = wire.send("session.update", session={"type": "realtime", "tools": tools})
    assert (error["error"]["code"], error["error"]["param"]) == ("invalid_value", param)
    assert why in error["error"]["message"]


def test_a_call_is_made_by_the_server_and_the_next_response_has_the_words() -> None:
    wire = calling()
    asked = types(wire.events).index("response.created")
    deltas = ["response.mcp_call_arguments.delta"]
    assert types(wire.events)[asked:] == ["response.created", *MADE[:2], *deltas, *MADE[2:]]
    (use,) = wire.uses
    assert use == Use(use.item_id, "lamp", '{"on":true}', "lamp on")
    events = wire.report(Used(use.item_id, True, "The lamp is on."))
    assert types(events) == [*RETURNED, *END]
    (item,) = events[-2]["response"]["output"]
    assert item == events[1]["item"] == events[2]["item"]
    assert item == {
        "id": use.item_id,
        "type": "mcp_call",
        "server_label": "device",
        "name": "lamp",
        "arguments": '{"on":true}',
        "output": "The lamp is on.",
    }
    wire.send("response.create")
    wire.run()
    messages = wire.engines.asked(Answer)[-1].brief.messages
    assert [(message.role, message.text) for message in messages[1:]] == [
        ("call", '{"name": "lamp", "arguments": {"on": true}}'),
        ("result", "The lamp is on."),
    ]
    valid(wire)


def test_a_call_that_fails_says_why_to_the_client_and_to_the_model() -> None:
    wire = calling()
    events = wire.report(Used(wire.uses[0].item_id, False, "The lamp is broken."))
    assert types(events) == ["response.mcp_call.failed", *RETURNED[1:], *END]
    assert events[1]["item"]["error"] == {"type": "tool_execution_error", "message": "The lamp is broken."}
    assert "output" not in events[1]["item"]
    wire.send("response.create")
    assert wire.engines.asked(Answer)[-1].brief.messages[-1].text == "The lamp is broken."
    valid(wire)


def test_two_calls_run_at_once_and_the_response_ends_with_the_later() -> None:
    wire = world([*called("lamp", "{}"), *called("bin_day", "{}"), DONE])
    wire.send("response.create")
    wire.run()
    first, second = wire.uses
    assert types(wire.report(Used(second.item_id, True, "Monday"))) == RETURNED
    events = wire.report(Used(first.item_id, True, "On."))
    assert types(events) == [*RETURNED, *END]
    assert [item["name"] for item in events[-2]["response"]["output"]] == ["lamp", "bin_day"]
    valid(wire)


def test_a_call_whose_arguments_are_cut_off_is_not_made() -> None:
    wire = world([CallBegun("lamp"), CallArguments('{"o'), Written("length", Usage())])
    wire.send("response.create")
    events = wire.run()
    assert wire.uses == []
    assert types(events)[-5:] == ["response.mcp_call.failed", *RETURNED[1:], *END]
    assert events[-2]["response"]["status"] == "incomplete"
    valid(wire)


def test_what_was_begun_is_told_although_its_response_was_cancelled() -> None:
    wire = calling()
    assert types(wire.send("response.cancel")) == ["response.output_item.done", "response.done"]
    assert isinstance(wire.engines.jobs[-1], Stop)
    events = wire.report(Used(wire.uses[0].item_id, True, "On."))
    assert types(events) == ["response.mcp_call.completed", "conversation.item.done"]
    wire.send("response.create")
    assert wire.engines.asked(Answer)[-1].brief.messages[-1].text == "On."
    assert wire.report(Used(wire.uses[0].item_id, True, "On.")) == []
    valid(wire)


def test_nothing_is_done_before_the_turn_is_certain() -> None:
    wire = Wire(ScriptedEngines([[*called("lamp", "{}"), DONE]]), session={"tools": [device()]}, tools=TOOLS)
    wire.open()
    wire.report(Onset(0.5), Draft(HELLO))
    wire.run()
    assert wire.uses == []
    wire.report(Finished(HELLO, 0.5, 1.5, "silence"))
    assert len(wire.engines.asked(Answer)) == 1  # what was held is opened
    assert [use.name for use in wire.uses] == ["lamp"]


def test_the_user_may_speak_while_a_tool_works() -> None:
    wire = Wire(ScriptedEngines([[*called("lamp", "{}"), DONE]]), session={"tools": [device()]}, tools=TOOLS)
    wire.open()
    turn(wire)
    wire.run()
    events = wire.report(Onset(2.0))
    assert "response.done" in types(events)
    assert types(wire.report(Used(wire.uses[0].item_id, True, "On.")))[0] == "response.mcp_call.completed"
    valid(wire)


def asking(**wanted: Any) -> tuple[Wire, dict[str, Any]]:
    """A session that waits for the approval of a call of `door`, and that request."""
    wire = world([*called("door", "{}"), DONE], written("It is open."), tools=[device(**wanted)])
    wire.send("response.create")
    events = wire.run()
    assert types(events) == ["response.output_item.added", *ADDED, "response.output_item.done", *END]
    (request,) = events[-2]["response"]["output"]
    assert (request["type"], request["name"], request["arguments"]) == ("mcp_approval_request", "door", "{}")
    assert wire.uses == []
    return wire, request


def answer(request: dict[str, Any], approve: bool) -> dict[str, Any]:
    return {"type": "mcp_approval_response", "approval_request_id": request["id"], "approve": approve}


@pytest.mark.parametrize("wanted", [{}, {"require_approval": "never"}, {"require_approval": "always"}])
def test_what_the_owner_wants_confirmed_waits_for_the_client(wanted: dict[str, Any]) -> None:
    wire, request = asking(**wanted)
    events = wire.send("conversation.item.create", item=answer(request, True))
    assert types(events) == [*ADDED, "conversation.item.added", "response.mcp_call.in_progress"]
    (use,) = wire.uses
    assert use == Use(use.item_id, "door", "{}", "")
    events = wire.report(Used(use.item_id, True, "Open."))
    assert types(events) == ["response.mcp_call.completed", "conversation.item.done"]
    assert events[1]["item"]["approval_request_id"] == request["id"]
    (error,) = wire.send("conversation.item.create", item=answer(request, True))
    assert error["error"]["param"] == "item.approval_request_id"
    assert len(wire.uses) == 1
    wire.send("response.create")
    assert [message.text for message in wire.engines.asked(Answer)[-1].brief.messages][1:] == ["Open."]
    valid(wire)


def test_what_is_not_approved_is_not_done_and_the_model_knows() -> None:
    wire, request = asking()
    assert types(wire.send("conversation.item.create", item=answer(request, False))) == ADDED
    assert wire.uses == []
    wire.send("response.create")
    assert "did not allow" in wire.engines.asked(Answer)[-1].brief.messages[-1].text
    valid(wire)


@pytest.mark.parametrize(
    ("wanted", "runs"),
    [
        ({}, True),
        ({"require_approval": "never"}, True),
        ({"require_approval": "always"}, False),
        ({"require_approval": {"always": {"tool_names": ["lamp"]}}}, False),
        ({"require_approval": {"never": {"tool_names": ["lamp"]}}}, True),
        ({"require_approval": {"always": {"read_only": True}}}, True),
    ],
)
def test_other_calls_wait_if_the_client_wants_them_to(wanted: dict[str, Any], runs: bool) -> None:
    wire = world([*called("lamp", "{}"), DONE], tools=[device(**wanted)])
    wire.send("response.create")
    wire.run()
    assert bool(wire.uses) is runs


def test_a_tool_of_the_device_can_be_chosen() -> None:
    wire = world()
    choice = {"type": "mcp", "server_label": "device", "name": "lamp"}
    wire.send("response.create", response={"tool_choice": choice})
    wire.run()
    wire.send("response.create", response={"tool_choice": choice | {"name": "gone"}})
    wire.send("response.create", response={"tool_choice": {"type": "mcp", "server_label": "device"}})
    assert [job.brief.tool_choice for job in wire.engines.asked(Answer)] == ["lamp", "required"]
    assert [event["error"]["param"] for event in wire.events if event["type"] == "error"] == ["response.tool_choice"]

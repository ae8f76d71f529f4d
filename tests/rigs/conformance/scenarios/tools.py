"""Function calls: made, answered, forced and forbidden."""

from __future__ import annotations

import json

from tests.rigs.conformance.client import Server, check
from tests.rigs.conformance.names import Json
from tests.rigs.conformance.orders import CALL, TEXT, expect
from tests.rigs.conformance.scenario import scenario
from tests.rigs.conformance.steps import WEATHER, answered, configure, responded

QUESTION = "What is the weather in Paris?"
NAMED: Json = {"type": "function", "name": "get_weather"}


@scenario
async def function_call(server: Server) -> None:
    """A call of a named tool, in the recorded order; its result is acknowledged, and answered in words."""
    async with server.connect() as line:
        session = await configure(line, tools=[WEATHER], tool_choice=NAMED)
        check(session["tool_choice"] == NAMED, f"tool_choice {session['tool_choice']}")
        events = await answered(line, QUESTION)
        expect(events, CALL)
        done = events[-1]["response"]
        call = done["output"][0]
        check((done["status"], call["status"]) == ("completed", "completed"), f"{done['status']}, {call['status']}")
        check(call["name"] == "get_weather", f"the tool called is {call['name']}")
        arguments = json.loads(call["arguments"])
        check(isinstance(arguments.get("city"), str), f"the arguments do not fit the schema: {arguments}")
        result = {"type": "function_call_output", "call_id": call["call_id"], "output": '{"sky": "clear"}'}
        await line.send("conversation.item.create", item=result)
        added = (await line.until("conversation.item.done"))[-1]
        check(added["item"]["output"] == result["output"], f"the result became {added['item']}")
        expect(await responded(line, tool_choice="none"), TEXT)


@scenario
async def tool_choice_required(server: Server) -> None:
    """`tool_choice: required`: there is a call, whatever was said."""
    async with server.connect() as line:
        await configure(line, tools=[WEATHER])
        output = (await answered(line, QUESTION, tool_choice="required"))[-1]["response"]["output"]
        check("function_call" in [item["type"] for item in output], f"the output is {output}")


@scenario
async def tool_choice_none(server: Server) -> None:
    """`tool_choice: none`: there is no call, whatever was said."""
    async with server.connect() as line:
        await configure(line, tools=[WEATHER], tool_choice="none")
        expect(await answered(line, QUESTION), TEXT)


@scenario
async def tool_unknown(server: Server) -> None:
    """A tool that the session does not have cannot be chosen."""
    async with server.connect() as line:
        await configure(line, tools=[WEATHER])
        choice = {"type": "function", "name": "no_such_tool"}
        await line.error(None, await line.send("response.create", response={"tool_choice": choice}))

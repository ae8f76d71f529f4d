"""More than one thing at a time: responses beside each other, out of the conversation, and other connections."""

from __future__ import annotations

from contextlib import AsyncExitStack

from tests.rigs.conformance.client import FULL, NotShown, Refused, Server, check
from tests.rigs.conformance.names import Json
from tests.rigs.conformance.orders import TEXT, expect
from tests.rigs.conformance.scenario import scenario
from tests.rigs.conformance.steps import LONG, SHORT, answered, configure, responded

APART = [type for type in TEXT if not type.startswith("conversation.")]


def _message(text: str) -> Json:
    return {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}


@scenario
async def second_create(server: Server) -> None:
    """A second `response.create` while a response runs is an error; the first one is not touched."""
    async with server.connect() as line:
        await configure(line)
        await line.say(LONG)
        await line.send("response.create", response={"max_output_tokens": 60})
        second = await line.send("response.create")
        running = (await line.until("response.created"))[-1]["response"]["id"]
        error = await line.error("conversation_already_has_active_response", second)
        check(running in error["message"], f"the message does not name {running}: {error['message']!r}")
        done = (await line.until("response.done"))[-1]["response"]
        check(done["status"] in ("completed", "incomplete"), f"the first response is {done['status']}")


@scenario
async def out_of_band(server: Server) -> None:
    """`conversation: "none"`: an answer to its own input, which leaves no trace in the conversation."""
    async with server.connect() as line:
        await configure(line)
        before = await line.say("Remember this.")
        events = await responded(line, conversation="none", input=[_message(SHORT)], metadata={"topic": "aside"})
        expect(events, APART)
        for event in (events[0], events[-1]):
            check(event["response"]["conversation_id"] is None, "conversation_id is not null")
        await line.send("conversation.item.create", item=_message("And this."))
        previous = (await line.until("conversation.item.added"))[-1]["previous_item_id"]
        check(previous == before["id"], f"the item after it has the previous_item_id {previous}")
        await line.until("conversation.item.done")


@scenario
async def out_of_band_beside_another(server: Server) -> None:
    """An out-of-band response is accepted while one of the conversation runs; both come to their end."""
    async with server.connect() as line:
        await configure(line)
        await line.say(LONG)
        await line.send("response.create", response={"max_output_tokens": 40})
        aside = {"conversation": "none", "input": [_message(SHORT)], "max_output_tokens": 40}
        await line.send("response.create", response=aside)
        ids = {(await line.until("response.created"))[-1]["response"]["id"] for _ in range(2)}
        check(len(ids) == 2, "both responses have one id")
        while sum(event["type"] == "response.done" for event in line.received) < 2:
            await line.until("response.done")


@scenario
async def two_connections(server: Server) -> None:
    """Two conversations at once do not know of each other."""
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(server.connect())
        try:
            second = await stack.enter_async_context(server.connect())
        except Refused as refused:
            check(
                refused.how in ("HTTP 429", FULL), f"the second connection is refused with {refused.how}, not as full"
            )
            raise NotShown(f"the server takes one connection at a time, and says so ({refused.how})") from None
        sessions = [(await configure(line))["id"] for line in (first, second)]
        check(sessions[0] != sessions[1], "both sessions have one id")
        for line in (first, second):
            await line.say(SHORT)
            await line.send("response.create")
        for line in (first, second):
            done = (await line.until("response.done"))[-1]["response"]
            check(done["status"] == "completed", f"a response is {done['status']}")
        ids = [{event["response"]["id"] for event in line.received if "response" in event} for line in (first, second)]
        check(not ids[0] & ids[1], "a response of one connection is seen on the other")
        await second.send("response.cancel")
        await second.error("response_cancel_not_active")
        expect(await answered(first), TEXT)

"""The user speaks into an answer."""

from __future__ import annotations

from tests.rigs.conformance.client import Line, NotShown, Server, check
from tests.rigs.conformance.names import Json
from tests.rigs.conformance.orders import ANY_TIME, SOUND, expect
from tests.rigs.conformance.scenario import scenario
from tests.rigs.conformance.speech import question
from tests.rigs.conformance.steps import LONG, SERVER_VAD, configure

STARTED = "input_audio_buffer.speech_started"


async def _long_answer(line: Line) -> list[Json]:
    """The events from `response.created` to the first sound of a long answer."""
    await line.say(LONG)
    await line.send("response.create", response={"max_output_tokens": 400})
    return await line.sounding()


def _spoken(events: list[Json]) -> str:
    """The id of the item that is being spoken."""
    return next(str(event["item"]["id"]) for event in events if event["type"] == "response.output_item.added")


@scenario
async def barge_in(server: Server) -> None:
    """Speech into an answer: it is closed at once, as cancelled because of the turn, and the next one answers."""
    async with server.connect(complete=False) as line:
        await configure(line, spoken=True, turns=SERVER_VAD)
        events = await _long_answer(line)
        async with line.microphone(question()):
            events += await line.until(STARTED, "response.done")
            if events[-1]["type"] == "response.done":
                raise NotShown("the answer was complete before the speech was heard")
            rest = await line.until("response.done")
            expect(events + rest, SOUND)
            stray = [event["type"] for event in rest if event["type"].endswith(".delta")]
            check(not stray, f"after speech_started came {', '.join(stray[:3])}")
            response = rest[-1]["response"]
            details = response["status_details"] or {}
            shown = (response["status"], details.get("reason"), response["output"][0]["status"])
            check(shown == ("cancelled", "turn_detected", "incomplete"), f"status, reason, item: {shown}")
            await line.until("input_audio_buffer.committed")
            check(
                (await line.until("response.done"))[-1]["response"]["status"] == "completed", "the next answer failed"
            )


@scenario
async def truncate_while_it_speaks(server: Server) -> None:
    """What clients do on barge-in: cancel and truncate in the middle of an answer."""
    async with server.connect() as line:
        await configure(line, spoken=True)
        item_id = _spoken(await _long_answer(line))
        await line.send("response.cancel")
        await line.send("conversation.item.truncate", item_id=item_id, content_index=0, audio_end_ms=100)
        events = await line.until("conversation.item.truncated")
        check("response.done" in [event["type"] for event in events], "truncated comes before the answer is closed")
        await line.quiet(0.5, "rate_limits")


@scenario
async def truncate_without_cancel(server: Server) -> None:
    """`truncate` may come while the answer is still being made; both come to their end."""
    async with server.connect() as line:
        await configure(line, spoken=True)
        await line.say(LONG)
        await line.send("response.create", response={"max_output_tokens": 60})
        item_id = _spoken(await line.sounding())
        await line.send("conversation.item.truncate", item_id=item_id, content_index=0, audio_end_ms=100)
        ends = {"conversation.item.truncated", "response.done"}
        while not ends <= {event["type"] for event in line.received}:
            await line.until(*ends)


@scenario
async def no_interruption(server: Server) -> None:
    """`interrupt_response: false`: the answer goes on under the user's speech, and the turn is answered after it."""
    async with server.connect(complete=False) as line:
        await configure(line, spoken=True, turns=SERVER_VAD | {"interrupt_response": False})
        await line.say(LONG)
        await line.send("response.create", response={"max_output_tokens": 120})
        events = await line.sounding()
        async with line.microphone(question()):
            events += await line.until("response.done")
            done = events[-1]["response"]
            check(done["status"] in ("completed", "incomplete"), f"the answer is {done['status']}")
            while STARTED not in [event["type"] for event in line.received]:
                await line.until(STARTED)
            await line.until("response.done")
        expect(
            [event for event in events if event.get("response_id") == done["id"] or "response" in event],
            [type for type in SOUND if type.startswith(("response.", "sound"))],
            ANY_TIME,
        )


@scenario
async def out_of_band_is_not_interrupted(server: Server) -> None:
    """Speech does not interrupt a response out of the conversation."""
    async with server.connect(complete=False) as line:
        await configure(line, turns=SERVER_VAD | {"create_response": False})
        message = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": LONG}]}
        aside = {"conversation": "none", "input": [message], "max_output_tokens": 400}
        await line.send("response.create", response=aside)
        await line.until("response.created")
        async with line.microphone(question()):
            if (await line.until(STARTED, "response.done"))[-1]["type"] == "response.done":
                raise NotShown("the answer was complete before the speech was heard")
            done = (await line.until("response.done"))[-1]["response"]
        check(done["status"] in ("completed", "incomplete"), f"the response is {done['status']}")

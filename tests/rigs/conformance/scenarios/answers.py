"""One answer at a time: its order, its text and sound, its limits, how it is cancelled."""

from __future__ import annotations

from tests.rigs.conformance.client import Server, check
from tests.rigs.conformance.orders import SOUND, TEXT, expect, sound_of, text_of
from tests.rigs.conformance.scenario import scenario
from tests.rigs.conformance.speech import PCM_PER_MS
from tests.rigs.conformance.steps import LONG, answered, configure


@scenario
async def text_turn(server: Server) -> None:
    """A written question gets a written answer, in the recorded order."""
    async with server.connect() as line:
        await configure(line)
        events = await answered(line)
        expect(events, TEXT)
        done = events[-1]["response"]
        check(done["status"] == "completed", f"the response is {done['status']}")
        check(text_of(done).strip(), "the answer is empty")
        check(done["output"][0]["status"] == "completed", f"the item is {done['output'][0]['status']}")


@scenario
async def spoken_answer_to_text(server: Server) -> None:
    """A written question gets a spoken answer, in the recorded order: sound and transcript."""
    async with server.connect() as line:
        await configure(line, spoken=True)
        events = await answered(line)
        expect(events, SOUND)
        done = events[-1]["response"]
        check(text_of(done).strip(), "the transcript is empty")
        sound = await line.heard() if line.by_track else sound_of(events)
        check(len(sound) >= 100 * PCM_PER_MS, f"{len(sound)} bytes of sound")
        check(any(sound), "the sound is silence")
        check(len(sound) % 2 == 0, "half a sample at the end")


@scenario
async def rate_limits(server: Server) -> None:
    """`rate_limits.updated` follows `response.done`."""
    async with server.connect() as line:
        await configure(line)
        await answered(line)
        events = await line.until("rate_limits.updated")
        check(len(events) == 1, f"before it came {events[0]['type']}")


@scenario
async def usage(server: Server) -> None:
    """Usage is counted: input and output add up to the total, the details to each."""
    async with server.connect() as line:
        await configure(line)
        usage = (await answered(line))[-1]["response"]["usage"]
        check(usage["input_tokens"] > 0 and usage["output_tokens"] > 0, f"usage {usage}")
        check(usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"], f"usage {usage}")
        given, made = usage["input_token_details"], usage["output_token_details"]
        for total, details in ((usage["input_tokens"], given), (usage["output_tokens"], made)):
            kinds = (details.get(f"{kind}_tokens", 0) for kind in ("text", "audio", "image"))
            check(sum(kinds) == total, f"the kinds of tokens do not add up: {usage}")
        check(given["cached_tokens"] <= usage["input_tokens"], f"more cached than given: {usage}")


@scenario
async def metadata(server: Server) -> None:
    """The metadata of `response.create` come back, in `response.created` and in `response.done`."""
    tags = {"topic": "greeting", "client_event_id": "7"}
    async with server.connect() as line:
        await configure(line)
        events = await answered(line, metadata=tags)
        for event in (events[0], events[-1]):
            check(event["response"]["metadata"] == tags, f"{event['type']} has {event['response']['metadata']}")


@scenario
async def overrides(server: Server) -> None:
    """What `response.create` says of the output holds for that response only."""
    async with server.connect() as line:
        await configure(line, spoken=True)
        expect(await answered(line, output_modalities=["text"]), TEXT)
        expect(await answered(line), SOUND)


@scenario
async def max_output_tokens(server: Server) -> None:
    """An answer that reaches `max_output_tokens` is closed as `incomplete`, and so is its item."""
    async with server.connect() as line:
        await configure(line)
        events = await answered(line, LONG, max_output_tokens=5)
        expect(events, TEXT)
        done = events[-1]["response"]
        details = done["status_details"] or {}
        check(
            (done["status"], details.get("reason")) == ("incomplete", "max_output_tokens"),
            f"{done['status']}, {details}",
        )
        check(done["output"][0]["status"] == "incomplete", f"the item is {done['output'][0]['status']}")


@scenario
async def cancel(server: Server) -> None:
    """`response.cancel` in mid-sentence: all is closed as recorded, and nothing of the answer comes after it."""
    async with server.connect() as line:
        await configure(line, spoken=True)
        await line.say(LONG)
        await line.send("response.create")
        events = await line.sounding()
        await line.send("response.cancel")
        events += await line.until("response.done")
        expect(events, SOUND)
        done = events[-1]["response"]
        details = done["status_details"] or {}
        check(
            (done["status"], details.get("reason")) == ("cancelled", "client_cancelled"), f"{done['status']}, {details}"
        )
        check(done["output"][0]["status"] == "incomplete", f"the item is {done['output'][0]['status']}")
        await line.quiet(0.5, "rate_limits")


@scenario
async def cancel_at_once(server: Server) -> None:
    """`response.cancel` right behind `response.create`: the response is opened, and closed as cancelled."""
    async with server.connect() as line:
        await configure(line)
        await line.say(LONG)
        await line.send("response.create")
        await line.send("response.cancel")
        done = (await line.until("response.done"))[-1]["response"]
        check(done["status"] == "cancelled", f"the response is {done['status']}")
        await line.quiet(0.5, "rate_limits")


@scenario
async def cancel_while_idle(server: Server) -> None:
    """`response.cancel` with nothing to cancel is an error that clients know, and no more than that."""
    async with server.connect() as line:
        await configure(line)
        error = await line.error("response_cancel_not_active", await line.send("response.cancel"))
        check(error["message"].startswith("Cancellation failed"), f"message {error['message']!r}: livekit looks for it")
        expect(await answered(line), TEXT)

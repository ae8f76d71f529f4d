"""openai-agents, `RealtimeRunner`: the strictest of the Python clients, it validates every event."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

from agents import function_tool
from agents.realtime import RealtimeAgent, RealtimeRunner, RealtimeSession
from agents.realtime.model_inputs import RealtimeModelSendRawMessage, RealtimeModelSendSessionUpdate
from harness import (
    BYTES_PER_MS,
    LONG_QUESTION,
    QUESTION,
    WEATHER_ANSWER,
    WEATHER_QUESTION,
    Target,
    check,
    main,
    microphone,
)


@dataclass
class Talk:
    """A session and everything it has reported."""

    session: RealtimeSession
    seen: list[Any] = field(default_factory=list)
    audio: bytearray = field(default_factory=bytearray)

    async def until(self, wanted: Callable[[Any], bool], what: str) -> Any:
        async for event in self.session:
            self.seen.append(event)
            check(event.type != "error", f"{event} while waiting for {what}")
            if event.type == "audio":
                self.audio += event.audio.data
            if wanted(event):
                return event
        raise AssertionError(f"the session ended before {what}")

    async def wire(self, kind: str) -> dict[str, Any]:
        """The next event of the server of this type."""
        event = await self.until(lambda event: raw(event).get("type") == kind, kind)
        return raw(event)

    async def send(self, kind: str, **fields: Any) -> None:
        await self.session.model.send_event(RealtimeModelSendRawMessage({"type": kind, "other_data": fields}))


def raw(event: Any) -> dict[str, Any]:
    if event.type != "raw_model_event" or event.data.type != "raw_server_event":
        return {}
    return dict(event.data.data)


@contextlib.asynccontextmanager
async def connect(target: Target, agent: RealtimeAgent | None = None, **settings: Any) -> AsyncIterator[Talk]:
    agent = agent or RealtimeAgent(name="Assistant", instructions="Answer briefly.")
    runner = RealtimeRunner(agent, config={"model_settings": settings})
    url = f"{target.ws}/realtime?model=edge-agent"
    async with await runner.run(model_config={"url": url, "api_key": "any"}) as session:
        yield Talk(session)


async def text_turn(target: Target) -> None:
    async with connect(target, output_modalities=["text"]) as talk:
        await talk.session.send_message(QUESTION)
        done = await talk.wire("response.done")
        check(done["response"]["status"] == "completed", f"{done}")
        check(done["response"]["output"][0]["content"][0]["text"].strip(), f"{done}")


async def spoken_turn(target: Target) -> None:
    async with connect(target) as talk, microphone(talk.session.send_audio, target.question):
        await talk.until(lambda event: event.type == "audio_end", "audio_end")
        check(len(talk.audio) > 300 * BYTES_PER_MS, "no sound")
        heard = [raw(e) for e in talk.seen if raw(e).get("type", "").endswith("transcription.completed")]
        check(heard and heard[0]["transcript"].strip(), "nothing was heard")


async def tool_call(target: Target) -> None:
    talks: list[Talk] = []
    cities: list[str] = []

    @function_tool
    async def get_weather(city: str) -> str:
        """The weather in a city."""
        cities.append(city)
        await talks[0].session.model.send_event(RealtimeModelSendSessionUpdate({"tool_choice": "none"}))
        return WEATHER_ANSWER

    agent = RealtimeAgent(name="Assistant", instructions="Answer briefly.", tools=[get_weather])
    async with connect(target, agent, output_modalities=["text"], tool_choice="required") as talk:
        talks.append(talk)
        await talk.session.send_message(WEATHER_QUESTION)
        await talk.until(lambda event: event.type == "tool_end", "tool_end")
        check(cities, "the tool was not run")
        # An update of the client names every setting: the answer is spoken again.
        await talk.wire("response.output_audio_transcript.done")


async def barge_in(target: Target) -> None:
    async with connect(target) as talk:
        await talk.session.send_message(LONG_QUESTION)
        await talk.until(lambda event: event.type == "audio", "audio")
        async with microphone(talk.session.send_audio, target.interruption):
            await talk.until(lambda event: event.type == "audio_interrupted", "audio_interrupted")
            first = await talk.wire("response.done")
            second = await talk.wire("response.done")
        check(first["response"]["status"] == "cancelled", f"{first}")
        check(second["response"]["status"] == "completed", f"{second}")


async def cancel(target: Target) -> None:
    async with connect(target, turn_detection=None) as talk:
        await talk.session.send_message(LONG_QUESTION)
        await talk.until(lambda event: event.type == "audio", "audio")
        await talk.send("response.cancel")
        done = await talk.wire("response.done")
        check(done["response"]["status"] == "cancelled", f"{done}")


async def truncate_retrieve(target: Target) -> None:
    async with connect(target) as talk:
        await talk.session.send_message(LONG_QUESTION)
        done = await talk.wire("response.done")
        item = done["response"]["output"][0]
        await talk.send("conversation.item.truncate", item_id=item["id"], content_index=0, audio_end_ms=1500)
        await talk.wire("conversation.item.truncated")
        while True:  # the client retrieves by itself, too
            kept = (await talk.wire("conversation.item.retrieved"))["item"]
            if kept["id"] == item["id"] and kept["content"][0]["transcript"] != item["content"][0]["transcript"]:
                break
        check(item["content"][0]["transcript"].startswith(kept["content"][0]["transcript"]), f"{kept}")


async def two_sessions(target: Target) -> None:
    async with connect(target, output_modalities=["text"]) as one, connect(target) as other:
        await asyncio.gather(one.session.send_message(QUESTION), other.session.send_message(QUESTION))
        ends = await asyncio.gather(one.wire("response.done"), other.wire("response.done"))
        check(all(end["response"]["status"] == "completed" for end in ends), f"{ends}")


if __name__ == "__main__":
    listed = (text_turn, spoken_turn, tool_call, barge_in, cancel, truncate_retrieve, two_sessions)
    main({scenario.__name__: scenario for scenario in listed})

"""livekit-plugins-openai, `realtime.RealtimeModel`, without a room: its session is driven as an agent drives it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
from harness import (
    BYTES_PER_MS,
    LONG_QUESTION,
    QUESTION,
    WEATHER,
    WEATHER_ANSWER,
    WEATHER_QUESTION,
    Target,
    check,
    main,
    microphone,
)
from livekit import rtc
from livekit.agents import llm
from livekit.plugins.openai.realtime import RealtimeModel

RATE_HZ = 24_000


class Talk:
    """A session, its events in a queue, and what it was asked."""

    def __init__(self, session: Any) -> None:
        self.session = session
        self.chat = llm.ChatContext.empty()
        self._events: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
        for name in ("generation_created", "input_speech_started", "input_audio_transcription_completed", "error"):
            session.on(name, lambda event, name=name: self._events.put_nowait((name, event)))
        wire = "openai_server_event_received"
        session.on(wire, lambda event: self._events.put_nowait((event["type"], event)))

    async def until(self, wanted: str) -> Any:
        while True:
            name, event = await self._events.get()
            check(name != "error", f"{event} while waiting for {wanted}")
            if name == wanted:
                return event

    async def ask(self, text: str) -> None:
        self.chat.add_message(role="user", content=text)
        await self.session.update_chat_ctx(self.chat)

    async def push(self, pcm: bytes) -> None:
        self.session.push_audio(rtc.AudioFrame(pcm, RATE_HZ, 1, len(pcm) // 2))


@contextlib.asynccontextmanager
async def connect(target: Target, *modalities: Any) -> AsyncIterator[Talk]:
    async with aiohttp.ClientSession() as http:
        model = RealtimeModel(
            base_url=target.url, api_key="any", http_session=http, modalities=list(modalities) or ["text", "audio"]
        )
        session = model.session()
        try:
            yield Talk(session)
        finally:
            await session.aclose()
            await model.aclose()


async def answer(generation: Any) -> tuple[str, int]:
    """The text and the bytes of sound of a generation's first message."""
    async for message in generation.message_stream:
        text = [str(piece) async for piece in message.text_stream]
        sound = [len(frame.data.tobytes()) async for frame in message.audio_stream]
        return "".join(text), sum(sound)
    return "", 0


async def text_turn(target: Target) -> None:
    async with connect(target, "text") as talk:
        await talk.ask(QUESTION)
        text, _ = await answer(await talk.session.generate_reply())
        check(text.strip(), "no text")


async def spoken_turn(target: Target) -> None:
    async with connect(target) as talk, microphone(talk.push, target.question):
        heard = await talk.until("input_audio_transcription_completed")
        check(heard.transcript.strip(), "nothing was heard")
        text, sound = await answer(await talk.until("generation_created"))
        check(text.strip() and sound > 300 * BYTES_PER_MS, f"{text!r}, {sound} bytes of sound")


async def tool_call(target: Target) -> None:
    async with connect(target, "text") as talk:

        async def get_weather(raw_arguments: dict[str, object]) -> str:
            return WEATHER_ANSWER

        schema = {key: WEATHER[key] for key in ("name", "description", "parameters")}
        await talk.session.update_tools([llm.function_tool(get_weather, raw_schema=schema)])
        await talk.ask(WEATHER_QUESTION)
        generation = await talk.session.generate_reply(tool_choice="required")
        call = await anext(aiter(generation.function_stream))
        check(call.name == "get_weather" and "city" in call.arguments, f"{call}")
        chat = talk.session.chat_ctx.copy()
        output = llm.FunctionCallOutput(call_id=call.call_id, name=call.name, output=WEATHER_ANSWER, is_error=False)
        chat.items.append(output)
        await talk.session.update_chat_ctx(chat)
        text, _ = await answer(await talk.session.generate_reply(tool_choice="none"))
        check(text.strip(), "no text after the tool's answer")


async def barge_in(target: Target) -> None:
    async with connect(target) as talk:
        await talk.ask(LONG_QUESTION)
        await talk.session.generate_reply()
        await talk.until("response.output_audio.delta")
        async with microphone(talk.push, target.interruption):
            await talk.until("input_speech_started")
            first = await talk.until("response.done")
            second = await talk.until("response.done")
        check(first["response"]["status"] == "cancelled", f"{first}")
        check(second["response"]["status"] == "completed", f"{second}")


async def cancel(target: Target) -> None:
    async with connect(target) as talk:
        await talk.ask(LONG_QUESTION)
        await talk.session.generate_reply()
        await talk.until("response.output_audio.delta")
        talk.session.interrupt()
        done = await talk.until("response.done")
        check(done["response"]["status"] == "cancelled", f"{done}")


async def truncate_retrieve(target: Target) -> None:
    async with connect(target) as talk:
        await talk.ask(LONG_QUESTION)
        await talk.session.generate_reply()
        item = (await talk.until("response.done"))["response"]["output"][0]
        talk.session.truncate(message_id=item["id"], modalities=["audio"], audio_end_ms=1500)
        await talk.until("conversation.item.truncated")
        talk.session.send_event({"type": "conversation.item.retrieve", "item_id": item["id"]})
        kept = (await talk.until("conversation.item.retrieved"))["item"]["content"][0]["transcript"]
        whole = item["content"][0]["transcript"]
        check(whole.startswith(kept) and 0 < len(kept) < len(whole), kept)


async def two_sessions(target: Target) -> None:
    async with connect(target, "text") as one, connect(target) as other:
        await asyncio.gather(one.ask(QUESTION), other.ask(QUESTION))
        generations = await asyncio.gather(one.session.generate_reply(), other.session.generate_reply())
        answers = await asyncio.gather(*map(answer, generations))
        check(all(text.strip() for text, _ in answers), f"{answers}")


if __name__ == "__main__":
    listed = (text_turn, spoken_turn, tool_call, barge_in, cancel, truncate_retrieve, two_sessions)
    main({scenario.__name__: scenario for scenario in listed})

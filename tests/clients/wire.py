"""The scenarios for a client that shows the events as they are; openai_ga.py and openai_beta.py connect it."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from harness import (
    BYTES_PER_MS,
    LONG_QUESTION,
    QUESTION,
    WEATHER,
    WEATHER_ANSWER,
    WEATHER_QUESTION,
    Target,
    check,
    microphone,
)

Json = dict[str, Any]


@dataclass(frozen=True)
class Dialect:
    """The names in which GA and beta differ, and the session each wants."""

    text: str
    audio: str
    transcript: str
    item: str
    session: Callable[..., Json]
    """session(spoken, tools, tool_choice) -> the object of `session.update`"""


def ga_session(*, spoken: bool, tools: list[Json] | None = None, tool_choice: str = "auto") -> Json:
    session: Json = {"type": "realtime", "output_modalities": ["audio" if spoken else "text"]}
    session["audio"] = {"input": {"transcription": {"model": "whisper-1"}}}
    return session | ({"tools": tools, "tool_choice": tool_choice} if tools else {})


def beta_session(*, spoken: bool, tools: list[Json] | None = None, tool_choice: str = "auto") -> Json:
    session: Json = {"modalities": ["text", "audio"] if spoken else ["text"]}
    session |= {"turn_detection": {"type": "server_vad"}, "input_audio_transcription": {"model": "whisper-1"}}
    return session | ({"tools": tools, "tool_choice": tool_choice} if tools else {})


GA = Dialect(
    "response.output_text.delta",
    "response.output_audio.delta",
    "response.output_audio_transcript.done",
    "conversation.item.added",
    ga_session,
)
BETA = Dialect(
    "response.text.delta",
    "response.audio.delta",
    "response.audio_transcript.done",
    "conversation.item.created",
    beta_session,
)


@dataclass
class Wire:
    """One connection of a client: what it sends and what it has been sent."""

    dialect: Dialect
    send: Callable[[Json], Awaitable[object]]
    events: AsyncIterator[Json]
    received: list[Json] = field(default_factory=list)

    async def until(self, kind: str) -> Json:
        """The next event of this type. An `error` on the way is a failure, unless it is what is waited for."""
        async for event in self.events:
            self.received.append(event)
            if event["type"] == kind:
                return event
            check(event["type"] != "error", f"{event} while waiting for {kind}")
        raise AssertionError(f"the connection ended before {kind}")

    async def configure(self, **wanted: Any) -> None:
        await self.send({"type": "session.update", "session": self.dialect.session(**wanted)})
        await self.until("session.updated")

    async def ask(self, text: str) -> None:
        content = [{"type": "input_text", "text": text}]
        item = {"type": "message", "role": "user", "content": content}
        await self.send({"type": "conversation.item.create", "item": item})
        await self.send({"type": "response.create"})

    async def append(self, pcm: bytes) -> None:
        await self.send({"type": "input_audio_buffer.append", "audio": base64.b64encode(pcm).decode()})

    def all(self, kind: str) -> list[Json]:
        return [event for event in self.received if event["type"] == kind]

    def audio(self) -> bytes:
        return b"".join(base64.b64decode(event["delta"]) for event in self.all(self.dialect.audio))


Connect = Callable[[Target], contextlib.AbstractAsyncContextManager[Wire]]


async def text_turn(connect: Connect, target: Target) -> None:
    async with connect(target) as wire:
        await wire.configure(spoken=False)
        await wire.ask(QUESTION)
        done = await wire.until("response.done")
        check(done["response"]["status"] == "completed", f"{done}")
        check("".join(event["delta"] for event in wire.all(wire.dialect.text)).strip(), "no text")


async def spoken_turn(connect: Connect, target: Target) -> None:
    async with connect(target) as wire:
        await wire.configure(spoken=True)
        async with microphone(wire.append, target.question):
            done = await wire.until("response.done")
        check(done["response"]["status"] == "completed", f"{done}")
        heard = wire.all("conversation.item.input_audio_transcription.completed")
        check(heard and heard[0]["transcript"].strip(), "nothing was heard")
        check(len(wire.audio()) > 300 * BYTES_PER_MS, "no sound")


async def tool_call(connect: Connect, target: Target) -> None:
    async with connect(target) as wire:
        await wire.configure(spoken=False, tools=[WEATHER], tool_choice="required")
        await wire.ask(WEATHER_QUESTION)
        call = await wire.until("response.function_call_arguments.done")
        check("city" in json.loads(call["arguments"]), f"{call}")
        await wire.until("response.done")
        output = {"type": "function_call_output", "call_id": call["call_id"], "output": WEATHER_ANSWER}
        await wire.send({"type": "conversation.item.create", "item": output})
        await wire.send({"type": "response.create", "response": {"tool_choice": "none"}})
        done = await wire.until("response.done")
        check(done["response"]["output"][0]["type"] == "message", f"{done}")
        check(wire.all(wire.dialect.text), "no text after the tool's answer")


async def barge_in(connect: Connect, target: Target) -> None:
    async with connect(target) as wire:
        await wire.configure(spoken=True)
        await wire.ask(LONG_QUESTION)
        await wire.until(wire.dialect.audio)
        async with microphone(wire.append, target.interruption):
            first = await wire.until("response.done")
            second = await wire.until("response.done")
        check(first["response"]["status"] == "cancelled", f"{first}")
        check(first["response"]["status_details"]["reason"] == "turn_detected", f"{first}")
        check(second["response"]["status"] == "completed", f"{second}")


async def cancel(connect: Connect, target: Target) -> None:
    async with connect(target) as wire:
        await wire.configure(spoken=True)
        await wire.ask(LONG_QUESTION)
        await wire.until(wire.dialect.audio)
        await wire.send({"type": "response.cancel"})
        done = await wire.until("response.done")
        check(done["response"]["status"] == "cancelled", f"{done}")
        check(done["response"]["status_details"]["reason"] == "client_cancelled", f"{done}")


async def truncate_retrieve(connect: Connect, target: Target) -> None:
    async with connect(target) as wire:
        await wire.configure(spoken=True)
        await wire.ask(LONG_QUESTION)
        done = await wire.until("response.done")
        item = done["response"]["output"][0]
        truncate = {"type": "conversation.item.truncate", "item_id": item["id"]}
        await wire.send(truncate | {"content_index": 0, "audio_end_ms": 1500})
        await wire.until("conversation.item.truncated")
        await wire.send({"type": "conversation.item.retrieve", "item_id": item["id"]})
        kept = (await wire.until("conversation.item.retrieved"))["item"]["content"][0]
        whole = item["content"][0]["transcript"]
        check(whole.startswith(kept["transcript"]) and 0 < len(kept["transcript"]) < len(whole), f"{kept}")
        check(abs(len(base64.b64decode(kept["audio"])) / BYTES_PER_MS - 1500) < 30, "another length of sound")


async def two_sessions(connect: Connect, target: Target) -> None:
    async with connect(target) as one, connect(target) as other:
        await one.configure(spoken=False)
        await other.configure(spoken=True)
        await asyncio.gather(one.ask(QUESTION), other.ask(QUESTION))
        await asyncio.gather(one.until("response.done"), other.until("response.done"))
        ids = [{event["item"]["id"] for event in wire.all(wire.dialect.item)} for wire in (one, other)]
        check(ids[0] and ids[1] and not ids[0] & ids[1], f"{ids}")


def scenarios(connect: Connect) -> dict[str, Callable[[Target], Awaitable[None]]]:
    """Every scenario over connections made by `connect`."""
    listed = (text_turn, spoken_turn, tool_call, barge_in, cancel, truncate_retrieve, two_sessions)
    return {scenario.__name__: partial(scenario, connect) for scenario in listed}

"""What most scenarios do: set the session up, ask, wait for the whole answer."""

from __future__ import annotations

from typing import Any

from tests.rigs.conformance.client import Line, check
from tests.rigs.conformance.names import Json

LONG = "Describe a whole day of a farmer, hour by hour, in many sentences."
"""Asks for an answer that is still being made when something else happens."""
SHORT = "Say hello."

SERVER_VAD: Json = {"type": "server_vad", "create_response": True, "interrupt_response": True}
WHISPER: Json = {"model": "whisper-1"}

WEATHER: Json = {
    "type": "function",
    "name": "get_weather",
    "description": "The weather in a city right now.",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    },
}


async def configure(
    line: Line,
    *,
    spoken: bool = False,
    turns: Json | None = None,
    transcription: Json | None = None,
    **session: Any,
) -> Json:
    """After `session.created`, set the session; by default texts, and no turn detection. Returns the session."""
    await line.until("session.created")
    audio = {"input": {"turn_detection": turns, "transcription": transcription}}
    modalities = ["audio" if spoken else "text"]
    wanted = {"type": "realtime", "output_modalities": modalities, "audio": audio} | session
    await line.send("session.update", session=wanted)
    return dict((await line.until("session.updated"))[-1]["session"])


async def configure_beta(line: Line, *, spoken: bool = False, **session: Any) -> Json:
    """As `configure`."""
    await line.until("conversation.created")
    modalities = ["text", "audio"] if spoken else ["text"]
    wanted = {"modalities": modalities, "turn_detection": None} | session
    await line.send("session.update", session=wanted)
    return dict((await line.until("session.updated"))[-1]["session"])


async def answered(line: Line, text: str = SHORT, **response: Any) -> list[Json]:
    """A message of the user and the whole answer to it: the events from `response.created` on."""
    await line.say(text)
    return await responded(line, **response)


async def responded(line: Line, **response: Any) -> list[Json]:
    """`response.create` and the events up to `response.done`."""
    await line.send("response.create", **({"response": response} if response else {}))
    created = (await line.until("response.created"))[-1]
    return [created, *await line.until("response.done")]


async def spoken_answer(line: Line) -> str:
    """Have a text answered aloud. Returns the id of the assistant's item."""
    done = (await answered(line))[-1]["response"]
    check(done["status"] == "completed", f"the response is {done['status']}: {done['status_details']}")
    return str(done["output"][0]["id"])

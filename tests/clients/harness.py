"""What every client is asked to do, and how its driver reports: one JSON line a scenario. Standard library only.

A driver runs in the environment of its client, where nothing of edge_agent is installed:
`python openai_ga.py http://127.0.0.1:8765/v1 QUESTION.pcm INTERRUPTION.pcm` (PCM16, 24 kHz, mono).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

SCENARIOS = ("text_turn", "spoken_turn", "tool_call", "barge_in", "cancel", "truncate_retrieve", "two_sessions")
BYTES_PER_MS = 48
CHUNK_MS = 40
PATIENCE_S = 60.0
"""For a whole scenario: a shared machine with two cores may take seconds for an answer."""

QUESTION = "What is the capital of France?"
LONG_QUESTION = "Explain in many sentences how a bicycle works."
WEATHER = {
    "type": "function",
    "name": "get_weather",
    "description": "The weather in a city.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
WEATHER_QUESTION = "What is the weather in Paris?"
WEATHER_ANSWER = "Sunny, 22 degrees."


@dataclass(frozen=True)
class Target:
    url: str
    """http://HOST:PORT/v1"""
    question: bytes
    """Spoken: PCM16, 24 kHz."""
    interruption: bytes

    @property
    def ws(self) -> str:
        return "ws" + self.url.removeprefix("http")


@contextlib.asynccontextmanager
async def microphone(send: Callable[[bytes], Awaitable[object]], speech: bytes) -> AsyncIterator[None]:
    """Sends `speech`, then silence, at real-time pace, for as long as the block lasts."""

    async def talk() -> None:
        size, at = CHUNK_MS * BYTES_PER_MS, 0
        begun = asyncio.get_running_loop().time()
        while True:
            await send(speech[at : at + size].ljust(size, b"\0"))
            at += size
            due = begun + at / BYTES_PER_MS / 1000
            await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))

    talking = asyncio.create_task(talk())
    try:
        yield
    finally:
        talking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await talking


def check(condition: object, what: str) -> None:
    """As `assert`, which pytest does not rewrite here."""
    if not condition:
        raise AssertionError(what)


def main(scenarios: dict[str, Callable[[Target], Awaitable[None]]]) -> None:
    """Run every scenario against the server named on the command line, and report each."""
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("question", type=Path)
    parser.add_argument("interruption", type=Path)
    parser.add_argument("--only", choices=list(scenarios), action="append")
    chosen = parser.parse_args()
    target = Target(chosen.url, chosen.question.read_bytes(), chosen.interruption.read_bytes())
    for name in chosen.only or scenarios:
        note = ""
        try:
            asyncio.run(asyncio.wait_for(scenarios[name](target), PATIENCE_S))
        except Exception as error:
            note = "".join(traceback.format_exception(error))
        sys.stdout.write(json.dumps({"scenario": name, "ok": not note, "note": note}) + "\n")
        sys.stdout.flush()

"""The Realtime API of today (GA), through openai-python: asks aloud what a WAV says, writes the answer to reply.wav.

Nothing in it knows of edge_agent: only the base of its URL is another one. Needs openai[realtime] and numpy.

    edge-agent serve &
    python examples/realtime_ga.py --input examples/question.wav
"""

import argparse
import asyncio
import base64
import os
import wave

import numpy as np
from openai import AsyncOpenAI
from openai.resources.realtime.realtime import AsyncRealtimeConnection

BASE = os.environ.get("REALTIME_BASE_URL", "http://127.0.0.1:8765/v1")  # was https://api.openai.com/v1
RATE_HZ = 24_000
CHUNK_S = 0.04

SESSION = {
    "type": "realtime",
    "instructions": "You are a helpful assistant. Answer in one short sentence.",
    "audio": {
        "input": {"transcription": {"model": "whisper-1"}, "turn_detection": {"type": "server_vad"}},
        "output": {"voice": "alloy"},
    },
}


def read_wav(path: str) -> bytes:
    """The sound of a mono WAV as PCM16 at RATE_HZ. Linear interpolation is good enough for speech."""
    with wave.open(path, "rb") as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), np.int16)
        seconds = np.arange(len(samples) * RATE_HZ // file.getframerate()) / RATE_HZ
        return np.interp(seconds * file.getframerate(), np.arange(len(samples)), samples).astype("<i2").tobytes()


def write_wav(path: str, sound: bytes) -> None:
    with wave.open(path, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(sound)


async def stream(connection: AsyncRealtimeConnection, sound: bytes) -> None:
    """Like a microphone: `sound`, then silence, at the pace at which it would be spoken."""
    size = int(CHUNK_S * RATE_HZ) * 2
    at, begun = 0, asyncio.get_running_loop().time()
    while True:
        chunk = sound[at : at + size].ljust(size, b"\0")
        await connection.input_audio_buffer.append(audio=base64.b64encode(chunk).decode("ascii"))
        at += size
        await asyncio.sleep(begun + at / 2 / RATE_HZ - asyncio.get_running_loop().time())


async def listen(connection: AsyncRealtimeConnection) -> bytes:
    """Prints what is said, and returns the sound of the first response."""
    reply = b""
    async for event in connection:
        match event.type:
            case "conversation.item.input_audio_transcription.completed":
                print(f"You: {event.transcript}")
            case "response.created":
                print("Assistant: ", end="", flush=True)
            case "response.output_text.delta" | "response.output_audio_transcript.delta":
                print(event.delta, end="", flush=True)
            case "response.output_audio.delta":
                reply += base64.b64decode(event.delta)
            case "response.done":
                print(f"\n({event.response.status})")
                break
            case "error":
                raise SystemExit(f"error: {event.error.message}")
    return reply


async def converse(base_url: str, sound: bytes) -> bytes:
    client = AsyncOpenAI(api_key=os.environ.get("OPENAI_API_KEY", "any"), base_url=base_url)
    async with client.realtime.connect(model="gpt-realtime") as connection:
        await connection.session.update(session=SESSION)
        microphone = asyncio.create_task(stream(connection, sound))
        try:
            return await listen(connection)
        finally:
            microphone.cancel()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--base-url", default=BASE)
    parser.add_argument("--input", default="examples/question.wav", help="what is asked: a mono WAV of 16 bits")
    parser.add_argument("--output", default="reply.wav")
    args = parser.parse_args()
    reply = asyncio.run(converse(args.base_url, read_wav(args.input)))
    write_wav(args.output, reply)
    print(f"{args.output}: {len(reply) / 2 / RATE_HZ:.1f} s")


if __name__ == "__main__":
    main()

"""A program of the old Realtime style (beta): asks aloud what a WAV says, writes the answer to reply.wav.

Nothing in it knows of edge_agent: only the base of its URL is another one. Needs websockets and numpy.

    edge-agent serve &
    python examples/realtime_beta.py --input examples/question.wav
"""

import argparse
import asyncio
import base64
import json
import os
import wave

import numpy as np
import websockets

BASE = os.environ.get("REALTIME_URL", "ws://127.0.0.1:8765/v1/realtime")  # was wss://api.openai.com/v1/realtime
RATE_HZ = 24_000
CHUNK_S = 0.04

SESSION = {
    "modalities": ["text", "audio"],
    "instructions": "You are a helpful assistant. Answer in one short sentence.",
    "voice": "alloy",
    "input_audio_format": "pcm16",
    "output_audio_format": "pcm16",
    "input_audio_transcription": {"model": "whisper-1"},
    "turn_detection": {"type": "server_vad"},
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


async def stream(ws: websockets.ClientConnection, sound: bytes) -> None:
    """Like a microphone: `sound`, then silence, at the pace at which it would be spoken."""
    size = int(CHUNK_S * RATE_HZ) * 2
    at, begun = 0, asyncio.get_running_loop().time()
    while True:
        chunk = sound[at : at + size].ljust(size, b"\0")
        audio = base64.b64encode(chunk).decode("ascii")
        await ws.send(json.dumps({"type": "input_audio_buffer.append", "audio": audio}))
        at += size
        await asyncio.sleep(begun + at / 2 / RATE_HZ - asyncio.get_running_loop().time())


async def listen(ws: websockets.ClientConnection) -> bytes:
    """Prints what is said, and returns the sound of the first response."""
    reply = b""
    async for message in ws:
        event = json.loads(message)
        match event["type"]:
            case "conversation.item.input_audio_transcription.completed":
                print(f"You: {event['transcript']}")
            case "response.created":
                print("Assistant: ", end="", flush=True)
            case "response.text.delta" | "response.audio_transcript.delta":
                print(event["delta"], end="", flush=True)
            case "response.audio.delta":
                reply += base64.b64decode(event["delta"])
            case "response.done":
                print(f"\n({event['response']['status']})")
                break
            case "error":
                raise SystemExit(f"error: {event['error']['message']}")
    return reply


async def converse(url: str, sound: bytes) -> bytes:
    headers = {"Authorization": f"Bearer {os.environ.get('OPENAI_API_KEY', 'any')}", "OpenAI-Beta": "realtime=v1"}
    async with websockets.connect(url, additional_headers=headers) as ws:
        await ws.send(json.dumps({"type": "session.update", "session": SESSION}))
        microphone = asyncio.create_task(stream(ws, sound))
        try:
            return await listen(ws)
        finally:
            microphone.cancel()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url", default=f"{BASE}?model=gpt-4o-realtime-preview-2024-10-01")
    parser.add_argument("--input", default="examples/question.wav", help="what is asked: a mono WAV of 16 bits")
    parser.add_argument("--output", default="reply.wav")
    args = parser.parse_args()
    reply = asyncio.run(converse(args.url, read_wav(args.input)))
    write_wav(args.output, reply)
    print(f"{args.output}: {len(reply) / 2 / RATE_HZ:.1f} s")


if __name__ == "__main__":
    main()

"""Formats of sound: G.711, and sound that is cut anywhere."""

from __future__ import annotations

import base64

from tests.rigs.conformance.client import Server, check
from tests.rigs.conformance.names import Json
from tests.rigs.conformance.orders import SOUND, expect, sound_of
from tests.rigs.conformance.scenario import scenario
from tests.rigs.conformance.speech import ULAW_PER_MS, question, question_ulaw
from tests.rigs.conformance.steps import SERVER_VAD, WHISPER, answered, configure

ULAW: Json = {"type": "audio/pcmu"}
SILENCE = b"\xff"
"""In G.711 mu-law."""


@scenario
async def g711(server: Server) -> None:
    """A telephone's turn: G.711 mu-law in and out."""
    server.over_sockets_only()
    async with server.connect(complete=False) as line:
        heard = {"format": ULAW, "turn_detection": SERVER_VAD, "transcription": WHISPER}
        session = await configure(line, audio={"input": heard, "output": {"format": ULAW}}, output_modalities=["audio"])
        check(session["audio"]["output"]["format"]["type"] == "audio/pcmu", f"{session['audio']['output']}")
        async with line.microphone(question_ulaw(), ULAW_PER_MS, SILENCE):
            await line.until("input_audio_buffer.committed")
            events = await line.until("response.done")
        sound = sound_of(events)
        check(len(sound) >= 100 * ULAW_PER_MS, f"{len(sound)} bytes of sound")
        check(set(sound) - {0x7F, 0xFF}, "the sound is silence")


@scenario
async def format_between_answers(server: Server) -> None:
    """The format of the output may change between two answers: the same words then take a sixth of the bytes."""
    server.over_sockets_only()
    async with server.connect() as line:
        await configure(line, spoken=True)
        pcm = len(sound_of(await answered(line, "Say only the word yes."))) / 48
        await line.send("session.update", session={"type": "realtime", "audio": {"output": {"format": ULAW}}})
        await line.until("session.updated")
        events = await answered(line, "Say only the word yes.")
        expect(events, SOUND)
        ulaw = len(sound_of(events)) / ULAW_PER_MS
        check(ulaw > 0 and 0.2 < pcm / ulaw < 5, f"{pcm:.0f} ms of PCM, and {ulaw:.0f} ms of G.711")


@scenario
async def odd_bytes(server: Server) -> None:
    """Sound may be cut in the middle of a sample."""
    async with server.connect() as line:
        await configure(line, transcription=WHISPER)
        sound = question()
        for begin in range(0, len(sound), 4801):
            await line.append(sound[begin : begin + 4801])
        await line.send("input_audio_buffer.commit")
        written = await line.until("conversation.item.input_audio_transcription.completed")
        check(written[-1]["transcript"].strip(), "nothing was understood")


@scenario
async def large_append(server: Server) -> None:
    """One event may carry 15 MiB of sound; the session lives on."""
    server.over_sockets_only()
    async with server.connect() as line:
        await configure(line)
        sound = base64.b64encode(bytes(15 * 2**20)).decode()
        await line.send("input_audio_buffer.append", audio=sound)
        await line.send("input_audio_buffer.clear")
        await line.until("input_audio_buffer.cleared")

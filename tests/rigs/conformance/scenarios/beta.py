"""The older dialect, which a client asks for with the header `OpenAI-Beta: realtime=v1`."""

from __future__ import annotations

import json

from tests.rigs.conformance.client import Server, check
from tests.rigs.conformance.orders import BETA_SOUND, BETA_TEXT, expect, sound_of, text_of
from tests.rigs.conformance.scenario import scenario
from tests.rigs.conformance.speech import PCM_PER_MS, question
from tests.rigs.conformance.steps import LONG, SERVER_VAD, WEATHER, WHISPER, answered, configure_beta

KEYS = {
    *("id", "object", "model", "modalities", "instructions", "voice", "input_audio_format", "output_audio_format"),
    *("input_audio_transcription", "turn_detection", "tools", "tool_choice", "temperature"),
    "max_response_output_tokens",
}


@scenario
async def beta_session(server: Server) -> None:
    """`session.created` with a flat session, then `conversation.created`; updates are flat too."""
    async with server.connect("beta") as line:
        events = await line.until("conversation.created")
        expect(events, ["session.created", "conversation.created"])
        session = events[0]["session"]
        check(session.keys() >= KEYS, f"without {', '.join(sorted(KEYS - session.keys()))}")
        await line.send("session.update", session={"instructions": "Be brief.", "turn_detection": None})
        session = (await line.until("session.updated"))[-1]["session"]
        check(session["instructions"] == "Be brief.", f"instructions {session['instructions']!r}")
        check(session["turn_detection"] is None, f"turn_detection {session['turn_detection']}")
        check(sorted(session["modalities"]) == ["audio", "text"], f"modalities {session['modalities']}")


@scenario
async def beta_text_turn(server: Server) -> None:
    """A written answer."""
    async with server.connect("beta") as line:
        await configure_beta(line)
        events = await answered(line)
        expect(events, BETA_TEXT)
        done = events[-1]["response"]
        check(done["status"] == "completed", f"the response is {done['status']}")
        check(done["output"][0]["content"][0]["type"] == "text", f"content {done['output'][0]['content']}")
        check(text_of(done).strip(), "the answer is empty")


@scenario
async def beta_spoken_turn(server: Server) -> None:
    """A spoken question, a spoken answer."""
    async with server.connect("beta", complete=False) as line:
        await configure_beta(line, spoken=True, turn_detection=SERVER_VAD, input_audio_transcription=WHISPER)
        async with line.microphone(question()):
            events = await line.until("response.done")
        buffer = ["speech_started", "speech_stopped", "committed"]
        turn = [*(f"input_audio_buffer.{step}" for step in buffer), "conversation.item.created"]
        expect(events, turn + BETA_SOUND, ("conversation.item.input_audio_transcription.", "rate_limits."))
        check(len(sound_of(events)) >= 100 * PCM_PER_MS, "less than 100 ms of sound")
        check(events[-1]["response"]["output"][0]["content"][0]["type"] == "audio", "the content is no audio")


@scenario
async def beta_function_call(server: Server) -> None:
    """A call of a tool."""
    async with server.connect("beta") as line:
        await configure_beta(line, tools=[WEATHER], tool_choice="required")
        call = (await answered(line, "What is the weather in Paris?"))[-1]["response"]["output"][0]
        check(call["type"] == "function_call", f"the output is {call}")
        check("city" in json.loads(call["arguments"]), f"the arguments are {call['arguments']}")


@scenario
async def beta_cancel(server: Server) -> None:
    """`response.cancel` in mid-sentence."""
    async with server.connect("beta") as line:
        await configure_beta(line, spoken=True)
        await line.say(LONG)
        await line.send("response.create")
        events = await line.until("response.audio.delta")
        await line.send("response.cancel")
        events += await line.until("response.done")
        expect(events, BETA_SOUND)
        check(events[-1]["response"]["status"] == "cancelled", f"the response is {events[-1]['response']['status']}")
        await line.quiet(0.5, "rate_limits")

"""What was recorded of the hosted service, as facts: the client's acts, the order of events, their keys.

Source: pydantic/pydantic-ai, tests/realtime/cassettes/test_openai_ws/ (MIT); the barge-in is in a fork of it. Read on
2026-11-23. Nothing is copied: no text, no sound, no ids, and of values only those that the client's events need.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
Keys = frozenset[str]


@dataclass(frozen=True)
class Speech:
    """The user speaks."""

    start_s: float
    end_s: float
    into_answer: bool = False
    """When only some of the answer has come."""
    then: Json | None = None
    """What the client sends when it hears of it."""


@dataclass(frozen=True)
class Silence:
    """The user says nothing for so long."""

    seconds: float


@dataclass(frozen=True)
class Recording:
    file: str
    """Without .yaml."""
    commit: str
    played: tuple[Json | Speech | Silence, ...]
    """What the client did, in order; before each, answers that are due are made."""
    received: str
    """Rows of KEYS in order. Of deltas in a row, those of each type are one; see FREE."""
    transcribed: int = 0
    """How many items of sound had their words told."""
    repository: str = "pydantic/pydantic-ai"


FREE = ("conversation.item.input_audio_transcription.", "conversation.item.truncated")
"""Events whose place says nothing. Words of the user's came at any time from the middle of the turn to the middle of
the answer. That nothing had been played the hosted service acknowledged behind the next turn's item; we do at once."""

# --- keys -------------------------------------------------------------------------------------------------------------


def keys(names: str, /, **objects: Keys) -> Keys:
    """The names, and those inside of objects behind theirs: `usage.total_tokens`. A list is as one of its entries."""
    return frozenset({*names.split(), *objects, *(f"{name}.{key}" for name, inner in objects.items() for key in inner)})


def event(names: str = "", /, **objects: Keys) -> Keys:
    return keys(f"type event_id {names}", **objects)


def session(*, transcription: Keys = frozenset(), tools: Keys = frozenset()) -> Keys:
    vad = keys(
        "type threshold prefix_padding_ms silence_duration_ms idle_timeout_ms create_response interrupt_response"
    )
    heard = keys("noise_reduction", format=FORMAT, transcription=transcription, turn_detection=vad)
    plain = (
        "type object id model output_modalities instructions tool_choice max_output_tokens tracing truncation prompt"
    )
    audio = keys("", input=heard, output=keys("voice speed", format=FORMAT))
    return keys(f"{plain} expires_at include", tools=tools, audio=audio)


def response(output: Keys = frozenset(), *, usage: Keys = frozenset(), details: Keys = frozenset()) -> Keys:
    plain = "object id status conversation_id output_modalities max_output_tokens metadata"
    audio = keys("", output=keys("voice", format=FORMAT))
    return keys(plain, output=output, audio=audio, usage=usage, status_details=details)


FORMAT = keys("type rate")
TRANSCRIPTION = keys("model language prompt")
TOOL = keys("type name description parameters")
TEXT, SOUND = keys("type text"), keys("type transcript")
"""Contents and parts."""
EMPTY = keys("id type status role content")
WRITTEN, SPOKEN = keys("id type status role", content=TEXT), keys("id type status role", content=SOUND)
CALL, RESULT = keys("id type status name call_id arguments"), keys("id type call_id output")
CACHED = keys("text_tokens audio_tokens image_tokens")
READ = keys("text_tokens audio_tokens image_tokens cached_tokens", cached_tokens_details=CACHED)
MADE = keys("text_tokens audio_tokens")
USAGE = keys("total_tokens input_tokens output_tokens", input_token_details=READ, output_token_details=MADE)
CANCELLED = keys("type reason")
OUTPUT = "response_id item_id output_index"
PART = f"{OUTPUT} content_index"

KEYS = {
    "session.created": event(session=session()),
    "session.updated": event(session=session(transcription=TRANSCRIPTION)),
    "session.updated:tools": event(session=session(transcription=TRANSCRIPTION, tools=TOOL)),
    "input_audio_buffer.speech_started": event("audio_start_ms item_id"),
    "input_audio_buffer.speech_stopped": event("audio_end_ms item_id"),
    "input_audio_buffer.timeout_triggered": event("audio_start_ms audio_end_ms item_id"),
    "input_audio_buffer.committed": event("previous_item_id item_id"),
    "conversation.item.added:empty": event("previous_item_id", item=EMPTY),
    "conversation.item.added:text": event("previous_item_id", item=WRITTEN),
    "conversation.item.added:sound": event("previous_item_id", item=SPOKEN),
    "conversation.item.added:call": event("previous_item_id", item=CALL),
    "conversation.item.added:result": event("previous_item_id", item=RESULT),
    "conversation.item.done:text": event("previous_item_id", item=WRITTEN),
    "conversation.item.done:sound": event("previous_item_id", item=SPOKEN),
    "conversation.item.done:call": event("previous_item_id", item=CALL),
    "conversation.item.done:result": event("previous_item_id", item=RESULT),
    "conversation.item.truncated": event("item_id content_index audio_end_ms"),
    "conversation.item.input_audio_transcription.delta": event("item_id content_index delta obfuscation"),
    "conversation.item.input_audio_transcription.completed": event(
        "item_id content_index transcript", usage=keys("type seconds")
    ),
    "response.created": event(response=response()),
    "response.output_item.added:empty": event("response_id output_index", item=EMPTY),
    "response.output_item.added:call": event("response_id output_index", item=CALL),
    "response.content_part.added:text": event(PART, part=TEXT),
    "response.content_part.added:sound": event(PART, part=SOUND),
    "response.output_text.delta": event(f"{PART} delta obfuscation"),
    "response.output_text.done": event(f"{PART} text"),
    "response.output_audio_transcript.delta": event(f"{PART} delta obfuscation"),
    "response.output_audio_transcript.done": event(f"{PART} transcript"),
    "response.output_audio.delta": event(f"{PART} delta"),
    "response.output_audio.done": event(PART),
    "response.function_call_arguments.delta": event(f"{OUTPUT} call_id delta obfuscation"),
    "response.function_call_arguments.done": event(f"{OUTPUT} call_id name arguments"),
    "response.content_part.done:text": event(PART, part=TEXT),
    "response.content_part.done:sound": event(PART, part=SOUND),
    "response.output_item.done:text": event("response_id output_index", item=WRITTEN),
    "response.output_item.done:sound": event("response_id output_index", item=SPOKEN),
    "response.output_item.done:call": event("response_id output_index", item=CALL),
    "response.done:text": event(response=response(WRITTEN, usage=USAGE)),
    "response.done:sound": event(response=response(SPOKEN, usage=USAGE)),
    "response.done:cancelled": event(response=response(SPOKEN, usage=USAGE, details=CANCELLED)),
    "response.done:call": event(response=response(CALL, usage=USAGE)),
    "rate_limits.updated": event(rate_limits=keys("name limit remaining reset_seconds")),
}
"""What stands behind the colon tells events of one type with different keys apart.

A newer model (gpt-realtime-2.1-mini, in the idle timeout's recording only) put `phase` into its items and
`reasoning_tokens` into the usage of its output; that is left out here, both are optional."""

# --- recordings -------------------------------------------------------------------------------------------------------

VAD = {"type": "server_vad", "create_response": True, "interrupt_response": True}
PCM = {"type": "audio/pcm", "rate": 24000}
WEATHER = {
    "type": "function",
    "name": "get_weather",
    "description": "",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    },
}
RESPOND: Json = {"type": "response.create"}
TRUNCATE: Json = {"type": "conversation.item.truncate", "item_id": "", "content_index": 0, "audio_end_ms": 0}
"""Of the answer that is being heard."""


def update(modality: str = "audio", instructions: str = "Be brief.", idle_ms: int | None = None, **more: Any) -> Json:
    detection = {**VAD, **({"idle_timeout_ms": idle_ms} if idle_ms else {})}
    heard = {"format": PCM, "turn_detection": detection, "transcription": {"model": "gpt-realtime-whisper"}}
    audio = {"input": heard, "output": {"format": PCM}}
    settings = {"instructions": instructions, "output_modalities": [modality], "audio": audio, **more}
    return {"type": "session.update", "session": {"type": "realtime", **settings}}


def message(role: str = "user", **fields: str) -> Json:
    content = {"type": "output_text" if role == "assistant" else "input_text", "text": "hi"}
    item = {"type": "message", "role": role, "content": [content], **fields}
    return {"type": "conversation.item.create", "item": item}


def result(call_id: str) -> Json:
    item = {"type": "function_call_output", "call_id": call_id, "output": "fog"}
    return {"type": "conversation.item.create", "item": item}


BEGUN = "session.created session.updated"
USER_TEXT = "conversation.item.added:text conversation.item.done:text"
USER_SOUND = "input_audio_buffer.committed conversation.item.added:sound conversation.item.done:sound"
STARTED, STOPPED = "input_audio_buffer.speech_started", "input_audio_buffer.speech_stopped"
OPENED = "response.created response.output_item.added:empty conversation.item.added:empty"
SAYING = (
    f"{OPENED} response.content_part.added:sound response.output_audio_transcript.delta response.output_audio.delta"
)
SAID = (
    "response.output_audio.done response.output_audio_transcript.done response.content_part.done:sound"
    " conversation.item.done:sound response.output_item.done:sound"
)
SPOKEN_ANSWER = f"{SAYING} {SAID} response.done:sound"
WRITTEN_ANSWER = (
    f"{OPENED} response.content_part.added:text response.output_text.delta response.output_text.done"
    " response.content_part.done:text conversation.item.done:text response.output_item.done:text response.done:text"
)
CALL_ANSWER = (
    "response.created response.output_item.added:call conversation.item.added:call"
    " response.function_call_arguments.delta response.function_call_arguments.done"
    " conversation.item.done:call response.output_item.done:call response.done:call"
)
TURN = f"{STARTED} {STOPPED} {USER_SOUND} {SPOKEN_ANSWER}"
LIMITS = "rate_limits.updated"

RECORDINGS = (
    Recording(
        "test_audio_in_server_vad_turn",
        "18cc3172a53be2475d8d49b041dd5dd3379a00fe",
        (update(), Speech(1.76, 4.056)),
        f"{BEGUN} {TURN}",
        transcribed=1,
    ),
    Recording(
        "test_text_in_audio_out_turn",
        "90bb890788d392621c6c01334c541a00c64061f0",
        (update(), message(), RESPOND),
        f"{BEGUN} {USER_TEXT} {SPOKEN_ANSWER} {LIMITS}",
    ),
    Recording(
        "test_tool_call_round",
        "65334e7eb46787060d1905f2bd5a9bc8a6f40138",
        (update("text", tools=[WEATHER]), message(), RESPOND, result("call"), RESPOND),
        f"session.created session.updated:tools {USER_TEXT} {CALL_ANSWER} {LIMITS}"
        f" conversation.item.added:result conversation.item.done:result {WRITTEN_ANSWER}",
    ),
    Recording(
        "test_message_history_seeding",
        "2fb32dd299c71b0e3ff0c71cb6f7fe49ae19e21a",
        (update("text", instructions=""), message(), message("assistant"), message(), RESPOND),
        f"{BEGUN} {USER_TEXT} {USER_TEXT} {USER_TEXT} {WRITTEN_ANSWER}",
    ),
    Recording(
        "test_idle_timeout_nudge_is_not_a_user_turn",
        "ad405285706ecc48a195152249bd8f3877505d03",
        (
            update(idle_ms=5000),
            {**message(id="clients_own"), "event_id": "content.0"},
            {**RESPOND, "event_id": "response.0", "response": {"metadata": {"inputs": "0"}}},
            Silence(6),
        ),
        f"{BEGUN} {USER_TEXT} {SPOKEN_ANSWER} {LIMITS}"
        f" input_audio_buffer.timeout_triggered {USER_TEXT} {USER_SOUND} {SPOKEN_ANSWER} {LIMITS}",
        transcribed=1,
    ),
    Recording(
        "test_input_audio_retention_segments_three_server_vad_turns",
        "4638e140d4304b5136ceb9a0ee55f72dd6674a04",
        (update(), Speech(1.76, 4.056), Speech(9.248, 11.544), Speech(16.736, 19.032)),
        f"{BEGUN} {TURN} {LIMITS} {TURN} {LIMITS} {TURN} {LIMITS}",
        transcribed=3,
    ),
    Recording(
        "test_handle_barge_in_over_live_speech",
        "019c0526b8be4cd542012e9cd5b297c4091e28cb",
        (update(), Speech(1.76, 4.056), Speech(7.232, 9.56, into_answer=True, then=TRUNCATE)),
        f"{BEGUN} {STARTED} {STOPPED} {USER_SOUND} {SAYING}"
        f" {STARTED} {SAID} response.done:cancelled {STOPPED} {USER_SOUND}"
        f" conversation.item.truncated {SPOKEN_ANSWER}",
        transcribed=2,
        repository="rkfshakti/pydantic-ai",
    ),
)

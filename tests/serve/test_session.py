"""The session object: defaults as recorded, merging, what is refused and how, what the protocol reads from it."""

import pytest
from openai.types.realtime import RealtimeSessionCreateResponse, RealtimeTranscriptionSessionCreateRequest
from wire_types import fits

from edge_agent.host.jobs import Detection
from edge_agent.serve.realtime_protocol.errors import ClientError
from edge_agent.serve.realtime_protocol.session import Session
from edge_agent.think.brief import Tool

WEATHER = {"type": "function", "name": "weather", "description": "Now", "parameters": {"type": "object"}}


def session(type="realtime", **patch):
    made = Session.default(id="sess_1", model="any", instructions="Be brief.", expires_at=1_800_000_000, type=type)
    return made.updated(patch)


def turn_detection(value):
    return {"audio": {"input": {"turn_detection": value}}}


def refused(patch, **options):
    with pytest.raises(ClientError) as caught:
        session().updated(patch, **options)
    return caught.value


def test_the_default_has_the_keys_of_the_recordings_in_their_order():
    made = session().to_json()
    assert " ".join(made) == (
        "type object id model output_modalities instructions tools tool_choice max_output_tokens tracing truncation "
        "prompt expires_at audio include"
    )
    assert made["audio"] == {
        "input": {
            "format": {"type": "audio/pcm", "rate": 24000},
            "transcription": None,
            "noise_reduction": None,
            "turn_detection": {
                "type": "server_vad",
                "threshold": 0.5,
                "prefix_padding_ms": 300,
                "silence_duration_ms": 200,
                "create_response": True,
                "interrupt_response": True,
                "idle_timeout_ms": None,
            },
        },
        "output": {"format": {"type": "audio/pcm", "rate": 24000}, "voice": "alloy", "speed": 1.0},
    }
    assert made["instructions"] == "Be brief."
    assert made["max_output_tokens"] == "inf"


FULL = {
    "type": "realtime",
    "model": "another",
    "output_modalities": ["text"],
    "instructions": "Sing.",
    "tools": [WEATHER],
    "tool_choice": {"type": "function", "name": "weather"},
    "parallel_tool_calls": False,
    "max_output_tokens": 100,
    "tracing": "auto",
    "truncation": {"type": "retention_ratio", "retention_ratio": 0.8, "token_limits": {"post_instructions": 100}},
    "prompt": {"id": "pmpt_1"},
    "reasoning": {"effort": "low"},
    "audio": {
        "input": {
            "format": {"type": "audio/pcmu"},
            "transcription": {"model": "whisper-1", "language": "en-GB", "prompt": "names", "delay": "low"},
            "noise_reduction": {"type": "near_field"},
            "turn_detection": {"type": "semantic_vad", "eagerness": "low"},
        },
        "output": {"format": {"type": "audio/pcma"}, "voice": {"id": "joe"}, "speed": 1.25},
    },
    "include": ["item.input_audio_transcription.logprobs"],
}


def test_all_that_may_be_set_is_echoed_and_fits_the_types_of_openai():
    made = session(**FULL).to_json()
    fits(RealtimeSessionCreateResponse, {key: made[key] for key in made.keys() - {"parallel_tool_calls"}})
    fits(RealtimeSessionCreateResponse, session().to_json())
    assert made["model"] == "any"  # fixed after the start
    same = "type output_modalities instructions tools tool_choice parallel_tool_calls max_output_tokens tracing"
    for key in [*same.split(), "truncation", "prompt", "reasoning", "include"]:
        assert made[key] == FULL[key]
    assert made["audio"]["input"] == {
        "format": {"type": "audio/pcmu"},
        "transcription": {"model": "whisper-1", "language": "en-GB", "prompt": "names"},
        "noise_reduction": {"type": "near_field"},
        "turn_detection": {
            "type": "semantic_vad",
            "eagerness": "low",
            "create_response": True,
            "interrupt_response": True,
        },
    }
    assert made["audio"]["output"] == {"format": {"type": "audio/pcma"}, "voice": "joe", "speed": 1.25}


def test_the_protocol_reads_what_was_set():
    made = session(**FULL)
    assert (made.spoken, made.instructions) == (False, "Sing.")
    assert made.tools == (Tool("weather", "Now", {"type": "object"}),)
    assert (made.tool_choice, made.parallel_tool_calls, made.max_output_tokens) == ("weather", False, 100)
    assert (made.input_format, made.output_format, made.voice, made.manner.speed) == (
        "g711_ulaw",
        "g711_alaw",
        "joe",
        1.25,
    )
    assert (made.transcription, made.language, made.truncation) == (True, "en", "auto")
    bare = session()
    assert (bare.spoken, bare.instructions) == (True, "Be brief.")
    assert (bare.tool_choice, bare.parallel_tool_calls, bare.max_output_tokens) == ("auto", True, None)
    assert (bare.transcription, bare.language, bare.temperature) == (False, None, None)
    assert (bare.create_response, bare.interrupt_response) == (True, True)
    assert (bare.prefix_padding_ms, bare.idle_timeout_ms) == (300, None)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"type": "server_vad"}, Detection()),
        ({"type": "server_vad", "silence_duration_ms": 500}, Detection(silence_s=0.5)),
        ({"type": "server_vad", "threshold": 0.7}, Detection(threshold=0.7)),
        ({"silence_duration_ms": 200}, Detection(silence_s=0.2)),
        ({"type": "semantic_vad"}, Detection(eagerness="medium")),
        ({"type": "semantic_vad", "eagerness": "high", "threshold": 0.9}, Detection(eagerness="high")),
        (None, None),
    ],
)
def test_detection(given, wanted):
    assert session(**turn_detection(given)).detection == wanted
    assert session(turn_detection=given).detection == wanted


def test_only_the_keys_that_are_present_change():
    made = session(**turn_detection({"threshold": 0.7})).updated(turn_detection({"silence_duration_ms": 400}))
    assert made.detection == Detection(threshold=0.7, silence_s=0.4)
    made = made.updated({"audio": {"output": {"voice": "ash"}}}).updated({"audio": {"output": {"speed": 1.5}}})
    assert (made.voice, made.manner.speed) == ("ash", 1.5)
    assert made.detection == Detection(threshold=0.7, silence_s=0.4)


def test_another_kind_of_turn_detection_keeps_nothing_of_the_old_one():
    made = session(**turn_detection({"type": "server_vad", "threshold": 0.7, "create_response": False}))
    made = made.updated(turn_detection({"type": "semantic_vad"}))
    assert (made.detection, made.create_response) == (Detection(eagerness="medium"), True)
    made = made.updated(turn_detection({"type": "server_vad"}))
    assert made.detection == Detection()


def test_null_clears_and_empty_instructions_are_the_default_ones():
    made = session(**FULL).updated(
        {
            "tools": [],
            "instructions": "",
            "audio": {"input": {"turn_detection": None, "transcription": None, "noise_reduction": None}},
        }
    )
    heard = made.to_json()["audio"]["input"]
    assert [heard[key] for key in ("turn_detection", "transcription", "noise_reduction")] == [None] * 3
    assert (made.tools, made.instructions, made.create_response) == ((), "Be brief.", False)
    assert made.updated({}).detection is None


@pytest.mark.parametrize("modalities", [["audio"], ["text", "audio"], ["audio", "text"]])
def test_either_form_of_the_modalities_is_understood(modalities):
    assert session(output_modalities=modalities).to_json()["output_modalities"] == ["audio"]
    assert session(modalities=modalities).spoken


def test_flat_keys_of_beta_are_understood():
    made = session(
        modalities=["text"],
        voice="ash",
        input_audio_format="g711_ulaw",
        output_audio_format="g711_alaw",
        input_audio_transcription={"model": "whisper-1"},
        turn_detection=None,
        max_response_output_tokens=7,
        temperature=0.6,
        speed=0.5,
        id="sess_9",
        object="realtime.session",
    )
    assert (made.spoken, made.voice, made.manner.speed, made.temperature) == (False, "ash", 0.5, 0.6)
    assert (made.input_format, made.output_format, made.max_output_tokens) == ("g711_ulaw", "g711_alaw", 7)
    assert (made.transcription, made.detection, made.id) == (True, None, "sess_1")
    assert "temperature" not in made.to_json()


@pytest.mark.parametrize(
    ("patch", "code", "param"),
    [
        ({"x": 1}, "unknown_parameter", "session.x"),
        ({"audio": {"input": {"x": 1}}}, "unknown_parameter", "session.audio.input.x"),
        ({"instructions": 3}, "invalid_type", "session.instructions"),
        ({"audio": 3}, "invalid_type", "session.audio"),
        ({"audio": 3, "voice": "ash"}, "invalid_type", "session.audio"),
        ({"tools": [{"type": "mcp", "server_label": "a"}]}, "invalid_value", "session.tools[0].server_label"),
        ({"tools": [WEATHER, {"type": "function"}]}, "missing_required_parameter", "session.tools[1].name"),
        ({"tools": [WEATHER | {"name": "no spaces"}]}, "invalid_value", "session.tools[0].name"),
        ({"tools": [WEATHER | {"description": "x" * 1025}]}, "string_above_max_length", "session.tools[0].description"),
        ({"tool_choice": "weather"}, "invalid_value", "session.tool_choice"),
        ({"max_output_tokens": 4097}, "invalid_value", "session.max_output_tokens"),
        ({"output_modalities": ["video"]}, "invalid_value", "session.output_modalities"),
        ({"output_modalities": []}, "invalid_value", "session.output_modalities"),
        ({"type": "other"}, "invalid_value", "session.type"),
        (turn_detection({"type": "x"}), "invalid_value", "session.audio.input.turn_detection.type"),
        (turn_detection({"threshold": 2}), "invalid_value", "session.audio.input.turn_detection.threshold"),
        (turn_detection({"threshold": 10**400}), "invalid_type", "session.audio.input.turn_detection.threshold"),
        (turn_detection({"threshold": True}), "invalid_type", "session.audio.input.turn_detection.threshold"),
        (turn_detection(3), "invalid_type", "session.audio.input.turn_detection"),
        ({"audio": {"output": {"speed": 2}}}, "invalid_value", "session.audio.output.speed"),
        ({"input_audio_format": "mp3"}, "invalid_value", "session.audio.input.format"),
        ({"audio": {"input": {"format": {"type": "audio/pcm", "rate": 16000}}}}, "invalid_value", None),
        ({"include": ["everything"]}, "invalid_value", "session.include[0]"),
    ],
)
def test_what_is_wrong_is_refused_by_name(patch, code, param):
    error = refused(patch)
    assert (error.code, error.param) == (code, param or "session.audio.input.format")
    assert error.param in error.message


def test_the_words_that_clients_match_on():
    assert refused({"x": 1}).message == "Unknown parameter: 'session.x'."
    assert refused({}, strict=True).message == "Missing required parameter: 'session.type'."


def test_an_update_is_all_or_nothing():
    made = session()
    with pytest.raises(ClientError):
        made.updated({"instructions": "Sing.", "audio": {"output": {"voice": "ash", "speed": 9}}})
    assert made == session()


def test_strictly_there_is_a_type_and_there_are_no_flat_keys():
    assert refused({"instructions": "x"}, strict=True).param == "session.type"
    assert refused({"type": "realtime", "voice": "ash"}, strict=True).code == "unknown_parameter"
    assert session().updated({"type": "realtime", "instructions": "x"}, strict=True).instructions == "x"


def test_the_voice_stays_once_it_was_heard():
    made = session(voice="ash")
    with pytest.raises(ClientError) as caught:
        made.updated({"voice": "marin", "instructions": "Sing."}, voice_locked=True)
    assert caught.value.code == "cannot_update_voice"
    assert caught.value.message == "Cannot update a conversation's voice if assistant audio is present."
    assert made.updated({"voice": "ash", "instructions": "Sing."}, voice_locked=True).instructions == "Sing."


def test_a_transcription_session_shows_what_it_has_and_answers_nothing():
    made = session("transcription", audio={"input": {"transcription": {"model": "whisper-1", "language": "de"}}})
    shown = made.to_json()
    assert (shown["type"], shown["object"]) == ("transcription", "realtime.transcription_session")
    request = {key: value for key, value in shown.items() if key not in ("object", "id", "expires_at")}
    fits(RealtimeTranscriptionSessionCreateRequest, request)
    assert (made.transcription, made.create_response, made.language) == (True, False, "de")
    assert made.detection == Detection()
    assert session("transcription").transcription

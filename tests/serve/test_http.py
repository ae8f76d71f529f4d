"""The doors that need no engine, over a real loopback socket."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from loopback import Clock, Running
from openai.types.realtime import ClientSecretCreateResponse

from edge_agent.serve.guard import Guard, Rules
from edge_agent.serve.secrets import ClientSecrets

# --- what needs no engine -----------------------------------------------------------------------------------------


def test_health_models_and_metrics(server: Running) -> None:
    assert server.ask("GET", "/health").json() == {"status": "ok"}
    models = server.ask("GET", "/v1/models").json()
    assert [row["id"] for row in models["data"]] == ["llm-1", "asr-1", "voice-1"]
    assert server.ask("GET", "/v1/models/asr-1").json() == models["data"][1]
    assert server.ask("GET", "/v1/models/gpt-4o").code == "model_not_found"
    server.metrics.time("v2v", 0.34)
    server.metrics.time("asr", 0.1)
    server.metrics.hold("think", 2)
    server.metrics.count("turns")
    text = server.ask("GET", "/metrics").body.decode()
    for line in (
        'edge_agent_v2v_seconds_bucket{le="0.4"} 1.0',
        'edge_agent_stage_seconds_count{stage="asr"} 1.0',
        'edge_agent_queue_depth{queue="think"} 2.0',
        'edge_agent_queue_depth{queue="hear"} 0.0',
        "edge_agent_turns_total 1.0",
        "edge_agent_sessions 0.0",
    ):
        assert line in text


@pytest.mark.parametrize("path", ["/v1/models", "/health", "/v1/models/asr-1"])
def test_a_slash_at_the_end_of_a_path_changes_nothing(server: Running, path: str) -> None:
    assert server.ask("GET", f"{path}/").json() == server.ask("GET", path).json()


def test_a_slash_at_the_end_opens_the_realtime_socket_too(server: Running) -> None:
    assert server.upgrade("/v1/realtime/?model=any").status == 101


def test_what_is_neither_a_request_nor_a_socket_passes_the_guard() -> None:
    """ASGI's lifespan comes from the server itself, without headers."""
    passed = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        passed.append(scope)

    guard = Guard(app, Rules(token="s3cret"), ClientSecrets(Clock(), Clock()), Clock())
    asyncio.run(guard({"type": "lifespan"}, None, None))  # type: ignore[arg-type]
    assert passed == [{"type": "lifespan"}]


# --- client secrets -----------------------------------------------------------------------------------------------


def test_a_client_secret_comes_with_the_session_that_it_opens(server: Running) -> None:
    asked = {"session": {"type": "realtime", "model": "gpt-realtime", "instructions": "Sing."}}
    answer = server.ask("POST", "/v1/realtime/client_secrets", asked)
    parsed = ClientSecretCreateResponse.model_validate(answer.json())
    assert parsed.expires_at == int(server.clock.now) + 600
    assert answer.json()["session"]["instructions"] == "Sing."
    assert answer.json()["session"]["model"] == "gpt-realtime"


def test_a_client_secret_for_transcription(server: Running) -> None:
    answer = server.ask("POST", "/v1/realtime/client_secrets", {"session": {"type": "transcription"}})
    assert answer.json()["session"]["object"] == "realtime.transcription_session"


def test_beta_sessions(server: Running) -> None:
    answer = server.ask("POST", "/v1/realtime/sessions", {"model": "gpt-4o-realtime-preview", "voice": "ash"}).json()
    assert answer["client_secret"]["value"].startswith("ek_")
    assert answer["voice"] == "ash"
    assert answer["modalities"] == ["text", "audio"]
    opened = server.upgrade(Authorization=f"Bearer {answer['client_secret']['value']}")
    assert opened.json()["session"]["voice"] == "ash"
    other = server.ask("POST", "/v1/realtime/transcription_sessions", {"input_audio_format": "g711_ulaw"}).json()
    assert other["input_audio_format"] == "g711_ulaw"
    assert other["client_secret"]["expires_at"] == int(server.clock.now) + 600


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"session": {"type": "realtime", "colour": "red"}}, "session.colour"),
        ({"session": {"audio": {"output": {"speed": 9}}}}, "session.audio.output.speed"),
        ({"session": []}, "session"),
        ({"expires_after": {"seconds": 9}}, "expires_after.seconds"),
        ({"expires_after": {"seconds": 7201}}, "expires_after.seconds"),
    ],
)
def test_a_session_that_cannot_be(server: Running, body: Any, param: str) -> None:
    answer = server.ask("POST", "/v1/realtime/client_secrets", body)
    assert answer.status == 400
    assert answer.json()["error"]["param"] == param

"""The session: how it opens, what an update changes, and what it may not."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from typing import Any

from tests.rigs.conformance.client import NotShown, Server, check
from tests.rigs.conformance.names import Json
from tests.rigs.conformance.scenario import scenario
from tests.rigs.conformance.steps import SERVER_VAD, WEATHER, configure, spoken_answer

KEYS = {
    *("type", "object", "id", "model", "output_modalities", "instructions", "tools", "tool_choice"),
    *("max_output_tokens", "tracing", "truncation", "prompt", "expires_at", "audio", "include"),
}


@scenario
async def session_created(server: Server) -> None:
    """`session.created` is the first frame, unasked, with all keys and the defaults of the hosted service."""
    async with server.connect() as line:
        session = (await line.until("session.created"))[-1]["session"]
        check(len(line.received) == 1, f"before it came {line.received[0]['type']}")
        check(session.keys() >= KEYS, f"without {', '.join(sorted(KEYS - session.keys()))}")
        check(session["model"] == "conformance", f"model {session['model']} instead of the one asked for")
        check(session["output_modalities"] == ["audio"], f"output_modalities {session['output_modalities']}")
        sound = session["audio"]["input"]
        check(sound["transcription"] is None, "transcription is set without having been asked for")
        check(sound["turn_detection"]["type"] == "server_vad", f"turn_detection {sound['turn_detection']}")
        check("idle_timeout_ms" in sound["turn_detection"], "server_vad without idle_timeout_ms")
        await line.quiet(0.3)


@scenario
async def session_update(server: Server) -> None:
    """An update changes the keys it has and no others; null, [] and "" clear; the answer is the whole session."""
    async with server.connect() as line:
        created = (await line.until("session.created"))[-1]["session"]

        async def update(**keys: Any) -> Json:
            await line.send("session.update", session={"type": "realtime", **keys})
            return dict((await line.until("session.updated"))[-1]["session"])

        session = await update(instructions="Be brief.", tools=[WEATHER], audio={"input": {"turn_detection": None}})
        check(session.keys() >= KEYS, f"without {', '.join(sorted(KEYS - session.keys()))}")
        check(session["instructions"] == "Be brief.", f"instructions {session['instructions']!r}")
        check([tool["name"] for tool in session["tools"]] == ["get_weather"], f"tools {session['tools']}")
        check(session["audio"]["input"]["turn_detection"] is None, "turn_detection: null did not clear it")
        check(session["audio"]["output"] == created["audio"]["output"], "audio.output changed without being named")
        session = await update(tools=[], instructions="", audio={"input": {"turn_detection": SERVER_VAD}})
        check(session["tools"] == [], "tools: [] did not clear them")
        check(session["instructions"] == created["instructions"], 'instructions: "" did not restore the default')
        check(
            session["audio"]["input"]["turn_detection"]["interrupt_response"] is True, "interrupt_response not echoed"
        )
        check(session["id"] == created["id"], "the session's id changed")


@scenario
async def session_update_refused(server: Server) -> None:
    """An update with one wrong key changes nothing, and gets one error that names the event and the key."""
    wrong: list[tuple[str | None, Json]] = [
        ("unknown_parameter", {"no_such_key": 1}),
        (None, {"output_modalities": ["smell"]}),
        (None, {"audio": {"output": {"speed": "fast"}}}),
        (None, {"tools": [{"type": "function"}]}),
    ]
    async with server.connect() as line:
        created = (await line.until("session.created"))[-1]["session"]
        for code, keys in wrong:
            id = await line.send("session.update", session={"type": "realtime", "instructions": "Shout.", **keys})
            error = await line.error(code, id)
            check(str(error["param"]).startswith("session."), f"param {error['param']} of {keys}")
        await line.send("session.update", session={"type": "realtime"})
        session = (await line.until("session.updated"))[-1]["session"]
        check(session["instructions"] == created["instructions"], "an update that was refused has changed something")


@scenario
async def voice_is_locked(server: Server) -> None:
    """After the assistant has been heard, another voice is refused, and the same voice is not."""
    async with server.connect() as line:
        voice = (await configure(line, spoken=True))["audio"]["output"]["voice"]
        await spoken_answer(line)
        await line.send("session.update", session={"type": "realtime", "audio": {"output": {"voice": voice}}})
        await line.until("session.updated")
        other = {"output": {"voice": "cedar" if voice != "cedar" else "marin"}}
        id = await line.send("session.update", session={"type": "realtime", "audio": other})
        await line.error("cannot_update_voice", id)


@scenario
async def subprotocol(server: Server) -> None:
    """Of the subprotocols that browsers offer, `realtime` is chosen; the key in them is taken."""
    server.over_sockets_only()
    async with server.connect(key=server.api_key or "any") as line:
        check(line.socket.subprotocol == "realtime", f"the subprotocol chosen is {line.socket.subprotocol}")
        await line.until("session.created")


@scenario
async def client_secret(server: Server) -> None:
    """`POST /v1/realtime/client_secrets` gives a key; the socket opened with it has the session asked for."""
    body = {"session": {"type": "realtime", "instructions": "Answer in rhymes."}}
    secret = await asyncio.to_thread(_post, server, "/v1/realtime/client_secrets", body)
    check(str(secret.get("value")).startswith("ek_"), f"the answer is {secret}")
    async with server.connect(key=secret["value"]) as line:
        session = (await line.until("session.created"))[-1]["session"]
        check(session["instructions"] == "Answer in rhymes.", f"instructions {session['instructions']!r}")


def _post(server: Server, path: str, body: Json) -> Json:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {server.api_key or 'any'}"}
    request = urllib.request.Request(server.http_url + path, json.dumps(body).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=server.patience_s) as answer:
            return dict(json.load(answer))
    except OSError as error:
        raise NotShown(f"POST {path}: {error}") from None

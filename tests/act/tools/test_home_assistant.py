"""Home Assistant, as its REST API answers on loopback."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from edge_agent.act.tools.home_assistant import REST_S, HomeAssistant
from edge_agent.act.tools.tool import Outcome


def answer(kind: str, said: str | None, **data: Any) -> dict[str, Any]:
    """The form of /api/conversation/process (developers.home-assistant.io, "Conversation API")."""
    speech = {"plain": {"speech": said, "extra_data": None}} if said else {}
    return {
        "response": {"speech": speech, "card": {}, "language": "en", "response_type": kind, "data": data},
        "conversation_id": None,
    }


class Home(ThreadingHTTPServer):
    """What it is to answer, and what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: list[tuple[int, bytes]] = []
        self.asked: list[tuple[str, str | None, Any]] = []


class Handler(BaseHTTPRequestHandler):
    server: Home

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, self.headers["Authorization"], body))
        status, answered = self.server.answers.pop(0)
        self.send_response(status)
        self.send_header("Content-Length", str(len(answered)))
        self.send_header("Location", "http://192.0.2.1/")
        self.end_headers()
        self.wfile.write(answered)

    def log_message(self, format: str, *args: Any) -> None: ...


@pytest.fixture
def home() -> Iterator[Home]:
    with Home() as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


def asking(home: Home, now: list[float] | None = None) -> HomeAssistant:
    at = now or [0.0]
    url = f"http://127.0.0.1:{home.server_port}"
    return HomeAssistant(url, "key", agent="conversation.home_assistant", deadline_s=2, now=lambda: at[0])


@pytest.mark.parametrize(
    ("answered", "outcome"),
    [
        (answer("action_done", "Turned on the light"), Outcome(True, "Turned on the light")),
        (answer("query_answer", "21 degrees"), Outcome(True, "21 degrees")),
        (answer("action_done", None), Outcome(True, "Done.")),
        (answer("error", "Sorry, I couldn't understand that", code="no_intent_match"), None),
        (
            answer("error", "No device is called lump", code="no_valid_targets"),
            Outcome(False, "No device is called lump"),
        ),
        ({"response": 3}, None),
        ([], None),
    ],
)
def test_what_it_understood_is_said(home: Home, answered: Any, outcome: Outcome | None) -> None:
    home.answers = [(200, json.dumps(answered).encode())]
    assert asking(home).process("turn on the light") == outcome
    told = {"text": "turn on the light", "language": "en", "agent_id": "conversation.home_assistant"}
    assert home.asked == [("/api/conversation/process", "Bearer key", told)]


@pytest.mark.parametrize(
    ("status", "answered", "problem"),
    [
        (401, b"", "Home Assistant refuses the token."),
        (500, b"", "Home Assistant answers with the status 500."),
        (307, b"", "Home Assistant answers with the status 307."),
        (200, b"<html>", "Home Assistant answers with something that is not JSON."),
        (200, b'"' + b"x" * 100_000 + b'"', "Home Assistant answers with something else."),
    ],
)
def test_what_goes_wrong_is_one_sentence_and_no_answer(home: Home, status: int, answered: bytes, problem: str) -> None:
    home.answers = [(status, answered)]
    assistant = asking(home)
    assert assistant.process("turn on the light") is None
    assert assistant.problem == problem


def test_one_that_cannot_be_reached_is_left_alone_for_a_while(home: Home) -> None:
    now = [0.0]
    assistant = asking(home, now)
    good = (200, json.dumps(answer("action_done", "On")).encode())
    home.answers = [(500, b""), good, (401, b""), good]
    assert assistant.process("turn it all on") is None
    assert assistant.process("turn it on") == Outcome(True, "On"), "one sentence was too much for it"
    assert assistant.process("turn it on") is None
    assert assistant.process("turn it on") is None
    assert len(home.asked) == 3, "not every turn waits for it"
    now[0] = REST_S
    assert assistant.process("turn it on") == Outcome(True, "On")
    assert assistant.problem is None

"""A socket whose client asks for the device's tools: the tool works beside the loop, and its last call is done."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any

from loopback import Clock, Running, ScriptedEngines, running

from edge_agent.act.tools import Outcome, Tool
from edge_agent.clock import RealClock
from edge_agent.serve.new_session import NewSessions
from edge_agent.serve.realtime import Opening, RealtimeDoor
from edge_agent.serve.realtime_protocol import RealtimeProtocol
from edge_agent.think.brief import CallBegun, CallDone, Text, Usage, Written

WAIT_S = 20.0
DONE = Written("stop", Usage())
LAMP = Tool("lamp", "Switch the lamp.", {"type": "object", "properties": {}}, "act", "here", lambda _: "On.")
SESSION = {"type": "realtime", "output_modalities": ["text"], "tools": [{"type": "mcp", "server_label": "device"}]}


@dataclass
class Slow:
    """A device whose only tool answers once the test lets it."""

    go: threading.Event = field(default_factory=threading.Event)
    done: int = 0
    closed: threading.Event = field(default_factory=threading.Event)

    def call(self, name: str, arguments: str, asked: str) -> Outcome:
        self.go.wait(WAIT_S)
        self.done += 1
        return Outcome(True, f"{name} is on.")

    def close(self) -> None:
        assert self.done
        self.closed.set()


@contextmanager
def serving(slow: Slow) -> Iterator[Running]:
    """A server whose LLM calls the lamp."""
    engines = ScriptedEngines([CallBegun("lamp"), CallDone("{}"), DONE])
    sessions = NewSessions("Be brief.", "llm-1", Clock(), tools=lambda: (LAMP,))

    def protocol(opening: Opening) -> RealtimeProtocol:
        return RealtimeProtocol(sessions.make(opening.session, model=opening.model), now=Clock())

    door = RealtimeDoor(engines, protocol, RealClock(), tools=lambda: slow)
    with running(engines=engines, realtime=door.serve, max_sessions=1) as server:
        yield server


def client(socket: Any) -> tuple[Callable[..., None], Callable[[str], Any]]:
    """To send an event, and to read until one of a type comes."""

    def until(type: str) -> Any:
        while (event := json.loads(socket.recv(WAIT_S)))["type"] != type:
            assert event["type"] != "error", event
        return event

    return lambda type, **fields: socket.send(json.dumps({"type": type, **fields})), until


def test_a_client_is_served_while_the_tool_works_and_asks_for_the_words_then() -> None:
    slow = Slow()
    with serving(slow) as server, server.socket() as socket:
        send, until = client(socket)
        send("session.update", session=SESSION)
        assert [tool["name"] for tool in until("conversation.item.done")["item"]["tools"]] == ["lamp"]
        send("response.create")
        id = until("response.mcp_call.in_progress")["item_id"]
        send("conversation.item.retrieve", item_id=id)
        assert "output" not in until("conversation.item.retrieved")["item"]
        slow.go.set()
        assert until("response.done")["response"]["output"][0]["output"] == "lamp is on."
        server.engines.answers = [Text("It is on."), DONE]
        send("response.create")
        assert until("response.output_text.done")["text"] == "It is on."


def test_what_was_begun_is_done_although_the_client_is_gone() -> None:
    slow = Slow()
    with serving(slow) as server:
        with closing(server.socket()) as socket:
            send, until = client(socket)
            send("session.update", session=SESSION)
            send("response.create")
            until("response.mcp_call.in_progress")
        assert not slow.closed.is_set()
        with server.socket() as socket:  # there is no other place
            client(socket)[1]("session.created")
        slow.go.set()
        assert slow.closed.wait(WAIT_S)
        assert slow.done == 1

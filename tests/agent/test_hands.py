"""Tools in a line's conversation: called once and late enough, and what came of it is said."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from act_said import CallingWriter, Said

from edge_agent.act.tools import Outcome, Tool, Toolbox
from edge_agent.agent.briefs import Briefs
from edge_agent.agent.hands import Hands, Wish
from edge_agent.agent.typed import Typed
from edge_agent.events import Did, Saying
from tests.rigs.fakes import Scene, play

OBJECT = {"type": "object", "properties": {"room": {"type": "string"}}, "required": ["room"]}


def tool(kind: Any, call: Any, name: str = "room_lamp") -> Tool:
    return Tool(name, "Switches the lamp of a room.", OBJECT, kind, "file lamp.py", call)


def world(folder: Path, kind: Any, call: Any) -> tuple[Said, CallingWriter]:
    said = Said(folder)
    said.act.toolbox = Toolbox([tool(kind, call)], deadline_s=0.2)
    return said, CallingWriter()


def typed(said: Said, writer: CallingWriter) -> Typed:
    return Typed(said.act, lambda: writer, Briefs(""))  # type: ignore[arg-type, return-value]


def test_what_a_tool_returns_is_worded_and_told(tmp_path: Path) -> None:
    called: list[Any] = []
    said, writer = world(tmp_path, "act", lambda arguments: called.append(arguments) or "on")
    turn = typed(said, writer).answer("turn on the lamp in the kitchen")
    assert (turn.said, turn.by) == ("It says on.", "tool:room_lamp")
    assert [effect.details["arguments"] for effect in turn.effects] == [{"room": "kitchen"}]
    assert called == [{"room": "kitchen"}]
    assert [message.role for message in writer.briefs[-1].messages] == ["user", "call", "result"]


def test_to_read_is_no_effect(tmp_path: Path) -> None:
    said, writer = world(tmp_path, "read", lambda arguments: "on")
    assert typed(said, writer).answer("is the lamp in the kitchen on").effects == ()


def fail(arguments: Any) -> str:
    raise ZeroDivisionError("x")


def hang(arguments: Any) -> str:
    threading.Event().wait(5)
    return "late"


@pytest.mark.parametrize(
    ("call", "told"), [(fail, "failed"), (hang, "has not answered"), (lambda a: "y" * 10**7, "It says yy")]
)
def test_whatever_a_tool_does_one_sentence_is_said_and_it_goes_on(call: Any, told: str, tmp_path: Path) -> None:
    said, writer = world(tmp_path, "act", call)
    conversation = typed(said, writer)
    turn = conversation.answer("turn on the lamp in the kitchen")
    assert told in turn.said
    assert len(turn.said) < 5000
    assert conversation.answer("what time is it").said == "It is noon."


def test_what_needs_a_yes_is_asked_and_the_yes_is_for_that_call(tmp_path: Path) -> None:
    called: list[Any] = []
    said, writer = world(tmp_path, "confirm", lambda arguments: called.append(arguments) or "on")
    conversation = typed(said, writer)
    assert conversation.answer("turn on the lamp in the kitchen").said.endswith("room kitchen. Shall I do that?")
    assert called == []
    assert conversation.answer("yes please").said == "on"
    assert called == [{"room": "kitchen"}]
    conversation.answer("yes")
    assert len(called) == 1
    conversation.answer("turn on the lamp in the kitchen")
    assert conversation.answer("no").said == "All right, I leave it."
    conversation.answer("turn on the lamp in the kitchen")
    conversation.answer("what time is it")
    conversation.answer("yes")
    assert len(called) == 1


def test_what_no_tool_fits_is_refused(tmp_path: Path) -> None:
    said, writer = world(tmp_path, "act", fail)
    assert typed(said, writer).answer("play some jazz").by == "skill:about"


class Home:
    """A Home Assistant that knows one lamp."""

    def process(self, text: str) -> Outcome | None:
        return Outcome(True, "Turned on the lamp.") if "lamp" in text else None


def test_home_assistant_is_asked_before_it_is_refused(tmp_path: Path) -> None:
    said = Said(tmp_path)
    said.act.home = Home()  # type: ignore[assignment]
    conversation = typed(said, CallingWriter())
    turn = conversation.answer("turn on the lamp")
    assert (turn.said, turn.by) == ("Turned on the lamp.", "tool:home_assistant")
    assert conversation.answer("turn on the fan").said.startswith("I can not do that")


@pytest.mark.parametrize("kind", ["read", "act", "confirm"])
def test_on_a_line_it_is_called_once_and_only_when_the_turn_is_certain(kind: Any, tmp_path: Path) -> None:
    """In the real threads: the user goes on, so that the first draft is taken back."""
    called: list[Any] = []
    said, writer = world(tmp_path, kind, lambda arguments: called.append(arguments) or "on")
    scene = Scene(linger_s=2).user(0.5, 1.5, "turn on the lamp").user(1.75, 2.5, "in the kitchen")
    engines = scene.engines()
    from dataclasses import replace

    from tests.rigs.fakes import Tape

    played = play(
        Tape(scene.samples(), threaded=True),
        replace(engines, writer=writer),
        scene.linger_s,
        act=said.act,  # type: ignore[arg-type]
    )
    done = [event for event in played.events if isinstance(event, Did)]
    words = " ".join(event.text for event in played.events if isinstance(event, Saying))
    assert [event.by for event in done] == ["tool:room_lamp"]
    if kind == "confirm":
        assert called == []
        assert "Shall I do that?" in words
    else:
        assert called == [{"room": "kitchen"}]
        assert words == "It says on."
        undone = said("undo that").said
        assert undone == ("There is nothing that I can undo." if kind == "read" else "I can not take that back: on")


@pytest.mark.parametrize("arguments", ["[" * 50_000 + "]" * 50_000, '{"room":' * 50_000], ids=["whole", "cut"])
def test_deeply_nested_arguments_are_a_failure_in_words(arguments: str) -> None:
    came = Hands(Toolbox([tool("act", lambda given: "on")], deadline_s=0.2)).use(Wish("room_lamp", arguments), None)
    assert (came.done.said, came.done.effects) == ("The arguments of room_lamp are no JSON.", ())


@pytest.mark.parametrize("kind", ["act", "confirm"])
def test_what_a_tool_has_done_is_not_taken_back_nor_is_what_was_done_before_it(kind: str, tmp_path: Path) -> None:
    said, writer = world(tmp_path, kind, lambda arguments: "on")
    conversation = typed(said, writer)
    for words in ("add tea to my list", "turn on the lamp in the kitchen", *(("yes",) if kind == "confirm" else ())):
        conversation.answer(words)
    assert conversation.answer("undo that").said == "I can not take that back: on"
    assert said.records.items("shopping") == ["tea"]

"""An engine gives nothing for long: the user hears that the answer is worked on, and then the answer."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from act_said import CallingWriter, Said

from edge_agent.act.tools import Tool, Toolbox
from edge_agent.agent.answer import QUIET_S, WORKING_S
from edge_agent.events import Saying, TurnDone
from edge_agent.run.threads import Conversation
from edge_agent.speak.apology import Apology
from edge_agent.think.brief import Brief, Part
from edge_agent.types import Samples, Sentence
from tests.rigs.fakes import THRESHOLDS, VOICE_RATE_HZ, Played, Scene, ScriptedWriter, Tape, plays_all, settled
from tests.rigs.fakes import play as run

NOTE, MOMENT = (
    np.concatenate([block.samples for block in Apology(VOICE_RATE_HZ).late(in_words=words)]) for words in (False, True)
)
COMMIT_S = 1.5 + 0.4
"""The user ends at 1.5 s, and the hold is 0.4 s."""


class Hang:
    """Something hangs until a line time; meanwhile the tape goes on."""

    def __init__(self, scene: Scene, until_s: float) -> None:
        self.tape, self.until_s = Tape(scene.samples(), threaded=True), until_s
        self._hangs = threading.Event()

    def wait(self, wanted: Callable[[], bool] = lambda: True) -> None:
        self._hangs.set()
        while self.tape.now_s() < self.until_s and wanted():
            os.sched_yield()
        self._hangs.clear()

    def rests(self, conversation: Conversation) -> bool:
        host = conversation.host
        hangs = (
            self._hangs.is_set()
            and self.tape.now_s() < self.until_s
            and host.to_hear.reader_waits
            and host.to_speak.reader_waits
            and plays_all(conversation, self.tape.sink)
        )
        return settled(conversation, self.tape.sink) or hangs


def play(scene: Scene, until_s: float, after: int) -> Played:
    """In the threads of a real one; the writer hangs before its sentence `after`, until a line time."""
    hang = Hang(scene, until_s)

    class Hanging(ScriptedWriter):
        def write(self, brief: Brief, wanted: Callable[[], bool]) -> Iterator[Part]:
            for part in super().write(brief, wanted):
                if isinstance(part, Sentence) and part.index == after:
                    hang.wait(wanted)
                yield part

    engines = replace(scene.engines(), writer=Hanging(scene._replies))
    return run(hang.tape, engines, scene.linger_s, rests=hang.rests)


def starts_s(found: Played, sign: Samples) -> list[float]:
    """Where a sign begins, in line time."""
    sound, first = found.tape.sound(), sign[: VOICE_RATE_HZ // 50]
    starts = [at for at, block in found.tape.sink.blocks if np.array_equal(block, first)]
    assert all(np.allclose(sound[at : at + len(sign)], sign) for at in starts), "each is whole"
    return [at / VOICE_RATE_HZ for at in starts]


def notes_s(found: Played) -> list[float]:
    return starts_s(found, NOTE)


def scene() -> Scene:
    return Scene().user(0.5, 1.5, "hello").reply("hello", "Hi there.", "How are you?")


@pytest.mark.parametrize("after", [0, 1])
def test_whoever_waits_hears_that_it_is_worked_on_until_the_answer_comes(after: int) -> None:
    found = play(scene(), until_s=COMMIT_S + 8.0, after=after)
    quiet_s = COMMIT_S + (0.0, 0.5)[after]
    assert notes_s(found) == pytest.approx([quiet_s + QUIET_S, quiet_s + 2 * QUIET_S], abs=0.35)
    (done,) = [event for event in found.events if isinstance(event, TurnDone)]
    assert done.played_s == pytest.approx(0.5), "five words: it is no part of the answer"
    assert [said.text for said in found.conversation.agent.ledger.entries()] == ["hello", "Hi there. How are you?"]


def test_an_answer_that_comes_in_time_is_not_announced() -> None:
    assert notes_s(play(scene(), until_s=COMMIT_S + QUIET_S - 0.3, after=0)) == []


def test_nothing_is_announced_while_the_user_speaks_or_after_the_end() -> None:
    found = play(scene().user(4.0, 9.0, "again").reply("again", "Yes."), until_s=100.0, after=1)
    assert notes_s(found) == []


def test_whoever_speaks_into_the_note_cuts_it_off() -> None:
    at_s = COMMIT_S + QUIET_S + 0.08 - THRESHOLDS.barge_in_s
    found = play(scene().user(at_s, at_s + 1, "again").reply("again", "Yes."), until_s=100.0, after=0)
    before_the_answer = found.tape.sound()[: round((at_s + 1) * VOICE_RATE_HZ)]
    assert 0 < np.count_nonzero(before_the_answer) < 0.9 * np.count_nonzero(NOTE)


def test_a_tool_that_takes_long_is_told_of_in_words_once_and_then_by_notes(tmp_path: Path) -> None:
    asked = Scene(linger_s=2).user(0.5, 1.5, "turn on the lamp in the kitchen")
    hang = Hang(asked, until_s=COMMIT_S + 4.0)
    said = Said(tmp_path)

    def slow(arguments: dict[str, Any]) -> str:
        hang.wait()
        return "on"

    parameters = {"type": "object", "properties": {"room": {"type": "string"}}}
    lamp = Tool("room_lamp", "Switches the lamp of a room.", parameters, "act", "file lamp.py", slow)
    said.act.toolbox = Toolbox([lamp], deadline_s=30)
    engines = replace(asked.engines(), writer=CallingWriter())
    found = run(hang.tape, engines, asked.linger_s, rests=hang.rests, act=said.act)
    assert starts_s(found, MOMENT) == pytest.approx([COMMIT_S + WORKING_S], abs=0.35)
    assert starts_s(found, NOTE)
    assert [event.text for event in found.events if isinstance(event, Saying)] == ["It says on."]

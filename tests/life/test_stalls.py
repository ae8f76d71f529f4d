"""What the watchdog takes for life in a conversation: steps of its threads, and engines within their deadlines."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

import pytest

from edge_agent import waits
from edge_agent.agent.briefs import Briefs
from edge_agent.clock import ManualClock
from edge_agent.host.host import Host
from edge_agent.life.stalls import PLAY_S, STEP_S, StallDetector, of_host
from edge_agent.run.threads import Conversation
from edge_agent.waits import stepped, wait_of, waiting
from tests.rigs.fakes import Scene, Tape

INBOX = {"hear": "to_hear", "think": "to_think", "speak": "to_speak", "playback": "blocks"}


@dataclass
class Counters:
    """Those of a queue whose reader has nothing to do."""

    given: int = 0
    taken: int = 0
    reader_waits: bool = True


@dataclass
class Boxes:
    """A conversation and its host, as far as they are looked at."""

    to_hear: Counters = field(default_factory=Counters)
    to_think: Counters = field(default_factory=Counters)
    to_speak: Counters = field(default_factory=Counters)
    blocks: Counters = field(default_factory=Counters)
    captured: int = 0
    microphones: list[Boxes] = field(default_factory=list)

    def stalls(self, step_s: float = STEP_S) -> StallDetector:
        self.microphones = [self]
        return of_host(cast(Host, self), step_s)

    def server(self) -> StallDetector:
        return of_host(cast(Host, self))


@pytest.fixture
def boxes(monkeypatch: pytest.MonkeyPatch) -> Boxes:
    monkeypatch.setattr(waits, "_waits", {})
    return Boxes()


def busy(boxes: Boxes, stage: str) -> None:
    """With something that it has taken."""
    getattr(boxes, INBOX[stage]).reader_waits = False


def ends(stalls: StallDetector, boxes: Boxes, until_s: int) -> str | None:
    """What is stuck first, of a look each second with a microphone that gives sound."""
    for second in range(until_s + 1):
        boxes.captured += 1
        if stuck := stalls.stuck(second):
            return stuck
    return None


@pytest.mark.parametrize("stage", INBOX)
def test_each_thread_has_a_deadline(boxes: Boxes, stage: str) -> None:
    busy(boxes, stage)
    deadline_s = PLAY_S if stage == "playback" else STEP_S
    assert ends(boxes.stalls(), boxes, 300) == f"{stage} has not moved for {deadline_s + 1:.0f} s"


@pytest.mark.parametrize("stage", ["hear", "think", "speak"])
def test_each_thread_of_a_server_has_a_deadline(boxes: Boxes, stage: str) -> None:
    """And silence of its clients is none."""
    assert ends(boxes.server(), boxes, 300) is None
    busy(boxes, stage)
    assert ends(boxes.server(), boxes, 300) == f"{stage} has not moved for {STEP_S + 1:.0f} s"


def test_a_board_that_needs_longer_has_longer(boxes: Boxes) -> None:
    """`engines.deadline_s`; a shorter one is for engines, not for all else that a thread does."""
    busy(boxes, "think")
    assert ends(boxes.stalls(60.0), boxes, 300) == "think has not moved for 61 s"
    assert ends(boxes.stalls(1.0), boxes, 300) == f"think has not moved for {STEP_S + 1:.0f} s"


def test_a_microphone_without_sound_has_one_too(boxes: Boxes) -> None:
    stalls = boxes.stalls()
    assert [stalls.stuck(second) for second in range(11)] == [None] * 11
    assert stalls.stuck(11) == "capture has not moved for 11 s"


def test_who_was_stopped_as_a_whole_is_not_stuck(boxes: Boxes) -> None:
    """Ctrl-Z and fg: its microphone and the engine that it waits for stood still as well."""
    stalls = boxes.stalls()
    wait_of("think").due_s = 30.0
    assert [stalls.stuck(second) for second in (*range(9), 3600)] == [None] * 10
    wait_of("think").due_s = None  # it goes on
    assert [stalls.stuck(second) for second in range(3601, 3611)] == [None] * 10
    assert stalls.stuck(3611) == "capture has not moved for 11 s"


@pytest.mark.parametrize("stage", ["hear", "think", "speak"])
def test_an_engine_has_until_its_deadline_and_no_longer(boxes: Boxes, stage: str) -> None:
    busy(boxes, stage)
    stalls = boxes.stalls()
    wait_of(stage).due_s = 100.0
    assert ends(stalls, boxes, 105) is None
    assert ends(stalls, boxes, 300) == f"{stage} waits for an engine 6 s beyond its deadline"
    wait_of(stage).due_s = None
    assert stalls.stuck(107) is None, "it goes on"


def test_the_llm_may_wait_for_the_voice(boxes: Boxes) -> None:
    """The first fragment is rendered with all the cores."""
    busy(boxes, "think")
    wait_of("speak").due_s = 100.0
    assert ends(boxes.stalls(), boxes, 105) is None


def test_a_prompt_of_five_minutes_is_alive(boxes: Boxes) -> None:
    """Evaluated in slices: 4,096 tokens at 14 a second."""
    busy(boxes, "think")
    stalls = boxes.stalls()
    for second in range(300):
        boxes.captured += 1
        assert stalls.stuck(second) is None
        wait_of("think").steps += second % 15 == 0


def test_a_wait_ends_with_an_answer_or_an_error(boxes: Boxes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waits.time, "monotonic", lambda: 50.0)
    mine = wait_of("MainThread")
    with waiting(10.0):
        assert mine.due_s == 60.0
    assert (mine.due_s, mine.steps) == (None, 1)
    with pytest.raises(TimeoutError), waiting(10.0):
        raise TimeoutError
    assert (mine.due_s, mine.steps) == (None, 1)


def test_a_step_of_an_engine_in_this_process_counts(boxes: Boxes) -> None:
    stepped()
    assert wait_of("MainThread").steps == 1


def test_threads_have_the_names_that_the_watchdog_knows() -> None:
    scene = Scene()
    host = Host(scene.engines(), ManualClock())
    conversation = Conversation(Tape(scene.samples()), host, Briefs(""), on_event=lambda event: None)
    assert {*INBOX, "capture"} == {thread.name for thread in [*host._threads, *conversation._threads]}

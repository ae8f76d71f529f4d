"""Called by name: whole conversations on a tape, with and without threads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from edge_agent.events import FellAsleep, WasCalled
from edge_agent.hear.called import CalledEars
from edge_agent.host.engines import Engines
from edge_agent.host.jobs import Detection
from edge_agent.interfaces import Asr, Endpoint, Listener
from edge_agent.speak.chimes import Chimes, own
from tests.rigs.fakes import VOICE_RATE_HZ, Scene
from tests.rigs.fakes.scene import Played
from tests.rigs.fakes.wake import ScriptedWake

NAME = "hey jarvis"
CHIMES = {name: own(name, VOICE_RATE_HZ, 0.8) for name in ("called", "asleep")}  # type: ignore[arg-type]


@dataclass
class CalledScene(Scene):
    called: Mapping[float, str] = field(default_factory=dict)

    def engines(self) -> Engines:
        return replace(super().engines(), ears=self.asleep, chimes=Chimes(VOICE_RATE_HZ, CHIMES))

    def asleep(self, endpoint: Endpoint, asr: Asr, detection: Detection) -> Listener:
        assert detection.device
        return CalledEars(super().ears(endpoint, asr, detection), ScriptedWake(self.called), (), follow_up_s=6.0)


def types(played: Played) -> list[str]:
    return [event.type for event in played.events]


def chimes(played: Played) -> list[str]:
    """Those that were played, in order."""
    first = {name: sound[: VOICE_RATE_HZ // 50] for name, sound in CHIMES.items()}
    blocks = [block for _, block in played.tape.sink.blocks]
    return [name for block in blocks for name, sound in first.items() if np.array_equal(block, sound)]


@pytest.mark.parametrize("threaded", [False, True])
def test_what_is_said_behind_the_name_is_answered_and_nothing_else(threaded: bool) -> None:
    scene = CalledScene(called={5.6: NAME}, linger_s=8.0)
    scene.user(1, 2, "dinner is ready").user(5, 6.5, "hey jarvis what time is it")
    played = scene.reply("What time is it", "It is noon.").run(threaded=threaded)
    whole = ["called", "speech_started", "speech_stopped", "heard", "saying", "turn_done", "asleep"]
    assert types(played) == whole
    assert chimes(played) == ["called", "asleep"]


def test_the_chime_comes_within_a_frame_of_the_recognition() -> None:
    played = CalledScene(called={1.6: NAME}).user(1, 2.5, "hey jarvis what time is it").run()
    called = next(event for event in played.events if isinstance(event, WasCalled))
    at_s = played.tape.sink.blocks[0][0] / VOICE_RATE_HZ
    assert abs(at_s - called.at_s) <= 0.05
    assert called.name == NAME


def test_the_name_interrupts_an_answer() -> None:
    scene = CalledScene(called={1.6: NAME, 3.2: NAME})
    scene.user(1, 2, "hey jarvis tell me a story").reply("Tell me a story", "Once " * 60 + "upon a time.")
    played = scene.user(3.1, 3.2, "unheard").run()  # too short to be an onset: the name alone ends it
    assert types(played).count("called") == 2
    assert types(played).index("interrupted") < len(types(played)) - 1 - types(played)[::-1].index("called")


def test_its_own_voice_does_not_call_it() -> None:
    scene = CalledScene(called={1.6: NAME, 3.2: NAME})
    scene.user(1, 2, "hey jarvis who are you").reply("Who are you", "Say hey Jarvis, " + "and " * 30 + "I listen.")
    played = scene.run()
    assert types(played).count("called") == 1
    assert "turn_done" in types(played)


def test_a_question_is_waited_for_twice_as_long() -> None:
    slept = {}
    for answer in ("It is noon.", "Is it noon?"):
        scene = CalledScene(called={1.6: NAME}, linger_s=20)
        played = scene.user(1, 2, "hey jarvis what time is it").reply("What time is it", answer).run()
        slept[answer] = next(event.at_s for event in played.events if isinstance(event, FellAsleep))
    assert slept["Is it noon?"] - slept["It is noon."] == pytest.approx(6.0, abs=0.2)

"""Speech and noise into an answer, with the settings as they come: what holds it up, what stops it, what is heard."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import asdict

import numpy as np
import pytest

from edge_agent.build_ears import thresholds
from edge_agent.floor import Meanwhile, Speaking
from edge_agent.hear.ears import Ears
from edge_agent.hear.framing import FRAME_S
from edge_agent.settings import HearSettings, Settings
from edge_agent.types import HEAR_FRAME, HEAR_RATE_HZ, AudioFrame, Hearing, Onset
from tests.rigs.fakes import FIRST_LEVEL, HOLD, LevelAsr, LevelVad, ScriptedEndpoint

HEAR = HearSettings()


class Listening:
    """Ears with a script, and what they said."""

    def __init__(self) -> None:
        self.asr = LevelAsr(["set a timer"])
        self.ears = Ears(LevelVad(), ScriptedEndpoint(), self.asr, thresholds(Settings()), HOLD)
        self.found: list[Hearing] = []
        self._at = 0

    def hear(self, loud: Iterable[bool], *, answering: bool = True) -> None:
        for is_loud in loud:
            sound = np.full(HEAR_FRAME, FIRST_LEVEL * is_loud, np.float32)
            self.found += self.ears.hear(AudioFrame(sound, HEAR_RATE_HZ, self._at), Meanwhile(Speaking(answering)))
            self._at += HEAR_FRAME


def test_an_answer_waits_from_the_third_frame_on_and_for_half_a_second() -> None:
    listening = Listening()
    wavering = []
    for is_loud in [True] * 3 + [False] * 20:
        listening.hear([is_loud])
        wavering.append(listening.ears.yields == "silent")
    assert wavering == [False] * 2 + [True] * 16 + [False] * 5
    assert listening.found == []


def test_what_interrupts_after_a_breath_is_heard_from_its_first_word() -> None:
    listening = Listening()
    listening.hear([False] * 30 + [True] * 4 + [False] * 15 + [True] * 20 + [False] * 60)
    assert listening.found[0] == Onset(at_s=pytest.approx(30 * FRAME_S))
    assert np.count_nonzero(listening.asr.given[-1]) == 24 * HEAR_FRAME


@pytest.mark.parametrize("loud", range(1, 7))
def test_a_flickering_noise_holds_an_answer_up_for_no_longer_than_a_pause(loud: int) -> None:
    for silent in range(1, 18):
        listening, held = Listening(), 0
        for is_loud in itertools.islice(itertools.cycle([True] * loud + [False] * silent), 800):
            listening.hear([is_loud])
            if listening.found:
                break
            held = held + 1 if listening.ears.yields == "silent" else 0
            assert held * FRAME_S < HEAR.resume_after_s + HEAR.barge_in_s


def test_an_answer_that_ends_while_it_waits_leaves_nothing_behind() -> None:
    listening = Listening()
    listening.hear([True] * 5 + [False])
    assert listening.ears.yields == "silent"
    listening.hear([False] + [True] * 3, answering=False)
    assert listening.ears.yields == "no"
    assert listening.found == []


def test_each_threshold_is_the_setting_of_its_name() -> None:
    given = {"onset_s": 0.11, "barge_in_s": 0.33, "pause_after_s": 0.12, "resume_after_s": 0.44, "preroll_s": 0.66}
    made = asdict(thresholds(Settings(hear=HearSettings(**given))))
    assert {name: made[name] for name in given} == given

"""The first words to a person at a terminal: how to be heard."""

from __future__ import annotations

from edge_agent.clock import ManualClock
from edge_agent.doors.microphone import _greeted
from edge_agent.lines.wav import WavLine
from edge_agent.settings import Settings
from edge_agent.types import HEAR_RATE_HZ
from tests.rigs.fakes.scene import Scene

LINE = WavLine((Scene().samples(), HEAR_RATE_HZ), output_rate_hz=16_000, clock=ManualClock())


def test_without_a_name_it_says_so_and_how_to_give_it_one() -> None:
    told = _greeted(LINE, Settings())
    assert "it answers whatever it hears" in told
    assert "--set hear.wake=hey_jarvis" in told


def test_with_a_name_it_says_the_name() -> None:
    told = _greeted(LINE, Settings.model_validate({"hear": {"wake": "phrase:computer"}}))
    assert 'Say "computer", and what you want' in told
    assert "answers whatever" not in told

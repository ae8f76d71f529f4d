"""While nobody knows what somebody wants who speaks into an answer, it is not worked on."""

from __future__ import annotations

import numpy as np
import pytest

from edge_agent.floor import Speaking
from edge_agent.host.jobs import Detection, Listen
from edge_agent.host.listening import Listening
from edge_agent.types import HEAR_FRAME, HEAR_RATE_HZ, AudioFrame
from tests.rigs.fakes import FIRST_LEVEL, Scene


@pytest.mark.parametrize("device", [False, True])
def test_the_engines_wait_for_the_ears_of_the_device_alone(device: bool) -> None:
    listening = Listening(Scene().user(0.0, 0.4, "mhm").engines())
    listening.change(Listen(Detection(device=device)))
    waited = []
    for at in range(50):
        sound = np.full(HEAR_FRAME, FIRST_LEVEL * (at < 12), np.float32)
        list(listening.hear(AudioFrame(sound, HEAR_RATE_HZ, at * HEAR_FRAME), answering=Speaking.ANSWERING))
        waited.append(not listening.decided.is_set())
    if device:
        assert (waited.index(True), sum(waited)) == (5, 19), "from 0.16 s of speech until it goes on"
    assert any(waited) is device
    assert not waited[-1]

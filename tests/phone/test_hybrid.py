"""An analogue line that returns what is said: the canceller of the room takes it out, and leaves the caller."""

from __future__ import annotations

import numpy as np
import pytest

from edge_agent.clock import ManualClock
from edge_agent.phone.line import SipLine
from edge_agent.phone.messages import FromPeer, PickedUp
from edge_agent.rtc.jitter import CLOCK_HZ
from edge_agent.types import HEAR_RATE_HZ
from tests.rigs.sip.hybrid import RATE_HZ, VOICE_HZ, clip, heard, hybrid, level_db

pytest.importorskip("pywebrtc_audio")
SPEAKS_S = 7.0


@pytest.mark.slow
def test_the_echo_of_a_hybrid_is_taken_out_and_the_caller_stays() -> None:
    said = np.tile(clip("googlespeech_brooklyn_bridge.flac", VOICE_HZ), 5)[: 7 * VOICE_HZ]
    caller = clip("googleassistant_whattimeisit.flac", RATE_HZ)[: 2 * RATE_HZ]
    user = np.zeros(10 * RATE_HZ, np.float32)
    user[round((SPEAKS_S + 0.5) * RATE_HZ) :][: len(caller)] = caller
    as_it_is, without = (heard(said, user, hybrid(12.0), 0.15, cancelled=each) for each in (False, True))
    echo, voice = slice(3 * HEAR_RATE_HZ, 6 * HEAR_RATE_HZ), slice(round((SPEAKS_S + 0.4) * HEAR_RATE_HZ), None)
    assert level_db(without[echo]) < level_db(as_it_is[echo]) - 12
    assert level_db(without[voice]) == pytest.approx(level_db(as_it_is[voice]), abs=3)


def test_what_a_canceller_is_told_is_as_long_as_what_is_heard() -> None:
    line = SipLine("in1", "sip:1@127.0.0.1", lambda order: None, ManualClock(), VOICE_HZ, outgoing=False)
    told = list[np.ndarray]()
    line.sink.tap = lambda samples, rate_hz: told.append(samples)
    line.take(PickedUp("in1", "PCMA"))
    for number in range(100):
        if number == 50:
            line.voice.put(np.full(VOICE_HZ // 5, 0.5, np.float32), VOICE_HZ)
        line.take(FromPeer("in1", RATE_HZ, 3 if number in (0, 50) else 1, np.zeros(160, np.float32)))
    sound = np.concatenate(told)
    assert len(sound) / CLOCK_HZ == pytest.approx(2.0, abs=0.07)
    assert np.argmax(np.abs(sound) > 0.1) / CLOCK_HZ == pytest.approx(1.0, abs=0.05)
    assert (np.abs(sound) > 0.1).sum() / CLOCK_HZ == pytest.approx(0.2, abs=0.03)

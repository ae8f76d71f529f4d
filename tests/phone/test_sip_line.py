"""One call as a line, with the SIP process played by the test."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from edge_agent.clock import ManualClock
from edge_agent.phone.line import LOST, SipLine, Stamps
from edge_agent.phone.messages import FallSilent, FromPeer, HangUp, HungUp, Order, PickedUp, PickUp, Pressed, ToPeer
from edge_agent.rtc.jitter import CLOCK_HZ, FRAME
from edge_agent.types import HEAR_RATE_HZ, Samples

VOICE_HZ = 22_050
NOTHING = np.zeros(0, np.float32)


def tone(seconds: float, rate_hz: int, hz: float = 440.0) -> Samples:
    return (0.5 * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate_hz)) / rate_hz)).astype(np.float32)


class Call:
    """A line, what it has asked of the process, and the clock of both."""

    def __init__(self) -> None:
        self.told: list[Order] = []
        self.clock = ManualClock()
        self.line = SipLine("in1", "sip:1@127.0.0.1", self.told.append, self.clock, VOICE_HZ, outgoing=False)

    def brings(self, samples: Samples, rate_hz: int = 8000, room: int = 0, *, every_s: float = 0.02) -> None:
        """The process brings sound in pieces of 20 ms, in real time."""
        self.line.take(PickedUp("in1", "PCMA"))
        size = rate_hz // 50
        for at in range(0, len(samples), size):
            self.clock.sleep_until(self.clock.now() + every_s)
            self.line.take(FromPeer("in1", rate_hz, room, samples[at : at + size]))

    def heard(self) -> Samples:
        frames, source = [], self.line.source
        while source._pieces:
            frame = source.read()
            assert frame is not None
            assert frame.rate_hz == HEAR_RATE_HZ
            assert frame.start == sum(map(len, frames))
            frames.append(frame.samples)
        return np.concatenate(frames) if frames else NOTHING

    def said(self) -> Samples:
        return np.concatenate([each.samples for each in self.told if isinstance(each, ToPeer)] or [NOTHING])


@pytest.fixture
def call() -> Call:
    return Call()


def test_a_call_rings_is_picked_up_and_hung_up(call: Call) -> None:
    assert not call.line.sink.audible
    call.line.pick_up()
    call.line.take(PickedUp("in1", "PCMA"))
    assert call.line.sink.audible
    assert call.line.codec == "PCMA"
    call.line.close()
    assert call.told == [PickUp("in1"), HangUp("in1")]
    call.line.take(HungUp("in1", "", {"lost": 2}))
    assert not call.line.sink.audible
    assert call.line.end is not None
    assert call.line.end.figures == {"lost": 2}
    call.line.close()
    assert call.told == [PickUp("in1"), HangUp("in1")], "it is over: there is nothing to hang up"


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 48_000])
def test_what_the_peer_says_is_heard_at_its_pitch(call: Call, rate_hz: int) -> None:
    call.brings(tone(1.0, rate_hz), rate_hz)
    heard = call.heard()
    assert len(heard) == pytest.approx(HEAR_RATE_HZ, rel=0.01)
    peak = np.argmax(np.abs(np.fft.rfft(heard))) * HEAR_RATE_HZ / len(heard)
    assert peak == pytest.approx(440, abs=3)
    assert np.abs(heard[1600:-1600]).max() == pytest.approx(0.5, abs=0.03)


def test_narrow_band_stays_narrow(call: Call) -> None:
    """No images above 4 kHz: what the resampler lets through there is 60 dB down."""
    call.brings(tone(1.0, 8_000, 3_000.0))
    spectrum = np.abs(np.fft.rfft(call.heard()[1600:-1600]))
    above = spectrum[len(spectrum) * 9 // 16 :].max()
    assert 20 * np.log10(above / spectrum.max()) < -60


def test_what_was_lost_is_concealed_and_time_goes_on(call: Call) -> None:
    sound, lost = tone(1.0, 8000), (10, 25, 26)
    call.line.take(PickedUp("in1", "PCMA"))
    for number in range(50):
        call.clock.sleep_until(call.clock.now() + 0.02)
        missing = {11: 1, 27: 2}.get(number, 0)
        if number not in lost:
            call.line.take(FromPeer("in1", 8000, 0, sound[160 * number : 160 * (number + 1)], missing))
    heard = call.heard()
    assert len(heard) == pytest.approx(HEAR_RATE_HZ, rel=0.01)
    levels = np.sqrt((heard[800 : 800 + 14_080].reshape(-1, 160) ** 2).mean(axis=1))
    assert levels.min() > 0.5 * np.median(levels), "there is no gap"
    peak = np.argmax(np.abs(np.fft.rfft(heard))) * HEAR_RATE_HZ / len(heard)
    assert peak == pytest.approx(440, abs=2)


def test_a_peer_that_sends_nothing_for_long_is_silent_and_time_goes_on(call: Call) -> None:
    call.brings(tone(0.2, 8000))
    call.clock.sleep_until(call.clock.now() + 3.0)
    call.brings(tone(0.2, 8000))
    heard = call.heard()
    assert len(heard) / HEAR_RATE_HZ == pytest.approx(3.4, abs=0.05)
    loud = np.abs(heard) > 0.1
    assert loud[-1600:].mean() > 0.7, "nothing of what comes then is lost"
    assert not loud[4800:-4800].any()


def test_what_is_said_is_taken_as_there_is_room(call: Call) -> None:
    call.line.take(PickedUp("in1", "PCMA"))
    call.line.voice.put(tone(0.2, VOICE_HZ), VOICE_HZ)
    call.line.take(FromPeer("in1", 8000, 3, NOTHING))
    assert [len(each.samples) for each in call.told if isinstance(each, ToPeer)] == [pytest.approx(160, abs=20)] * 3
    call.line.take(FromPeer("in1", 8000, 0, NOTHING))
    assert len(call.told) == 3
    call.line.take(FromPeer("in1", 8000, 99, NOTHING))
    assert len(call.said()) / 8000 == pytest.approx(0.2, abs=0.01)
    peak = np.argmax(np.abs(np.fft.rfft(call.said()))) * 8000 / len(call.said())
    assert peak == pytest.approx(440, abs=6)


def test_what_is_said_goes_at_once_as_far_as_there_is_room_in_whole_frames(call: Call) -> None:
    call.line.take(PickedUp("in1", "PCMA"))
    call.line.take(FromPeer("in1", 8000, 2, NOTHING))
    call.line.say(tone(0.03, VOICE_HZ), VOICE_HZ)
    assert len(call.said()) == pytest.approx(160, abs=20), "the rest is no frame yet"
    call.line.say(tone(0.2, VOICE_HZ), VOICE_HZ)
    assert len(call.said()) == pytest.approx(2 * 160, abs=20), "there was room for two"


def test_a_flush_drops_what_waits_and_what_the_process_still_has(call: Call) -> None:
    call.line.take(PickedUp("in1", "PCMA"))
    call.line.take(FromPeer("in1", 8000, 2, NOTHING))
    call.line.say(tone(0.03, VOICE_HZ), VOICE_HZ)
    call.line.voice.put(tone(1.0, VOICE_HZ), VOICE_HZ)
    call.line.sink.flush()
    assert call.told[-1] == FallSilent("in1")
    call.line.say(tone(0.04, VOICE_HZ), VOICE_HZ)
    assert call.told[-1] == FallSilent("in1"), "there is room when the process says so"
    call.line.take(FromPeer("in1", 8000, 99, NOTHING))
    assert len(call.said()) == pytest.approx(3 * 160, abs=40)


def test_a_call_that_is_not_picked_up_or_over_has_nothing_to_drop(call: Call) -> None:
    call.line.sink.flush()
    call.line.take(PickedUp("in1", "PCMA"))
    call.line.take(HungUp("in1", "", {}))
    call.line.sink.flush()
    assert call.told == []


def test_the_end_lets_go_who_reads_and_who_writes(call: Call) -> None:
    done = []

    def read() -> None:
        while call.line.source.read() is not None:
            pass
        done.append("read")

    def write() -> None:
        for _ in range(100):
            call.line.sink.write(tone(0.02, VOICE_HZ))
        done.append("write")

    threads = [threading.Thread(target=each) for each in (read, write)]
    for thread in threads:
        thread.start()
    call.line.lose()
    for thread in threads:
        thread.join(5)
    assert sorted(done) == ["read", "write"]
    assert call.line.end == HungUp("in1", LOST, {})


def test_keys_are_told(call: Call) -> None:
    digits: list[str] = []
    call.line.on_digit = digits.append
    for digit in "1#":
        call.line.take(Pressed("in1", digit))
    assert digits == ["1", "#"]


def test_stamps_follow_each_other_through_jitter_and_leave_a_gap_for_silence() -> None:
    stamps, now = Stamps(), 0.0
    chance = np.random.default_rng(1)
    for n in range(200):
        assert stamps.of(FRAME, n * 0.02 + chance.uniform(0, 0.1)) == n * FRAME
    now = 200 * 0.02 + 1.0
    assert stamps.of(FRAME, now) == pytest.approx(now * CLOCK_HZ, abs=0.11 * CLOCK_HZ)

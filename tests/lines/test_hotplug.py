"""Devices that come and go, on a virtual clock: 100 times in each way that they can go."""

from __future__ import annotations

import errno
import os
import random
import threading
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import pytest
from fake_process import Death, FakeProcess, SharedClock, Socket
from tiers import fast_first

from edge_agent.errors import DeviceError
from edge_agent.lines.device_process import Opened
from edge_agent.lines.devices import Kind
from edge_agent.lines.microphone import Microphone
from edge_agent.lines.pcm import FADE_S
from edge_agent.lines.reconnecting import ReconnectingDevice
from edge_agent.lines.speaker import Loudspeaker
from edge_agent.types import AudioFrame, Samples

SEEN_S, HEARD_S = 2.0, 5.0
"""The bar: a loss is told, and a device is used again, within so long."""

USB = Opened("USB: Audio (hw:1,0)", 48_000, 1, 0.01)
SHAPES = [(rate_hz, channels) for rate_hz in (8_000, 16_000, 44_100, 48_000, 96_000) for channels in (1, 2)]


class World:
    """A socket, a clock, and what was told of it when."""

    def __init__(self, kind: Kind, device: Opened | None = USB, name: str | None = "usb") -> None:
        self.clock = SharedClock()
        self.socket = Socket(self.clock, device)
        self.told: list[tuple[float, str]] = []
        self.device = ReconnectingDevice(kind, name, clock=self.clock, on_status=self.tell, start=self.socket.open)

    def tell(self, status: str) -> None:
        self.told.append((self.clock.now(), status))

    def microphone(self, muted: Callable[[], bool] = lambda: False) -> Microphone:
        return Microphone("usb", on_status=self.tell, muted=muted, clock=self.clock, device=self.device)

    def speaker(self, rate_hz: int = 16_000) -> Loudspeaker:
        return Loudspeaker(rate_hz, "usb", on_status=self.tell, clock=self.clock, device=self.device)

    def until(self, at_s: float, source: Microphone) -> list[AudioFrame]:
        frames = []
        while self.clock.now() < at_s:
            frame = source.read()
            assert frame is not None
            frames.append(frame)
        return frames


def seconds(frames: list[AudioFrame], *, loud: bool) -> float:
    return sum(frame.seconds for frame in frames if bool(np.abs(frame.samples).max() > 0.1) == loud)


@pytest.fixture
def cycles(everything: bool) -> int:
    """So often a device goes and comes."""
    return 100 if everything else 20


@pytest.mark.parametrize("death", fast_first(["hangs", "ends"], 1))
def test_a_microphone_is_missed_soon_and_heard_again_soon_whatever_comes_back(death: Death, cycles: int) -> None:
    chance, world = random.Random(7), World("input")
    world.socket.death = death
    source = world.microphone()
    began_s = world.clock.now()
    frames: list[AudioFrame] = []
    for cycle in range(cycles):
        frames += world.until(world.clock.now() + chance.uniform(0.8, 3), source)
        world.told.clear()
        world.socket.device, gone_s = None, world.clock.now()
        absent = world.until(gone_s + chance.uniform(SEEN_S, 12), source)
        (lost,) = world.told
        assert "USB" in lost[1]
        assert "Waiting" in lost[1]
        assert lost[0] - gone_s <= SEEN_S
        assert seconds(absent, loud=True) == 0
        rate_hz, channels = chance.choice(SHAPES)
        world.socket.device = Opened(f"USB: Audio (hw:{cycle % 4},0)", rate_hz, channels, 0.01)
        back_s = world.clock.now()
        back = world.until(back_s + HEARD_S, source)
        heard_s = next(frame.start_s for frame in back if np.abs(frame.samples).max() > 0.1)
        assert heard_s - back[0].start_s <= HEARD_S
        assert "is there" in world.told[1][1]
        assert len(world.told) == 2
        frames += absent + back
    assert world.socket.held == 1
    assert all(a.end == b.start for a, b in pairwise(frames))
    assert {frame.rate_hz for frame in frames} == {USB.rate_hz}
    # Line time goes on while there is no device. A block that is in hand when the silence begins counts twice.
    assert source.captured / source.rate_hz == pytest.approx(world.clock.now() - began_s, abs=0.02 * cycles)


@pytest.mark.parametrize("death", fast_first(["hangs", "ends"], 1))
def test_a_speaker_is_missed_soon_and_fed_again_soon(death: Death, cycles: int) -> None:
    chance, world = random.Random(8), World("output")
    world.socket.death = death
    for cycle in range(cycles):
        world.socket.device = Opened(f"USB: Audio (hw:{cycle % 4},0)", *chance.choice(SHAPES), 0.03)
        back_s = world.clock.now()
        while world.device.receive(0.01) is None:
            assert world.clock.now() - back_s <= HEARD_S
        for _ in range(chance.randrange(50, 300)):
            assert world.device.receive(0.01)
        world.told.clear()
        world.socket.device, gone_s = None, world.clock.now()
        absent_s = chance.uniform(SEEN_S, 12)
        while world.clock.now() < gone_s + absent_s:
            assert world.device.receive(0.01) is None
        (lost,) = world.told
        assert lost[0] - gone_s <= SEEN_S
    assert world.socket.held <= 1


def test_without_a_microphone_at_the_start_there_is_silence_until_it_appears() -> None:
    world = World("input", None)
    source = world.microphone()
    assert world.told == [(0.2, "There is no such thing. Waiting for it.")]
    assert seconds(world.until(60, source), loud=False) == pytest.approx(60, abs=0.5)
    assert len(world.told) == 1, "told once, however often it is tried"
    assert len(world.socket.opened) < 60 / 1.2 + 3
    world.socket.device = USB
    assert seconds(world.until(60 + HEARD_S, source), loud=True) > 1


def test_where_no_process_can_be_started_it_is_waited_for_too() -> None:
    """For want of memory, of descriptors."""
    world = World("input")
    refused = [OSError(errno.ENOMEM, "Cannot allocate memory")] * 3

    def start(kind: Kind, names: Sequence[str]) -> FakeProcess:
        if refused:
            raise refused.pop()
        return world.socket.open(kind, names)

    world.device = ReconnectingDevice("input", "usb", clock=world.clock, on_status=world.tell, start=start)
    source = world.microphone()
    assert seconds(world.until(HEARD_S, source), loud=True) > 1
    assert [status for _, status in world.told] == [
        "The microphone that was chosen cannot be opened (Cannot allocate memory). Waiting for it.",
        "The microphone 'USB: Audio (hw:1,0)' is there.",
    ]


def test_it_is_found_by_the_name_it_had_and_then_by_the_one_that_was_asked_for() -> None:
    world = World("input")
    source = world.microphone()
    world.socket.device = None
    world.until(10, source)
    assert world.socket.opened[0] == ("usb",)
    assert set(world.socket.opened[1:]) == {(USB.name, "usb")}


def test_the_default_device_is_the_system_s_default_of_the_moment() -> None:
    world = World("input", name=None)
    source = world.microphone()
    world.socket.device = None
    world.until(10, source)
    assert set(world.socket.opened) == {()}


def test_an_overrun_is_counted_and_filled_with_silence_of_its_length() -> None:
    world = World("input")
    source = world.microphone()
    world.until(1, source)
    world.socket.lose = 0.37
    frames = world.until(2, source)
    assert source.overflows == 1
    assert seconds(frames, loud=False) == pytest.approx(0.37, abs=0.001)
    assert [bool(frame.samples[0]) for frame in frames[:3]] == [False, True, True]
    assert len(world.told) == 0


def test_an_underrun_is_counted_and_the_sound_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    world = World("output", USB)
    sink = world.speaker()
    try:
        world.socket.lose = 0.37
        sink.play(np.full(16_000, 0.5, np.float32))
    finally:
        sink.close()
    assert sink.underflows == 1
    assert caplog.messages == ["The speaker ran dry for a moment (1 times so far)."]
    loud = sum(np.count_nonzero(np.frombuffer(block, np.int16)) for block in world.socket.played)
    assert loud / USB.rate_hz == pytest.approx(1.0, abs=0.05)


def test_of_an_array_of_microphones_the_first_is_heard() -> None:
    """The others are raw, or what the speaker plays."""
    world = World("input", Opened("array", 16_000, 6, 0.01))
    world.socket.of_channels = (1.0, 0.0, 0.0, 0.0, 0.0, -1.0)
    (frame, *_) = world.until(1, world.microphone())
    assert frame.samples.max() == pytest.approx(0.5)


def test_of_many_speakers_those_in_front_play() -> None:
    world = World("output", Opened("surround", 16_000, 6, 0.01))
    sink = world.speaker()
    sink.play(np.full(1600, 0.5, np.float32))
    sink.close()
    played = np.concatenate([np.frombuffer(block, np.int16).reshape(-1, 6) for block in world.socket.played])
    assert (np.abs(played).max(axis=0) > 1000).tolist() == [True, True, False, False, False, False]


def test_muted_the_microphone_is_closed_and_silent_and_says_so() -> None:
    world, muted = World("input"), True
    source = world.microphone(lambda: muted)
    assert world.socket.opened == [], "muted from the start: not even opened"
    assert "muted" in world.told[0][1]
    assert seconds(world.until(5, source), loud=True) == 0
    muted = False
    assert seconds(world.until(10, source), loud=True) > 4
    assert world.socket.held == 1
    muted = True
    closing = world.until(11, source)
    assert seconds(closing, loud=True) < 0.3
    assert world.socket.held == 0
    assert source.captured / source.rate_hz == pytest.approx(world.clock.now(), abs=0.5)
    assert [status for _, status in world.told if "lost" in status] == []
    source.close()
    assert source.read() is None


def test_a_speaker_that_ran_dry_may_take_nothing_for_longer() -> None:
    """PulseAudio does so for up to 1.6 s: it is not lost, and what waits is heard then."""
    world = World("output")
    device = world.device
    device.wait_open()
    for _ in range(60):
        assert device.receive(0.01)
    world.socket.lose = 0.02
    assert device.receive(0.01)
    world.socket.stalls_s = 1.6
    while world.socket.stalls_s:
        assert device.receive(0.01) is None
    assert device.receive(0.01)
    assert world.told == []
    for _ in range(60):
        assert device.receive(0.01)
    world.socket.stalls_s = 1.6
    while world.socket.stalls_s and not world.told:
        device.receive(0.01)
    assert "neither takes nor gives" in world.told[0][1], "later, it is lost"


def test_what_is_said_without_a_speaker_takes_its_time_and_the_next_is_heard() -> None:
    world = World("output")
    sink = world.speaker()
    assert sink.audible
    world.socket.device = None
    before_s = world.clock.now()
    for _ in range(50 * 4):
        sink.write(np.full(320, 0.5, np.float32))
    assert not sink.audible
    assert world.clock.now() - before_s >= 3.9, "it was written faster than it could have been said"
    world.socket.played.clear()
    world.socket.device = Opened("USB: Audio (hw:2,0)", 44_100, 2, 0.03)
    for _ in range(50 * 4):
        sink.write(np.full(320, 0.5, np.float32))
    assert sink.audible
    sink.close()
    assert world.socket.held == 0
    sound = np.frombuffer(b"".join(world.socket.played), np.int16).reshape(-1, 2)
    assert np.abs(sound).max() == pytest.approx(LEVEL_OUT, rel=0.1)
    assert (sound[:, 0] == sound[:, 1]).all()


LEVEL_OUT = 0.5 * 32767


def test_sound_that_is_cut_off_sinks_to_silence_without_a_click() -> None:
    world = World("output")
    sink = world.speaker(USB.rate_hz)
    words = np.full(120 * USB.rate_hz, 0.5, np.float32)
    writer = threading.Thread(target=sink.write, args=(words,))
    writer.start()
    while not any(map(any, world.socket.played)):
        os.sched_yield()
    sink.flush()
    writer.join()
    sink.close()
    sound = np.frombuffer(b"".join(world.socket.played), np.int16)
    end = int(np.flatnonzero(sound)[-1]) + 1
    assert end < 120 * USB.rate_hz
    fade = sound[end - round(FADE_S * USB.rate_hz) : end + 1].astype(int)
    assert fade[0] == pytest.approx(LEVEL_OUT, rel=0.01)
    assert np.abs(np.diff(fade)).max() <= 2 * LEVEL_OUT / len(fade)


def test_a_sound_that_is_interrupted_is_not_played_on() -> None:
    class Interrupted(Loudspeaker):
        def write(self, samples: Samples) -> None:
            super().write(samples)
            if world.socket.played:
                raise KeyboardInterrupt

    world = World("output")
    sink = Interrupted(USB.rate_hz, on_status=world.tell, clock=world.clock, device=world.device)
    with pytest.raises(KeyboardInterrupt):
        sink.play(np.full(120 * USB.rate_hz, 0.5, np.float32))
    sink.close()
    sound = np.frombuffer(b"".join(world.socket.played), np.int16)
    assert np.count_nonzero(sound) < USB.rate_hz


@pytest.mark.parametrize("death", ["ends", "hangs"])
def test_closing_does_not_wait_for_a_speaker_that_is_gone(death: Death) -> None:
    world = World("output")
    world.socket.death = death
    sink = world.speaker()
    sink.write(np.zeros(320, np.float32))
    world.socket.device = None
    sink.close()
    assert world.socket.held == 0


def test_the_impatient_are_told_at_once() -> None:
    clock = SharedClock()
    socket = Socket(clock)
    with pytest.raises(DeviceError, match="no such thing"):
        Microphone(clock=clock, device=ReconnectingDevice("input", None, clock=clock, start=socket.open))
    socket.device = USB
    sink = Loudspeaker(16_000, clock=clock, device=ReconnectingDevice("output", None, clock=clock, start=socket.open))
    socket.device = None
    with pytest.raises(DeviceError, match="was lost"):
        sink.write(np.zeros(16_000, np.float32))
    sink.close()
    assert socket.held == 0

"""A line that does not hear its own loudspeaker: scenes in made-up rooms, with the real canceller and a strict VAD."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tiers import fast_first

from edge_agent.bench.sound import read_16_khz
from edge_agent.errors import ConfigError
from edge_agent.line import hears
from edge_agent.lines import echo
from edge_agent.lines.canceller import Canceller, power_db
from edge_agent.lines.echo import HALF_DUPLEX, EchoCancelled
from edge_agent.lines.pulseaudio import cancelling
from edge_agent.resample import Resampler
from edge_agent.types import HEAR_RATE_HZ, AudioFrame, Samples
from tests.rigs.room.engines import engines
from tests.rigs.room.line import RoomLine, RoomSource
from tests.rigs.room.play import Played, play
from tests.rigs.room.room import USER_DBFS, Guest, Room, at_level
from tests.rigs.room.walls import image_source

SPEECH = Path(__file__).parents[1] / "data" / "speech"


@pytest.fixture(scope="module")
def voice() -> list[Samples]:
    return [read_16_khz(SPEECH / f"{name}.flac") for name in ("2033-164914-0003", "2609-156975-0001")]


@pytest.fixture(scope="module")
def user() -> Samples:
    return at_level(read_16_khz(SPEECH / "googlespeech_brooklyn_bridge.flac"), USER_DBFS)


def room_of(
    voice: Samples, echo_db: float = 0.0, *, rt60_s: float = 0.4, distance_m: float = 1.0, **more: float
) -> Room:
    """A room in which the voice is so much louder than the user."""
    room = Room(image_source(3, rt60_s=rt60_s, distance_m=distance_m), **more)
    return replace(room, gain=room.gain_for(voice, USER_DBFS + echo_db))


def loss_db(played: Played, start_s: float, end_s: float) -> float:
    """How much quieter the echo became, in this time of the line."""
    cut = slice(round(start_s * HEAR_RATE_HZ), round(end_s * HEAR_RATE_HZ))
    return power_db(played.microphone[cut]) - power_db(played.cleaned[cut])


@pytest.mark.parametrize("echo_db", fast_first([6.0, -6.0], 1))
def test_its_own_voice_begins_no_turn(voice: list[Samples], user: Samples, echo_db: float) -> None:
    played = play(room_of(voice[0], echo_db), [Guest(user, at_s=0.5)], engines(voice, HEAR_RATE_HZ, sentences=2))
    assert played.turns == 1
    assert all(how != "silent" for _, how in played.yielded)
    began = played.answers_s[0]
    assert loss_db(played, began + 3, began + 9) > 25


def test_that_there_is_no_microphone_is_known_through_it(voice: list[Samples]) -> None:
    line = RoomLine(room_of(voice[0]), output_rate_hz=HEAR_RATE_HZ)
    heard = EchoCancelled(line)
    assert hears(heard.source), "a source that cannot be away is there"
    setattr(line.source, "is_open", False)  # noqa: B010
    assert not hears(heard.source)
    setattr(line.source, "is_open", True)  # noqa: B010
    assert hears(heard.source)


def test_without_the_decorator_it_talks_to_itself(voice: list[Samples], user: Samples) -> None:
    talker = engines(voice, HEAR_RATE_HZ, sentences=2)
    played = play(room_of(voice[0]), [Guest(user, at_s=0.5)], talker, cancelled=False, most_s=15)
    assert played.turns > 5


def test_a_user_who_speaks_into_the_answer_is_heard(voice: list[Samples], user: Samples) -> None:
    guests = [Guest(user, at_s=0.5), Guest(user, into_s=4.0)]
    played = play(room_of(voice[0]), guests, engines(voice, HEAR_RATE_HZ, sentences=2))
    spoke_s = played.line.source.began_s[1]
    assert played.yielded_between(spoke_s, spoke_s + 1.0)
    assert not played.yielded_between(0, spoke_s)
    assert len(played.interrupted_s) == 1
    assert played.turns == 2


@pytest.mark.parametrize(
    "more",
    fast_first(
        [{"delay_s": 0.4}, {"drift_ppm": 200.0}, {"clips_at": 0.2}, {"delay_s": 0.02}, {"drift_ppm": -200.0}], 3
    ),
)
def test_delay_drift_and_clipping_are_borne(voice: list[Samples], user: Samples, more: dict[str, float]) -> None:
    room = room_of(voice[0], **more)
    played = play(room, [Guest(user, at_s=0.5)], engines(voice, HEAR_RATE_HZ, sentences=2))
    assert played.turns == 1
    assert loss_db(played, played.answers_s[0] + 3, played.answers_s[0] + 9) > 20


def test_without_a_canceller_it_does_not_listen_while_it_speaks_and_says_so_once(
    voice: list[Samples], user: Samples
) -> None:
    guests = [Guest(user, at_s=0.5), Guest(user, into_s=14.0)]  # behind the answer
    played = play(room_of(voice[0]), guests, engines(voice, HEAR_RATE_HZ, sentences=2), canceller=None)
    assert played.turns == 2
    assert played.interrupted_s == []
    assert played.told == [HALF_DUPLEX]


def test_headphones_are_noticed_and_cost_nothing(voice: list[Samples], user: Samples) -> None:
    calls = list[int]()

    class Counted(Canceller):
        def process(self, near: Samples, far: Samples) -> object:  # type: ignore[override]
            calls.append(len(near))
            return super().process(near, far)

    room = replace(room_of(voice[0]), gain=0.0)
    guests = [Guest(user, at_s=0.5), Guest(user, into_s=6.0)]
    played = play(room, guests, engines(voice, HEAR_RATE_HZ, sentences=2), canceller=Counted)
    began = played.answers_s[0]
    at = round((played.line.source.began_s[1] + 0.3) * HEAR_RATE_HZ)
    assert np.array_equal(played.cleaned[at : at + 8000], played.microphone[at : at + 8000])
    assert len(calls) * 0.032 < began + 3, "bypassed after some two seconds of voice"
    assert len(played.interrupted_s) == 1


def test_without_a_canceller_and_without_an_echo_it_may_be_interrupted(voice: list[Samples], user: Samples) -> None:
    room = replace(room_of(voice[0]), gain=0.0)
    guests = [Guest(user, at_s=0.5), Guest(user, into_s=4.0)]
    played = play(room, guests, engines(voice, HEAR_RATE_HZ, sentences=2), canceller=None)
    assert len(played.interrupted_s) == 1
    assert played.told == []


class At48kHz:
    """A microphone of another rate."""

    rate_hz = 48_000

    def __init__(self, source: RoomSource) -> None:
        self._source, self._resampler = source, Resampler(HEAR_RATE_HZ, self.rate_hz)
        self._start = 0

    def read(self) -> AudioFrame | None:
        frame = self._source.read()
        if frame is None:
            return None
        samples = self._resampler.push(frame.samples)
        start, self._start = self._start, self._start + len(samples)
        return AudioFrame(samples, self.rate_hz, start)

    def close(self) -> None:
        self._source.close()


def heard_of(line: EchoCancelled, voice: Samples, drop: slice = slice(0, 0)) -> list[AudioFrame]:
    """What is heard while `voice` is played, but for the blocks `drop`, which the reference never hears of."""
    tap, blocks, frames = line.sink.tap, list[int](), list[AudioFrame]()

    def lossy(samples: Samples, rate_hz: int) -> None:
        blocks.append(len(samples))
        if not drop.start <= len(blocks) < drop.stop:
            tap(samples, rate_hz)

    line.sink.tap = lossy
    for at in range(0, len(voice), 512):
        line.sink.write(voice[at : at + 512])
        frame = line.source.read()
        assert frame is not None
        frames.append(frame)
    return frames


@pytest.mark.parametrize("drop", fast_first([slice(0, 0), slice(150, 250), slice(200, 206)], 2))
def test_another_rate_and_lost_blocks_are_borne(voice: list[Samples], drop: slice) -> None:
    line = RoomLine(room_of(voice[0]), output_rate_hz=HEAR_RATE_HZ)
    line_48 = RoomLine(room_of(voice[0]), output_rate_hz=HEAR_RATE_HZ)
    line_48.source = At48kHz(line_48.source)  # type: ignore[assignment]
    for each in (line, line_48):
        frames = heard_of(EchoCancelled(each), np.concatenate(voice), drop)
        assert [frame.start for frame in frames] == list(range(0, 512 * len(frames), 512))
        late = np.concatenate([frame.samples for frame in frames[-60:]])
        assert power_db(late) < USER_DBFS - 12


def test_a_reference_that_never_comes_changes_nothing(voice: list[Samples]) -> None:
    line = RoomLine(room_of(voice[0]), output_rate_hz=HEAR_RATE_HZ)
    frames = heard_of(EchoCancelled(line), voice[0], slice(0, 10_000))
    heard = np.concatenate([frame.samples for frame in frames])
    assert abs(power_db(heard) - power_db(line.source.heard[: len(heard)])) < 1
    assert all(frame.echo_db == -np.inf for frame in frames)


def test_the_setting_decides(monkeypatch: pytest.MonkeyPatch, voice: list[Samples]) -> None:
    line = RoomLine(room_of(voice[0]), output_rate_hz=HEAR_RATE_HZ)
    more = {"microphone": None, "on_status": print}
    monkeypatch.setattr(echo.pulseaudio, "cancelling_source", lambda microphone: None)
    assert echo.against_echo(line, "off", **more) is line
    assert isinstance(echo.against_echo(line, "auto", **more), EchoCancelled)
    monkeypatch.setattr(echo.pulseaudio, "cancelling_source", lambda microphone: "mine")
    assert echo.against_echo(line, "auto", **more) is line
    assert isinstance(echo.against_echo(line, "on", **more), EchoCancelled)
    monkeypatch.setattr(echo, "is_installed", lambda: False)
    with pytest.raises(ConfigError, match="pywebrtc-audio"):
        echo.against_echo(line, "on", **more)


SOURCES = """
Source #2
\tName: mic_src
\tDescription: Built-in Audio
\tDriver: module-alsa-card.c
\tMonitor of Sink: n/a

Source #3
\tName: mine
\tDescription: Built-in Audio (echo cancelled with Built-in Audio)
\tDriver: module-echo-cancel.c
\tMonitor of Sink: n/a

Source #4
\tName: ecs.monitor
\tDescription: Monitor of Built-in Audio (echo cancelled with Built-in Audio)
\tDriver: module-echo-cancel.c
\tMonitor of Sink: ecs

Source #57
\tName: echo-cancel-source
\tDescription: Echo-Cancel Source
\tDriver: PipeWire
\tMonitor of Sink: n/a
"""


@pytest.mark.parametrize(
    ("microphone", "default", "found"),
    [
        (None, "mic_src", None),
        (None, "mine", "mine"),
        ("pulse", "echo-cancel-source", "echo-cancel-source"),
        (None, "ecs.monitor", None),
        ("Echo-Cancel", "mic_src", "echo-cancel-source"),
        ("USB", "mine", None),
    ],
)
def test_a_sound_server_that_cancels_is_recognised(microphone: str | None, default: str, found: str | None) -> None:
    assert cancelling(microphone, default, SOURCES) == found

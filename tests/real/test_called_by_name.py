"""Called by name, with real models: the name of its clip, and a recorded question right behind it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edge_agent import build
from edge_agent.build_called import by_name, chimes
from edge_agent.clock import ManualClock
from edge_agent.doctor.wake import CLIPS
from edge_agent.events import Event, HeardText
from edge_agent.host.engines import Engines
from edge_agent.host.inline import InlineHost
from edge_agent.host.jobs import Detection
from edge_agent.lines.audio_file import read_audio
from edge_agent.lines.wav import WavLine
from edge_agent.resample import resample
from edge_agent.run.inline import InlineConversation
from edge_agent.settings import Settings
from edge_agent.speak.chimes import ChimeName, own
from edge_agent.types import HEAR_RATE_HZ, Samples
from tests.rigs.bench.wake import bench_false_alarms, bench_idle, frames_of, stretches
from tests.rigs.fakes import ScriptedWriter

pytestmark = pytest.mark.model
pytest.importorskip("pymicro_wakeword", reason="the extra room is not installed")

CALLED = Settings.model_validate({"hear": {"wake": "hey_jarvis"}})


@pytest.fixture(scope="module")
def called(engines: Engines) -> Engines:
    """The same, called by name."""
    return replace(
        engines,
        ears=by_name(CALLED, engines.ears),
        chimes=chimes(CALLED, engines.voice.rate_hz),
        writer=ScriptedWriter({}, ("It was opened in 1883.",)),
    )


def silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * HEAR_RATE_HZ), np.float32)


def events_of(called: Engines, *parts: Samples) -> list[Event]:
    events = list[Event]()
    sound = np.concatenate([*parts, silence(1)])
    line = WavLine((sound, HEAR_RATE_HZ), output_rate_hz=called.voice.rate_hz, clock=ManualClock(), paced=False)
    host = InlineHost(called, ManualClock())
    InlineConversation(line, host, build.briefs(CALLED), on_event=events.append, linger_s=8.0).run()
    return events


@pytest.fixture
def question(speech: Path) -> Samples:
    samples, rate_hz = read_audio(speech / "googlespeech_brooklyn_bridge.flac")
    return resample(samples, rate_hz, HEAR_RATE_HZ)


@pytest.mark.parametrize("gap_s", [0.0, 1.5])
def test_a_question_behind_the_name_is_heard_as_without_it(called: Engines, question: Samples, gap_s: float) -> None:
    name, _ = read_audio(CLIPS / "hey_jarvis.wav")
    events = events_of(called, silence(1), question, silence(1), name, silence(gap_s), question)
    (heard,) = (event.text for event in events if isinstance(event, HeardText))
    assert "Jarvis" not in heard
    assert heard.lower().startswith("how old is the brooklyn bridge")
    assert [event.type for event in events if event.type in ("called", "turn_done", "asleep")] == [
        "called",
        "turn_done",
        "asleep",
    ]


@pytest.mark.parametrize("name", ["called", "asleep"])
def test_a_chime_is_no_speech(engines: Engines, name: ChimeName) -> None:
    chime = own(name, HEAR_RATE_HZ, 1.0)
    sound = np.concatenate([silence(1), chime, silence(1)])
    ears = engines.ears(engines.endpoint, engines.asr(None), Detection())
    heard = [hearing for frame in frames_of(sound) for hearing in ears.hear(frame)]
    assert heard == []


@pytest.mark.slow
def test_it_costs_little_to_wait_and_is_not_called_by_other_speech(engines: Engines, speech: Path) -> None:
    factory = by_name(CALLED, engines.ears)

    def ears():  # type: ignore[no-untyped-def]
        return factory(engines.endpoint, engines.asr(None), Detection(device=True))

    said = list[str]()
    manifest = [speech / "manifest.jsonl"]
    found = bench_false_alarms(stretches(manifest, ["hey_jarvis"], range(11)), ears, said.append)
    assert found["alarms"] == []
    assert sum(each["hours"] for each in found["sets"].values()) > 0.2
    assert bench_idle(ears)["cpu_share"] <= 0.03

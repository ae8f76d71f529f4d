"""The whole loop on real speech and real models."""

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from edge_agent import build
from edge_agent.clock import ManualClock, RealClock
from edge_agent.config import load
from edge_agent.host.host import Host
from edge_agent.host.inline import InlineHost
from edge_agent.lines.audio_file import read_audio, write_wav
from edge_agent.speak.voice import AUDIBLE
from edge_agent.watch.latency import Latency
from tests.rigs.fakes import ScriptedWriter

pytestmark = pytest.mark.model

LONG = (
    "The Brooklyn Bridge was opened in the year eighteen eighty three.",
    "It crosses the East River between Manhattan and Brooklyn, and was the longest suspension bridge of its day.",
    "Many people walk across it every day to see the skyline of the city.",
)


def converse(engines, sound, output, *, fast=False, linger_s=1.0):
    """A conversation with a file: events, marks and what the speaker played."""
    events, latency, settings = [], Latency(), load()
    line = build.line(settings, engines.voice.rate_hz, input=sound, output=output, fast=fast)
    with InlineHost(engines, ManualClock()) if fast else Host(engines, RealClock()) as host:
        build.conversation(
            line, host, settings, on_event=events.append, on_mark=latency, linger_s=linger_s
        ).run()  # fmt: skip
    samples, rate_hz = read_audio(output)
    assert rate_hz == engines.voice.rate_hz
    return events, latency, samples


def of(events, kind):
    return [event for event in events if event.type == kind]


def two_turns(tmp_path, speech, gap_s):
    """The Brooklyn question, a gap, then 'what time is it'; and where the second one's speech begins."""
    first, rate_hz = read_audio(speech / "googlespeech_brooklyn_bridge.flac")
    second, _ = read_audio(speech / "googleassistant_whattimeisit.flac")
    manifest = [json.loads(line) for line in (speech / "manifest.jsonl").read_text().splitlines()]
    lead = next(row["speech_start_s"] for row in manifest if "whattimeisit" in row["file"])
    gap = np.zeros(round(gap_s * rate_hz), np.float32)
    write_wav(tmp_path / "two.wav", np.concatenate([first, gap, second]), rate_hz)
    return tmp_path / "two.wav", len(first) / rate_hz + gap_s + lead


def test_a_question_in_a_file_is_answered_aloud(engines, speech, tmp_path):
    events, latency, sound = converse(engines, speech / "googlespeech_brooklyn_bridge.flac", tmp_path / "out.wav")
    (heard,) = of(events, "heard")
    assert "brooklyn bridge" in heard.text.lower()
    assert [event.type for event in events][-1] == "turn_done"
    said = " ".join(event.text for event in of(events, "saying"))
    assert "bridge" in said.lower()
    loud = np.flatnonzero(np.abs(sound) >= AUDIBLE) / engines.voice.rate_hz
    assert loud[0] > heard.at_s - 0.05, "the answer is heard before the question is over"
    assert loud[-1] - loud[0] > 0.8
    (marks,) = latency.turns().values()
    assert marks["speech_end"] - 0.1 < marks["soft_end"], "it is looked at as the voice falls"
    assert marks["soft_end"] < marks["heard"] <= marks["think"] < marks["sentence"] < marks["sound"]


@pytest.mark.slow
def test_barge_in_stops_the_sound_and_keeps_what_was_heard(engines, speech, tmp_path):
    """The second question falls into the first answer, which is scripted because a small model's may be short."""
    sound_file, onset_s = two_turns(tmp_path, speech, gap_s=3.2)
    talkative = replace(engines, writer=ScriptedWriter({}, otherwise=LONG))
    events, _, sound = converse(talkative, sound_file, tmp_path / "out.wav")
    cut = of(events, "interrupted")[0]
    answer = " ".join(LONG)
    assert cut.spoken
    assert answer.startswith(cut.spoken)
    assert len(cut.spoken) < len(answer)
    assert cut.at_s - onset_s < 1.5, "its first words tell that it is an interruption"
    second = of(events, "heard")[1]
    assert "time" in second.text.lower()
    rate = engines.voice.rate_hz
    after = sound[round((onset_s + 0.4) * rate) : round((second.at_s - 0.1) * rate)]
    assert np.abs(after).max(initial=0) < AUDIBLE, "the sound goes on after the interruption"


def test_the_virtual_clock_gives_the_same_words(engines, speech, tmp_path):
    events, _, _ = converse(engines, speech / "googlespeech_brooklyn_bridge.flac", tmp_path / "out.wav", fast=True)
    assert "Brooklyn" in of(events, "heard")[0].text
    assert events[-1].type == "turn_done"


@pytest.mark.parametrize("name", ["white_-50dBFS_10s.flac", "blanket_wind.flac", "sonicpi_loop_tabla.flac"])
def test_silence_noise_and_music_are_not_answered(engines, speech, tmp_path, name):
    events, _, sound = converse(engines, speech / name, tmp_path / "out.wav", fast=True)
    assert not of(events, "heard")
    assert not np.any(sound)


@pytest.mark.slow
def test_a_conversation_remembers(engines, tmp_path, speech):
    """Two turns in one conversation: the second prompt begins with every token of the first."""
    sound_file, _ = two_turns(tmp_path, speech, gap_s=9.0)
    events, _, _ = converse(engines, sound_file, tmp_path / "out.wav", fast=True)
    assert [event.turn for event in of(events, "turn_done")] == [1, 2]
    said = " ".join(event.text for event in of(events, "saying") if event.turn == 2)
    assert any(ch.isdigit() for ch in said), f"asked for the time, it said: {said}"


@pytest.mark.slow
def test_the_command_keeps_its_contract(tmp_path, speech):
    """edge-agent talk --input --output --events --linger, as outside measurement calls it."""
    wav, ndjson = tmp_path / "out.wav", tmp_path / "events.jsonl"
    command = [sys.executable, "-m", "edge_agent", "talk", "--profile", "tiny", "--linger", "1",
               "--input", str(speech / "googlespeech_brooklyn_bridge.flac"),
               "--output", str(wav), "--events", str(ndjson)]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    assert "Brooklyn" in done.stdout
    events = [json.loads(line) for line in ndjson.read_text().splitlines()]
    assert all({"type", "turn", "at_s"} <= set(event) for event in events)
    assert [event["type"] for event in events][:3] == ["speech_started", "speech_stopped", "heard"]
    sound, rate_hz = read_audio(wav)
    last = max(event["at_s"] for event in events)
    assert len(sound) / rate_hz == pytest.approx(last + 1, abs=0.3), "it ends when it has been silent for --linger"

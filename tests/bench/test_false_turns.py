"""`bench false-turns`: what is answered where nobody has spoken."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from tiers import fast_first

from edge_agent.errors import InputError
from edge_agent.lines.audio_file import write_wav
from edge_agent.types import HEAR_RATE_HZ
from tests.rigs.bench import nonspeech
from tests.rigs.bench.false_turns import bench_false_turns, made_up, read_sounds
from tests.rigs.fakes import Scene


@pytest.fixture
def scene() -> Scene:
    """What the scripted ears take for a word, and for noise."""
    return Scene().user(0.5, 1.0, "hello").user(2.5, 3.0, "noise")


def test_answers_are_counted_and_rejected_sounds_are_not(scene: Scene, tmp_path: Path) -> None:
    word, noise = np.split(np.pad(scene.samples(), (0, 900)), [round(2.2 * HEAR_RATE_HZ)])
    for name, sound in {"word": word, "noise": noise, "silence": np.zeros(8000, np.float32)}.items():
        write_wav(tmp_path / f"{name}.wav", sound, HEAR_RATE_HZ)
        (tmp_path / name).mkdir()
        (tmp_path / name / "manifest.jsonl").write_text(json.dumps({"file": f"../{name}.wav"}))
    sounds = read_sounds([tmp_path / name / "manifest.jsonl" for name in ("word", "noise", "silence")], seconds=6.6)
    lines: list[str] = []
    result = bench_false_turns(sounds, scene.engines(), progress=lines.append)
    counts = {row["set"]: (row["onsets"], row["answers"]) for row in result["rows"]}
    assert counts["word"] == (3, 3), "2.2 s three times over"
    assert counts["silence"] == (0, 0)
    assert counts["noise"][0] > 0
    assert counts["noise"][1] == 0
    assert result["summary"]["answers_per_60_s"] == pytest.approx(60 * 3 / (3 * 6.6))
    assert (result["summary"]["worst"], result["sets"]["silence"]["worst"]) == (3, 0)
    assert len(lines) == 3


def test_only_clips_without_speech_are_taken(tmp_path: Path) -> None:
    rows = [{"file": "a.wav"}, {"file": "b.wav", "speech_end_s": 2.0}, {"file": "c.wav", "transcript": "yes"}]
    path = tmp_path / "manifest.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    assert [sound.name for sound in read_sounds([path])] == ["a.wav"]
    path.write_text(json.dumps(rows[1]))
    with pytest.raises(InputError, match="without speech"):
        read_sounds([path])


def test_made_up_hours_join_on_to_each_other_and_repeat_nothing() -> None:
    sounds = made_up(0, 2)
    assert [sound.name for sound in sounds] == [f"minute {i}" for i in range(120)]
    assert [sound.name for sound in made_up(1, 1)] == [sound.name for sound in sounds[60:]]
    assert {sound.set for sound in sounds} == set(nonspeech.KINDS)


@pytest.mark.parametrize("number", fast_first(range(len(nonspeech.KINDS)), 3), ids=nonspeech.kind)
def test_a_made_up_minute_is_sound_within_full_scale_and_the_same_each_time(number: int) -> None:
    samples = nonspeech.minute(number)
    assert samples.shape == (60 * HEAR_RATE_HZ,)
    assert samples.dtype == np.float32
    assert 0 < np.abs(samples).max() <= 1
    assert np.array_equal(samples, nonspeech.minute(number))
    another = nonspeech.minute(number + len(nonspeech.KINDS))
    assert nonspeech.kind(number) == nonspeech.kind(number + len(nonspeech.KINDS))
    assert not np.array_equal(samples, another)

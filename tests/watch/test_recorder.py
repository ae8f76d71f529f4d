"""A recording is on the disk as it happens: nothing stays in memory, and a kill or a full disk costs little of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge_agent.errors import InputError, StateError
from edge_agent.lines import audio_file
from edge_agent.lines.audio_file import read_audio
from edge_agent.types import HEAR_FRAME
from edge_agent.watch.recorder import EVENTS, MICROPHONE, PART, Recorder
from tests.rigs.fakes import Tape
from tests.rigs.full_disk import FULL, fill

SOUND = np.linspace(-0.5, 0.5, 10 * HEAR_FRAME, dtype=np.float32)


def hear(recorder: Recorder, frames: int = 10) -> None:
    for _ in range(frames):
        recorder.line.source.read()


def record(folder: Path, *, fails: bool, fills: bool = False) -> None:
    with Recorder(folder, Tape(SOUND)) as recorder:
        if fills:
            fill(folder / PART)
        hear(recorder)
        if fails:
            raise ZeroDivisionError


def test_what_a_killed_process_leaves_can_be_read(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with Recorder(tmp_path, Tape(SOUND)) as recorder:
        for frames in (1, 2, 3):
            hear(recorder, 1)
            samples, rate_hz = read_audio(tmp_path / PART)
            assert (len(samples), rate_hz) == (frames * HEAR_FRAME, 16_000)
            assert not (tmp_path / MICROPHONE).exists(), "it is not the whole one"
    assert not caplog.messages, "the part is whole in itself"


def test_the_sound_gets_its_name_at_the_end(tmp_path: Path) -> None:
    record(tmp_path, fails=False)
    np.testing.assert_allclose(read_audio(tmp_path / MICROPHONE)[0], SOUND, atol=1e-4)
    assert not (tmp_path / PART).exists()


def test_a_conversation_that_fails_is_recorded_and_its_failure_told(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        record(tmp_path, fails=True)
    assert len(read_audio(tmp_path / MICROPHONE)[0]) == len(SOUND)


def test_nothing_heard_leaves_no_sound(tmp_path: Path) -> None:
    with Recorder(tmp_path, Tape(SOUND)):
        pass
    assert [path.name for path in tmp_path.iterdir()] == [EVENTS]


def test_more_than_a_wav_can_hold_costs_only_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(audio_file, "MOST_BYTES", 2 * 3 * HEAR_FRAME)
    with pytest.raises(StateError, match="does not hold all that was heard"), Recorder(tmp_path, Tape(SOUND)) as it:
        hear(it)
    assert len(read_audio(tmp_path / PART)[0]) == 3 * HEAR_FRAME
    assert not (tmp_path / MICROPHONE).exists()
    assert len(caplog.messages) == 1, "said once"


@pytest.mark.skipif(not FULL.exists(), reason="Linux only")
@pytest.mark.parametrize(("fails", "told"), [(False, StateError), (True, ZeroDivisionError)])
def test_a_full_disk_ends_no_conversation_and_hides_nothing_worse(
    tmp_path: Path, fails: bool, told: type[Exception]
) -> None:
    with pytest.raises(told):
        record(tmp_path, fails=fails, fills=True)


def test_a_part_that_was_left_readable_is_replaced_and_a_link_not_followed(tmp_path: Path) -> None:
    (tmp_path / PART).touch(mode=0o644)
    record(tmp_path, fails=False)
    assert (tmp_path / MICROPHONE).stat().st_mode & 0o777 == 0o600
    (tmp_path / "elsewhere").write_text("mine")
    (tmp_path / PART).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="it is a link"):
        Recorder(tmp_path, Tape(SOUND))
    assert (tmp_path / "elsewhere").read_text() == "mine"


@pytest.mark.parametrize("taken", [PART, EVENTS])
def test_a_folder_that_cannot_be_written_to_is_refused_and_left_alone(tmp_path: Path, taken: str) -> None:
    (tmp_path / taken).mkdir()
    with pytest.raises(InputError, match="Is a directory"):
        Recorder(tmp_path, Tape(SOUND))
    assert [path.name for path in tmp_path.iterdir()] == [taken]

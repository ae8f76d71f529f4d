"""Places to write to: what cannot be used is said at once, and nothing that is there is lost."""

from __future__ import annotations

import io
import os
import sys
import wave
from pathlib import Path

import numpy as np
import pytest

from edge_agent.cli.options import check_place
from edge_agent.errors import InputError
from edge_agent.lines.audio_file import write_wav
from edge_agent.state import STDOUT

TONE = np.zeros(800, np.float32)


def refused(file: Path, why: str, *, suffix: str = ".wav", inputs: tuple[Path, ...] = ()) -> None:
    with pytest.raises(InputError, match=why):
        check_place(file, suffix=suffix, inputs=inputs)


def test_devices_pipes_folders_and_other_kinds_of_files_are_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    refused(tmp_path / "pipe.wav", "no regular file")
    refused(Path("/dev/null"), "no regular file")
    refused(tmp_path, "a directory")
    refused(tmp_path / "none" / "x.wav", "no such directory")
    refused(tmp_path / "x.xyz", "it would hold WAV")
    refused(STDOUT, "standard output")
    check_place(tmp_path / "X.WAV", suffix=".wav")
    check_place(tmp_path / "without", suffix=".wav")
    check_place(STDOUT, suffix=".wav", pipe=True)


def test_a_link_to_a_device_is_refused_as_the_device_is(tmp_path: Path) -> None:
    (tmp_path / "x.wav").symlink_to("/dev/null")
    refused(tmp_path / "x.wav", "no regular file")
    with pytest.raises(InputError, match="Cannot write"):
        write_wav(tmp_path / "x.wav", TONE, 8000)
    assert (tmp_path / "x.wav").is_symlink()


def test_what_is_read_is_not_written_over_under_any_of_its_names(tmp_path: Path) -> None:
    heard = tmp_path / "heard.wav"
    heard.touch()
    (tmp_path / "link.wav").symlink_to(heard)
    os.link(heard, tmp_path / "twin.wav")
    for name in ("heard.wav", "link.wav", "twin.wav", "../" + tmp_path.name + "/heard.wav"):
        refused(tmp_path / name, "it is what is read", inputs=(heard,))
    refused(tmp_path / "new.wav", "it is what is read", inputs=(tmp_path / "." / "new.wav",))


def test_sound_does_not_take_the_place_of_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="no regular file"):
        write_wav(tmp_path / "pipe", TONE, 8000)
    assert (tmp_path / "pipe").is_fifo()


def test_a_link_of_the_users_stays_and_what_it_leads_to_is_written(tmp_path: Path) -> None:
    (tmp_path / "link.wav").symlink_to(tmp_path / "sound.wav")
    write_wav(tmp_path / "link.wav", TONE, 8000)
    assert (tmp_path / "link.wav").is_symlink()
    assert (tmp_path / "sound.wav").stat().st_size > 2 * len(TONE)


def test_a_minus_is_standard_output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    out = io.TextIOWrapper(io.BytesIO())
    monkeypatch.setattr(sys, "stdout", out)
    write_wav(STDOUT, TONE, 8000)
    assert isinstance(out.buffer, io.BytesIO)
    with wave.open(io.BytesIO(out.buffer.getvalue())) as sound:
        assert sound.getnframes() == len(TONE)
    assert not os.listdir(tmp_path)

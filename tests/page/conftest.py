"""A server with real models and a home of its own, and Chromium beside it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import real_server
from page.chromium import PROGRAM, Tab, chromium

from edge_agent.lines.audio_file import read_audio, write_wav

SPEECH = Path(__file__).parent.parent / "data" / "speech"
FLAGS = ("--profile", "small", "--set", "think.max_tokens=80")


@dataclass(frozen=True)
class Served:
    url: str
    port: int
    pid: int


@contextlib.contextmanager
def serving(home: Path, *flags: str, port: int = 0) -> Iterator[Served]:
    """`edge-agent serve` with real models, whose state and settings lie in `home`."""
    environment = {**os.environ, "STATE_DIRECTORY": str(home / "state"), "XDG_CONFIG_HOME": str(home / "config")}
    page = r"Page: (http://127\.0\.0\.1:(\d+)/)"
    with real_server.serving(["--port", str(port), *FLAGS, *flags], page, environment) as (found, pid):
        yield Served(found[1], int(found[2]), pid)


def said(folder: Path, *parts: str | float) -> Path:
    """A WAV of clips and pauses in s, one after the other; then half a minute of silence."""
    clips = [read_audio(SPEECH / part) if isinstance(part, str) else None for part in parts]
    hz = next((clip[1] for clip in clips if clip), 16_000)
    pieces = [
        clip[0] if clip else np.zeros(round(part * hz), np.float32) for clip, part in zip(clips, parts, strict=True)
    ]
    file = folder / "said.wav"
    write_wav(file, np.concatenate([*pieces, np.zeros(30 * hz, np.float32)]), hz)
    return file


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("home")) as server:
        yield server


@pytest.fixture
def quiet(tmp_path: Path) -> Iterator[Tab]:
    """A tab whose microphone hears silence."""
    if PROGRAM is None:
        pytest.skip("there is no Chromium")
    with chromium(tmp_path, said(tmp_path, 1.0)) as browser:
        yield browser.tab()

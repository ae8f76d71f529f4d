"""`edge-agent serve --talk`: the microphone and clients of the server, on one set of engines."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from edge_agent import processes
from edge_agent.bench.clips import Clip, read_clips
from edge_agent.lines.audio_file import read_audio, write_wav
from tests.rigs import kernel
from tests.rigs.bench.serve_turns import play

if TYPE_CHECKING:
    from sound_server import SoundServer

pytestmark = [pytest.mark.model, pytest.mark.device]

DEADLINE_S = 60


@dataclass
class Program:
    """The program, and what it writes, line by line."""

    process: subprocess.Popen[str]
    lines: queue.Queue[str] = field(default_factory=queue.Queue)

    def until(self, words: str) -> str:
        while words not in (line := self.lines.get(timeout=DEADLINE_S)):
            pass
        return line

    def anon_mb(self) -> float:
        """Memory that no file backs, of it and its workers."""
        pids = [self.process.pid, *processes.children(self.process.pid)]
        return sum(map(kernel.anon_mb, pids))


@contextmanager
def serving(sound_server: SoundServer, *flags: str) -> Iterator[Program]:
    data = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    command = [
        sys.executable, "-m", "edge_agent", "serve", "--profile", "tiny", "--port", "0", *flags,
        "--set", "line.microphone=test_user", "--set", "line.speaker=test_spk",
    ]  # fmt: skip
    environment = {**sound_server.environment, "XDG_DATA_HOME": data, "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    program = Program(process)

    def read() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            program.lines.put(line)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        yield program
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) in (0, -signal.SIGTERM)
    finally:
        process.kill()
        process.wait(10)
        reader.join(10)
        assert process.stdout is not None
        process.stdout.close()


@pytest.fixture
def clip(speech: Path) -> Clip:
    clips, _ = read_clips([speech / "manifest.jsonl"])
    return next(clip for clip in clips if "whattimeisit" in clip.path.name)


@pytest.mark.slow
def test_both_are_answered_while_the_other_is_idle_and_while_both_speak(
    sound_server: SoundServer, speech: Path, clip: Clip, tmp_path: Path
) -> None:
    samples, rate_hz = read_audio(speech / "googlespeech_brooklyn_bridge.flac")
    write_wav(tmp_path / "question.wav", samples, rate_hz)

    def ask_aloud() -> subprocess.Popen[bytes]:
        return subprocess.Popen(["paplay", "--device=user", tmp_path / "question.wav"], env=sound_server.environment)

    with serving(sound_server, "--talk") as program:
        url = next(word for word in program.until("Ready.").split() if word.startswith("ws://"))
        assert not play(clip, f"{url}?model=m")["missed"]
        with ask_aloud():
            assert "brooklyn" in program.until("You:").lower()
            program.until("Agent:")
        with ask_aloud():  # some 3 s of speech, into which the client speaks
            assert not play(clip, f"{url}?model=m")["missed"]
            assert "brooklyn" in program.until("You:").lower()
            program.until("Agent:")


@pytest.mark.slow
def test_the_microphone_costs_the_server_little_memory(sound_server: SoundServer, clip: Clip) -> None:
    """The bar is 60 MB that no file backs: its own ears and device processes, and no second set of weights."""
    found = []
    for flags in ((), ("--talk",)):
        with serving(sound_server, *flags) as program:
            url = next(word for word in program.until("Ready.").split() if word.startswith("ws://"))
            assert not play(clip, f"{url}?model=m")["missed"]
            found.append(program.anon_mb())
    assert found[1] - found[0] < 60, found

"""`talk` and `serve` with the models of profile tiny, as systemd runs them; the notify socket is played by the test."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tiers import fast_first

from edge_agent import processes

if TYPE_CHECKING:
    from sound_server import SoundServer

pytestmark = pytest.mark.model

QUESTION = Path(__file__).parents[2] / "examples" / "question.wav"
TALK = ["talk", "--profile", "tiny", "--linger", "600", "--input", str(QUESTION)]
SERVE = ["serve", "--profile", "tiny", "--port", "0"]
MOMENTS = int(os.environ.get("EDGE_AGENT_TEST_MOMENTS", "4"))
"""At which SIGTERM comes, for each command; 50 for the bar of 100 of 100."""


@contextmanager
def agent(words: list[str], environment: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
    """It does not outlive a test that fails."""
    command = [sys.executable, "-m", "edge_agent", *words]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    monkeypatch.setenv("WATCHDOG_USEC", "4000000")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(60)
        yield listening


@pytest.mark.parametrize("words", fast_first([SERVE, TALK], 1), ids=["serve", "talk"])
def test_a_life(systemd: socket.socket, tmp_path: Path, words: list[str]) -> None:
    with agent(words, os.environ) as process:
        told = [systemd.recv(4096).decode() for _ in range(4)]
        assert told[0].startswith("STATUS=profile tiny: loading ")
        assert "whisper-tiny.en" in told[0]
        assert set(told[1:]) >= {"READY=1", "WATCHDOG=1"}
        assert any(each.startswith("STATUS=profile tiny: ready") for each in told)
        assert told.index("READY=1") < told.index("WATCHDOG=1")
        assert (tmp_path / "starts").exists()
        process.terminate()
        while systemd.recv(4096) != b"STOPPING=1":
            pass
        _, said = process.communicate(timeout=5)
        assert process.returncode == 0, said
    assert not (tmp_path / "starts").exists()


@pytest.mark.parametrize("words", fast_first([SERVE, TALK], 1), ids=["serve", "talk"])
@pytest.mark.parametrize("moment", fast_first(range(MOMENTS)[::-1], 1))
def test_sigterm_at_a_random_moment(words: list[str], moment: int) -> None:
    """From the first output on, the loading included; of `talk` also hearing, thinking and speaking."""
    ends(words, after_s=random.Random(moment).uniform(0, 12), environment=dict(os.environ))


@pytest.mark.device
@pytest.mark.parametrize(
    "state", fast_first(["an engine was lost", "without a device", "talking with itself", "muted"], 1)
)
@pytest.mark.parametrize("moment", range(-(-MOMENTS // 4)))
def test_sigterm_at_a_sound_device(state: str, moment: int, sound_server: SoundServer, tmp_path: Path) -> None:
    """Its speaker is its microphone: it hears what it says."""
    data = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    environment = {**sound_server.environment, "STATE_DIRECTORY": str(tmp_path), "XDG_DATA_HOME": data}
    if state == "muted":
        (tmp_path / "muted").touch()
    if state == "without a device":
        environment["PULSE_SERVER"] = "/nowhere"
    words = ["talk", "--profile", "tiny"]
    after_s = random.Random(f"{state} {moment}").uniform(0, 8)
    ends(words, after_s=after_s, environment=environment, lose_engine=state == "an engine was lost")


def ends(words: list[str], *, after_s: float, environment: dict[str, str], lose_engine: bool = False) -> None:
    """With code 0 within 5 s of SIGTERM, which comes `after_s` after its first output."""
    environment.pop("NOTIFY_SOCKET", None)
    with agent(words, environment) as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("Profile tiny")
        time.sleep(after_s)  # the moment is what is tested
        for worker in processes.children(process.pid) if lose_engine else []:
            with suppress(ProcessLookupError):  # one that looks at a device may have ended by itself
                os.kill(worker, signal.SIGKILL)
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=5)
        assert process.returncode == 0, said
        assert "Traceback" not in said

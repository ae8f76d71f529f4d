"""After three starts that failed the agent stays up and says why; an orderly stop makes the next start an ordinary one.

The whole program runs, as systemd would start it again and again, with the test at the notify socket.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge_agent.life import safe_mode
from edge_agent.life.starts import Failed, Starts
from edge_agent.lines.audio_file import read_audio
from edge_agent.words import languages, words_of


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(20)
        yield listening


def start(folder: Path) -> subprocess.Popen[str]:
    """`serve` without any model, and without a voice for the cause."""
    environment = {
        "NOTIFY_SOCKET": str(folder / "notify"),
        "STATE_DIRECTORY": str(folder / "state"),
        "EDGE_AGENT_MODELS__DIR": str(folder),
        "PULSE_SERVER": "/nowhere",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "edge_agent", "serve", "--port", "0", "--profile", "tiny"],
        env={**os.environ, **environment},
        stderr=subprocess.PIPE,
        text=True,
    )


def fails(folder: Path) -> str:
    with start(folder) as process:
        _, said = process.communicate(timeout=30)
    assert process.returncode == 1, said
    return said


def test_three_failed_starts_and_what_follows(tmp_path: Path, systemd: socket.socket) -> None:
    for _ in range(3):
        assert "models pull" in fails(tmp_path)
    with start(tmp_path) as process:
        assert systemd.recv(4096) == b"READY=1"
        status = systemd.recv(4096).decode()
        assert status.startswith("STATUS=safe mode: 3 starts have failed, the last one: ModelError: ")
        assert "whisper-tiny.en" in status
        assert systemd.recv(4096) == b"WATCHDOG=1"
        process.terminate()
        assert systemd.recv(4096) == b"STOPPING=1"
        process.communicate(timeout=5)
        assert process.returncode == 0
    assert "models pull" in fails(tmp_path)


SETTINGS = {
    "": "I could not start, 3 times in a row. ModelError: the model is gone. ",
    '{"hear": {"language": "en"}}': "I could not start, 3 times in a row. ModelError: the model is gone. ",
    '{"hear": {"language": "de"}}': "Ich konnte 3 Mal hintereinander nicht starten. ModelError: the model is gone. ",
}
"""What `config show` prints ("": it fails), and what is said then."""


@pytest.mark.parametrize("shown", SETTINGS)
@pytest.mark.parametrize("voice_works", [True, False])
def test_the_cause_is_said_by_the_voice_or_by_a_recording_in_the_language_of_the_settings(
    voice_works: bool, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands: list[list[str]] = []

    def run(command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
        commands.append(command[4:])
        assert "NOTIFY_SOCKET" not in dict(options["env"])  # type: ignore[call-overload]
        if "config" in command:
            return subprocess.CompletedProcess(command, 0 if shown else 2, stdout=shown)
        return subprocess.CompletedProcess(command, 0 if voice_works or "say" not in command else -11, stdout="")

    monkeypatch.setenv("NOTIFY_SOCKET", "x")
    monkeypatch.setattr(subprocess, "run", run)
    assert safe_mode.announce("ModelError: the model is gone. To mend it: edge-agent models pull x")
    said = commands[1:]
    assert commands[0] == ["config", "show", "--json"]
    assert said[0] == ["say", SETTINGS[shown]]
    assert said[1:] == ([] if voice_works else [["de" if '"de"' in shown else "en"]])


def test_nothing_was_heard_where_neither_can_be_played(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        subprocess, "run", lambda command, **options: subprocess.CompletedProcess(command, 1, stdout="")
    )
    assert not safe_mode.announce("ModelError: the model is gone.")


def test_it_is_said_again_until_it_was_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """No loudspeaker for a while: it may come later."""
    heard = iter([False] * 6 + [True])
    monkeypatch.setattr(safe_mode, "announce", lambda cause: next(heard))
    waited: list[float] = []
    safe_mode.insist("no model", wait=waited.append)
    assert waited == [5.0, 30.0, 120.0, 600.0, 600.0, 600.0]
    assert next(heard, None) is None


def test_in_safe_mode_it_insists(monkeypatch: pytest.MonkeyPatch) -> None:
    insisted = threading.Event()
    monkeypatch.setattr(safe_mode, "insist", lambda cause: insisted.set())

    def fed(seconds: float) -> None:
        assert insisted.wait(10)
        raise KeyboardInterrupt

    monkeypatch.setattr(safe_mode.time, "sleep", fed)
    with pytest.raises(KeyboardInterrupt):
        safe_mode.stay(Failed(3, "no model"))


def test_an_unexpected_error_is_kept_by_its_name_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nobody"))
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    with pytest.raises(ValueError, match="secret"), safe_mode.counted():
        raise ValueError("a secret word")
    assert Starts(tmp_path).begin() == Failed(1, "ValueError")


def test_the_recording_is_there() -> None:
    for language in languages():
        sound, rate_hz = read_audio(words_of(language).recording("safe_mode"))
        assert 3 < len(sound) / rate_hz < 8
        assert abs(sound).max() > 0.3

"""SIGTERM ends the program with code 0 whatever it does; SIGUSR1 prints stacks. Small programs stand for it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from edge_agent.__main__ import _run

INSTALLED = "import signal, threading\nfrom edge_agent.life import stopping\nstopping.install()\n"
UP = "print('up', flush=True)\n"
WAIT = "threading.Event().wait()\n"
WAITING = INSTALLED + UP + WAIT
GRACEFUL = INSTALLED + f"try:\n    {UP}    {WAIT}finally:\n    print('closed', flush=True)\n"
DEAF = INSTALLED + "signal.signal(signal.SIGTERM, lambda *_: None)\n" + UP + WAIT
"""As while a model loads: the handler of the main thread does not come to its end."""


@contextmanager
def start(program: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        yield process
        process.kill()


def test_an_orderly_end_closes_what_is_open() -> None:
    with start(GRACEFUL) as process:
        process.terminate()
        assert process.communicate(timeout=5) == ("closed\n", "")
        assert process.returncode == 0


def test_what_cannot_be_interrupted_is_ended_within_five_seconds() -> None:
    with start(DEAF) as process:
        process.terminate()
        _, said = process.communicate(timeout=5)
        assert (process.returncode, said) == (0, "")


def test_the_second_signal_ends_at_once() -> None:
    with start(DEAF) as process:
        process.terminate()
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=0.2)  # the first one only asks
        process.terminate()
        assert process.wait(timeout=2) == 0


def test_sigusr1_prints_the_stacks_and_goes_on() -> None:
    with start(WAITING) as process:
        process.send_signal(signal.SIGUSR1)
        assert process.stderr is not None
        assert "most recent call first" in process.stderr.readline()
        process.terminate()
        assert process.wait(timeout=5) == 0


def test_systemd_is_told_and_the_start_is_no_failure(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(5)
        (tmp_path / "starts").write_text("[]")
        with start(WAITING, NOTIFY_SOCKET=str(tmp_path / "notify"), STATE_DIRECTORY=str(tmp_path)) as process:
            process.terminate()
            assert systemd.recv(100) == b"STOPPING=1"
            assert process.wait(timeout=5) == 0
    assert not (tmp_path / "starts").exists()


@pytest.mark.parametrize("asked", [SystemExit(0), KeyboardInterrupt()])
def test_a_signal_while_an_extension_is_imported_is_no_import_error(
    monkeypatch: pytest.MonkeyPatch, asked: BaseException
) -> None:
    """ONNX Runtime and CTranslate2 raise ImportError from whatever is raised within their own imports."""

    def imports() -> None:
        try:
            raise asked
        except BaseException as error:
            raise ImportError from error

    monkeypatch.setattr("edge_agent.cli.app", imports)
    with pytest.raises(type(asked)):
        _run()


def test_an_import_error_of_its_own_stays_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def imports() -> None:
        raise ImportError("no such thing")

    monkeypatch.setattr("edge_agent.cli.app", imports)
    with pytest.raises(ImportError, match="no such thing"):
        _run()

"""The process of a sound device: what it does with signals, and what is done when none ends it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from edge_agent.lines.port import ProcessPort

ASKED_FOR_STACKS = """
import os, signal
from edge_agent.lines import device_process

def capture(stream, opened):
    os.kill(os.getpid(), signal.SIGUSR1)
    device_process.send(device_process.BLOCK, b"it lives")

device_process.pulseaudio.subscribe = lambda: None
device_process.open_stream = lambda kind, names: (None, {})
device_process.capture = capture
device_process.main("input", [])
"""


def test_whoever_asks_a_service_for_its_stacks_keeps_the_microphone() -> None:
    """`systemctl kill --signal=SIGUSR1` reaches every process of the service."""
    ended = subprocess.run([sys.executable, "-c", ASKED_FOR_STACKS], capture_output=True, check=False, timeout=60)
    assert ended.returncode == 0
    assert b"it lives" in ended.stdout
    assert b"in capture" in ended.stderr


class Unkillable:
    """A process that hangs inside a driver (state D): not even SIGKILL ends it."""

    pid = 1 << 22

    def __init__(self, *args: object, **options: object) -> None:
        read, write = os.pipe()
        self.stdout, self.stdin = os.fdopen(read, "rb"), os.fdopen(write, "wb")

    def wait(self, timeout: float | None = None) -> int:
        assert timeout is not None, "this would last for ever"
        raise subprocess.TimeoutExpired("device", timeout)


@pytest.mark.parametrize("at_once", [True, False])
def test_a_process_that_cannot_be_ended_holds_nobody_up(at_once: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    killed: list[tuple[int, int]] = []
    monkeypatch.setattr(subprocess, "Popen", Unkillable)
    monkeypatch.setattr(os, "killpg", lambda group, number: killed.append((group, number)))
    ProcessPort("input", []).close(at_once=at_once)
    assert killed == [(Unkillable.pid, signal.SIGKILL)]

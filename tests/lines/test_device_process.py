"""The process of a sound device: what it does with signals, and what is done when none ends it."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from edge_agent.lines import devices
from edge_agent.lines.device_parent import SpawnedProcess
from edge_agent.lines.devices import Device

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
    SpawnedProcess("input", []).close(at_once=at_once)
    assert killed == [(Unkillable.pid, signal.SIGKILL)]


HANGS = """
import os, subprocess, sys
if sys.argv[1:] == ["device"]:
    from edge_agent.lines import device_process
    from pathlib import Path
    device_process.pulseaudio.subscribe = lambda: None
    def open_stream(kind, names):
        print(os.getpid(), flush=True)
        os.read(os.open("/dev/ptmx", os.O_RDWR), 1)  # never
    device_process.open_stream = open_stream
    device_process.main("output", [])
device = subprocess.Popen([sys.executable, __file__, "device"], stdout=subprocess.PIPE)
print(int(device.stdout.readline()), flush=True)
os._exit(1)
"""


def test_one_that_hangs_ends_with_its_parent(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(HANGS)
    parent = subprocess.run([sys.executable, str(program)], stdout=subprocess.PIPE, text=True, check=False, timeout=60)
    assert ends(int(parent.stdout))


def ends(pid: int) -> bool:
    """Within 10 s."""
    try:
        watched = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([watched], [], [], 10)[0])
    finally:
        os.close(watched)


SUBSCRIBES = """
import os, signal
from edge_agent.lines import pulseaudio
events = pulseaudio.subscribe()
print(events.pid, flush=True)
events.stdout.readline()
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_listens_to_the_sound_server_ends_with_a_process_that_is_killed(tmp_path: Path) -> None:
    pactl = tmp_path / "pactl"
    pactl.write_text("#!/bin/sh\necho begins\nexec sleep 1000\n")
    pactl.chmod(0o700)
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    command = [sys.executable, "-c", SUBSCRIBES]
    killed = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=False, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert ends(int(killed.stdout))


class OnlyAll:
    """PortAudio with a device that gives all of its six channels or none, at one rate."""

    class PortAudioError(Exception):
        pass

    def check_input_settings(self, *, device: int, channels: int, dtype: str, samplerate: int) -> None:
        if (channels, samplerate) != (6, 16_000):
            raise self.PortAudioError


def test_an_array_of_microphones_is_asked_for_all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "portaudio", OnlyAll)
    array = Device("input", "array", "ALSA", channels=6, rate_hz=16_000, is_default=True, index=0)
    assert [devices.channels_at(array, rate_hz) for rate_hz in (48_000, 16_000)] == [0, 6]

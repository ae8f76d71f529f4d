"""The process of a sound device: what it does with signals."""

from __future__ import annotations

import subprocess
import sys

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

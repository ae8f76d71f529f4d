"""A private PulseAudio server with null sinks, for the tests that need a sound server."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

PACKAGES = "pulseaudio pulseaudio-utils libportaudio2 libasound2-plugins"

ASOUNDRC = """
</usr/share/alsa/alsa.conf>
pcm.!default { type pulse }
ctl.!default { type pulse }
pcm.test_mic  { type pulse device "mic_src"     hint { show on description "Test microphone" } }
pcm.test_spk  { type pulse device "spk"         hint { show on description "Test speaker" } }
pcm.test_monitor { type pulse device "spk.monitor" hint { show on description "Monitor of the test speaker" } }
"""


@dataclass(frozen=True)
class SoundServer:
    """Two null sinks: what is played to `spk` is heard by the microphone after `module-loopback`, if loaded."""

    environment: dict[str, str]
    pid: int

    def pactl(self, *arguments: str) -> str:
        command = ["pactl", *arguments]
        return subprocess.run(
            command, env=self.environment, check=True, capture_output=True, text=True
        ).stdout

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)


@pytest.fixture(scope="session")
def sound_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SoundServer]:
    server = start(tmp_path_factory.mktemp("pulse"))
    yield server
    stop(server)


def start(folder: Path) -> SoundServer:
    """Start a server of our own: its socket, its home and its ALSA configuration lie in `folder`."""
    if not (shutil.which("pulseaudio") and shutil.which("pactl")):
        pytest.fail(f"these tests need a sound server: sudo apt-get install -y {PACKAGES}", pytrace=False)
    for name in ("run", "home"):
        (folder / name).mkdir(mode=0o700)
    asoundrc = folder / "asound.conf"
    asoundrc.write_text(ASOUNDRC)
    environment = {
        **os.environ,
        "XDG_RUNTIME_DIR": str(folder / "run"),
        "HOME": str(folder / "home"),
        "PULSE_SERVER": f"unix:{folder}/run/pulse/native",
        "ALSA_CONFIG_PATH": str(asoundrc),
    }
    environment.pop("PULSE_RUNTIME_PATH", None)
    modules = [
        "module-native-protocol-unix",
        "module-null-sink sink_name=spk rate=48000 channels=2",
        "module-remap-source source_name=mic_src master=spk.monitor",
    ]
    command = [
        "pulseaudio",
        "-n",
        "--daemonize=no",
        "--exit-idle-time=-1",
        f"--log-target=file:{folder}/pulse.log",
    ]
    daemon = subprocess.Popen(
        [*command, *(part for module in modules for part in ("-L", module))],
        env={k: v for k, v in environment.items() if k != "PULSE_SERVER"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    server = SoundServer(environment, daemon.pid)
    return server

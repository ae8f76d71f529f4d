"""A private PulseAudio server with null sinks, for the tests that need a sound server."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

PACKAGES = "pulseaudio pulseaudio-utils libportaudio2 libasound2-plugins"

MODULES = (
    "module-native-protocol-unix socket={folder}/native auth-anonymous=1",
    "module-null-sink sink_name=spk rate=48000 channels=2",
    "module-null-sink sink_name=user rate=48000 channels=1",
    "module-remap-source source_name=user_src master=user.monitor",
    "module-remap-source source_name=mic_src master=spk.monitor",
)

# PortAudio shows only those devices that have a hint.
ASOUND_CONF = """
</usr/share/alsa/alsa.conf>
pcm.!default { type pulse }
ctl.!default { type pulse }
pcm.test_mic { type pulse device "mic_src" hint { show on description "microphone" } }
pcm.test_user { type pulse device "user_src" hint { show on description "what plays into the sink 'user'" } }
pcm.test_spk { type pulse device "spk" hint { show on description "speaker" } }
pcm.test_monitor { type pulse device "spk.monitor" hint { show on description "monitor" } }
"""


@dataclass(frozen=True)
class SoundServer:
    """A speaker whose monitor is the microphone: what is played is heard, after some 20 ms."""

    environment: dict[str, str]
    daemon: subprocess.Popen[bytes]

    def pactl(self, *arguments: str) -> str:
        return subprocess.run(
            ["pactl", *arguments],
            env=self.environment,
            check=True,
            capture_output=True,
            text=True,
            timeout=10,
        ).stdout

    def python(self, program: str, *arguments: str, timeout_s: float = 90) -> subprocess.CompletedProcess[str]:
        """Run a program against this server."""
        return self.run(sys.executable, "-c", program, *arguments, timeout_s=timeout_s)

    def run(
        self, *command: str, environment: dict[str, str] | None = None, timeout_s: float = 90
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            env=environment or self.environment,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )


@pytest.fixture(scope="session")
def sound_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SoundServer]:
    """One server for all tests that leave it alive."""
    with running(tmp_path_factory.mktemp("pulse")) as server:
        yield server


@pytest.fixture
def mortal_sound_server(tmp_path: Path) -> Iterator[SoundServer]:
    """One that a test may kill."""
    with running(tmp_path) as server:
        yield server


@contextmanager
def running(folder: Path) -> Iterator[SoundServer]:
    """A PulseAudio of our own, with socket, home and ALSA settings in `folder`: the user's is not touched."""
    if not (shutil.which("pulseaudio") and shutil.which("pactl")):
        pytest.fail(f"These tests need a sound server: sudo apt-get install -y {PACKAGES}", pytrace=False)
    for name in ("run", "home"):
        (folder / name).mkdir(mode=0o700)
    (folder / "asound.conf").write_text(ASOUND_CONF)
    environment = {
        **os.environ,
        "XDG_RUNTIME_DIR": f"{folder}/run",
        "HOME": f"{folder}/home",
        "PULSE_SERVER": f"unix:{folder}/native",
        "ALSA_CONFIG_PATH": f"{folder}/asound.conf",
    }
    command = ["pulseaudio", "-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1"]
    for module in MODULES:
        command += ["-L", module.format(folder=folder)]
    with (folder / "pulse.log").open("wb") as log:
        daemon = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    server = SoundServer(environment, daemon)
    try:
        wait_for(server, folder / "pulse.log")
        yield server
    finally:
        daemon.kill()
        daemon.wait()


def wait_for(server: SoundServer, log: Path) -> None:
    """The microphone is the last thing to appear. `pactl` itself waits for nothing, hence the loop."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and server.daemon.poll() is None:
        answer = server.run("pactl", "list", "short", "sources")
        if "mic_src" in answer.stdout:
            server.pactl("set-default-source", "mic_src")
            return
        time.sleep(0.05)
    pytest.fail(f"PulseAudio did not start:\n{log.read_text()}", pytrace=False)

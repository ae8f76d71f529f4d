"""`talk` without a sound device, and muted: it is up, says why, and picks the device up when it appears."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from sound_server import SoundServer

pytestmark = [pytest.mark.model, pytest.mark.device]


def said_until(process: subprocess.Popen[str], wanted: str) -> str:
    """What it wrote to stderr up to a line with `wanted`."""
    assert process.stderr is not None
    said = ""
    while wanted not in said:
        line = process.stderr.readline()
        assert line, f"it ended: {said}"
        said += line
    return said


@pytest.mark.slow
def test_it_waits_for_a_microphone_and_hears_it_once_it_is_there_and_not_muted(
    mortal_sound_server: SoundServer, tmp_path: Path
) -> None:
    server = mortal_sound_server
    data = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    state = {"STATE_DIRECTORY": str(tmp_path / "state"), "XDG_DATA_HOME": data}
    environment = {**server.environment, **state}
    program = [sys.executable, "-m", "edge_agent"]
    for module in ("sink_name=spk", "sink_name=user"):
        row = next(row for row in server.pactl("list", "short", "modules").splitlines() if module in row)
        server.pactl("unload-module", row.split()[0])
    server.pactl("load-module", "module-null-sink", "sink_name=spk")
    server.pactl("set-default-source", "spk.monitor")
    talk = subprocess.Popen(
        [*program, "talk", "--profile", "tiny"], env=environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL,
        text=True,
    )  # fmt: skip
    try:
        said = said_until(talk, "It hears nothing yet")
        assert "monitor of a loudspeaker" in said
        assert "Waiting for it." in said
        server.pactl("load-module", "module-null-sink", "sink_name=new")
        server.pactl("load-module", "module-remap-source", "source_name=usb", "master=new.monitor")
        server.pactl("set-default-source", "usb")
        assert "The microphone 'default' is there." in said_until(talk, "is there")
        assert len(server.pactl("list", "short", "source-outputs").splitlines()) == 2  # that of `usb` itself, and ours
        subprocess.run([*program, "mute"], env=environment, check=True, timeout=20, capture_output=True)
        said_until(talk, "is muted")
        assert len(server.pactl("list", "short", "source-outputs").splitlines()) == 1, "the device is closed"
        subprocess.run([*program, "unmute"], env=environment, check=True, timeout=20, capture_output=True)
        said_until(talk, "no longer muted")
    finally:
        talk.terminate()
        talk.communicate(timeout=20)


@pytest.mark.slow
def test_muted_it_says_so_at_the_start_and_never_opens_the_microphone(
    sound_server: SoundServer, tmp_path: Path
) -> None:
    data = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    environment = {**sound_server.environment, "STATE_DIRECTORY": str(tmp_path), "XDG_DATA_HOME": data}
    before = sound_server.pactl("list", "short", "source-outputs")
    (tmp_path / "muted").touch()
    talk = subprocess.Popen(
        [sys.executable, "-m", "edge_agent", "talk", "--profile", "tiny"], env=environment, stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        assert "The microphone is muted" in said_until(talk, "It hears nothing yet")
        assert sound_server.pactl("list", "short", "source-outputs") == before
    finally:
        talk.terminate()
        talk.communicate(timeout=20)


@pytest.mark.slow
def test_a_service_waits_for_a_name_that_never_was_while_there_are_others(
    mortal_sound_server: SoundServer, tmp_path: Path
) -> None:
    """Its first start may be before somebody plugs the device in. In a terminal it is taken for a typing error."""
    data = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    service = {
        "STATE_DIRECTORY": str(tmp_path / "state"),
        "XDG_DATA_HOME": data,
        "NOTIFY_SOCKET": str(tmp_path / "none"),
    }
    environment = {**mortal_sound_server.environment, **service}
    command = [sys.executable, "-m", "edge_agent", "talk", "--profile", "tiny", "--microphone", "yeti"]
    talk = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    try:
        said = said_until(talk, "Waiting for it.")
        assert "No microphone has 'yeti' in the name; there is: test_mic" in said
        with open(environment["ALSA_CONFIG_PATH"], "a", encoding="utf-8") as devices:
            devices.write('pcm.yeti { type pulse device "user_src" hint { show on description "a Yeti" } }\n')
        assert "The microphone 'yeti' is there." in said_until(talk, "is there")
    finally:
        talk.terminate()
        talk.communicate(timeout=20)
    assert talk.returncode == 0

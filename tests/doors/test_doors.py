"""Doors: those of the table, those of the owner, and what becomes of all of them when one ends."""

from __future__ import annotations

import socket
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edge_agent.clock import RealClock
from edge_agent.config import load
from edge_agent.doors.door import DOORS, door, opened
from edge_agent.errors import ConfigError, DeviceError
from edge_agent.host.host import Host
from edge_agent.types import HEAR_RATE_HZ
from tests.rigs.fakes import VOICE_RATE_HZ, WORD_S, Scene, ScriptedWriter

EXAMPLE = Path(__file__).parents[2] / "examples" / "pcm_door.py"


class OneDoor:
    """Waits for its goodbye, or fails."""

    def __init__(self, name: str, fails: bool = False) -> None:
        self.name, self._fails, self._over = name, fails, threading.Event()
        self.hosts: list[Host] = []

    def run(self, host: Host) -> None:
        self.hosts.append(host)
        if self._fails:
            raise DeviceError("there is no sound card")
        assert self._over.wait(10)

    def goodbye(self) -> None:
        self._over.set()


@pytest.fixture
def host() -> Host:
    return Host(Scene().engines(), RealClock())


def test_doors_are_open_until_the_end_of_the_block_and_have_the_same_host(host: Host) -> None:
    doors = [OneDoor("one"), OneDoor("two")]
    with opened(doors, host, lambda: None):
        pass
    assert [each.hosts for each in doors] == [[host], [host]]
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("door ")]


def test_a_door_that_fails_ends_the_others_and_is_told(host: Host) -> None:
    stopped, other = threading.Event(), OneDoor("one")
    with (
        pytest.raises(DeviceError, match="no sound card"),
        opened([OneDoor("two", fails=True), other], host, stopped.set),
    ):
        assert stopped.wait(10)
    assert other._over.is_set()


def test_each_row_of_the_table_is_a_door(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge_agent.build.check_devices", lambda settings: None)
    monkeypatch.setattr("edge_agent.phone.opening.check", lambda: None)
    made = {name: door(name, load({"serve": {"port": 0}})) for name in DOORS}
    assert {name: each.name for name, each in made.items()} == {name: name for name in DOORS}
    made["http"].socket.close()


@pytest.mark.parametrize("name", ["window", "nowhere.py:Door", f"{EXAMPLE}:NoDoor", "a.b:C"])
def test_a_door_that_is_not_there_names_those_that_are(name: str) -> None:
    with pytest.raises(ConfigError, match=r"known are http, microphone, phone, and FILE\.py:CLASS"):
        door(name, load())


def test_a_door_that_is_no_python_says_so(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("class Door(:")
    with pytest.raises(ConfigError, match="is no Python"):
        door(f"{tmp_path / 'mine.py'}:Door", load())


def test_the_example_has_sixty_lines_at_most() -> None:
    assert len([line for line in EXAMPLE.read_text("utf-8").splitlines() if line.strip()]) <= 60


def answer_of(path: Path, sound: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))
        client.sendall(sound)
        client.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: client.recv(65536), b""))


def test_the_example_answers_who_speaks_into_its_socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sound in, sound out; one after the other, with one host. In real time."""
    monkeypatch.setenv("PCM_SOCKET", str(tmp_path / "pcm.sock"))
    scene = Scene().user(0.2, 0.7, "hello").reply("hello", "One two three.")
    host = Host(replace(scene.engines(), writer=ScriptedWriter({}, ("One two three.",))), RealClock())
    pcm = (scene.samples() * 32767).astype("<i2").tobytes()
    with host, opened([door(f"{EXAMPLE}:PcmDoor", load())], host, lambda: None):
        for _ in range(2):
            heard = np.frombuffer(answer_of(tmp_path / "pcm.sock", pcm), "<i2")
            assert np.count_nonzero(heard) / VOICE_RATE_HZ == pytest.approx(3 * WORD_S, rel=0.02)
    assert HEAR_RATE_HZ == 16_000, "as the example says"

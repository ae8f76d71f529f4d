"""SIGKILL at random moments while the program writes what it keeps: then it starts again, and all that it finds is the
old or the new. What a disk loses that has promised to have written is not tried here: see `fsync` in the sweep."""

from __future__ import annotations

import os
import random
import signal
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import program
import pytest
import scripted_agent
from fake_models import hub_process, manifest_text
from test_sweep_models import EAR, whole_or_refused

from edge_agent import build, config
from edge_agent.life.starts import FAILED_MOST, Starts
from edge_agent.lines.audio_file import read_audio, write_wav
from edge_agent.lines.known import KnownNames
from edge_agent.lines.mute import Mute
from edge_agent.store import check, store
from edge_agent.store.manifest import load_manifest
from edge_agent.types import HEAR_RATE_HZ
from edge_agent.watch.history import History

MOMENTS = int(os.environ.get("EDGE_AGENT_TEST_MOMENTS", "10"))
LONGEST_S = 0.6
"""A round of what is written takes about as long."""
NAMES = [f"Microphone {i}" for i in range(20)]


def command(*words: str) -> Callable[[Path], object]:
    return lambda home: program.run(*words)


WRITES: list[Callable[[Path], object]] = [
    command("history", "on"),
    command("talk", "--input", "said.wav", "--fast", "--linger", "1", "--output", "reply.wav"),
    command("mute"),
    command("config", "init", "--force"),
    command("unmute"),
    command("models", "pull", EAR, "--source", "hub", "--dir", "models"),
    lambda home: Starts(home / "state").begin(),
    lambda home: [KnownNames(home / "state").add("input", name) for name in NAMES],
    lambda home: Starts(home / "state").settled(),
    command("models", "rm", EAR, "--dir", "models"),
]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "manifest.toml").write_text(manifest_text())
    manifest = load_manifest(tmp_path / "manifest.toml")
    place = tmp_path / "home"
    place.mkdir()
    write_wav(place / "said.wav", scripted_agent.speech("plain")[: HEAR_RATE_HZ * 3 // 2], HEAR_RATE_HZ)
    monkeypatch.chdir(place)
    monkeypatch.setattr(store, "load_manifest", lambda: manifest)
    monkeypatch.setattr(check, "SETTLE_NS", 0)
    for name in ("choose", "engines"):
        monkeypatch.setattr(build, name, getattr(scripted_agent, name))
    folders = {"HOME": place, "XDG_CONFIG_HOME": place / "config", "STATE_DIRECTORY": place / "state"}
    for name, folder in folders.items():
        monkeypatch.setenv(name, str(folder))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with hub_process() as address:
        monkeypatch.setenv("EDGE_AGENT_HUB", address)
        yield place


def write_for_ever(home: Path, first: int) -> NoReturn:
    """From the `first` of WRITES on, in a process of its own, which is killed."""
    try:
        while True:
            for write in WRITES[first:] + WRITES[:first]:
                write(home)
    finally:
        os._exit(1)


def cut_off(home: Path, dice: random.Random) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python 3.12 warns of every fork beside a thread; ours only waits
        pid = os.fork()
    if pid == 0:
        write_for_ever(home, dice.randrange(len(WRITES)))
    time.sleep(dice.uniform(0, LONGEST_S))  # the moment is what is tested
    os.kill(pid, signal.SIGKILL)
    assert os.WIFSIGNALED(os.waitpid(pid, 0)[1]), "it ended by itself"


def assert_old_or_new(home: Path, turns_before: int) -> int:
    """Returns how many turns were kept."""
    turns = list(History(home / "state").exchanges())
    assert len(turns) >= turns_before, "a turn that was kept is lost"
    assert {turn.user for turn in turns} <= {scripted_agent.PHRASES["plain"]}
    if config.user_file().exists():
        assert config.user_file().read_text("utf-8") == config.template()
    if (home / "reply.wav").exists():
        assert len(read_audio(home / "reply.wav")[0]) > HEAR_RATE_HZ
    if (home / "state" / "devices").exists():
        known = (home / "state" / "devices").read_text().splitlines()
        assert known == [f"input {name}" for name in NAMES[: len(known)]]
    assert Starts(home / "state").begin().times < FAILED_MOST
    Starts(home / "state").settled()
    whole_or_refused(home, EAR)
    return len(turns)


def assert_starts_again(home: Path) -> None:
    """Every command works, and what was left half-written is gone."""
    for write in WRITES:
        ended = write(home)
        assert not isinstance(ended, program.Ended) or ended.code == 0, ended
    assert not Mute(home / "state").is_on()
    assert not [*home.rglob("*.part"), *home.rglob(".partial")]


def test_sigkill_while_it_writes(home: Path) -> None:
    dice = random.Random(12)
    program.run("models", "pull", EAR, "--source", "hub", "--dir", "models")
    turns = 0
    for _ in range(MOMENTS):
        cut_off(home, dice)
        turns = assert_old_or_new(home, turns)
        assert_starts_again(home)
        turns += 1

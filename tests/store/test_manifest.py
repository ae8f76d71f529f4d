"""The manifest: ours is whole, and a bad one is refused in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_agent.errors import ConfigError
from edge_agent.store.manifest import ACCEPTED_LICENCES, ROLES, UnknownModel, load_manifest

OURS = {
    "whisper-base": "asr",
    "whisper-small": "asr",
    "whisper-tiny.en": "asr",
    "qwen3-0.6b": "llm",
    "qwen2.5-0.5b-instruct": "llm",
    "qwen2.5-coder-0.5b": "llm",
    "qwen2.5-coder-1.5b": "llm",
    "qwen2.5-1.5b-instruct": "llm",
    "qwen3-1.7b": "llm",
    "qwen3-4b": "llm",
    "smollm2-135m": "llm",
    "en_US-joe-medium": "tts",
    "hibari-heart": "tts",
    "silero-vad": "vad",
    "smart-turn-v3.2": "endpoint",
    "resemblyzer": "speaker",
}


def test_ours_holds_every_model_with_an_accepted_licence() -> None:
    manifest = load_manifest()
    assert {entry.name: entry.role for entry in manifest.models} == OURS
    assert {entry.licence for entry in manifest.models} <= ACCEPTED_LICENCES
    assert {entry.family for entry in manifest.models if entry.role == "llm"} == {"chatml", "qwen3"}


def test_every_profile_of_ours_can_be_had_without_a_hub() -> None:
    manifest = load_manifest()
    assert [profile.name for profile in manifest.profiles] == ["gpu-8gb", "gpu-4gb", "desktop", "small", "tiny"]
    for profile in manifest.profiles:
        for role in ROLES:
            assert "index" in manifest.find(profile.choices(role)[-1]).sources


def test_general_models_come_before_those_for_code_and_each_says_whether_we_ran_it() -> None:
    manifest = load_manifest()
    assert manifest.find_profile("small").llm == ("qwen3-0.6b", "qwen2.5-0.5b-instruct", "qwen2.5-coder-0.5b")
    assert manifest.find_profile("desktop").llm == ("qwen3-1.7b", "qwen2.5-1.5b-instruct", "qwen2.5-coder-1.5b")
    untried = {entry.name for entry in manifest.models if not entry.tried}
    general = {"qwen3-0.6b", "qwen2.5-0.5b-instruct", "qwen3-1.7b", "qwen2.5-1.5b-instruct", "qwen3-4b"}
    assert untried == {*general, "whisper-small"}
    revisions = {entry.hub.revision for entry in manifest.models if entry.hub and entry.role == "llm"}
    assert all(len(revision) == 40 for revision in revisions), "a branch may move on"


def test_every_whisper_of_ours_has_its_tokenizer() -> None:
    for entry in load_manifest().models:
        if entry.role == "asr":
            names = {file.name for file in entry.files}
            assert {"model.bin", "config.json", "tokenizer.json", "vocabulary.txt"} <= names


def test_unknown_names_are_wrong_usage() -> None:
    with pytest.raises(UnknownModel, match="whisper-base") as caught:
        load_manifest().find("whisper-bass")
    assert caught.value.exit_code == 2


GOOD = """
version = 1
[[profiles]]
name = "p"
min_cores = 1
min_available_mb = 0
asr = ["m"]
llm = ["l"]
tts = ["t"]
vad = ["v"]
endpoint = ["e"]
""" + "".join(
    f"""
[[models]]
name = "{name}"
role = "{role}"
engine = "an-engine"
licence = "MIT"
ram_mb = 1
tried = true
{'family = "chatml"' if role == "llm" else ""}
hub = {{ repo = "them/{name}", revision = "main" }}
[[models.files]]
name = "{name}.bin"
bytes = 10
sha256 = "{"a" * 64}"
parts = [{{ wheel = "w==1", member = "w/{name}.bin", bytes = 10 }}]
"""
    for name, role in (("m", "asr"), ("l", "llm"), ("t", "tts"), ("v", "vad"), ("e", "endpoint"))
)
WHEEL = f'"w==1" = {{ bytes = 12, sha256 = "{"b" * 64}" }}'
GOOD += f"[wheels]\n{WHEEL}\n"
FILE = f"""[[models.files]]
name = "m.bin"
bytes = 10
sha256 = "{"a" * 64}"
parts = [{{ wheel = "w==1", member = "w/m.bin", bytes = 10 }}]
"""
"""Of the first model."""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("version = 1", "version = 2", id="version"),
        pytest.param("version = 1", "version 1", id="syntax"),
        pytest.param('name = "m.bin"', 'name = "../m.bin"', id="file escapes"),
        pytest.param('name = "m"', 'name = ".m"', id="hidden folder"),
        pytest.param('member = "w/m.bin"', 'member = "w/../../m.bin"', id="member escapes"),
        pytest.param('wheel = "w==1"', 'wheel = "w>=1"', id="wheel not pinned"),
        pytest.param('wheel = "w==1"', 'wheel = "--index-url=x==1"', id="wheel is an option"),
        pytest.param(WHEEL, "", id="wheel without size and sha256"),
        pytest.param(WHEEL, WHEEL.replace("b" * 64, "x" * 64), id="wheel's sha256"),
        pytest.param("a" * 64, "a" * 63, id="short sha256"),
        pytest.param("bytes = 10\n", "bytes = -1\n", id="negative size"),
        pytest.param("bytes = 10 }", "bytes = 9 }", id="parts do not add up"),
        pytest.param(FILE, FILE + FILE, id="file twice"),
        pytest.param(
            f'hub = {{ repo = "them/m", revision = "main" }}\n{FILE}', FILE[: FILE.index("parts")], id="no source"
        ),
        pytest.param('role = "vad"', 'role = "ears"', id="role"),
        pytest.param('engine = "an-engine"\n', "", id="no engine"),
        pytest.param('family = "chatml"', "", id="llm without family"),
        pytest.param('licence = "MIT"', 'license = "MIT"', id="misspelt key"),
        pytest.param('vad = ["v"]', 'vad = ["t"]', id="profile with wrong role"),
        pytest.param('vad = ["v"]', 'vad = ["x"]', id="profile with unknown model"),
        pytest.param('name = "e"\n', 'name = "v"\n', id="name twice"),
        pytest.param('name = "p"', 'name = "auto"', id="profile called auto"),
    ],
)
def test_a_bad_manifest_is_refused_in_one_line(tmp_path: Path, old: str, new: str) -> None:
    path = tmp_path / "manifest.toml"
    path.write_text(GOOD, "utf-8")
    load_manifest(path)
    assert old in GOOD
    path.write_text(GOOD.replace(old, new), "utf-8")
    with pytest.raises(ConfigError) as caught:
        load_manifest(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_manifest_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_manifest(tmp_path / "none.toml")

"""Settings of being called by name, as they are written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from edge_agent.build_called import chimes
from edge_agent.config import as_toml, load
from edge_agent.errors import ConfigError, InputError
from edge_agent.lines.audio_file import write_wav
from edge_agent.settings import Settings
from edge_agent.settings.wake import models_of, phrases_of
from edge_agent.speak.chimes import Chime, own


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("off", ()),
        ("hey_jarvis", ("hey_jarvis",)),
        ("hey_jarvis, phrase:hey computer", ("hey_jarvis", "phrase:hey computer")),
        (["alexa", "~/own.json"], ("alexa", "~/own.json")),
    ],
)
def test_names_are_written_as_a_list_or_with_commas(written: Any, meant: tuple[str, ...]) -> None:
    assert Settings.model_validate({"hear": {"wake": written}}).hear.wake == meant


def test_models_and_phrases_are_told_apart() -> None:
    names = ("hey_jarvis", "phrase: computer", "own.json")
    assert models_of(names) == ("hey_jarvis", "own.json")
    assert phrases_of(names) == ("computer",)


@pytest.mark.parametrize("wrong", ["jarvis", "phrase:", "phrase:...", "own.tflite", "off,alexa"])
def test_what_is_no_name_is_refused(wrong: str) -> None:
    with pytest.raises(ValidationError, match="is no name that can be listened for"):
        Settings.model_validate({"hear": {"wake": wrong}})


def test_a_wrong_name_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGE_AGENT_HEAR__WAKE", "jarvis")
    with pytest.raises(ConfigError, match="use okay_nabu, hey_jarvis, alexa, hey_mycroft"):
        load()


@pytest.mark.parametrize(("written", "meant"), [("true", True), ("off", False), ("/a/b.wav", Path("/a/b.wav"))])
def test_a_chime_is_on_off_or_a_file(written: str, meant: bool | Path, tmp_path: Path) -> None:
    settings = Settings.model_validate({"speak": {"chime": written}})
    assert settings.speak.chime == meant
    file = tmp_path / "config.toml"
    file.write_text(as_toml(settings))
    assert load(path=file) == settings


def test_chimes_are_as_they_are_set(tmp_path: Path) -> None:
    file = tmp_path / "own.wav"
    write_wav(file, own("called", 16_000, 1.0)[:800], 16_000)
    set_so = Settings.model_validate({"speak": {"chime": str(file), "chime_asleep": False}})
    made = chimes(set_so, 8_000)
    assert sum(len(block.samples) for block in made.blocks(Chime("called"))) == pytest.approx(400, abs=20)
    assert list(made.blocks(Chime("asleep"))) == []
    usual = chimes(Settings(), 22_050)
    assert sum(len(block.samples) for block in usual.blocks(Chime("called"))) == pytest.approx(0.15 * 22_050, abs=20)
    with pytest.raises(InputError):
        chimes(Settings.model_validate({"speak": {"chime": str(tmp_path / "none.wav")}}), 8_000)

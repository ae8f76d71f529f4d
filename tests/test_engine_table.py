"""The table of engines: every model of ours has its row, and a name that has none is one clear sentence."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from edge_agent import engines
from edge_agent.errors import ModelError
from edge_agent.settings import Settings
from edge_agent.speak import hibari
from edge_agent.store.manifest import load_manifest

PACKAGE = Path(engines.__file__).parent
TABLES = {
    "asr": engines.ASR,
    "llm": engines.LLM,
    "tts": engines.TTS,
    "vad": engines.VAD,
    "endpoint": engines.ENDPOINT,
    "speaker": engines.SPEAKER,
}


def test_every_model_of_the_manifest_has_an_engine_of_its_role() -> None:
    for entry in load_manifest().models:
        assert entry.engine in TABLES[entry.role], entry.name


def test_every_engine_has_a_model() -> None:
    used = {(entry.role, entry.engine) for entry in load_manifest().models}
    assert {(role, name) for role, table in TABLES.items() for name in table} == used


def test_an_engine_is_known_to_its_file_and_two_tables() -> None:
    """So a second one of a kind touches three files of the package, and pyproject.toml if it needs another package."""
    known = {path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py") if "hibari" in path.read_text("utf-8").lower()}
    assert known == {Path("speak/hibari.py"), Path("engines.py"), Path("store/user_models.py")}
    extras = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    assert extras["hibari"] == [hibari.PACKAGE]


@pytest.mark.parametrize("role", list(TABLES))
def test_an_engine_that_is_not_there_is_named_with_those_that_are(role: str) -> None:
    with pytest.raises(ModelError, match="asks for the engine abacus; known here are") as caught:
        getattr(engines, role)(Settings(), "abacus", Path("a-model"))
    assert next(iter(TABLES[role])) in str(caught.value)

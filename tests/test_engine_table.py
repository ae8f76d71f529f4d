"""The table of engines: every model of ours has its row, and a name that has none is one clear sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_agent import engines
from edge_agent.errors import ModelError
from edge_agent.settings import Settings
from edge_agent.store.manifest import load_manifest

TABLES = {"asr": engines.ASR, "llm": engines.LLM, "tts": engines.TTS, "vad": engines.VAD, "endpoint": engines.ENDPOINT}


def test_every_model_of_the_manifest_has_an_engine_of_its_role() -> None:
    for entry in load_manifest().models:
        assert entry.engine in TABLES[entry.role], entry.name


def test_every_engine_has_a_model() -> None:
    used = {(entry.role, entry.engine) for entry in load_manifest().models}
    assert {(role, name) for role, table in TABLES.items() for name in table} == used


@pytest.mark.parametrize("role", list(TABLES))
def test_an_engine_that_is_not_there_is_named_with_those_that_are(role: str) -> None:
    with pytest.raises(ModelError, match="asks for the engine abacus; known here are") as caught:
        getattr(engines, role)(Settings(), "abacus", Path("a-model"))
    assert next(iter(TABLES[role])) in str(caught.value)

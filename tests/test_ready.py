"""Ready means that one real inference has run in each engine: what only loads may still fail at the first turn."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from edge_agent import build, engines
from edge_agent.config import load
from edge_agent.workers import serving

FACTS = {"language": "en", "languages": ["en"], "model": "a-model", "context": 512, "rate_hz": 16_000}
CHOSEN = cast(Any, SimpleNamespace(**{role: SimpleNamespace(main=Path()) for role in ("asr", "llm", "voice")}))


class Engine(SimpleNamespace):
    """Says what it was made to do."""

    def __init__(self, name: str, did: list[str]) -> None:
        super().__init__(**FACTS)
        self._name, self._did = name, did

    def warm_up(self, *asked: object) -> None:
        self._did.append(f"{self._name} warms up")

    def render(self, text: str) -> None:
        self._did.append(f"{self._name} renders")


@pytest.fixture
def did(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What engines do, of which none is real."""
    done: list[str] = []

    def makes(name: str) -> Any:
        return lambda *args, **options: Engine(name, done)

    for kind in ("asr", "llm", "tts"):
        monkeypatch.setattr(engines, kind, makes(kind))
    for name in ("vad", "endpoint", "asr", "voice", "writer"):
        monkeypatch.setattr(build, name, makes(name))
    return done


@pytest.mark.parametrize("kind", ["asr", "llm", "tts"])
def test_a_worker_is_ready_after_an_inference(kind: str, did: list[str]) -> None:
    serving.load(kind, {"settings": load().model_dump(mode="json"), "engine": "an-engine", "path": "model"})
    assert did == [f"{kind} warms up"]


def test_the_ears_are_ready_after_one_of_each(did: list[str]) -> None:
    model = cast(Any, SimpleNamespace(main=Path()))
    build.hearing(load(), model, model, model)
    assert did == ["vad warms up", "endpoint warms up", "asr warms up"]


def test_so_are_the_writer_and_the_voice(did: list[str]) -> None:
    build._warm_writer(load(), CHOSEN)
    build.warm_voice(load(), CHOSEN.voice)
    assert did == ["writer warms up", "voice renders"]

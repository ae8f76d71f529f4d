"""Engines on a GPU, here or in workers: whatever fails there is loaded on the CPU, and the log says so once."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from edge_agent import build, build_engines
from edge_agent.build_engines import asr, here, tts
from edge_agent.config import load
from edge_agent.engines import _cuda
from edge_agent.errors import EngineLost, ModelError
from edge_agent.onnx import open_session
from edge_agent.settings import Settings
from edge_agent.store import Model
from edge_agent.store.check import stamps

ON_CARD = {"hear": {"device": "cuda"}, "speak": {"device": "cuda"}, "think": {"card": "CUDA1"}}


@pytest.fixture
def model(tmp_path: Path) -> Model:
    return Model("m", "asr", "card", tmp_path, {"m": tmp_path / "m"}, None, "MIT", {}, 1)


class Engine:
    """An engine that a card fails."""

    def __init__(self, settings: Settings, at: str, fails: str) -> None:
        self.card = _cuda(settings.hear.device, settings)
        self._fails = self.card is not None and fails == "use"
        if self.card is not None and fails == "load":
            raise ModelError(f"There is no memory for {at}.")

    def warm_up(self) -> None:
        if self._fails:
            raise ModelError("The kernel image does not fit the card.")


@pytest.mark.parametrize("fails", ["load", "use", ""])
def test_in_this_process(fails: str, model: Model, monkeypatch: pytest.MonkeyPatch, caplog) -> None:
    made: list[Engine] = []

    def make(settings: Settings, engine: str, path: Path) -> Engine:
        made.append(Engine(settings, engine, fails))
        return made[-1]

    monkeypatch.setattr(build_engines.engines_of, "asr", make)
    assert asr(load({"engines": {"isolation": "thread"}, **ON_CARD}), model) is made[-1]
    assert made[-1].card == (None if fails else 1)
    assert caplog.text.count("as the GPU failed") == bool(fails)


def test_on_the_cpu_a_failure_is_a_failure(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    def make(settings: Settings, engine: str, path: Path) -> None:
        raise ModelError("broken")

    monkeypatch.setattr(build_engines.engines_of, "asr", make)
    with pytest.raises(ModelError, match="broken"):
        asr(load({"engines": {"isolation": "thread", "device": "cpu"}}), model)


def test_a_worker_is_told_what_takes_its_place(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[Any, Any]] = []

    def worker(kind: str, settings: Settings, model: Model, *, instead: Settings | None) -> str:
        told.append((settings.speak.device, instead and instead.speak.device))
        return kind

    monkeypatch.setattr(build_engines, "_worker", worker)
    monkeypatch.setattr(build_engines, "RemoteTts", lambda worker: worker)
    for settings in (ON_CARD, {"engines": {"device": "cpu"}}):
        assert tts(load(settings), replace(model, role="tts")) == "tts"
    assert told == [("cuda", "cpu"), ("cpu", None)]


class TellingWorker:
    """A worker that keeps what it is told, and has failed."""

    told: ClassVar[list[dict[str, Any]]] = []

    def __init__(
        self, kind: str, told: dict[str, Any], *_: object, instead: dict[str, Any] | None, **__: object
    ) -> None:
        self.told[:] = [told, *([instead] if instead else [])]

    def facts(self) -> None:
        raise ModelError("told enough")

    def close(self) -> None: ...


@pytest.mark.parametrize(("settings", "cards"), [(ON_CARD, [True, False]), ({"engines": {"device": "cpu"}}, [False])])
def test_its_sandbox_has_a_card_where_it_is_to_use_one(
    settings: dict[str, Any], cards: list[bool], model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build_engines, "Worker", TellingWorker)
    with pytest.raises(ModelError, match="told enough"):
        tts(load(settings), replace(model, role="tts", stamps={"/m": [1]}))
    assert [told["card"] for told in TellingWorker.told] == cards
    for told in TellingWorker.told:
        assert (told["stamps"], told["files"]) == ({"/m": [1]}, [str(file) for file in model.files.values()])


@pytest.mark.parametrize("change", ["write", "delete"])
def test_what_is_loaded_in_this_process_is_what_was_checked(change: str, tmp_path: Path, model: Model) -> None:
    file = tmp_path / "vad.onnx"
    file.write_bytes(b"checked")

    def make(settings: Settings, engine: str, path: Path) -> str:
        if change == "write":
            file.write_bytes(b"another")
            os.utime(file, ns=(0, 0))
        elif change == "delete":
            file.unlink()
        return "engine"

    checked = replace(model, files={file.name: file}, stamps=stamps([file]))
    with pytest.raises(ModelError, match=r"vad\.onnx was changed between its check and its use"):
        here(load({}), checked, make)
    file.write_bytes(b"again")
    change = ""
    assert here(load({}), replace(checked, stamps=stamps([file])), make) == "engine"


def test_the_number_of_a_card_is_that_of_its_name() -> None:
    named = [(load({"think": {"card": card}} if card else {})) for card in (None, "CUDA3", "Vulkan0")]
    assert [_cuda("cuda", settings) for settings in named] == [0, 3, 0]
    assert _cuda("cpu", named[1]) is None
    assert _cuda("auto", named[1]) is None


@pytest.mark.filterwarnings("ignore:Specified provider")
def test_an_onnx_runtime_without_cuda_is_an_error_and_no_silence() -> None:
    from edge_agent.hear.onnx_writer import Graph

    graph = Graph()
    graph.op("Add", graph.input("x", ("n",)), graph.input("y", ("n",)), to="z")
    graph.output("z", ("n",))
    assert open_session(graph.model()).get_providers() == ["CPUExecutionProvider"]
    with pytest.raises(ModelError, match="CUDA"):
        open_session(graph.model(), cuda=0)


def test_a_card_that_hangs_at_the_start_costs_no_start(monkeypatch: pytest.MonkeyPatch, model: Model) -> None:
    """As a worker does it: the first request is lost with the card, and the next finds one on the CPU."""
    tried = []

    class Lost:
        def warm_up(self, *words: str) -> None:
            tried.append(words)
            if len(tried) == 1:
                raise EngineLost("The language model hung.")

    monkeypatch.setattr(build, "writer", lambda settings, model: Lost())
    chosen = SimpleNamespace(llm=model)
    assert isinstance(build._warm_writer(Settings(), chosen), Lost)  # type: ignore[arg-type]
    assert len(tried) == 2
    monkeypatch.setattr(build, "writer", lambda settings, model: SimpleNamespace(warm_up=lost))
    with pytest.raises(EngineLost):
        build._warm_writer(Settings(), chosen)  # type: ignore[arg-type]


def lost(*words: str) -> None:
    raise EngineLost("The language model hung.")

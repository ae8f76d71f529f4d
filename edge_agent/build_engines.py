"""Settings and a model -> its engine, here or in a worker."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from edge_agent import engines as engines_of
from edge_agent.build_cards import WORDS, is_decided, on_card, on_cpu, placed
from edge_agent.errors import EdgeAgentError
from edge_agent.interfaces import AsrEngine, CallingLlm, EndpointEngine, LlmEngine, SpeakerEngine, TtsEngine, VadEngine
from edge_agent.settings import Settings
from edge_agent.store import Model, Store
from edge_agent.store.check import refuse_changed
from edge_agent.store.manifest import ModelRole
from edge_agent.workers.remote import RemoteAsr, RemoteLlm, RemoteTts
from edge_agent.workers.supervisor import Bounds
from edge_agent.workers.worker import Worker

log = logging.getLogger(__name__)

_Here = TypeVar("_Here", AsrEngine, LlmEngine, TtsEngine)
_There = TypeVar("_There")
_Made = TypeVar("_Made")


def vad(settings: Settings, model: Model) -> VadEngine:
    return here(settings, model, engines_of.vad)


def endpoint(settings: Settings, model: Model) -> EndpointEngine:
    return here(settings, model, engines_of.endpoint)


def speaker(settings: Settings, model: Model) -> SpeakerEngine:
    """The encoder of voices, warmed up."""
    made = here(settings, model, engines_of.speaker)
    made.warm_up()
    return made


def asr(settings: Settings, model: Model) -> AsrEngine:
    return _engine("asr", settings, model, engines_of.asr, RemoteAsr)


def llm(settings: Settings, model: Model) -> CallingLlm:
    return _engine("llm", settings, model, engines_of.llm, RemoteLlm)


def tts(settings: Settings, model: Model) -> TtsEngine:
    return _engine("tts", settings, model, engines_of.tts, RemoteTts)


def together(settings: Settings, *models: Model) -> Settings:
    """The settings with the places of engines decided that are loaded together, and so share a GPU."""
    return placed(settings, models).settings


def _engine(
    role: ModelRole,
    settings: Settings,
    model: Model,
    make: Callable[[Settings, str, Path], _Here],
    remote: Callable[[Worker], _There],
) -> _Here | _There:
    """The engine is on a GPU where one is to be had; on the CPU if that fails, now or later, which the log says."""
    settings = settings if is_decided(settings, role) else together(settings, model)
    cpu = on_cpu(settings, role) if on_card(settings, role) else None
    if _apart(settings):
        return remote(_worker(role, settings, model, instead=cpu))
    try:
        engine = here(settings, model, make)
        if cpu:
            engine.warm_up()  # what fails, fails here
        return engine
    except EdgeAgentError as error:
        if not cpu:
            raise
        log.warning("The %s runs on the CPU, as the GPU failed: %s", WORDS[role], error.args[0])
        return here(cpu, model, make)


def here(settings: Settings, model: Model, make: Callable[[Settings, str, Path], _Made]) -> _Made:
    """The engine in this process. Raises ModelError, also if its files are not those any more that were checked."""
    engine = make(settings, model.engine, model.main)
    refuse_changed(model.stamps)
    return engine


def _apart(settings: Settings) -> bool:
    return settings.engines.isolation == "process"


def _worker(kind: ModelRole, settings: Settings, model: Model, *, instead: Settings | None = None) -> Worker:
    """A worker that is ready. `instead`: the settings of all but the first, once that has failed.

    Raises what loading the model raised.
    """

    def told(settings: Settings) -> dict[str, Any]:
        chosen = settings.model_dump(mode="json", exclude={"serve", "mcp", "home_assistant"})
        path, card = str(model.main.absolute()), on_card(settings, kind)
        return {
            "settings": chosen,
            "engine": model.engine,
            "path": path,
            "card": card,
            "stamps": stamps,
            "files": files,
        }

    own, stamps = settings.engines, dict(model.stamps)
    files = [str(file.absolute()) for file in model.files.values()]

    def check() -> None:
        """What is loaded next is what was checked last, as it is told so."""
        found = Store.at(settings.models.dir).resolve(model.name, kind)
        stamps.clear()
        stamps.update(found.stamps)

    bounds = Bounds(own.deadline_s, own.growth_mb)
    worker = Worker(kind, told(settings), bounds, check=check, instead=told(instead) if instead else None)
    try:
        worker.facts()
    except BaseException:
        worker.close()
        raise
    return worker

"""Settings and a model -> its engine, here or in a worker."""

from __future__ import annotations

import logging
from typing import Any

from edge_agent import engines as engines_of
from edge_agent.build_cards import on_cpu, placed_llm
from edge_agent.errors import ModelError
from edge_agent.interfaces import AsrEngine, CallingLlm, EndpointEngine, TtsEngine, VadEngine
from edge_agent.settings import Settings
from edge_agent.store import Model, Store
from edge_agent.store.manifest import ModelRole
from edge_agent.workers.remote import RemoteAsr, RemoteLlm, RemoteTts
from edge_agent.workers.supervisor import Bounds
from edge_agent.workers.worker import Worker

log = logging.getLogger(__name__)


def vad(settings: Settings, model: Model) -> VadEngine:
    return engines_of.vad(settings, model.engine, model.main)


def endpoint(settings: Settings, model: Model) -> EndpointEngine:
    return engines_of.endpoint(settings, model.engine, model.main)


def asr(settings: Settings, model: Model) -> AsrEngine:
    if _apart(settings):
        return RemoteAsr(_worker("asr", settings, model))
    return engines_of.asr(settings, model.engine, model.main)


def llm(settings: Settings, model: Model) -> CallingLlm:
    """The LLM, on a GPU where one is to be had; on the CPU if that fails, now or later, which the log says."""
    placed = placed_llm(settings, model)
    if _apart(settings):
        return RemoteLlm(_worker("llm", placed.settings, model, instead=on_cpu(settings) if placed.on_card else None))
    try:
        return engines_of.llm(placed.settings, model.engine, model.main)
    except ModelError as error:
        if not placed.on_card:
            raise
        log.warning("The LLM runs on the CPU, as the GPU failed: %s", error.args[0])
        return engines_of.llm(on_cpu(settings), model.engine, model.main)


def tts(settings: Settings, model: Model) -> TtsEngine:
    if _apart(settings):
        return RemoteTts(_worker("tts", settings, model))
    return engines_of.tts(settings, model.engine, model.main)


def _apart(settings: Settings) -> bool:
    return settings.engines.isolation == "process"


def _worker(kind: ModelRole, settings: Settings, model: Model, *, instead: Settings | None = None) -> Worker:
    """A worker that is ready. `instead`: the settings of all but the first, once that has failed.

    Raises what loading the model raised.
    """

    def told(settings: Settings) -> dict[str, Any]:
        chosen = settings.model_dump(mode="json", exclude={"serve", "mcp", "home_assistant"})
        return {"settings": chosen, "engine": model.engine, "path": str(model.main.absolute())}

    own = settings.engines

    def check() -> Model:
        return Store.at(settings.models.dir).resolve(model.name, kind)

    bounds = Bounds(own.deadline_s, own.growth_mb)
    worker = Worker(kind, told(settings), bounds, check=check, instead=told(instead) if instead else None)
    try:
        worker.facts()
    except BaseException:
        worker.close()
        raise
    return worker

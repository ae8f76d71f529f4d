"""Where the LLM runs: on a GPU that llama.cpp was built for and that has room, else on the CPU."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge_agent.settings import Settings
from edge_agent.store import Model
from edge_agent.store.machine import this_machine
from edge_agent.think.cards import Card, builds, cards
from edge_agent.think.offload import Offload, costs_of, offload

log = logging.getLogger(__name__)

OTHERS_MB = 700
"""What ASR, voice and the program itself need (docs/benchmarks.md, profile `small`, 640 MB less the LLM's): on a card
whose memory is the machine's own the LLM must leave it to them."""


@dataclass(frozen=True, slots=True)
class Placed:
    """The settings with the place of the LLM decided, and why, as a part of a sentence."""

    settings: Settings
    why: str

    @property
    def on_card(self) -> bool:
        return self.settings.think.gpu_layers != 0


def placed_llm(
    settings: Settings,
    model: Model,
    *,
    built: Callable[[], tuple[str, ...]] = builds,
    ask: Callable[[], tuple[Card, ...]] = cards,
) -> Placed:
    """Where this LLM goes. Never raises for a GPU: what is missing is logged, and the CPU is used."""
    device = settings.think.device or settings.engines.device
    if model.engine != "llama.cpp" or device == "cpu" or settings.think.gpu_layers == 0:
        return Placed(on_cpu(settings), "as the settings say")
    has = built()
    if device not in ("auto", *has):
        log.warning("llama.cpp was not built for %s: the LLM runs on the CPU. See docs/gpu.md.", device)
    if not has or device not in ("auto", *has):
        return Placed(on_cpu(settings), f"llama.cpp was built for {', '.join(has) or 'the CPU alone'}")
    try:
        found = ask()
    except OSError as error:
        log.warning("No GPU is used: %s.", error)
        return Placed(on_cpu(settings), str(error))
    place = _offload(settings, model.main, tuple(card for card in found if _wanted(card, settings, device)))
    if place.card is None:
        log.warning("No GPU is used: %s.", place.why)
        return Placed(on_cpu(settings), place.why)
    log.info("The LLM: %s.", place.why)
    return Placed(_with(settings, gpu_layers=place.layers, card=place.card.name), place.why)


def on_cpu(settings: Settings) -> Settings:
    return _with(settings, gpu_layers=0, card=None)


def _wanted(card: Card, settings: Settings, device: str) -> bool:
    return settings.think.card in (None, card.name) and device in ("auto", card.kind)


def _offload(settings: Settings, gguf: Path, found: tuple[Card, ...]) -> Offload:
    layers = settings.think.gpu_layers
    return offload(
        costs_of(gguf, settings.think.context),
        found,
        machine_mb=this_machine().available_mb - OTHERS_MB,
        most_mb=settings.engines.gpu_memory_mb,
        layers=None if layers == "auto" else layers,
    )


def _with(settings: Settings, **think: Any) -> Settings:
    return settings.model_copy(update={"think": settings.think.model_copy(update=think)})

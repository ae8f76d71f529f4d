"""Where the engines run: on a GPU that llama.cpp was built for and that has room, else on the CPU.

The LLM gets room first: the CPU's cores are then free for ASR and voice. Then the ASR, and last the voice.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from edge_agent.hear.cuda import can_use_cuda
from edge_agent.onnx import has_cuda
from edge_agent.settings import Settings
from edge_agent.store import Model
from edge_agent.store.machine import Machine, this_machine
from edge_agent.store.manifest import ModelRole
from edge_agent.think.cards import Card, builds, cards
from edge_agent.think.offload import Room, costs_of, offload, roomiest

log = logging.getLogger(__name__)

OTHERS_MB = 700
"""What ASR, voice and the program itself need (docs/benchmarks.md, profile `small`, 640 MB less the LLM's): on a card
whose memory is the machine's own the others must be left it."""
CUDA_MB = 700
"""What ASR, or voice, takes of a card beside its weights: 300 for the context of its process, the rest for the
libraries' handles, kernels and work. Reckoned, not measured."""
GROUPS: dict[ModelRole, str] = {"llm": "think", "asr": "hear", "tts": "speak"}
"""The roles that may go on a card, in the order of getting room, and their groups of settings."""
WORDS: dict[ModelRole, str] = {"llm": "LLM", "asr": "ASR", "tts": "voice"}
ON_CUDA: dict[str, tuple[str, Callable[[], bool]]] = {
    "whisper-ct2": ("CTranslate2", cache(can_use_cuda)),
    "piper": ("ONNX Runtime", has_cuda),
}
"""What runs an engine beside the LLM's on CUDA, and what tells whether it can here."""

_CARDS_ONCE = cache(cards)
"""The choice of a profile is made several times in a start, and asks the driver once."""


@dataclass(frozen=True, slots=True)
class Placed:
    """The settings with the place of each engine decided, and why, as a part of a sentence."""

    settings: Settings
    why: str

    def on_card(self, role: ModelRole) -> bool:
        return on_card(self.settings, role)


def on_card(settings: Settings, role: ModelRole) -> bool:
    """Whether the settings, which are decided, have it on a card."""
    if role == "llm":
        return settings.think.gpu_layers != 0
    return bool(_own(settings, role).device == "cuda")


def on_cpu(settings: Settings, *roles: ModelRole) -> Settings:
    """The settings with these on the CPU."""
    for role in roles:
        changed = {"gpu_layers": 0, "device": "cpu"} if role == "llm" else {"device": "cpu"}
        settings = _with(settings, role, **changed)
    return settings


def is_decided(settings: Settings, role: ModelRole) -> bool:
    """Whether the settings put it on a card by themselves: nobody is asked for it."""
    if role == "llm":
        named = settings.think.gpu_layers != "auto" and settings.think.card is not None
        return named and _wish(settings, role) != "cpu"
    return bool(_own(settings, role).device == "cuda")


def placed(
    settings: Settings,
    models: Iterable[Model],
    *,
    built: Callable[[], tuple[str, ...]] = builds,
    ask: Callable[[], tuple[Card, ...]] = cards,
) -> Placed:
    """Where these engines go, which share a card. Never raises for a GPU: what is missing is logged, and the CPU used.

    A driver is asked only where a GPU is wanted and llama.cpp was built for one.
    """
    here = {model.role: model for model in models if model.role in GROUPS}
    wanted = [here[role] for role in GROUPS if role in here and _may(settings, here[role])]
    cpu = Placed(on_cpu(settings, *here), "as the settings say")
    if not wanted:
        return cpu
    has = built()
    for device in sorted({_wish(settings, model.role) for model in wanted} - {"auto", *has}):
        log.warning("llama.cpp was not built for %s: the CPU is used. See docs/gpu.md.", device)
    wanted = [model for model in wanted if _wish(settings, model.role) in ("auto", *has)]
    if not has or not wanted:
        return replace(cpu, why=f"llama.cpp was built for {', '.join(has) or 'the CPU alone'}")
    try:
        found = ask()
    except OSError as error:
        log.warning("No GPU is used: %s.", error)
        return replace(cpu, why=str(error))
    return _split(cpu.settings, settings, wanted, found)


def machine(
    settings: Settings,
    *,
    built: Callable[[], tuple[str, ...]] = builds,
    ask: Callable[[], tuple[Card, ...]] = _CARDS_ONCE,
) -> Machine:
    """This machine, with the room on a GPU that LLM and ASR can share: what `auto` chooses a profile by."""
    found, gpu = this_machine(), {_wish(settings, role) for role in ("llm", "asr")}
    if not gpu <= {"auto", "cuda"} or "cuda" not in built():
        return found
    with suppress(OSError):  # `placed` says why
        room = _room(settings, [card for card in ask() if card.kind == "cuda"])
        if room and room.mb > 0 and ON_CUDA["whisper-ct2"][1]():
            return replace(found, gpu_mb=round(room.mb))
    return found


def _room(settings: Settings, found: Sequence[Card]) -> Room | None:
    return roomiest(
        [card for card in found if settings.think.card in (None, card.name)],
        machine_mb=this_machine().available_mb - OTHERS_MB,
        most_mb=settings.engines.gpu_memory_mb,
    )


def _split(cpu: Settings, settings: Settings, wanted: Sequence[Model], found: Sequence[Card]) -> Placed:
    """`wanted` get room in this order."""
    device = _wish(settings, wanted[0].role)
    room = _room(settings, [card for card in found if device in ("auto", card.kind)])
    if room is None:
        log.warning("No GPU is used: no card was found.")
        return Placed(cpu, "no card was found")
    chosen, reasons = _with(cpu, "llm", card=room.card.name), list[str]()
    for model in wanted:
        there, takes_mb, why = _llm(settings, model, room) if model.role == "llm" else _other(settings, model, room)
        chosen = _with(chosen, model.role, **there)
        room = replace(room, mb=room.mb - takes_mb)
        reasons.append(why)
    why = "; ".join(reasons)
    if any(on_card(chosen, model.role) for model in wanted):
        log.info("On the GPU: %s.", why)
        return Placed(chosen, why)
    log.warning("No GPU is used: %s.", why)
    return Placed(cpu, why)


_Place = tuple[dict[str, Any], float, str]
"""Changed settings of an engine's group, the memory that it takes of the card in MB, and why."""


def _llm(settings: Settings, model: Model, room: Room) -> _Place:
    layers = settings.think.gpu_layers
    place = offload(costs_of(model.main, settings.think.context), room, layers=None if layers == "auto" else layers)
    device = settings.think.device if place.layers else "cpu"
    return {"gpu_layers": place.layers, "device": device}, place.mb, f"LLM: {place.why}"


def _other(settings: Settings, model: Model, room: Room) -> _Place:
    name, (library, can) = WORDS[model.role], ON_CUDA[model.engine]
    takes_mb = CUDA_MB + sum(file.stat().st_size for file in model.files.values()) / 1_000_000
    if room.card.kind != "cuda":
        why = "knows no GPU but through CUDA"
    elif takes_mb > room.mb:
        why = f"needs {takes_mb / 1000:.1f} GB, and {max(0.0, room.mb) / 1000:.1f} are left"
    elif not can():
        why = f"the {library} here has no CUDA, or not the driver for it"
    else:
        return {"device": "cuda"}, takes_mb, f"{name}: {takes_mb / 1000:.1f} GB of {room.card.name}"
    if _own(settings, model.role).device == "cuda":
        log.warning("%s runs on the CPU: %s.", name, why)
    return {"device": "cpu"}, 0.0, f"{name} on the CPU: {why}"


def _may(settings: Settings, model: Model) -> bool:
    """Whether it can go on a card at all, and the settings let it."""
    wish = _wish(settings, model.role)
    if model.role == "llm":
        return model.engine == "llama.cpp" and wish != "cpu" and settings.think.gpu_layers != 0
    return model.engine in ON_CUDA and wish in ("auto", "cuda")


def _wish(settings: Settings, role: ModelRole) -> str:
    return str(_own(settings, role).device or settings.engines.device)


def _own(settings: Settings, role: ModelRole) -> Any:
    return getattr(settings, GROUPS[role])


def _with(settings: Settings, role: ModelRole, **changed: Any) -> Settings:
    return settings.model_copy(update={GROUPS[role]: _own(settings, role).model_copy(update=changed)})

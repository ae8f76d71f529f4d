"""Offload: how many layers of an LLM a card has room for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from edge_agent.think.cards import Card
from edge_agent.think.gguf import TensorRow, tensors

_LAYER = re.compile(r"blk\.(\d+)\.")
_HEAD = ("output.weight", "output_norm.weight")
_TIED = "token_embd.weight"
"""The head of a model that has none of its own."""
RESERVE_MB = 400
"""What a card needs beside weights and cells: llama.cpp's buffers, and what a driver keeps of a process. CUDA takes 200
to 300 MB of that by itself."""
_MB = 1_000_000


@dataclass(frozen=True, slots=True)
class LlmCosts:
    """What an LLM takes of a card, in MB."""

    head_mb: float
    layers_mb: tuple[float, ...]
    """Weights and cells of each layer, the first one first."""


@dataclass(frozen=True, slots=True)
class Room:
    """Memory of a card that may be used."""

    card: Card
    mb: float

    def __str__(self) -> str:
        return f"{self.card.title} ({self.card.name}, {self.mb / 1000:.1f} GB free)"


@dataclass(frozen=True, slots=True)
class Offload:
    """How much of an LLM lies on a card."""

    layers: int
    """Layers on the card, the head counted as one; 0 = all of it is on the CPU."""
    mb: float
    """What they take of the card."""
    why: str
    """A part of a sentence for people."""


def costs_of(path: Path, cells: int) -> LlmCosts:
    """The costs of a GGUF file with so many cells of context. Raises ModelError, OSError."""
    found = tensors(path)
    by_name = {row.name: row for row in found}
    head = sum(by_name[name].bytes for name in _HEAD if name in by_name)
    if _HEAD[0] not in by_name and _TIED in by_name:
        head += by_name[_TIED].bytes
    layers: dict[int, int] = {}
    for row in found:
        if layer := _LAYER.match(row.name):
            number = int(layer[1])
            layers[number] = layers.get(number, 0) + row.bytes + _cells_bytes(row, cells)
    return LlmCosts(head / _MB, tuple(layers[number] / _MB for number in sorted(layers)))


def _cells_bytes(row: TensorRow, cells: int) -> int:
    """What the keys, or the values, that this matrix makes take: two bytes each."""
    makes = row.name.endswith(("attn_k.weight", "attn_v.weight")) and len(row.shape) == 2
    return 2 * cells * row.shape[1] if makes else 0


def layers_that_fit(costs: LlmCosts, free_mb: float) -> int:
    """How many layers fit, in llama.cpp's order: the head, then the last ones."""
    left = free_mb - RESERVE_MB
    for count, cost_mb in enumerate((costs.head_mb, *reversed(costs.layers_mb))):
        left -= cost_mb
        if left < 0:
            return count
    return 1 + len(costs.layers_mb)


def roomiest(found: Sequence[Card], *, machine_mb: float, most_mb: int | None) -> Room | None:
    """The card with the most room.

    `machine_mb`: memory of the machine that is free for a GPU: a card whose memory is the machine's own has no more.
    `most_mb`: a limit of the settings.
    """
    room = [Room(card, _room_mb(card, machine_mb, most_mb)) for card in found]
    return max(room, key=lambda each: each.mb, default=None)


def offload(costs: LlmCosts, room: Room, *, layers: int | None) -> Offload:
    """How many layers go there. `layers`: a number of the settings, instead of what fits."""
    fit, of = layers_that_fit(costs, room.mb), 1 + len(costs.layers_mb)
    wanted = fit if layers is None else min(layers, of)
    if wanted == 0:
        return Offload(0, 0.0, f"{room} has no room" if layers is None else "no layer is wanted there")
    takes_mb = RESERVE_MB + sum((costs.head_mb, *reversed(costs.layers_mb))[:wanted])
    return Offload(wanted, takes_mb, f"{wanted} of {of} layers on {room}")


def _room_mb(card: Card, machine_mb: float, most_mb: int | None) -> float:
    room = min(card.free_mb, machine_mb) if card.integrated else card.free_mb
    return room if most_mb is None else min(room, most_mb)

"""Where the LLM runs: every way in which there is no GPU ends on the CPU, and is said."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from tiny_gguf import sliding

from edge_agent import build_cards
from edge_agent.build_cards import placed_llm
from edge_agent.config import load
from edge_agent.store import Model
from edge_agent.store.machine import Machine
from edge_agent.think.cards import Card

CUDA = Card("CUDA0", "A card", 3800, 4000, integrated=False)
VULKAN = Card("Vulkan0", "Another card", 7000, 8000, integrated=False)
WHOLE = 7
"""The layers of the model here, and its head."""


@pytest.fixture
def model(tmp_path: Path) -> Model:
    gguf = sliding(tmp_path / "m.gguf", window=8)
    return Model("m", "llm", "llama.cpp", tmp_path, {"m.gguf": gguf}, None, "MIT", {}, 1)


def place(model: Model, cards: tuple[Card, ...] = (CUDA, VULKAN), built=("cuda", "vulkan"), **settings):
    return placed_llm(load(settings), model, built=lambda: built, ask=lambda: cards)


def test_as_much_as_fits_goes_to_the_card_with_the_most_room(model: Model) -> None:
    placed = place(model)
    assert (placed.settings.think.gpu_layers, placed.settings.think.card) == (WHOLE, "Vulkan0")
    assert placed.on_card


@pytest.mark.parametrize(
    ("settings", "card", "layers"),
    [
        ({"engines": {"device": "cuda"}}, "CUDA0", WHOLE),
        ({"engines": {"device": "cuda"}, "think": {"device": "vulkan"}}, "Vulkan0", WHOLE),
        ({"think": {"card": "CUDA0"}}, "CUDA0", WHOLE),
        ({"think": {"gpu_layers": 3}}, "Vulkan0", 3),
        ({"think": {"gpu_layers": 0}}, None, 0),
        ({"engines": {"device": "cpu"}}, None, 0),
        ({"think": {"device": "cpu"}}, None, 0),
    ],
)
def test_the_settings_choose(settings, card, layers, model: Model) -> None:
    think = place(model, **settings).settings.think
    assert (think.card, think.gpu_layers) == (card, layers)


@pytest.mark.parametrize(
    ("cards", "built", "settings", "said"),
    [
        ((), ("cuda",), {}, "no card was found"),
        ((CUDA,), ("cuda",), {"engines": {"device": "vulkan"}}, "not built for vulkan"),
        ((CUDA,), ("cuda",), {"engines": {"gpu_memory_mb": 100}}, "has no room"),
        ((CUDA,), ("cuda",), {"think": {"card": "CUDA7"}}, "no card was found"),
    ],
)
def test_what_is_missing_is_said_and_the_cpu_is_used(cards, built, settings, said, model: Model, caplog) -> None:
    placed = place(model, cards, built, **settings)
    assert not placed.on_card
    assert said in caplog.text


def test_a_build_for_the_cpu_asks_no_driver_and_says_nothing(model: Model, caplog) -> None:
    def never() -> tuple[Card, ...]:
        raise AssertionError

    with caplog.at_level(logging.DEBUG):
        placed = placed_llm(load({}), model, built=lambda: (), ask=never)
    assert not placed.on_card
    assert caplog.text == ""


def test_a_driver_that_fails_is_said(model: Model, caplog) -> None:
    def fails() -> tuple[Card, ...]:
        raise OSError("asking the driver ended with -11")

    assert not placed_llm(load({}), model, built=lambda: ("cuda",), ask=fails).on_card
    assert "No GPU is used: asking the driver ended with -11." in caplog.text


def test_memory_of_the_machine_is_left_to_the_others(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    jetson = Card("CUDA0", "Orin", 7000, 7600, integrated=True)
    for available_mb, layers in ((6000, WHOLE), (1000, 0)):
        monkeypatch.setattr(build_cards, "this_machine", lambda mb=available_mb: Machine(6, mb, 8000))
        assert place(model, (jetson,)).settings.think.gpu_layers == layers

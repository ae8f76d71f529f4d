"""Where the engines run: the LLM first, then ASR, then the voice; and every way without a GPU ends on the CPU."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import pytest
from tiny_gguf import sliding

from edge_agent import build_cards
from edge_agent.build_cards import CUDA_MB, ON_CUDA, Placed, is_decided, on_card, placed
from edge_agent.config import load
from edge_agent.settings import Settings
from edge_agent.store import Model
from edge_agent.store.machine import Machine
from edge_agent.think.cards import Card
from edge_agent.think.offload import RESERVE_MB, LlmCosts

CUDA = Card("CUDA0", "A card", 3800, 4000, integrated=False)
VULKAN = Card("Vulkan0", "Another card", 7000, 8000, integrated=False)
WHOLE = 7
"""The layers of the model here, and its head."""
SIZES_MB = {"asr": 484, "tts": 63}
"""Whisper small and Joe."""
QWEN_1_7B = LlmCosts(head_mb=260.0, layers_mb=(39.0,) * 28)
"""Qwen3 1.7B in Q4_K_M with 2,048 cells: 1,107 MB and 235."""
QWEN_4B = LlmCosts(head_mb=320.0, layers_mb=(69.0,) * 36)
"""Qwen3 4B in Q4_K_M with 2,048 cells: 2,497 MB and 302."""
ENGINES = {"asr": "whisper-ct2", "tts": "piper"}


def sparse(path: Path, mb: int) -> Path:
    with path.open("wb") as file:
        file.truncate(mb * 1_000_000)
    return path


@pytest.fixture
def model(tmp_path: Path) -> Model:
    gguf = sliding(tmp_path / "m.gguf", window=8)
    return Model("m", "llm", "llama.cpp", tmp_path, {"m.gguf": gguf}, None, "MIT", {}, 1)


@pytest.fixture
def models(model: Model, tmp_path: Path) -> list[Model]:
    """Of all three roles, in an order that is not theirs."""
    others = {role: {role: sparse(tmp_path / role, mb)} for role, mb in SIZES_MB.items()}
    return [*(Model(role, role, ENGINES[role], tmp_path, others[role], None, "MIT", {}, 1) for role in others), model]


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """One whose CTranslate2 and ONNX Runtime know CUDA."""
    able = {engine: (library, lambda: True) for engine, (library, _) in ON_CUDA.items()}
    monkeypatch.setattr(build_cards, "ON_CUDA", able)
    monkeypatch.setattr(build_cards, "this_machine", lambda: Machine(6, 16_000, 16_000))


def place(model: Model | list[Model], cards: tuple[Card, ...] = (CUDA, VULKAN), built=("cuda", "vulkan"), **settings):
    models = model if isinstance(model, list) else [model]
    return placed(load(settings), models, built=lambda: built, ask=lambda: cards)


def where(found: Placed) -> tuple[str, ...]:
    return tuple(role for role in ("llm", "asr", "tts") if found.on_card(role))


def taken_mb(costs: LlmCosts, found: Placed) -> float:
    """What all that was placed takes of the card."""
    layers = int(found.settings.think.gpu_layers)
    llm = RESERVE_MB + sum((costs.head_mb, *reversed(costs.layers_mb))[:layers]) if layers else 0
    return llm + sum(CUDA_MB + SIZES_MB[role] for role in where(found) if role != "llm")


def test_as_much_as_fits_goes_to_the_card_with_the_most_room(model: Model) -> None:
    found = place(model)
    assert (found.settings.think.gpu_layers, found.settings.think.card) == (WHOLE, "Vulkan0")
    assert where(found) == ("llm",)


@pytest.mark.parametrize(
    ("costs", "free_mb", "expected"),
    [
        (QWEN_1_7B, 3600, ("llm", "asr")),
        (QWEN_1_7B, 7600, ("llm", "asr", "tts")),
        (QWEN_4B, 7600, ("llm", "asr", "tts")),
        (QWEN_4B, 3600, ("llm",)),
        (QWEN_4B, 300, ()),
    ],
)
def test_what_goes_where_on_4_and_8_gb(costs, free_mb, expected, models, monkeypatch) -> None:
    monkeypatch.setattr(build_cards, "costs_of", lambda path, cells: costs)
    found = place(models, (Card("CUDA0", "A card", free_mb, 8000, integrated=False),), ("cuda",))
    assert where(found) == expected
    assert not expected or "LLM: " in found.why
    assert not expected or expected[1:] or "ASR on the CPU: needs 1.2 GB, and " in found.why


@pytest.mark.parametrize("integrated", [False, True])
@pytest.mark.parametrize("costs", [QWEN_1_7B, QWEN_4B])
def test_nothing_is_overcommitted(costs, integrated, models, monkeypatch) -> None:
    monkeypatch.setattr(build_cards, "costs_of", lambda path, cells: costs)
    for mb in range(0, 9000, 173):
        monkeypatch.setattr(build_cards, "this_machine", lambda mb=mb: Machine(6, mb, 8000))
        card = Card("CUDA0", "A card", 7600 if integrated else mb, 8000, integrated)
        room_mb = mb - build_cards.OTHERS_MB if integrated else mb
        assert taken_mb(costs, place(models, (card,), ("cuda",))) <= max(0, room_mb)


def test_a_limit_of_the_settings_is_the_card(models, monkeypatch) -> None:
    monkeypatch.setattr(build_cards, "costs_of", lambda path, cells: QWEN_1_7B)
    big = Card("CUDA0", "A big card", 140_000, 143_000, integrated=False)
    for limit_mb, expected in ((3600, ("llm", "asr")), (8000, ("llm", "asr", "tts"))):
        found = place(models, (big,), ("cuda",), engines={"gpu_memory_mb": limit_mb})
        assert where(found) == expected
        assert taken_mb(QWEN_1_7B, found) <= limit_mb


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
    ("settings", "expected"),
    [
        ({"engines": {}, "hear": {"device": "cpu"}}, ("llm", "tts")),
        ({"engines": {}, "think": {"device": "cpu"}}, ("asr", "tts")),
        ({"engines": {"device": "cpu"}, "speak": {"device": "cuda"}}, ("tts",)),
        ({"engines": {"device": "vulkan"}}, ("llm",)),
        ({"engines": {"device": "cpu"}}, ()),
    ],
)
def test_each_engine_has_its_setting(settings, expected, models) -> None:
    cards = (VULKAN,) if settings["engines"] == {"device": "vulkan"} else (CUDA,)
    assert where(place(models, cards, **settings)) == expected


def test_asr_and_voice_stay_on_the_cpu_where_their_libraries_have_no_cuda(models, monkeypatch, caplog) -> None:
    monkeypatch.setitem(build_cards.ON_CUDA, "whisper-ct2", ("CTranslate2", lambda: False))
    found = place(models, (CUDA,), hear={"device": "cuda"})
    assert where(found) == ("llm", "tts")
    assert "ASR runs on the CPU: the CTranslate2 here has no CUDA" in caplog.text
    assert "ASR on the CPU" in found.why
    assert where(place(models, (VULKAN,))) == ("llm",), "and know no other GPU"


def test_what_is_decided_is_not_asked_for_again(models) -> None:
    settings = place(models, (CUDA,)).settings
    assert all(is_decided(settings, role) and on_card(settings, role) for role in ("llm", "asr", "tts"))
    none = place(models, ()).settings

    def never() -> tuple[Card, ...]:
        raise AssertionError

    for each in models:
        assert not on_card(placed(none, [each], built=lambda: ("cuda",), ask=never).settings, each.role)
    assert not is_decided(Settings(), "llm")


@pytest.mark.parametrize(
    ("cards", "built", "settings", "said"),
    [
        ((), ("cuda",), {}, "no card was found"),
        ((CUDA,), ("cuda",), {"engines": {"device": "vulkan"}}, "not built for vulkan"),
        ((CUDA,), ("cuda",), {"engines": {"gpu_memory_mb": 100}}, "has no room"),
        ((CUDA,), ("cuda",), {"think": {"card": "CUDA7"}}, "no card was found"),
    ],
)
def test_what_is_missing_is_said_and_the_cpu_is_used(cards, built, settings, said, models, caplog) -> None:
    assert where(place(models, cards, built, **settings)) == ()
    assert caplog.text.count(said) == 1


def test_a_build_for_the_cpu_asks_no_driver_and_says_nothing(models, caplog) -> None:
    def never() -> tuple[Card, ...]:
        raise AssertionError

    with caplog.at_level(logging.DEBUG):
        found = placed(load({}), models, built=lambda: (), ask=never)
    assert where(found) == ()
    assert caplog.text == ""


def test_a_driver_that_fails_is_said(models, caplog) -> None:
    def fails() -> tuple[Card, ...]:
        raise OSError("asking the driver ended with -11")

    assert where(placed(load({}), models, built=lambda: ("cuda",), ask=fails)) == ()
    assert "No GPU is used: asking the driver ended with -11." in caplog.text


def test_memory_of_the_machine_is_left_to_the_others(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    jetson = Card("CUDA0", "Orin", 7000, 7600, integrated=True)
    for available_mb, layers in ((6000, WHOLE), (1000, 0)):
        monkeypatch.setattr(build_cards, "this_machine", lambda mb=available_mb: Machine(6, mb, 8000))
        assert place(model, (jetson,)).settings.think.gpu_layers == layers


def test_a_profile_for_a_gpu_is_chosen_where_llm_and_asr_can_share_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def mb(cards: tuple[Card, ...], built=("cuda",), **settings) -> int:
        return build_cards.machine(load(settings), built=lambda: built, ask=lambda: cards).gpu_mb

    big = replace(CUDA, name="CUDA1", free_mb=7600)
    assert mb((CUDA, VULKAN)) == 3800
    assert mb((CUDA, big)) == 7600
    assert mb((CUDA, big), think={"card": "CUDA0"}) == 3800
    assert mb((big,), engines={"gpu_memory_mb": 4000}) == 4000
    assert mb((replace(CUDA, integrated=True, free_mb=15_900),)) == 16_000 - build_cards.OTHERS_MB
    assert mb((VULKAN,)) == mb(()) == mb((CUDA,), built=()) == 0
    assert mb((CUDA,), hear={"device": "cpu"}) == mb((CUDA,), engines={"device": "vulkan"}) == 0
    monkeypatch.setitem(build_cards.ON_CUDA, "whisper-ct2", ("CTranslate2", lambda: False))
    assert mb((CUDA,)) == 0


def test_a_driver_that_fails_is_no_gpu_for_a_profile() -> None:
    def fails() -> tuple[Card, ...]:
        raise OSError("the driver did not answer within 20 s")

    assert build_cards.machine(load({}), built=lambda: ("cuda",), ask=fails).gpu_mb == 0

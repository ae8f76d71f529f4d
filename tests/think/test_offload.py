"""Offload: what of an LLM goes on a card of a given memory, and never more than there is."""

from __future__ import annotations

import ctypes
import json
import sys
from pathlib import Path

import pytest
from tiny_gguf import sliding

from edge_agent.think import cards as module
from edge_agent.think.cards import Card, builds, cards
from edge_agent.think.gguf import tensors
from edge_agent.think.offload import RESERVE_MB, LlmCosts, Room, costs_of, layers_that_fit, offload, roomiest

QWEN_1_5B = LlmCosts(head_mb=190.0, layers_mb=(33.0,) * 28)
"""Qwen2.5 1.5B in Q4_K_M with 2,048 cells, rounded up."""


def card(free_mb: int, *, name: str = "CUDA0", integrated: bool = False) -> Card:
    return Card(name, "A card", free_mb, free_mb + 500, integrated)


def taken_mb(costs: LlmCosts, layers: int) -> float:
    return sum((costs.head_mb, *reversed(costs.layers_mb))[:layers])


@pytest.mark.parametrize("free_mb", [*range(0, 2000, 37), 4000, 8000])
def test_a_card_is_filled_and_never_overcommitted(free_mb: int) -> None:
    layers = layers_that_fit(QWEN_1_5B, free_mb)
    if layers:
        assert taken_mb(QWEN_1_5B, layers) + RESERVE_MB <= free_mb
    if layers < 29:
        assert taken_mb(QWEN_1_5B, layers + 1) + RESERVE_MB > free_mb, "another one would have had room"


def test_cards_of_4_and_8_gb_take_the_whole_of_it() -> None:
    for free_mb in (3700, 7600):
        place = offload(QWEN_1_5B, Room(card(free_mb), free_mb), layers=None)
        assert (place.layers, place.mb) == (29, taken_mb(QWEN_1_5B, 29) + RESERVE_MB)


def test_memory_that_is_the_machines_own_is_counted_once() -> None:
    jetson = card(6000, integrated=True)
    room = roomiest((jetson,), machine_mb=1000, most_mb=None)
    place = offload(QWEN_1_5B, room, layers=None)
    assert 0 < place.layers < 29
    assert place.mb <= 1000
    assert offload(QWEN_1_5B, roomiest((jetson,), machine_mb=-50, most_mb=None), layers=None).layers == 0


def test_the_card_with_the_most_room_is_taken_within_the_limit_of_the_settings() -> None:
    both = (card(1000), card(3000, name="CUDA1"))
    room = roomiest(both, machine_mb=9000, most_mb=None)
    assert (room.card.name, room.mb) == ("CUDA1", 3000)
    small = roomiest(both, machine_mb=9000, most_mb=900)
    assert 0 < offload(QWEN_1_5B, small, layers=None).mb <= small.mb == 900
    assert offload(QWEN_1_5B, room, layers=7).layers == 7
    none = offload(QWEN_1_5B, Room(card(100), 100), layers=None)
    assert (none.layers, none.mb) == (0, 0)
    assert "no room" in none.why
    assert roomiest((), machine_mb=9000, most_mb=None) is None


def test_costs_are_those_of_the_file_and_of_its_cells(tmp_path: Path) -> None:
    gguf = sliding(tmp_path / "m.gguf", window=8)
    costs = costs_of(gguf, cells=100)
    weights = sum(row.bytes for row in tensors(gguf))
    cells = 6 * 2 * 100 * 16 * 2  # layers, keys and values, cells, width of a head, bytes
    assert sum(costs.layers_mb) + costs.head_mb == pytest.approx((weights + cells) / 1e6)


def test_the_llama_cpp_at_hand_is_asked_in_a_process_of_its_own() -> None:
    if not builds():
        assert cards() == ()
    assert all(each.kind in module._BUILDS for each in cards())


def program(text: str) -> tuple[str, ...]:
    return (sys.executable, "-c", text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("import os; os.abort()", "ended with -6"),
        ("import sys; sys.exit(3)", "ended with 3"),
        ("print('Vulkan: no driver')", "nonsense"),
        (f"print({module._NO_DRIVER!r})", "libcuda.so.1. is missing"),
        ("pass", "nonsense"),
    ],
)
def test_a_driver_that_fails_is_a_reason_and_no_crash(text: str, why: str) -> None:
    with pytest.raises(OSError, match=why):
        cards(program(text))


def test_a_driver_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ASK_S", 0.2)
    with pytest.raises(OSError, match="did not answer"):
        cards(program("import threading; threading.Event().wait()"))


def test_what_the_driver_prints_first_is_no_answer() -> None:
    said = json.dumps([{"name": "Vulkan1", "title": "X", "free_mb": 1, "total_mb": 2, "integrated": True}])
    (found,) = cards(program(f"print('ggml_vulkan: 1 device'); print({said!r})"))
    assert (found.kind, found.integrated) == ("vulkan", True)


def test_what_the_toolkit_links_with_stands_in_for_a_driver_that_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stub = tmp_path / "usr/local/cuda-13.0/lib64/stubs/libcuda.so"
    stub.parent.mkdir(parents=True)
    stub.touch()
    there, loaded = {str(stub)}, list[str]()

    def load(path: str, mode: int) -> None:
        assert mode == ctypes.RTLD_GLOBAL
        if path not in there:
            raise OSError(path)
        loaded.append(path)

    monkeypatch.setattr(module.ctypes, "CDLL", load)
    monkeypatch.setattr(module, "builds", lambda: ("vulkan",))
    assert not module.stand_in(tmp_path)
    monkeypatch.setattr(module, "builds", lambda: ("cuda",))
    assert module.stand_in(tmp_path)
    assert module.stand_in(tmp_path / "no toolkit")
    there.add("libcuda.so.1")
    assert not module.stand_in(tmp_path)
    assert loaded == [str(stub), "libcuda.so.1"]

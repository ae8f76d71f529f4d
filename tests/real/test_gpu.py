"""An LLM on whatever GPU is here (CONTRIBUTING.md: how a CPU plays one): the answers of the CPU, and no fall deeper."""

from __future__ import annotations

import ctypes
import itertools
import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from edge_agent import build_engines
from edge_agent.config import load
from edge_agent.errors import EngineLost
from edge_agent.store import Store
from edge_agent.think.cards import Card, builds, cards
from edge_agent.think.llama import library
from edge_agent.think.llm import LlamaCpp
from edge_agent.think.template import template_for
from edge_agent.workers.remote import RemoteLlm

pytestmark = [pytest.mark.gpu, pytest.mark.model, pytest.mark.slow, pytest.mark.timeout(3000)]

PROMPTS, TOKENS = 50, 16
ALL = 999
HONEST = Path(__file__).parents[1] / "data" / "honest" / "open.jsonl"
BACK_S = 3.0
"""The bar of a killed worker."""
NOISE = 1.0
"""Logits that activations of 8 bits (the CPU's, of quantised weights) may lie off those of 16 (a GPU's)."""


@pytest.fixture(scope="session")
def card() -> Card:
    """The card with the most room."""
    found = cards() if builds() else ()
    if not found:
        pytest.skip("llama.cpp finds no GPU: scripts/run --gpu cuda|vulkan, or docs/gpu.md")
    return max(found, key=lambda each: each.free_mb)


@pytest.fixture(scope="session")
def gguf() -> Path:
    return Store().resolve("smollm2-135m", "llm").main


@pytest.fixture(scope="session")
def exact(gguf: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same weights in 32 bits, with which a CPU rounds no activations."""
    cpp, target = library(), tmp_path_factory.mktemp("exact") / "f32.gguf"
    params = cpp.llama_model_quantize_default_params()
    params.ftype, params.allow_requantize, params.nthread = cpp.LLAMA_FTYPE_ALL_F32, True, 2
    assert cpp.llama_model_quantize(str(gguf).encode(), str(target).encode(), ctypes.byref(params)) == 0
    return target


def prompts() -> list[str]:
    """Things that people say to a device, none of which code answers."""
    rows = [json.loads(line) for line in HONEST.read_text().splitlines()]
    return [row["say"][0] for row in rows if row["kind"] in ("fact", "small", "unknowable")][:PROMPTS]


@dataclass(frozen=True)
class Step:
    """One token of the CPU's answer, as the other one would have it."""

    at: int
    same: bool
    gap: float
    """By how much the CPU prefers its own token to that of the other."""
    off: float
    """How far the logits of the CPU's ten likeliest tokens lie apart, at most, their common shift taken off."""


def llm(gguf: Path, card: Card | None) -> LlamaCpp:
    layers = ALL if card else 0
    name = card.name if card else None
    return LlamaCpp(gguf, context=512, threads=2, temperature=0, repeat_penalty=1, gpu_layers=layers, card=name)


def compared(cpu: LlamaCpp, gpu: LlamaCpp, said: str) -> list[Step]:
    """The CPU answers greedily; at each token the GPU is asked for its own, behind the same words."""
    template = template_for("chatml")
    text = f"{template.before['user']}{said}{template.after['user']}{template.before['assistant']}"
    prompt, steps = cpu.tokenize(text, special=True), list[Step]()
    for at in range(TOKENS):
        ours, theirs = logits(cpu, prompt), logits(gpu, prompt)
        mine, other = int(ours.argmax()), int(theirs.argmax())
        likely = np.argsort(ours)[-10:]
        shift = theirs[likely] - ours[likely]
        off = float(np.abs(shift - shift.mean()).max())
        steps.append(Step(at, mine == other, float(ours[mine] - ours[other]), off))
        if cpu._model.ends(mine):
            break
        prompt = [*prompt, mine]
    return steps


def logits(llm: LlamaCpp, prompt: list[int]) -> np.ndarray:
    assert llm.prefill(prompt, lambda: True)
    return llm._native.logits()


def told(steps: list[list[Step]], what: str) -> list[Step]:
    """The steps at which the two differ; how many answers are equal is printed (`-rP` shows it)."""
    equal = sum(all(step.same for step in answer) for answer in steps)
    differ = [step for step in itertools.chain(*steps) if not step.same]
    total = sum(map(len, steps))
    lines = [
        f"{what}: {equal} of {len(steps)} answers equal, {total - len(differ)} of {total} tokens; where they differ:"
    ]
    for number, answer in enumerate(steps):
        lines += [f"  {number}@{step.at}: gap {step.gap:.3f}, off {step.off:.3f}" for step in answer if not step.same]
    sys.stdout.write("\n".join([*lines, ""]))
    return differ


def test_with_weights_in_full_the_answers_are_those_of_the_cpu(card: Card, exact: Path) -> None:
    cpu, gpu = llm(exact, None), llm(exact, card)
    differ = told([compared(cpu, gpu, said) for said in prompts()], f"32 bits, {card.title}")
    assert max((step.gap for step in differ), default=0.0) < NOISE / 10


def test_with_quantised_weights_they_differ_only_where_two_tokens_are_as_likely(card: Card, gguf: Path) -> None:
    cpu, gpu = llm(gguf, None), llm(gguf, card)
    differ = told([compared(cpu, gpu, said) for said in prompts()], f"as pulled, {card.title}")
    assert max((step.gap for step in differ), default=0.0) < NOISE


@pytest.fixture
def asked(card: Card, caplog: pytest.LogCaptureFixture) -> Iterator[RemoteLlm]:
    """An LLM in a worker, all of it on the card."""
    settings = load({"engines": {"deadline_s": 60}, "think": {"card": card.name, "gpu_layers": ALL}})
    made = build_engines.llm(settings, Store().resolve("smollm2-135m", "llm"))
    assert isinstance(made, RemoteLlm)
    yield made
    made.worker.close()


def layers(llm: RemoteLlm) -> int:
    return int(llm.worker.supervisor._told["settings"]["think"]["gpu_layers"])


def answer(llm: RemoteLlm) -> bytes:
    prompt = llm.tokenize("The capital of France is")
    return b"".join(map(llm.to_bytes, itertools.islice(llm.generate(prompt, lambda: True), 2)))


def comes_back_on_the_cpu(llm: RemoteLlm, said: pytest.LogCaptureFixture) -> None:
    begun_s = time.monotonic()
    assert answer(llm) == b" Paris."
    assert time.monotonic() - begun_s < BACK_S * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
    assert layers(llm) == 0
    assert said.text.count("goes on without the GPU") == 1


def test_one_that_is_killed_comes_back_on_the_cpu(asked: RemoteLlm, caplog: pytest.LogCaptureFixture) -> None:
    assert (layers(asked), answer(asked)) == (ALL, b" Paris.")
    os.kill(asked.worker.pid or 0, signal.SIGKILL)
    with pytest.raises(EngineLost):
        answer(asked)
    comes_back_on_the_cpu(asked, caplog)


@pytest.mark.parametrize("most_bytes", [1_000_000, 60_000_000], ids=["for its context", "for its weights"])
def test_one_whose_memory_ends_as_it_loads_goes_on_with_the_cpu(
    card: Card, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, most_bytes: int
) -> None:
    """llama.cpp's own limit stands for a card that another program has filled."""
    if card.kind != "vulkan":
        pytest.skip("only llama.cpp's Vulkan has such a limit")
    monkeypatch.setenv("GGML_VK_FORCE_MAX_BUFFER_SIZE", str(most_bytes))
    settings = load({"engines": {"deadline_s": 60}, "think": {"card": card.name, "gpu_layers": ALL}})
    made = build_engines.llm(settings, Store().resolve("smollm2-135m", "llm"))
    assert isinstance(made, RemoteLlm)
    try:
        assert (answer(made), layers(made)) == (b" Paris.", 0)
        assert caplog.text.count("goes on without the GPU") == 1
    finally:
        made.worker.close()

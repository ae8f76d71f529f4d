"""`bench llm` and `bench tts` on engines whose every step takes a known time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pytest

from edge_agent.bench.llm import bench_llm
from edge_agent.bench.tts import AROUND_S, TEXTS, bench_tts, round_trip
from edge_agent.clock import ManualClock
from edge_agent.errors import EngineError
from edge_agent.interfaces import Chunk, Transcript
from edge_agent.think.brief import Brief
from edge_agent.think.brief_prompt import BriefPrompt
from edge_agent.think.render import Render
from edge_agent.think.template import TEMPLATES
from edge_agent.types import HEAR_RATE_HZ, Samples


class ClockedLlm:
    """10 ms a token that is not in the context yet, 50 ms a token of the answer."""

    context = 4096

    def __init__(self, clock: ManualClock, answer: int = 20) -> None:
        self._clock, self._answer = clock, answer
        self.held: list[int] = []
        self.asked_with: list[int] = []
        """Tokens of the prompt that were evaluated for each question."""

    def tokenize(self, text: str, *, special: bool = False) -> list[int]:
        return [ord(c) for c in text]

    def to_bytes(self, token: int) -> bytes:
        return b"x"

    def prefill(self, tokens: Sequence[int], wanted: Callable[[], bool]) -> bool:
        common = next((i for i, (a, b) in enumerate(zip(self.held, tokens, strict=False)) if a != b), None)
        fresh = len(tokens) - (min(len(self.held), len(tokens)) if common is None else common)
        self._clock.sleep_until(self._clock.now() + 0.01 * fresh)
        self.held = list(tokens)
        self.evaluated = fresh
        return True

    def generate(
        self, prompt: Sequence[int], wanted: Callable[[], bool], *, not_first: Sequence[int] = ()
    ) -> Iterator[int]:
        self.prefill(prompt, wanted)
        self.asked_with.append(self.evaluated)
        for token in range(self._answer):
            self._clock.sleep_until(self._clock.now() + 0.05)
            self.held.append(token)
            yield token


PERSONA = "Be kind, be brief."


def prompt_of(llm: ClockedLlm) -> BriefPrompt:
    render = Render(TEMPLATES["chatml"], lambda text, special: llm.tokenize(text, special=special))
    return BriefPrompt(render, lambda prompt, start, count: None)


def test_llm_figures() -> None:
    clock = ManualClock()
    llm = ClockedLlm(clock)
    result = bench_llm(llm, prompt_of(llm), PERSONA, clock, runs=5)
    assert result["summary"]["runs"] == 5
    assert result["summary"]["decode_tokens_per_s"] == pytest.approx(20)
    assert result["summary"]["prefill_tokens_per_s"] == pytest.approx(100, rel=0.1)
    assert result["cold"]["ttft_s"] == pytest.approx(0.01 * result["cold"]["prompt_tokens"] + 0.05)


def test_a_warm_question_finds_the_persona_and_nothing_else_in_the_context() -> None:
    clock = ManualClock()
    llm = ClockedLlm(clock)
    prompt = prompt_of(llm)
    rows = bench_llm(llm, prompt, PERSONA, clock, runs=7)["rows"]
    head = len(prompt.head(Brief("", PERSONA, ())))
    assert llm.asked_with == [rows[0]["prompt_tokens"]] + [row["prompt_tokens"] - head for row in rows[1:]]


def test_an_answer_of_one_token_has_no_rate_and_one_of_none_is_an_error() -> None:
    clock = ManualClock()
    one = ClockedLlm(clock, answer=1)
    assert bench_llm(one, prompt_of(one), PERSONA, clock, runs=1)["summary"]["decode_tokens_per_s"] is None
    mute = ClockedLlm(clock, answer=0)
    with pytest.raises(EngineError, match="no answer"):
        bench_llm(mute, prompt_of(mute), PERSONA, clock)


class ClockedVoice:
    """0.1 s of sound a word, made in a fifth of that, word by word; the first text of all costs a second more."""

    rate_hz = 1000

    def __init__(self, clock: ManualClock) -> None:
        self._clock, self._cold = clock, True

    def stream(self, text: str) -> Iterator[Chunk]:
        word = round(0.1 * self.rate_hz)
        for left in reversed(range(len(text.split()))):
            self._clock.sleep_until(self._clock.now() + 0.1 / 5 + self._cold)
            self._cold = False
            yield Chunk(np.zeros(word, np.float32), left * word)

    def render(self, text: str) -> Samples:
        return np.concatenate([chunk.samples for chunk in self.stream(text)])


def test_tts_figures() -> None:
    clock = ManualClock()
    voice = ClockedVoice(clock)
    result, other = bench_tts([voice, voice], clock, runs=3)
    fragment_s = 0.1 * len(TEXTS["fragment"].split()) / 5
    assert result["cold"]["render_s"] == pytest.approx(1 + fragment_s)
    assert result["summary"] == pytest.approx({"runs": 3, "first_fragment_s": 0.1 / 5, "rtf": 0.2})
    assert result["rows"][0]["render_s"] == pytest.approx(fragment_s)
    assert [row["name"] for row in result["rows"]] == list(TEXTS)
    assert other["cold"]["render_s"] == pytest.approx(fragment_s), "each has its own"
    assert other["summary"] == pytest.approx(result["summary"])


def test_what_each_voice_says_is_heard_and_counted() -> None:
    """With silence around it, at the rate of the ears."""
    given, texts = list[int](), iter(["one two", "one too", "three for", ""])

    class Hears:
        def transcribe(self, samples: Samples, **_: Any) -> Transcript:
            given.append(len(samples))
            return Transcript(next(texts), "en")

    clock = ManualClock()
    right, wrong = round_trip([ClockedVoice(clock), ClockedVoice(clock)], Hears(), ["one two", "three four"])
    assert (right["errors"], right["words"], right["wer"]) == (1, 4, 0.25)
    assert (wrong["errors"], wrong["words"]) == (3, 4)
    assert wrong["heard"][0] == {"said": "one two", "heard": "one too"}
    assert set(given) == {round((0.2 + 2 * AROUND_S) * HEAR_RATE_HZ)}

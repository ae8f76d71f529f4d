"""LLM bench: time to the first token with a warm prefix, and tokens a second of prefill and decode."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median

from edge_agent.clock import Clock
from edge_agent.errors import EngineError
from edge_agent.interfaces import Llm
from edge_agent.think.brief import Brief, Message
from edge_agent.think.brief_prompt import BriefPrompt
from edge_agent.types import Json

QUESTIONS = (
    "How old is the Brooklyn Bridge?",
    "What can I cook with eggs and potatoes tonight?",
    "Set the lights in the kitchen to half, please.",
    "Tell me something about the planet Mars.",
    "Why is the sky blue?",
)
MOST_TOKENS = 64
"""An answer has at most so many tokens: two spoken sentences."""


def bench_llm(
    llm: Llm,
    prompt: BriefPrompt,
    persona: str,
    clock: Clock,
    *,
    runs: int = 10,
    progress: Callable[[str], object] = lambda line: None,
) -> Json:
    """Ask `runs` + 1 questions of a model that was loaded and not yet used.

    The first is the cold one: its prompt is evaluated from nothing. Before each other one the context holds
    the persona alone, as in the first turn of a conversation.

    Returns, ready for JSON: `cold` (a row), `summary` (medians of the warm rows) and `rows`. Rates are in
    tokens a second; `ttft_s` counts from the finished prompt to the first token.
    """
    rows: list[Json] = []
    for i in range(runs + 1):
        row: Json = {"cold": i == 0}
        if i > 0:
            row["prefill_tokens_per_s"] = _prefill_rate(llm, prompt.head(Brief("", persona, ())), i, clock)
        rows.append(row | _ask(llm, prompt, asked(persona, QUESTIONS[i % len(QUESTIONS)]), clock))
        progress(f"{i}/{runs}: first token after {rows[-1]['ttft_s'] * 1000:.0f} ms")
    warm = rows[1:]
    figures = ("ttft_s", "decode_tokens_per_s", "prefill_tokens_per_s")
    return {
        "cold": rows[0],
        "summary": {
            "runs": len(warm),
            **{f: median(v) if (v := [row[f] for row in warm if row[f]]) else None for f in figures},
        },
        "rows": rows,
    }


def _prefill_rate(llm: Llm, head: list[int], run: int, clock: Clock) -> float:
    """Evaluates the persona backwards, begun at another token in each run: as many tokens, none of them cached. Leaves
    the persona cached.
    """
    started = clock.now()
    llm.prefill([*head[run:], *head[:run]][::-1], _always)
    seconds = clock.now() - started
    llm.prefill(head, _always)
    return len(head) / seconds


def asked(persona: str, question: str) -> Brief:
    return Brief("", persona, (Message("question", "user", question),))


def _ask(llm: Llm, prompt: BriefPrompt, brief: Brief, clock: Clock) -> Json:
    tokens = prompt.tokens(brief, llm.context)
    started = clock.now()
    times = []
    for _ in llm.generate(tokens, _always):
        times.append(clock.now())
        if len(times) == MOST_TOKENS:
            break
    if not times:
        raise EngineError(f"The language model had no answer to {brief.messages[-1].text!r}.")
    decoding_s = times[-1] - times[0]
    return {
        "question": brief.messages[-1].text,
        "prompt_tokens": len(tokens),
        "answer_tokens": len(times),
        "ttft_s": times[0] - started,
        "decode_tokens_per_s": (len(times) - 1) / decoding_s if decoding_s else None,
    }


def _always() -> bool:
    return True

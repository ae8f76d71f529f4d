"""What a second conversation costs the first: time to the first token alone, and where two take turns.

    .venv/bin/python scripts/measure_conversations.py [--anew] [--cpu] [--turns 30]      (3 minutes)

Two contexts of one model go through the same turns, one conversation in the one, two in the other, a turn of each in
turn, so that what else the machine does falls on all. `--anew` keeps nothing aside, as a cache with one slot. Beside it
the time a token takes, of one conversation, through our own loop and through that of llama-cpp-python.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from itertools import islice
from statistics import median

from edge_agent import build
from edge_agent.config import load
from edge_agent.think.llm import PREFILL_SLICE, LlamaCpp

QUESTIONS = (
    "How old is the Brooklyn Bridge?", "What can I cook with eggs?", "Tell me about Mars.", "Why is the sky blue?",
    "And how far away is it?", "Name a good book about that.", "Who wrote it, and when?", "Is that so? Why?",
)  # fmt: skip
clock = time.perf_counter
ANSWER = 16
"""Tokens: a short sentence."""


class Talk:
    """One conversation in a context that it may share."""

    def __init__(self, llm: LlamaCpp, name: str, persona: str) -> None:
        self._llm = llm
        self._tokens = self._ids(f"<|im_start|>system\n{persona}<|im_end|>\n")
        self._opening = f"<|im_start|>user\n({name}.) "

    def turn(self, question: str) -> tuple[float, int]:
        """Returns seconds to the first token, and how many tokens were evaluated before it."""
        prompt = self._tokens + self._ids(self._opening + f"{question}<|im_end|>\n<|im_start|>assistant\n")
        new = len(prompt) - self._llm.cached(prompt)
        started = clock()
        answer = self._llm.generate(prompt, lambda: True)
        ids = [next(answer)]
        seconds = clock() - started
        ids += islice(answer, ANSWER - 1)
        self._tokens = prompt + ids + self._ids("<|im_end|>\n")
        return seconds, new

    def _ids(self, text: str) -> list[int]:
        return self._llm.tokenize(text, special=True)


def first_tokens(args: argparse.Namespace) -> None:
    settings = load({"models": {"profile": "small"}})
    gguf = build.choose_one(settings, "llm").main
    own, shared = (
        LlamaCpp(gguf, context=args.context, threads=args.threads, temperature=0.0, repeat_penalty=1.1)
        for _ in range(2)
    )
    if args.anew:
        shared._cache._most_aside = 0
    alone = Talk(own, "Ada", settings.think.persona)
    ada, bob = (Talk(shared, name, settings.think.persona) for name in ("Ada", "Bob"))
    rows = [tuple(talk.turn(QUESTIONS[n % len(QUESTIONS)]) for talk in (alone, ada, bob)) for n in range(args.turns)]
    for first, last in ((2, 10), (10, 20), (20, 30)):
        part = rows[first:last]
        if not part:
            break
        times = [median(row[i][0] for row in part) * 1000 for i in range(3)]
        tokens = [median(row[i][1] for row in part) for i in range(3)]
        ratio = median((row[1][0] + row[2][0]) / 2 / row[0][0] for row in part)
        print(
            f"turns {first + 1} to {first + len(part)}: alone {times[0]:.0f} ms ({tokens[0]:.0f} tokens), taking turns"
            f" {times[1]:.0f} and {times[2]:.0f} ms ({tokens[1]:.0f} and {tokens[2]:.0f}); in pairs x {ratio:.2f}"
        )
    print(f"tokens held: alone {len(alone._tokens)}, together {len(ada._tokens) + len(bob._tokens)} of {args.context}")


def decoding(args: argparse.Namespace) -> None:
    """One conversation of 300 tokens: 40 tokens of its answer by either loop, ten times each, in turn."""
    import llama_cpp

    gguf = build.choose_one(load({"models": {"profile": "small"}}), "llm").main
    ours = LlamaCpp(gguf, context=args.context, threads=args.threads, temperature=0.0, repeat_penalty=1.1)
    theirs = llama_cpp.Llama(
        str(gguf), n_ctx=args.context, n_batch=PREFILL_SLICE, n_threads=args.threads, n_threads_batch=args.threads,
        verbose=False,
    )  # fmt: skip
    prompt = ours.tokenize("Count to a million: " + ", ".join(map(str, range(60))))
    pairs = []
    for _ in range(10):
        loops: tuple[Iterator[int], ...] = (
            ours.generate(prompt, lambda: True),
            theirs.generate(prompt, temp=0.0, repeat_penalty=1.1, top_p=0.9),
        )
        times = []
        for tokens in loops:
            next(tokens)
            started = clock()
            said = len(list(islice(tokens, 40)))
            times.append((clock() - started) / said * 1000)
        pairs.append(times)
    one, other = (median(pair[i] for pair in pairs) for i in range(2))
    ratio = median(pair[0] / pair[1] for pair in pairs)
    print(f"a token: {one:.1f} ms, by llama_cpp.Llama {other:.1f} ms; in pairs x {ratio:.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--context", type=int, default=2048)
    parser.add_argument("--anew", action="store_true", help="put no conversation aside")
    parser.add_argument("--turns", type=int, default=30)
    parser.add_argument("--cpu", action="store_true", help="count CPU time: on a machine with other work")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    if args.cpu:
        globals()["clock"] = time.process_time
    first_tokens(args)
    decoding(args)


if __name__ == "__main__":
    main()

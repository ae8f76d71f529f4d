"""Pieces: the text of one answer as its tokens come, until a stop or a limit ends it."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from edge_agent.clock import Clock

LONGEST_TOKEN = 512
"""Bytes that are read of one token: four times the longest of Qwen2.5 (128 blanks). What no limit on tokens bounds."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits at which an answer ends, whatever the model thinks, and its first fragment."""

    max_tokens: int
    max_s: float
    first_min_words: int = 3
    first_max_words: int = 7
    loop_tokens: int = 8
    loop_repeats: int = 3
    """The last `loop_tokens` ids seen `loop_repeats` times in one answer: the model is in a loop."""


class Pieces:
    """One answer. `ids` grows with its tokens; afterwards `stop` is the stop that was written, `cut` says that a limit
    ended it: length, time or a loop.
    """

    def __init__(self, to_bytes: Callable[[int], bytes], limits: Limits, clock: Clock) -> None:
        self._to_bytes, self._limits, self._clock = to_bytes, limits, clock
        self._deadline = clock.now() + limits.max_s
        self.ids: list[int] = []
        self.stop: str | None = None
        self.cut = False

    def read(self, tokens: Iterable[int], stops: Sequence[str] = ()) -> Iterator[str]:
        """Text that is surely of the answer. A character or a stop may come in several tokens."""
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        held = ""
        for token in tokens:
            self.ids.append(token)
            text = held + decoder.decode(self._to_bytes(token)[:LONGEST_TOKEN])
            found = min(((at, stop) for stop in stops if (at := text.find(stop)) >= 0), default=None)
            if found:
                at, self.stop = found
                yield text[:at]
                return
            held = text[len(text) - _begun(stops, text) :]
            yield text[: len(text) - len(held)]
            self.cut = self._over()
            if self.cut:
                break
        yield held

    def _over(self) -> bool:
        limits = self._limits
        return len(self.ids) >= limits.max_tokens or self._clock.now() >= self._deadline or self._loops()

    def _loops(self) -> bool:
        ids, n = self.ids, self._limits.loop_tokens
        tail = ids[-n:]
        seen = sum(ids[i : i + n] == tail for i in range(len(ids) - n + 1)) if len(ids) >= n else 0
        return seen >= self._limits.loop_repeats


def _begun(stops: Sequence[str], text: str) -> int:
    """How many characters at the end of `text` may be the beginning of a stop."""
    return max((n for stop in stops for n in range(1, len(stop)) if text.endswith(stop[:n])), default=0)


def without_thoughts(pieces: Iterable[str]) -> Iterator[str]:
    """Pieces of text less every <think>...</think>; one that is never closed is dropped to the end."""
    held, thinking = "", False
    for piece in pieces:
        held += piece
        while (tag := "</think>" if thinking else "<think>") in held:
            before, _, held = held.partition(tag)
            if not thinking:
                yield before
            thinking = not thinking
        sure = len(held) - _begun((tag,), held)
        if not thinking:
            yield held[:sure]
        held = held[sure:]
    if not thinking:
        yield held

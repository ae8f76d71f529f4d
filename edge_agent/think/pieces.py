"""Pieces: the text of one answer as its tokens come, until a stop or a limit ends it."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from edge_agent.clock import Clock

LONGEST_TOKEN = 512
"""Bytes that are read of one token: four times the longest of Qwen2.5 (128 blanks). What no limit on tokens bounds."""
MOST_BLANKS = 32
"""Blanks that are passed over between two marks of a trigger."""


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
    """One answer. `ids` grows with its tokens; afterwards `stop` is the stop or trigger that ended it, `stop_text` that
    as it was written, and `cut` says that a limit did: length, time or a loop.
    """

    def __init__(self, to_bytes: Callable[[int], bytes], limits: Limits, clock: Clock) -> None:
        self._to_bytes, self._limits, self._clock = to_bytes, limits, clock
        self._deadline = clock.now() + limits.max_s
        self.ids: list[int] = []
        self.stop: str | None = None
        self.stop_text = ""
        self.cut = False

    @property
    def loops(self) -> bool:
        """Whether it was cut because the model was in a loop."""
        return self.cut and self._loops()

    def read(self, tokens: Iterable[int], stops: Sequence[str] = (), triggers: Sequence[str] = ()) -> Iterator[str]:
        """Text that is surely of the answer. A character or a stop may come in several tokens, and a trigger is known
        however it is spaced.
        """
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        held = ""
        for token in tokens:
            self.ids.append(token)
            text = held + decoder.decode(self._to_bytes(token)[:LONGEST_TOKEN])
            ends = [*_ends(text, stops, spaced=False), *_ends(text, triggers, spaced=True)]
            if whole := min(((at, end, stop) for at, end, stop in ends if end <= len(text)), default=None):
                at, end, self.stop = whole
                self.stop_text = text[at:end]
                yield text[:at]
                return
            sure = min((at for at, _, _ in ends), default=len(text))
            held = text[sure:]
            yield text[:sure]
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


def _ends(text: str, stops: Sequence[str], *, spaced: bool) -> Iterator[tuple[int, int, str]]:
    """Where each stop begins in `text`, and where it ends: beyond the text, if the rest may still come."""
    for stop in stops:
        at = text.find(stop[0])
        while at >= 0:
            end = _end(text, at, stop, spaced)
            if end is not None:
                yield at, end, stop
                break
            at = text.find(stop[0], at + 1)


def _end(text: str, at: int, stop: str, spaced: bool) -> int | None:
    """The end of a stop that begins at `at`; len(text) + 1 if the text ends before it; None if it is something else.

    `spaced`: blanks do not matter but within quotes. Models write `{"name":`, `{ "name":` and `{\n "name" :`.
    """
    quoted = False
    for i, char in enumerate(stop):
        blanks = 0
        while spaced and i and not quoted and text[at : at + 1].isspace() and blanks < MOST_BLANKS:
            at, blanks = at + 1, blanks + 1
        if at >= len(text):
            return len(text) + 1
        if text[at] != char:
            return None
        quoted ^= char == '"'
        at += 1
    return at


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

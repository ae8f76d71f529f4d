"""Voice: a Sentence -> blocks of 20 ms as they are made, in words that can be said, without the silence in front."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from edge_agent.errors import EngineError
from edge_agent.interfaces import Chunk, Tts
from edge_agent.speak.alignment import as_written
from edge_agent.speak.cache import FragmentCache
from edge_agent.speak.wording import speakable
from edge_agent.types import Samples, Sentence, Voiced, WordEnd

log = logging.getLogger(__name__)

BLOCK_S = 0.02
AUDIBLE = 10 ** (-45 / 20)
"""Full scale -45 dB: what counts as the first sound in the voice-to-voice definition (docs/benchmarks.md)."""
LEAD_S = 0.01
TAIL_S = 0.15
"""Silence kept around a sentence. Piper gives 20-150 ms in front, all of it latency, and up to 0.4 s behind."""


class Voice:
    """One owner thread."""

    def __init__(self, tts: Tts, *, language: str = "en", keep: int = 0, openers: Sequence[str] = ()) -> None:
        """`language`: ISO 639-1 code of what it speaks. `keep`: how many first fragments are kept as sound; `openers`:
        those that `idle` renders, in their order."""
        self._tts = tts
        self.language = language
        self._kept = FragmentCache(keep)
        self._ahead = deque(openers[:keep])
        self.rate_hz = tts.rate_hz

    def speak(self, sentence: Sentence, *, speed: float = 1.0) -> Iterator[Voiced]:
        """Blocks of the sentence in order. A sentence without sound gives one empty block, so that its end is seen.

        `speed`: times the pace of the voice, 0.25 to 4.
        """
        opens = sentence.index == 0
        kept = self._kept.get(sentence.text, speed) if opens else None
        if kept is not None:
            yield from blocks(sentence, [kept], self.rate_hz, cached=True)
            return
        made = list[Voiced]()
        for block in blocks(sentence, self.stream(sentence.text, speed), self.rate_hz):
            made.append(block)
            yield block
        if opens:
            sound = np.concatenate([block.samples for block in made])
            self._kept.keep(sentence.text, Chunk(sound, 0, made[0].words), speed)

    def idle(self) -> bool:
        """Render one opener that is not kept yet; False if there is none. For whoever has nothing else to do.

        Each is tried once: one that was dropped since was asked for less often than what took its place.
        """
        while self._ahead:
            text = self._ahead.popleft()
            if text not in self._kept:
                try:
                    deque(self.speak(Sentence(0, text, last=False)), maxlen=0)
                except EngineError as error:  # nobody has asked for it
                    log.warning("A beginning of answers could not be made ahead: %s", error)
                return True
        return False

    def stream(self, text: str, speed: float = 1.0) -> Iterator[Chunk]:
        """The sound of a text as it is made, trimmed, with the ends of the words that it is written in."""
        spoken, words = speakable(text, self.language), None
        for chunk in trimmed(self._tts.stream(spoken, speed), self.rate_hz):
            words = as_written(text, spoken, chunk.words) if words is None else words
            yield chunk._replace(words=words)

    def render(self, text: str) -> Samples:
        """The sound of a whole text, trimmed."""
        return np.concatenate([np.zeros(0, np.float32), *(chunk.samples for chunk in self.stream(text))])


def blocks(sentence: Sentence, chunks: Iterable[Chunk], rate_hz: int, *, cached: bool = False) -> Iterator[Voiced]:
    """Cut `chunks` into blocks of BLOCK_S; the last one, which alone may be shorter or empty, ends the sentence."""
    size, position, rest = round(BLOCK_S * rate_hz), 0, np.zeros(0, np.float32)
    words: tuple[WordEnd, ...] = ()
    for samples, left, words in chunks:
        rest = np.concatenate([rest, samples])
        total = position + len(rest) + left
        while len(rest) + bool(left) > size:
            yield Voiced(sentence, rest[:size], rate_hz, position, total, cached, words)
            position, rest = position + size, rest[size:]
    yield Voiced(sentence, rest, rate_hz, position, position + len(rest), cached, words)


def trimmed(chunks: Iterable[Chunk], rate_hz: int) -> Iterator[Chunk]:
    """The sound without the silence at both ends, but for LEAD_S and TAIL_S; nothing if nothing is audible.

    Silence is held back until something audible follows, so that the result does not depend on how `chunks` are cut.
    """
    held, begun, due, front = np.zeros(0, np.float32), False, 0, 0
    for samples, left, words in chunks:
        held = np.concatenate([held, samples])
        loud = np.flatnonzero(np.abs(held) >= AUDIBLE)
        if len(loud):
            first = 0 if begun else max(0, int(loud[0]) - round(LEAD_S * rate_hz))
            front += first
            held, begun, due = held[first:], True, int(loud[-1]) - first + 1 + round(TAIL_S * rate_hz)
        if begun:
            out, held = held[:due], held[due:]
            due -= len(out)
            ends = tuple(WordEnd(chars, max(0, samples - front)) for chars, samples in words)
            yield Chunk(out, left and left + len(held), ends)

"""What was said in one item of an answer, and when: a cut at a millisecond becomes a cut in the text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from edge_agent.speak.playback import words_said
from edge_agent.types import Sentence, Voiced, WordEnd


@dataclass
class _Line:
    """Where a sentence lies. It is kept as long as the session, so nothing of its sound is: the last block is a view
    that would hold a whole piece of the voice's, 88 kB for each second."""

    start_ms: float
    sentence: Sentence
    rate_hz: int
    total: int = 0
    words: Sequence[WordEnd] = ()

    def text(self, until_ms: float) -> str:
        if until_ms <= self.start_ms:
            return ""
        samples = int((until_ms - self.start_ms) / 1000 * self.rate_hz)
        return words_said(self.sentence.text, samples, self.total, self.words)


@dataclass
class Spoken:
    """The sentences of an item with their places in its sound."""

    ms: float = 0.0
    """All of the sound so far."""
    cut_ms: float | None = None
    """What comes later has not been heard."""
    _lines: list[_Line] = field(default_factory=list)

    def note(self, block: Voiced) -> str:
        """Count a block; what its sentence adds to the transcript, if it begins one."""
        begins = not self._lines or self._lines[-1].sentence != block.sentence
        if begins:
            self._lines.append(_Line(self.ms, block.sentence, block.rate_hz))
        self._lines[-1].total, self._lines[-1].words = block.total, block.words
        self.ms += len(block.samples) / block.rate_hz * 1000
        text = block.sentence.text if begins else ""
        return f" {text}" if text and any(line.sentence.text for line in self._lines[:-1]) else text

    def cut(self, at_ms: float) -> None:
        """Only the first `at_ms` were heard. A later cut cannot bring back what an earlier one took."""
        self.cut_ms = min(at_ms, self.ms if self.cut_ms is None else self.cut_ms)

    @property
    def heard_ms(self) -> float:
        return self.ms if self.cut_ms is None else min(self.ms, self.cut_ms)

    def text(self) -> str:
        """All that was said, or what of it lies before the cut: whole words."""
        until = float("inf") if self.cut_ms is None else self.cut_ms
        texts = (line.sentence.text if until == float("inf") else line.text(until) for line in self._lines)
        return " ".join(text for text in texts if text)

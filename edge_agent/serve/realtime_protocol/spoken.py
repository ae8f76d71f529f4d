"""What was said in one item of an answer, and when: a cut at a millisecond becomes a cut in the text."""

from __future__ import annotations

from dataclasses import dataclass, field

from edge_agent.speak.playback import words_said
from edge_agent.types import Voiced


@dataclass
class _Line:
    start_ms: float
    block: Voiced
    """The latest one of the sentence."""

    def text(self, until_ms: float) -> str:
        if until_ms <= self.start_ms:
            return ""
        samples = int((until_ms - self.start_ms) / 1000 * self.block.rate_hz)
        return words_said(self.block.sentence.text, samples, self.block.total, self.block.words)


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
        begins = not self._lines or self._lines[-1].block.sentence != block.sentence
        if begins:
            self._lines.append(_Line(self.ms, block))
        self._lines[-1].block = block
        self.ms += len(block.samples) / block.rate_hz * 1000
        text = block.sentence.text if begins else ""
        return f" {text}" if text and any(line.block.sentence.text for line in self._lines[:-1]) else text

    def cut(self, at_ms: float) -> None:
        """Only the first `at_ms` were heard. A later cut cannot bring back what an earlier one took."""
        self.cut_ms = min(at_ms, self.ms if self.cut_ms is None else self.cut_ms)

    @property
    def heard_ms(self) -> float:
        return self.ms if self.cut_ms is None else min(self.ms, self.cut_ms)

    def text(self) -> str:
        """All that was said, or what of it lies before the cut: whole words."""
        until = float("inf") if self.cut_ms is None else self.cut_ms
        texts = (line.block.sentence.text if until == float("inf") else line.text(until) for line in self._lines)
        return " ".join(text for text in texts if text)

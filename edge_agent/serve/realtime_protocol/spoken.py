"""What was said in one item of an answer, and when: a cut at a sample becomes a cut in the text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from edge_agent.speak.playback import words_said
from edge_agent.types import Sentence, Voiced, WordEnd


@dataclass
class _Line:
    """The place of a sentence. It is kept as long as the session, so nothing of its sound is: the last block is a view
    that would hold a whole piece of the voice's, 88 kB for each second."""

    start: int
    """Sample of the item at which it begins."""
    sentence: Sentence
    total: int = 0
    words: Sequence[WordEnd] = ()

    def text(self, until: int) -> str:
        """What of the sentence has been said at the sample `until` of the item."""
        if until <= self.start:
            return ""
        return words_said(self.sentence.text, until - self.start, self.total, self.words)


@dataclass
class Spoken:
    """The sentences of an item with their places in its sound, counted in samples of the voice."""

    rate_hz: int
    made: int = 0
    """Samples of all of the sound so far."""
    cut_at: int | None = None
    """What comes later has not been heard; None: it was not cut."""
    _lines: list[_Line] = field(default_factory=list)

    def note(self, block: Voiced) -> str:
        """Counts a block. Returns what its sentence adds to the transcript, if it begins one."""
        begins = not self._lines or self._lines[-1].sentence != block.sentence
        if begins:
            self._lines.append(_Line(self.made, block.sentence))
        self._lines[-1].total, self._lines[-1].words = block.total, block.words
        self.made += len(block.samples)
        text = block.sentence.text if begins else ""
        return f" {text}" if text and any(line.sentence.text for line in self._lines[:-1]) else text

    def cut(self, at: int) -> None:
        """Only the first `at` samples were heard. A later cut cannot bring back what an earlier one took."""
        self.cut_at = min(at, self.heard)

    @property
    def heard(self) -> int:
        """Samples of what was made that were not cut off."""
        return self.made if self.cut_at is None else min(self.made, self.cut_at)

    @property
    def heard_ms(self) -> float:
        return self.heard * 1000 / self.rate_hz

    def text(self) -> str:
        """All that was said, or what of it lies before the cut: whole words."""
        cut = self.cut_at
        texts = (line.sentence.text if cut is None else line.text(cut) for line in self._lines)
        return " ".join(text for text in texts if text)

"""Playback: keeps account of what was really heard of an answer, to the word."""

from __future__ import annotations

from dataclasses import dataclass, field

from edge_agent.types import Sentence, Voiced


@dataclass
class Played:
    """What has sounded of one answer so far."""

    played_s: float = 0.0
    _whole: list[str] = field(default_factory=list)
    _sentence: Sentence | None = None
    _share: float = 0.0

    def note(self, block: Voiced) -> bool:
        """Count a block that goes to the sink. True if it begins a sentence."""
        begins = block.sentence != self._sentence
        if begins:
            self._close()
            self._sentence = block.sentence
        self.played_s += len(block.samples) / block.rate_hz
        self._share = (block.position + len(block.samples)) / block.total if block.total else 1.0
        return begins

    def text(self) -> str:
        """The words heard: whole sentences, and of the one under way as many as its share of the sound."""
        started = [words_within(self._sentence.text, self._share)] if self._sentence else []
        return " ".join(part for part in [*self._whole, *started] if part)

    def _close(self) -> None:
        if self._sentence:
            self._whole.append(self._sentence.text)


def words_within(text: str, share: float) -> str:
    """The words of `text` that have ended when `share` (0..1) of its sound has been played.

    By proportion of characters: Piper tells the length of a sentence's sound, not where its words lie.
    """
    if share >= 1.0:
        return text
    words, end = [], 0
    for word in text.split():
        end += len(word) + 1
        if end > share * (len(text) + 1):
            break
        words.append(word)
    return " ".join(words)

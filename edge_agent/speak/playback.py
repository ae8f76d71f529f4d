"""Playback: keeps account of what was really heard of an answer, to the word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from edge_agent.types import Sentence, Voiced, WordEnd


@dataclass
class AnswerPlayed:
    """What has sounded of one answer so far."""

    played_s: float = 0.0
    unheard: bool = False
    """There was no loudspeaker at some point: nothing counts from there on, even if there is one again. What follows a
    gap would be heard without what it goes on from."""
    _sentence: Sentence | None = None
    """The one under way, heard or not."""
    _whole: list[str] = field(default_factory=list)
    _last: Voiced | None = None

    def note(self, block: Voiced, *, audible: bool = True) -> bool:
        """Count a block that goes to the sink, if it can be heard. True if it begins a sentence."""
        begins, self._sentence = block.sentence != self._sentence, block.sentence
        self.unheard = self.unheard or not audible
        if not self.unheard:
            if self._last and begins:
                self._whole.append(self._last.sentence.text)
            self._last = block
            self.played_s += len(block.samples) / block.rate_hz
        return begins

    @property
    def whole(self) -> int:
        """Sentences heard to the end."""
        return len(self._whole) + bool(self._last and self._last.ends_sentence)

    @property
    def asks(self) -> bool:
        """Whether it is asking something, or has just done so: the sentence under way, or the one before it."""
        said = [*self._whole[-1:], *([self._sentence.text] if self._sentence else [])]
        return any(text.rstrip(" \"'”’)").endswith("?") for text in said)

    def begun(self) -> str:
        """The sentences that have begun, each as a whole."""
        return " ".join([*self._whole, self._sentence.text if self._sentence else ""])

    def text(self) -> str:
        """The words heard: whole sentences, and of the one under way those that have ended."""
        started = [_words_of(self._last)] if self._last else []
        return " ".join(part for part in [*self._whole, *started] if part)


def _words_of(block: Voiced) -> str:
    """The words of a sentence that have ended with `block`."""
    return words_said(block.sentence.text, block.position + len(block.samples), block.total, block.words)


def words_said(text: str, samples: int, total: int, ends: Sequence[WordEnd] = ()) -> str:
    """The beginning of `text` that has been said after `samples` of the `total` samples of its sound: whole words, as
    they are written. All of it from `total` on.

    Exact where the `ends` of its words are known (`Voiced.words`), by proportion of characters otherwise. Whoever cuts
    an answer short asks this: playback, and the doors whose clients say how much they have played.
    """
    if samples >= total:
        return text
    if not ends:
        return words_within(text, samples / total)
    return text[: max((end.chars for end in ends if end.samples <= samples), default=0)].rstrip()


def words_within(text: str, share: float) -> str:
    """The words of `text` that have ended when `share` (0..1) of its sound has been played, if all characters take
    equally long."""
    if share >= 1.0:
        return text
    words, end = [], 0
    for word in text.split():
        end += len(word) + 1
        if end > share * (len(text) + 1):
            break
        words.append(word)
    return " ".join(words)

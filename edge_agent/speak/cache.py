"""The sound of short beginnings of answers, kept by their exact text: an opener that comes again costs nothing."""

from __future__ import annotations

from collections import Counter

from edge_agent.interfaces import Chunk

MAX_WORDS = 5
"""A first fragment has at most four words (`think.first_max_words`), or is a short sentence such as "I don't know."."""
MAX_SAMPLES = 50_000
"""2.3 s at 22.05 kHz, 2.1 at 24, 0.2 MB: what bounds the memory."""


class FragmentCache:
    """The cache holds at most `size` fragments, each at its speed; the one asked for least often goes. One thread owns
    it."""

    def __init__(self, size: int = 0) -> None:
        self._size = size
        self._sounds: dict[tuple[str, float], Chunk] = {}
        self._asked = Counter[tuple[str, float]]()
        """How often each that is kept was asked for. One that has gone begins anew."""

    def __len__(self) -> int:
        return len(self._sounds)

    def __contains__(self, text: str) -> bool:
        """Whether `text` is kept at the usual speed. Does not count as asking for it."""
        return (text, 1.0) in self._sounds

    def get(self, text: str, speed: float = 1.0) -> Chunk | None:
        """All the sound of exactly this text, if it is kept."""
        found = self._sounds.get((text, speed))
        if found:
            self._asked[text, speed] += 1
        return found

    def keep(self, text: str, sound: Chunk, speed: float = 1.0) -> None:
        """Keep `sound` if it is short. Of those asked for least often the one that is kept longest goes for it."""
        if not self._size or len(text.split()) > MAX_WORDS or not 0 < len(sound.samples) <= MAX_SAMPLES:
            return
        if len(self._sounds) >= self._size:
            rarest = min(self._sounds, key=self._asked.__getitem__)
            del self._sounds[rarest], self._asked[rarest]
        self._sounds[text, speed] = sound

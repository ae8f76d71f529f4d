"""The sound of short beginnings of answers, kept by their exact text: an opener that comes again costs nothing."""

from __future__ import annotations

from collections import OrderedDict

from edge_agent.speak.tts import Chunk

MAX_WORDS = 5
"""A first fragment has at most four words (`think.first_max_words`), or is a short sentence such as "I don't know."."""
MAX_SAMPLES = 50_000
"""2.3 s at 22.05 kHz, 0.2 MB: what bounds the memory."""


class FragmentCache:
    """The `size` fragments that were used last, each at its speed. One owner thread."""

    def __init__(self, size: int = 0) -> None:
        self._size = size
        self._sounds: OrderedDict[tuple[str, float], Chunk] = OrderedDict()

    def __len__(self) -> int:
        return len(self._sounds)

    def get(self, text: str, speed: float = 1.0) -> Chunk | None:
        """All the sound of exactly this text, if it is kept."""
        key = text, speed
        if key in self._sounds:
            self._sounds.move_to_end(key)
        return self._sounds.get(key)

    def keep(self, text: str, sound: Chunk, speed: float = 1.0) -> None:
        """Keep `sound` if it is short; the fragment not used for the longest time goes for it."""
        if len(text.split()) > MAX_WORDS or not 0 < len(sound.samples) <= MAX_SAMPLES:
            return
        self._sounds[text, speed] = sound
        self._sounds.move_to_end((text, speed))
        if len(self._sounds) > self._size:
            self._sounds.popitem(last=False)

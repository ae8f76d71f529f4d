"""The sound of a session's items, for clients that retrieve them: the latest ones, and only what fits a frame."""

from __future__ import annotations

from collections import OrderedDict

LONGEST = 700_000
"""Bytes of one item: in base64 inside JSON it stays below the 1 MiB that clients take as a frame."""
MOST = 8 * 2**20
"""Bytes of a session; the oldest items lose their sound first."""


class Recordings:
    """By id of the item; bytes as they went over the wire."""

    def __init__(self, *, most: int = MOST, longest: int = LONGEST) -> None:
        self._most, self._longest = most, longest
        self._sounds: OrderedDict[str, bytearray] = OrderedDict()
        self._gone: set[str] = set()
        """Ids of items whose sound is not kept."""

    def add(self, id: str, data: bytes) -> None:
        """Append to the sound of an item."""
        if id in self._gone:
            return
        self._sounds.setdefault(id, bytearray()).extend(data)
        while sum(map(len, self._sounds.values())) > self._most:
            oldest, _ = self._sounds.popitem(last=False)
            self._gone.add(oldest)

    def get(self, id: str) -> bytes | None:
        """None: it is not kept, or too long for a frame. A cut may bring it back."""
        sound = self._sounds.get(id)
        return bytes(sound) if sound is not None and len(sound) <= self._longest else None

    def cut(self, id: str, length: int) -> None:
        """Keep the first `length` bytes."""
        if id in self._sounds:
            del self._sounds[id][length:]

    def drop(self, id: str) -> None:
        self._sounds.pop(id, None)
        self._gone.discard(id)

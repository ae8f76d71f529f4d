"""The sound of a session's items, for clients that retrieve them: the latest ones, and only what fits a frame."""

from __future__ import annotations

from collections import OrderedDict

LONGEST = 700_000
"""Bytes of one item that are shown: in base64 inside JSON they stay below the 1 MiB that clients take as a frame."""
MOST = 8 * 2**20
"""Bytes of a session; the oldest items lose their sound first."""


class Recordings:
    """Recordings by id of the item: the user's are the bytes that came over the wire, the assistant's PCM16 at the
    voice's rate."""

    def __init__(self, *, most: int = MOST) -> None:
        self._most = most
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
        """Returns all the sound of an item so far; None where it is not kept."""
        sound = self._sounds.get(id)
        return None if sound is None else bytes(sound)

    def drop(self, id: str) -> None:
        self._sounds.pop(id, None)
        self._gone.discard(id)

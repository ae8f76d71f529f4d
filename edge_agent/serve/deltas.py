"""The sound of answers as `response.output_audio.delta` events, for a client that plays for itself."""

from __future__ import annotations

import base64
from typing import NamedTuple

from edge_agent.serve.audio import Outgoing, bytes_per_ms
from edge_agent.serve.realtime_protocol.beta import RENAMED
from edge_agent.serve.realtime_protocol.ids import Ids, random_id
from edge_agent.serve.realtime_protocol.outputs import Flush, Play, Played
from edge_agent.types import Json

FIRST_DELTAS_MS = (1, 40, 80)
"""The first sound goes out as it comes, so that it is heard at once; then in ever larger pieces ..."""
DELTA_MS = 100
"""... up to this: half the frames of 50 ms, and no client waits for more in a delta."""
GA_TYPE = "response.output_audio.delta"


class Sent(NamedTuple):
    """What is to be sent now, and what is to be reported of it."""

    event: Json | None
    """None: there are samples, of which nothing is left at the rate of the wire."""
    report: Played


class _Encoding:
    """The sound of one item on its way."""

    def __init__(self, play: Play) -> None:
        self._outgoing, self._per_ms = Outgoing(play.format, play.rate_hz), bytes_per_ms(play.format)
        self._due = b""
        self._samples = 0
        """The samples in what is due."""
        self._deltas = 0

    def push(self, play: Play) -> tuple[bytes, int]:
        """Returns the bytes that are to leave and how many samples are in them; none while they are too few."""
        self._due += self._outgoing.push(play.samples, last=play.last)
        self._samples += len(play.samples)
        wanted_ms = FIRST_DELTAS_MS[self._deltas] if self._deltas < len(FIRST_DELTAS_MS) else DELTA_MS
        if len(self._due) < wanted_ms * self._per_ms and not play.last:
            return b"", 0
        self._deltas += 1
        data, count, self._due, self._samples = self._due, self._samples, b"", 0
        return data, count


class Deltas:
    """The encoder of one connection; items may come in turns."""

    def __init__(self, dialect: str, ids: Ids = random_id) -> None:
        """`dialect`: ga or beta. `ids`: names the events."""
        self._type = RENAMED[GA_TYPE] if dialect == "beta" else GA_TYPE
        self._ids = ids
        self._items: dict[str, _Encoding] = {}

    def take(self, sound: Play | Flush) -> Sent | None:
        """Returns the delta that is due now, with what is to be reported of it; None if there is none."""
        if isinstance(sound, Flush):
            self._items.pop(sound.item_id, None)
            return None
        if sound.item_id not in self._items:
            self._items[sound.item_id] = _Encoding(sound)
        data, count = self._items[sound.item_id].push(sound)
        if sound.last:
            del self._items[sound.item_id]
        if not data and not count:
            return None
        return Sent(self._event(sound, data) if data else None, Played(sound.item_id, count))

    def _event(self, play: Play, data: bytes) -> Json:
        place = {"response_id": play.response_id, "item_id": play.item_id, "output_index": play.output_index}
        delta = base64.b64encode(data).decode("ascii")
        return {"type": self._type, "event_id": self._ids("event"), **place, "content_index": 0, "delta": delta}

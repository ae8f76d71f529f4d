"""The user's turns: speech starts and stops, is committed, becomes an item, and is written down, under one id."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tests.rigs.conformance.names import Json

_TRANSCRIPTION = "conversation.item.input_audio_transcription."


class Turns:
    def __init__(self) -> None:
        self._speaking: Json | None = None
        """The `speech_started` whose end is still to come."""
        self._stopped: str | None = None
        """Id of the turn that is to be committed."""
        self._committed: dict[str, str | None] = {}
        """Turns whose item is to be announced: id -> previous id."""
        self._turns: set[str] = set()
        self._user_items: set[str] = set()
        self._deltas: dict[str, str] = defaultdict(str)
        self._transcribed: set[str] = set()

    def sent(self, event: Json) -> None:
        """What the client sends has no part in these."""

    def received(self, event: Json) -> Iterator[str]:
        kind = event["type"]
        if kind.startswith(_TRANSCRIPTION):
            yield from self._transcription(kind.removeprefix(_TRANSCRIPTION), event)
        elif kind == "input_audio_buffer.speech_started":
            if self._speaking or self._stopped:
                yield "speech starts before the last turn was committed or cleared"
            if event["item_id"] in self._turns:
                yield f"speech starts with the id of an older turn, {event['item_id']}"
            self._speaking, self._stopped = event, None
        elif kind == "input_audio_buffer.speech_stopped":
            yield from self._speech_stopped(event)
        elif kind == "input_audio_buffer.committed":
            yield from self._commit(event)
        elif kind == "input_audio_buffer.cleared" or (kind == "session.updated" and _manual(event["session"])):
            self._speaking = self._stopped = None  # a turn that was under way is dropped
        elif kind == "conversation.item.added" and event["item"].get("role") == "user":
            yield from self._item(event)

    def finish(self) -> Iterator[str]:
        if self._stopped:
            yield f"turn {self._stopped} has stopped and is never committed"
        yield from (f"turn {id} is committed and its item never announced" for id in self._committed)

    def _speech_stopped(self, event: Json) -> Iterator[str]:
        started, self._speaking, self._stopped = self._speaking, None, event["item_id"]
        if started is None:
            yield "speech stops without having started"
        elif started["item_id"] != event["item_id"]:
            yield f"speech stops as {event['item_id']}, and started as {started['item_id']}"
        elif event["audio_end_ms"] < started["audio_start_ms"]:
            yield "speech stops before it started"

    def _commit(self, event: Json) -> Iterator[str]:
        id = event["item_id"]
        if self._stopped not in (None, id):
            yield f"{id} is committed, and the speech that stopped is {self._stopped}"
        if id in self._turns:
            yield f"turn {id} is committed for the second time"
        self._speaking = self._stopped = None
        self._turns.add(id)
        self._committed[id] = event["previous_item_id"]

    def _item(self, event: Json) -> Iterator[str]:
        id = event["item"]["id"]
        self._user_items.add(id)
        if id in self._committed and self._committed.pop(id) != event["previous_item_id"]:
            yield "committed and item.added differ in previous_item_id"

    def _transcription(self, step: str, event: Json) -> Iterator[str]:
        id = event["item_id"]
        if id not in self._user_items:
            yield f"transcription of {id}, which is no item of the user"
        if id in self._transcribed:
            yield f"transcription of {id} goes on after its end"
        if step == "delta":
            self._deltas[id] += event["delta"]
        elif step in ("completed", "failed"):
            self._transcribed.add(id)
            if step == "completed" and self._deltas[id].strip() not in ("", event["transcript"].strip()):
                yield f"transcript {event['transcript']!r} is not what its deltas said, {self._deltas[id]!r}"


def _manual(session: Json) -> bool:
    """Whether the client says when turns end; in the shape of either dialect."""
    return session.get("audio", {"input": session}).get("input", {}).get("turn_detection") is None

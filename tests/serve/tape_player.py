"""A transport that plays for its client, to a tape, and tells what was heard."""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np
from protocol_world import ANSWER, listen

from edge_agent.host.jobs import Answer
from edge_agent.serve.realtime_protocol.outputs import Flush, Play, Played
from edge_agent.types import Onset, Samples
from tests.rigs.fakes.realtime import BLOCK, RATE_HZ, ScriptedEngines, Wire, spoken, types

BLOCK_S = BLOCK / RATE_HZ
STARTED, STOPPED, CLEARED = (f"output_audio_buffer.{what}" for what in ("started", "stopped", "cleared"))
TRUNCATED = "conversation.item.truncated"
SPEECH = "input_audio_buffer.speech_started"
SILENT_ANSWER = [name for name in ANSWER if name != "audio"]
"""Sound is not in the events."""


class Tape:
    """As a sound card: what it has is played in order, one block after the other."""

    def __init__(self) -> None:
        self._due: deque[tuple[str, Samples]] = deque()
        self._heard: list[Samples] = []
        self.whole: list[str] = []
        """Items of which no more comes."""

    def take(self, sound: Play | Flush) -> None:
        if isinstance(sound, Flush):
            self._due = deque(each for each in self._due if each[0] != sound.item_id)
            return
        if len(sound.samples):
            self._due.append((sound.item_id, sound.samples))
        if sound.last:
            self.whole.append(sound.item_id)

    def play(self, count: int) -> list[Played]:
        """The next `count` samples, if there are so many, in blocks."""
        reports = list[Played]()
        while count and self._due:
            item_id, samples = self._due.popleft()
            now, later = samples[:count], samples[count:]
            if len(later):
                self._due.appendleft((item_id, later))
            self._heard.append(now)
            count -= len(now)
            reports.append(Played(item_id, len(now)))
        return reports

    @property
    def empty(self) -> bool:
        return not self._due

    @property
    def heard(self) -> Samples:
        return np.concatenate([np.zeros(0, np.float32), *self._heard])


class PlayedWire(Wire):
    """A client that hears what the device plays."""

    def __init__(self, engines: ScriptedEngines | None = None, **options: Any) -> None:
        self.tape = Tape()
        super().__init__(engines, play=self.tape.take, **options)
        assert types(self.open())[0] == "session.created"

    def hear(self, blocks: int | None = None) -> list[dict[str, Any]]:
        """So many blocks of 20 ms are played, or all there are: the events that came of it."""
        events = list[dict[str, Any]]()
        while not self.tape.empty and blocks != 0:
            self.clock.sleep_until(self.clock.now() + BLOCK_S)
            events += self.report(*self.tape.play(BLOCK))
            blocks = None if blocks is None else blocks - 1
        return events


def answered(*answers: Any, **options: Any) -> PlayedWire:
    """The first answer is made in full, and nothing of it played yet."""
    wire = PlayedWire(ScriptedEngines(list(answers) or [spoken("One two three four.")]), **options)
    wire.send("response.create")
    wire.run()
    return wire


def barge_in(wire: PlayedWire) -> list[dict[str, Any]]:
    listen(wire)
    return wire.report(Onset(0.5))


def remembered(wire: PlayedWire) -> list[str]:
    """What the model reads of the conversation."""
    wire.send("response.create", response={"conversation": "none", "output_modalities": ["text"]})
    return [message.text for message in wire.engines.asked(Answer)[-1].brief.messages]


def ends(events: list[dict[str, Any]]) -> list[tuple[str, int]]:
    return [(event["item_id"], event["audio_end_ms"]) for event in events if event["type"] == TRUNCATED]


def items(wire: PlayedWire) -> list[str]:
    return [e["item"]["id"] for e in wire.events if e["type"] == "response.output_item.added"]

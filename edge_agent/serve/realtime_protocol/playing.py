"""Playing: the account of the answers' sound between the protocol, which makes it, and the transport, which plays it.

An answer is made faster than it is heard. Each block goes to the transport as a Play; the transport says Played when it
is out of its hands, and drops the rest when it is told to Flush. Who plays decides what that means:

                           the client (WebSocket)                    the device (a track, a phone, a sound card)
Played says                so much was sent                          so much was heard
the user hears it until    what was sent has lasted its time         all is played, or flushed
a barge-in leaves          what was sent, till the client truncates  what was heard; `conversation.item.truncated`
`response.cancel`          flushes                                   does not: what was made is still heard
`output_audio_buffer.*`    is not for it                             tells of the states below, and clears

The sound of one response is in one of these states; Play brings it into the first:

state     Played                            the response is done             stopped (barge-in, clear, cancel)
DUE       HEARD, `started`                  DUE                              gone
HEARD     HEARD; gone after the last        HEARD; gone if all was played:   gone, `cleared`
          sample of a response that is      `stopped`
          done: `stopped`
gone      no effect                         no effect                        no effect
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum, auto
from math import inf
from typing import Literal

from edge_agent.serve.realtime_protocol.outputs import Flush, Play, Played
from edge_agent.serve.realtime_protocol.state import State

Player = Literal["client", "device"]


class _Phase(Enum):
    DUE = auto()
    HEARD = auto()


@dataclass
class _Item:
    rate_hz: int
    made: int = 0
    """Samples that went to the transport."""
    played: int = 0
    """Samples of them that it has reported."""
    whole: bool = False
    """Whether no more will be made."""

    @property
    def over(self) -> bool:
        return self.whole and self.played >= self.made


@dataclass
class _Sound:
    """All sound of one response."""

    in_conversation: bool
    items: dict[str, _Item] = field(default_factory=dict)
    phase: _Phase = _Phase.DUE
    done: bool = False
    """Whether the response is, so that no item follows."""

    @property
    def over(self) -> bool:
        return self.done and all(item.over for item in self.items.values())


class Playing:
    """The account of one connection."""

    def __init__(self, state: State, player: Player) -> None:
        self._state = state
        self.player: Player = player
        self._sounds: dict[str, _Sound] = {}
        """The sounds by response, in the order in which they are heard."""
        self._until_s = 0.0
        self.any_sound = False
        """Whether sound was ever made for the conversation: the assistant's voice stays from then on."""

    @property
    def until_s(self) -> float:
        """The time by which the user has heard all; infinite while the device has something to play. What a client
        plays is taken to be heard in real time from the moment at which it was sent."""
        return inf if self._sounds and self.player == "device" else self._until_s

    def responses(self, *, beside: bool) -> list[str]:
        """Returns the ids of those whose sound is not gone. `beside`: also out of band."""
        return [id for id, sound in self._sounds.items() if beside or sound.in_conversation]

    def play(self, play: Play, *, in_conversation: bool) -> None:
        """Hands a block to the transport; but not the end of an item of which that has nothing, as it was stopped."""
        if play.last and not self._find(play.item_id):
            return
        sound = self._sounds.setdefault(play.response_id, _Sound(in_conversation))
        item = sound.items.setdefault(play.item_id, _Item(play.rate_hz))
        item.made += len(play.samples)
        item.whole = play.last
        self.any_sound = self.any_sound or in_conversation
        self._state.play(play)

    def played(self, report: Played) -> None:
        """Counts what the transport reports; nothing where the sound was stopped."""
        found = self._find(report.item_id)
        if found is None or not report.count:
            return
        id, sound = found
        item = sound.items[report.item_id]
        item.played += report.count
        if self.player == "client" and sound.in_conversation:
            self._until_s = max(self._until_s, self._state.now()) + report.count / item.rate_hz
        if sound.phase is _Phase.DUE:
            sound.phase = _Phase.HEARD
            self._tell("started", id)
        self._settle(id, sound)

    def done(self, response_id: str) -> None:
        """The response is done: what it has not made by now it never will."""
        if sound := self._sounds.get(response_id):
            sound.done = True
            self._settle(response_id, sound)

    def stop(self, response_ids: Iterable[str]) -> list[str]:
        """Nothing more of these is to be heard, and what was not heard was not said. Returns the ids of the items that
        were cut, where the client is to be told: those that the device plays."""
        sounds = [(id, self._sounds.pop(id)) for id in response_ids if id in self._sounds]
        cut = [(id, item) for _, sound in sounds for id, item in sound.items.items() if not item.over]
        for item_id, item in cut:
            self._state.play(Flush(item_id))
            self._state.conversation.cut(item_id, item.played)
        for id, sound in sounds:
            self._ended(id, sound, "cleared")
        return [id for id, _ in cut] if self.player == "device" else []

    def silenced(self) -> None:
        """The client has stopped to play."""
        self._until_s = min(self._until_s, self._state.now())

    def _find(self, item_id: str) -> tuple[str, _Sound] | None:
        return next(((id, sound) for id, sound in self._sounds.items() if item_id in sound.items), None)

    def _settle(self, id: str, sound: _Sound) -> None:
        if sound.over:
            del self._sounds[id]
            self._ended(id, sound, "stopped")

    def _ended(self, id: str, sound: _Sound, how: Literal["stopped", "cleared"]) -> None:
        if self.player == "device":
            self._until_s = self._state.now()
        if sound.phase is _Phase.HEARD:
            self._tell(how, id)

    def _tell(self, what: Literal["started", "stopped", "cleared"], id: str) -> None:
        """Clients that play for themselves know."""
        if self.player == "device":
            self._state.send({"type": f"output_audio_buffer.{what}", "response_id": id})

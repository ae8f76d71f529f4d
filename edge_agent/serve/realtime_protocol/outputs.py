"""What the protocol hands to its transport, in order: events, sound, calls, jobs, the end; and what comes back of them.

The protocol neither encodes nor plays. A WebSocket makes `response.output_audio.delta` of a Play (`serve/deltas.py`),
for a client that plays for itself; a track, a phone or a sound card plays it. Each says with Played what is out of its
hands.
"""

from __future__ import annotations

from dataclasses import dataclass

from edge_agent.host.jobs import Job
from edge_agent.serve.audio import AudioFormat
from edge_agent.types import Json, Samples


@dataclass(frozen=True, slots=True)
class Send:
    """A server event, in the dialect of the connection."""

    event: Json


@dataclass(frozen=True, slots=True, eq=False)
class Play:
    """A block of an item's sound, to be heard after all that was to be played before."""

    response_id: str
    item_id: str
    output_index: int
    samples: Samples
    """Float32 (n,) in [-1, 1]; may be empty at the end."""
    rate_hz: int
    """The voice's rate, the same in all blocks of an item."""
    format: AudioFormat
    """The format in which a client that plays for itself wants it."""
    last: bool = False
    """Whether it completes the sound of the item. One that is flushed has no last block."""


@dataclass(frozen=True, slots=True)
class Flush:
    """What was not played of an item is not to be heard any more; nothing of it follows."""

    item_id: str


@dataclass(frozen=True, slots=True)
class Played:
    """A report of the transport: so many samples more of an item, at the rate of its blocks, were heard; or sent, where
    the client plays. All samples of an item are reported once; what comes after a Flush is of no effect."""

    item_id: str
    count: int


@dataclass(frozen=True, slots=True)
class Use:
    """Call a tool of the device, beside the conversation."""

    item_id: str
    """The item of the call."""
    name: str
    arguments: str
    """A JSON object."""
    asked: str
    """What the user said last: a small model does not always pass it on."""


@dataclass(frozen=True, slots=True)
class Used:
    """A report on a Use: what the tool returned, or a sentence that says why not. Each Use has one."""

    item_id: str
    ok: bool
    text: str


@dataclass(frozen=True, slots=True)
class Close:
    """End the connection with this WebSocket code (RFC 6455, section 7.4)."""

    code: int
    reason: str


Output = Send | Play | Flush | Use | Close | Job

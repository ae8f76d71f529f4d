"""What the protocol hands to its door: events for the client, jobs for the engines, the end of the connection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from edge_agent.host.jobs import Job

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Send:
    """A server event, in the dialect of the connection."""

    event: Json


@dataclass(frozen=True, slots=True)
class Close:
    """End the connection with this WebSocket code (RFC 6455, section 7.4)."""

    code: int
    reason: str


Output = Send | Close | Job
"""In the order in which they are to happen."""

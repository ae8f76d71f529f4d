"""What the parts of one connection's protocol share: the session, the conversation, the way out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from edge_agent.host.jobs import Job
from edge_agent.serve.realtime_protocol.conversation import ConversationItems
from edge_agent.serve.realtime_protocol.ids import Ids
from edge_agent.serve.realtime_protocol.outputs import Flush, Play, Send, Use
from edge_agent.serve.realtime_protocol.session import Session
from edge_agent.types import Json


@dataclass
class State:
    session: Session
    now: Callable[[], float]
    """Seconds of any steady clock."""
    ids: Ids
    language: str = "en"
    """The language of what the model is told, where the client names none."""
    conversation: ConversationItems = field(default_factory=ConversationItems)
    out: list[Send | Play | Flush | Use | Job] = field(default_factory=list)
    """What is to happen, in order; events are GA's and have no `event_id` yet."""

    def __post_init__(self) -> None:
        self.conversation_id = self.ids("conv")

    def send(self, *events: Json) -> None:
        self.out += map(Send, events)

    def play(self, sound: Play | Flush) -> None:
        self.out.append(sound)

    def ask(self, job: Job | Use) -> None:
        self.out.append(job)

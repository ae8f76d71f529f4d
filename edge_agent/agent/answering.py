"""Answering: what an agent tells of its current answer, to whoever plays it and listens meanwhile."""

from __future__ import annotations

from edge_agent.agent.answer import CurrentAnswer
from edge_agent.agent.doing import Doing
from edge_agent.types import InTurn, StillWorking


class Answering:
    """Read without the lock, under which events are written."""

    def __init__(self, doing: Doing) -> None:
        self._doing = doing
        self._answer: CurrentAnswer | None = None

    @property
    def answering(self) -> bool:
        """Whether an answer is due or being heard: speech now is a barge-in."""
        answer = self._answer
        return answer is not None and answer.committed

    @property
    def gain(self) -> float:
        """The factor of loudness at which the current answer is played; what rings is heard in any case."""
        answer = self._answer
        return 1.0 if answer and answer.ring else self._doing.gain

    @property
    def unheard(self) -> bool:
        """Whether nobody hears the current answer any more, as the loudspeaker has gone: it is only read."""
        answer = self._answer
        return answer is not None and answer.played.unheard

    def overdue(self, now_s: float) -> InTurn[StillWorking] | None:
        """What is to be heard of an answer that has been quiet for too long; once for each time that it has been, and
        in words the first time that a tool takes long."""
        answer = self._answer
        if answer is None or not answer.is_overdue(now_s):
            return None
        answer.quiet_since_s = now_s
        in_words = answer.working and not answer.told
        answer.told |= answer.working
        return InTurn(answer.turn, StillWorking(in_words))

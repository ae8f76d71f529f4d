"""Answering: the current answer of an agent, and what is told of it to whoever plays it and listens meanwhile."""

from __future__ import annotations

from collections.abc import Callable

from edge_agent.agent.answer import CurrentAnswer
from edge_agent.agent.doing import Doing
from edge_agent.agent.gate import TurnGate
from edge_agent.agent.ledger import Ledger
from edge_agent.agent.own_words import OwnWords
from edge_agent.floor import Speaking
from edge_agent.host.jobs import Job, Stop
from edge_agent.types import Hearing, InTurn, StillWorking, Turn

DUCKED = 0.25
"""The factor of loudness while somebody may be about to interrupt: 12 dB less, at which words are still followed."""
ECHO_S = 1.5
"""So long after its last sound it may still hear itself say a name: the loudspeaker's buffer, the room, and the time
that it takes to recognize one."""


class Answering:
    """What is public is read without the lock, under which events are written."""

    def __init__(self, doing: Doing, gate: TurnGate, send: Callable[[Job], object]) -> None:
        self._doing, self.gate, self._send = doing, gate, send
        self.ledger = Ledger()
        self.last_sound_s = 0.0
        """Line time of the last block that was played."""
        self._answer: CurrentAnswer | None = None
        self._own_words = OwnWords()

    @property
    def answering(self) -> bool:
        """Whether an answer is due or being heard: speech now is a barge-in."""
        answer = self._answer
        return answer is not None and answer.committed

    @property
    def speaking(self) -> Speaking:
        """The same, and whether the user is expected to say something to it."""
        answer = self._answer
        if answer is None or not answer.committed:
            return Speaking.SILENT
        asks = answer.ring or answer.apology or answer.played.asks
        return Speaking.ASKING if asks else Speaking.ANSWERING

    @property
    def settled(self) -> bool:
        """Whether what was heard so far is a request that code knows, and answers without changing anything."""
        answer = self._answer
        plan = answer.plan if answer else None
        return plan is not None and plan.only_talk

    @property
    def gain(self) -> float:
        """The factor of loudness at which the current answer is played; what rings is heard in any case."""
        answer = self._answer
        return 1.0 if answer and answer.ring else self._doing.gain

    @property
    def duck(self) -> float:
        """The factor that comes to it for a moment, as the user may be about to speak into it."""
        return DUCKED if self.gate.ducked else 1.0

    @property
    def unheard(self) -> bool:
        """Whether nobody hears the current answer any more, as the loudspeaker has gone: it is only read."""
        answer = self._answer
        return answer is not None and answer.played.unheard

    def _take_back(self) -> Turn:
        """What is prepared or heard is not wanted any more. Returns the draft that comes after it."""
        answer, self._answer = self._answer, None
        if answer:
            self._send(Stop(answer.turn.id))
        return self.gate.redraft()

    def _unasked(self, *, ring: bool = False) -> Turn:
        """The turn of something that is said though nobody has asked; what was being said ends."""
        self._take_back()
        turn = self.gate.begin()
        self._answer = CurrentAnswer(turn, None, committed=True, ring=ring)
        self.gate.commit(turn)
        return turn

    def says(self, name: str, now_s: float) -> bool:
        """Whether it says this name itself, or has just said it: who calls is its own voice."""
        answer, entries = self._answer, self.ledger.entries()
        if answer is not None and answer.committed:
            return _plain(name) in _plain(answer.played.begun())
        is_fresh = now_s - self.last_sound_s < ECHO_S and entries and entries[-1].who == "agent"
        return bool(is_fresh and _plain(name) in _plain(entries[-1].text))

    def of_others(self, hearing: Hearing) -> Hearing | None:
        """Returns a hearing without what is only the agent's own voice (own_words.py)."""
        answer, entries = self._answer, self.ledger.entries()
        said = [entry.text for entry in entries[-4:] if entry.who == "agent"]
        if answer is not None and answer.committed:
            said.append(answer.played.begun())
        return self._own_words.sifted(hearing, " ".join(said), self.last_sound_s)

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


def _plain(text: str) -> str:
    """Letters and digits alone: "Hey, Jarvis!" says "hey jarvis"."""
    return "".join(filter(str.isalnum, text.lower()))

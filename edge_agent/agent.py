"""Agent: one conversation on one line. Turns hearings into turns, turns into events; owns gate and ledger.

The runners (run/) call it from their threads; every method that decides something holds one lock, so that events of a
turn come in one order: speech_started, speech_stopped, heard, saying..., then exactly one of turn_done, interrupted and
turn_failed. After turn_failed an apology is played (speak/apology.py), which makes no event.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from edge_agent.ledger import Ledger, Said
from edge_agent.speak.playback import Played
from edge_agent.turn import TurnGate
from edge_agent.types import (
    Draft,
    Event,
    Failure,
    Finished,
    Heard,
    HeardText,
    Hearing,
    Interrupted,
    InTurn,
    Onset,
    Partial,
    Rejected,
    Resumed,
    Saying,
    SpeechStarted,
    SpeechStopped,
    Turn,
    TurnDone,
    TurnFailed,
    Voiced,
)

Ask = Callable[[InTurn[Heard | Onset | Partial | Failure]], object]
"""Hands to `think` that the user has begun to speak, what has been said so far, and then what was said; and to playback
that the ears failed."""


QUIET_S = 3.0
"""An answer that is due and of which nothing has been heard for so long: the user is told that it is worked on."""


@dataclass
class _Answer:
    """The answer being prepared or heard, or the apology for it."""

    turn: Turn
    heard: Heard | None
    """None where the ears failed, and of an apology."""
    played: Played = field(default_factory=Played)
    committed: bool = False
    quiet_since_s: float = 0.0
    """Line time of its commit, its last sound or the last sign that it is worked on."""
    apology: bool = False
    """turn_failed was said: nothing more is to be."""


class Agent:
    def __init__(self, *, now_s: Callable[[], float], on_event: Callable[[Event], object], ask: Ask) -> None:
        self.gate = TurnGate()
        self.ledger = Ledger()
        self._now_s = now_s
        self._on_event = on_event
        self._ask = ask
        self._answer: _Answer | None = None
        self._lock = threading.RLock()
        self._last_sound_s = 0.0
        self.failures = 0
        """Turns in a row that have failed."""

    @property
    def answering(self) -> bool:
        """Whether an answer is due or being heard: speech now is a barge-in."""
        answer = self._answer
        return answer is not None and answer.committed

    @property
    def unheard(self) -> bool:
        """Whether nobody hears the current answer any more, as the loudspeaker has gone: it is only read."""
        answer = self._answer
        return answer is not None and answer.played.unheard

    @property
    def last_sound_s(self) -> float:
        """Line time of the last block that was played."""
        return self._last_sound_s

    # --- called by the thread that hears --------------------------------------------------------------------

    def on_hearing(self, hearing: Hearing) -> None:
        with self._lock:
            match hearing:
                case Onset(at_s):
                    self.interrupt()
                    turn = self.gate.begin()
                    self._emit(SpeechStarted(turn.number, at_s))
                    self._ask(InTurn(turn, hearing))
                case Partial():
                    self._ask(InTurn(self.gate.current, hearing))
                case Draft(heard):
                    self._prepare(heard)
                case Resumed():
                    self._answer = None
                    self.gate.redraft()
                case Finished(heard, end_s=end_s):
                    self._commit(heard, end_s)
                case Rejected(end_s=end_s):
                    self._answer = None
                    self._emit(SpeechStopped(self.gate.redraft().number, end_s))

    def interrupt(self) -> None:
        """Make the current answer stale. What was heard of it goes to the ledger and into an event."""
        with self._lock:
            answer, self._answer = self._answer, None
            self.gate.redraft()
            if answer is None or not answer.committed or answer.apology:
                return
            self._cut_short(answer)

    def _cut_short(self, answer: _Answer) -> None:
        played = answer.played
        if played.played_s:
            self.failures = 0
        self._write_answer(answer, whole=False)
        cause: Literal["user", "speaker"] = "speaker" if played.unheard else "user"
        self._emit(Interrupted(answer.turn.number, self._now_s(), played.text(), played.played_s, cause))

    def _prepare(self, heard: Heard) -> None:
        self._answer = _Answer(self.gate.redraft(), heard)
        self._ask(InTurn(self._answer.turn, heard))

    def _commit(self, heard: Heard, end_s: float) -> None:
        if self._answer is None or self._answer.heard != heard:
            self._prepare(heard)
        assert self._answer is not None
        number = self._answer.turn.number
        self._emit(SpeechStopped(number, end_s))
        self._emit(HeardText(number, self._now_s(), heard.text, heard.language))
        self.ledger.add(Said(number, "user", heard.text))
        self._answer.quiet_since_s = self._now_s()
        self._answer.committed = True
        self.gate.commit(self._answer.turn)

    def fail_hearing(self, error: Exception) -> None:
        """The ears failed on an utterance: say so, have it apologized for, and listen on."""
        with self._lock:
            turn = self._apologize(str(error))
        self._ask(InTurn(turn, Failure(str(error))))  # without the lock, which the reader of a full mailbox may want

    # --- called by the thread that reads the source: without the lock, under which events are written ---------

    def overdue(self, now_s: float) -> Turn | None:
        """Whose answer has been quiet for QUIET_S; once for each time that it has been."""
        answer = self._answer
        if answer is None or not answer.committed or answer.apology or now_s - answer.quiet_since_s < QUIET_S:
            return None
        answer.quiet_since_s = now_s
        return answer.turn

    # --- called by the thread that plays --------------------------------------------------------------------

    def may_play(self, turn: Turn, block: Voiced, *, audible: bool = True) -> bool:
        """Asked before each block goes to the sink, and counted as heard if the answer is yes and it is `audible`: if
        not, the answer is `unheard` from here on, and its blocks are for those who read."""
        with self._lock:
            answer = self._answer
            if answer is None or not self.gate.is_committed(turn):
                return False
            if answer.played.note(block, audible=audible) and block.sentence.text:
                self._emit(Saying(turn.number, self._now_s(), block.sentence.index, block.sentence.text))
            return True

    def on_played(self, turn: Turn, block: Voiced) -> Turn | None:
        """A block has been handed to the sink. Where it ends an answer without any sound, as of `fail`."""
        with self._lock:
            self._last_sound_s = self._now_s()
            answer = self._answer
            if answer is None or not self.gate.is_committed(turn):
                return None
            answer.quiet_since_s = self._last_sound_s
            if not (block.sentence.last and block.ends_sentence):
                return None
            if answer.played.unheard:
                self._answer = None
                if not answer.apology:
                    self._cut_short(answer)
                return None
            if not answer.played.played_s:
                return self.fail(turn, "The answer has nothing that can be heard.")
            self._answer = None
            if not answer.apology:
                self.failures = 0
                self._write_answer(answer, whole=True)
                self._emit(TurnDone(answer.turn.number, self._now_s(), answer.played.played_s))
            return None

    def fail(self, turn: Turn, error: str) -> Turn | None:
        """The answer ends here, because an engine failed: whose blocks the apology's are. None for a stale turn, whose
        failure is nobody's."""
        with self._lock:
            answer = self._answer
            if answer is None or not self.gate.is_committed(turn):
                return None
            if answer.apology:  # the ears have said it
                return turn
            if answer.played.text():
                self._write_answer(answer, whole=False)
            else:
                self.ledger.withdraw(turn.number)
            return self._apologize(error)

    def _apologize(self, error: str) -> Turn:
        """The current turn has failed. What is still to come of it is stale, but for an apology."""
        turn = self.gate.redraft()
        self._answer = _Answer(turn, None, committed=True, apology=True)
        self.gate.commit(turn)
        self.failures += 1
        self._emit(TurnFailed(turn.number, self._now_s(), error))
        return turn

    def _write_answer(self, answer: _Answer, *, whole: bool) -> None:
        text = answer.played.text()
        if text:
            self.ledger.add(Said(answer.turn.number, "agent", text, whole))

    def _emit(self, event: Event) -> None:
        self._on_event(event)

"""Agent: one conversation on one line. Turns hearings into turns, turns into events; owns gate and ledger.

The runners (run/) drive it. Reports of the host come in the host's threads, questions of playback in its own; every
method that decides something holds one lock, so that events of a turn come in one order: speech_started,
speech_stopped, heard, saying..., then exactly one of turn_done, interrupted and turn_failed. After turn_failed an
apology is played (speak/apology.py), which makes no event.

A draft is an Answer of the host whose sound is held by the gate; a commit lets it be heard; whoever goes on, or
interrupts, takes it back (Stop).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Literal

from edge_agent.act.act import Act, Done
from edge_agent.act.plan import Plan
from edge_agent.agent.answer import NOTHING, CurrentAnswer, OnMark, Playable
from edge_agent.agent.answering import Answering
from edge_agent.agent.briefs import Briefs
from edge_agent.agent.doing import Doing, say
from edge_agent.agent.gate import TurnGate
from edge_agent.agent.hands import Came
from edge_agent.agent.ledger import Said
from edge_agent.events import (
    Did,
    Event,
    HeardText,
    Interrupted,
    Murmured,
    Saying,
    SpeechStarted,
    SpeechStopped,
    TurnDone,
    TurnFailed,
    WasCalled,
)
from edge_agent.host.jobs import Answer, Expect, Hush, Job, Prepare
from edge_agent.speak.chimes import Chime
from edge_agent.think.brief import Written
from edge_agent.types import (
    Backchannel,
    Draft,
    Failure,
    Finished,
    Heard,
    Hearing,
    InTurn,
    Onset,
    Partial,
    Rejected,
    Resumed,
    Turn,
    Voiced,
)


class Agent(Answering):
    def __init__(
        self,
        briefs: Briefs,
        *,
        now_s: Callable[[], float],
        on_event: Callable[[Event], object],
        send: Callable[[Job], object],
        play: Callable[[InTurn[Playable]], object],
        on_mark: OnMark = lambda turn, name, at_s: None,
        act: Act | None = None,
    ) -> None:
        """`send` takes a job to the host, `play` what comes of it to playback. Neither may wait: the lock is held."""
        self._briefs = briefs
        super().__init__(Doing(briefs, act, self._came), TurnGate(), send)
        self._now_s, self._on_event, self._on_mark = now_s, on_event, on_mark
        self._play = play
        self._lock = threading.RLock()
        self.failures = 0
        """Turns in a row that have failed."""

    # --- reported by the host, in its threads -----------------------------------------------------------------

    def on_part(self, turn: Turn, part: object) -> None:
        """Something came of the answer that was asked for."""
        if isinstance(part, Voiced) and part.sentence.index == part.position == 0:
            self.mark(turn, "sound")
        answer = self._answer
        if answer and answer.turn == turn:
            answer.come(part)
        if self._doing.takes(turn, part):
            return
        if isinstance(part, Voiced | Failure | Written):
            self._play(InTurn(turn, part))

    def _came(self, turn: Turn, came: Came) -> None:
        """A tool has been called in this turn, and this came of it."""
        with self._lock:
            answer = self._answer
            if answer is None or not self.gate.is_committed(turn):
                return
            answer.working = False
            self._emit(Did(turn.number, self._now_s(), came.done.by, came.done.to_json()))
            self._send(Answer(turn.id, came.brief) if came.brief else say(turn, came.done.said))

    def on_hearing(self, hearing: Hearing) -> None:
        with self._lock:
            match hearing:
                case Onset(at_s):
                    self.interrupt()
                    turn = self.gate.begin()
                    self._emit(SpeechStarted(turn.number, at_s))
                    self._read_along("")
                case Partial(heard):
                    self._read_along(heard.text)
                case Draft(heard, at_s):
                    turn = self._prepare(heard)
                    self._on_mark(turn, "soft_end", at_s)
                    self.mark(turn, "heard")
                case Resumed():
                    self._take_back()
                case Finished(heard, end_s=end_s):
                    self._commit(heard, end_s)
                case Rejected(end_s=end_s):
                    turn = self._take_back()
                    self._emit(SpeechStopped(turn.number, end_s))
                case Backchannel(text):
                    self._emit(Murmured(self.gate.current.number, self._now_s(), text))

    def call(self, event: Event, chime: Chime | None = None) -> None:
        """Somebody has called it by its name, which ends its answer; or has said something else that is no turn."""
        with self._lock:
            if isinstance(event, WasCalled) and self.answering:
                self.interrupt()
            self._emit(event)
            if chime:
                self._play(InTurn(self.gate.current, chime))

    def interrupt(self) -> None:
        """Make the current answer stale. What was heard of it goes to the ledger and into an event."""
        with self._lock:
            answer = self._answer
            self._take_back()
            if answer is None or not answer.committed or answer.apology:
                return
            self._cut_short(answer)

    def _cut_short(self, answer: CurrentAnswer) -> None:
        played = answer.played
        if played.played_s:
            self.failures = 0
        self._write_answer(answer, whole=False)
        self._doing.cut_short(answer.rest)
        cause: Literal["user", "speaker"] = "speaker" if played.unheard else "user"
        self._emit(Interrupted(answer.turn.number, self._now_s(), played.text(), played.played_s, cause))

    def _read_along(self, said: str) -> None:
        self._send(Prepare(self._briefs.brief(self.gate.current.number, said, self.ledger.entries())))

    def _prepare(self, heard: Heard) -> Turn:
        turn = self._take_back()
        plan = self._doing.plan(heard.text)
        self._answer = CurrentAnswer(turn, heard, plan=plan)
        if job := self._doing.job(turn, heard.text, self.ledger.entries(), plan):
            self._send(job)
        return turn

    def _commit(self, heard: Heard, end_s: float) -> None:
        if self._answer is None or self._answer.heard != heard:
            self._prepare(heard)
        assert self._answer is not None
        turn, plan = self._answer.turn, self._answer.plan
        self._emit(SpeechStopped(turn.number, end_s))
        self._emit(HeardText(turn.number, self._now_s(), heard.text, heard.language))
        self.ledger.add(Said(turn.number, "user", heard.text))
        if done := self._doing.carry_out(turn, plan):
            turn = self._did(turn, plan, done)
        if (words := self._doing.expects) is not None:
            self._send(Expect(words))
        self._answer.working = self._doing.working
        self._answer.quiet_since_s = self._now_s()
        self._answer.committed = True
        self.gate.commit(turn)
        self._on_mark(turn, "speech_end", end_s)
        self.mark(turn, "commit")
        if done and not done.said:
            self._answer = None
            self._emit(TurnDone(turn.number, self._now_s(), 0.0))

    def _did(self, turn: Turn, plan: Plan | None, done: Done) -> Turn:
        """Tell what was done, and have it said: what was made ahead if it has become true, else what has."""
        self._emit(Did(turn.number, self._now_s(), done.by, done.to_json()))
        if plan is None or done.said == plan.said:
            return turn
        turn = self._take_back()
        self._answer = CurrentAnswer(turn, None, plan=plan)
        self._send(say(turn, done.said))
        return turn

    def fail_hearing(self, error: str) -> None:
        """The ears failed on an utterance: say so, have it apologized for, and listen on."""
        with self._lock:
            turn = self._apologize(error)
            self._play(InTurn(turn, Failure(error)))

    def ring(self, bell: Iterable[Voiced]) -> None:
        """Say what is due, behind its sound, if nobody speaks. Asked once a second by whoever reads the source."""
        with self._lock:
            done = None if self.answering else self._doing.due(self._now_s())
            if done is None:
                return
            turn = self._unasked(ring=True)
            self._emit(Did(turn.number, self._now_s(), done.by, done.to_json()))
            for block in bell:
                self._play(InTurn(turn, block))
            self._send(say(turn, done.said))

    def tell(self, blocks: Iterable[Voiced]) -> None:
        """Say something unasked, made before; the last of its blocks ends it."""
        with self._lock:
            turn = self._unasked()
            for block in blocks:
                self._play(InTurn(turn, block))

    # --- called by the thread that plays --------------------------------------------------------------------

    def may_play(self, turn: Turn, block: Voiced, *, audible: bool = True) -> bool:
        """Whether a block may go to the sink. It then counts as heard if it is `audible`: if
        not, the answer is `unheard` from here on, and its blocks are for those who read."""
        with self._lock:
            answer = self._answer
            if answer is None or not self.gate.is_committed(turn):
                return False
            if answer.played.note(block, audible=audible) and block.sentence.text:
                self._emit(Saying(turn.number, self._now_s(), block.sentence.index, block.sentence.text))
            if answer.played.unheard:
                self._send(Hush(turn.id))
            return True

    def on_played(self, turn: Turn, block: Voiced) -> Turn | None:
        """A block has been handed to the sink. Where it ends an answer without any sound, as of `fail`."""
        with self._lock:
            self.last_sound_s = self._now_s()
            answer = self._answer
            if answer is None or not self.gate.is_committed(turn):
                return None
            answer.quiet_since_s = self.last_sound_s
            if not (block.sentence.last and block.ends_sentence):
                return None
            if answer.played.unheard:
                self._answer = None
                if not answer.apology:
                    self._cut_short(answer)
                return None
            if not answer.played.played_s:
                return self.fail(turn)
            self._answer = None
            if not answer.apology:
                self.failures = 0
                self._write_answer(answer, whole=True)
                self._emit(TurnDone(answer.turn.number, self._now_s(), answer.played.played_s))
            return None

    def fail(self, turn: Turn, error: str = NOTHING) -> Turn | None:
        """The answer ends here: an engine failed or, once all of it has come, none of it was the end. Returns whose
        blocks the apology's are; None for a stale turn, whose failure is nobody's."""
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
        turn = self._take_back()
        self._answer = CurrentAnswer(turn, None, committed=True, apology=True)
        self.gate.commit(turn)
        self.failures += 1
        self._emit(TurnFailed(turn.number, self._now_s(), error))
        return turn

    def _write_answer(self, answer: CurrentAnswer, *, whole: bool) -> None:
        text = answer.played.text()
        if text:
            self.ledger.add(Said(answer.turn.number, "agent", text, whole))
            self._doing.heard(text)

    def mark(self, turn: Turn, name: str) -> None:
        """The turn has come so far, now."""
        self._on_mark(turn, name, self._now_s())

    def _emit(self, event: Event) -> None:
        self._on_event(event)

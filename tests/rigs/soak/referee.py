"""Referee: sees the events and the sound of a soak, and says of each turn how it ended, and whether it was right."""

from __future__ import annotations

import threading
from collections import Counter, deque
from dataclasses import dataclass

from edge_agent.events import Event, Interrupted
from tests.rigs.fakes import WORD_S
from tests.rigs.soak.plan import RECORDING, SPEAKER_LOST, Outcome, Plan

ENDS = ("turn_done", "interrupted", "turn_failed")
MAY_FOLLOW: dict[str, tuple[str, ...]] = {
    "speech_started": ("speech_stopped", "turn_failed"),
    "speech_stopped": ("heard",),
    "heard": ("saying", *ENDS),
    "saying": ("saying", *ENDS),
}
LOST_AFTER_S = 0.4
"""Of an answer can be heard before the speaker is lost, which is there again when the turn is over."""
APOLOGY_S = 8.0
"""The most that may sound after turn_failed."""
EXAMPLES = 50
"""So many faults are kept in words; all are counted."""


@dataclass
class _Turn:
    number: int
    plan: Plan
    at: str = "speech_started"
    """Its last event."""
    sound_s: float = 0.0
    """Since then."""
    answered_s: float = 0.0
    """Sound of the answer."""


class Referee:
    """Called by the thread of the line and by those that make events and sound."""

    def __init__(self, *, slack_s: float = 0.0) -> None:
        """`slack_s`: sound that may be on its way when a turn ends: with threads the block that was just allowed."""
        self.outcomes: Counter[tuple[str, Outcome]] = Counter()
        """By the kind of the plan and how it ended."""
        self.lost = 0
        """Plans without a turn, and turns without an end."""
        self.wrong = 0
        self.examples: deque[str] = deque(maxlen=EXAMPLES)
        self._slack_s = slack_s
        self._due: Plan | None = None
        """Has begun to speak, and has not been noticed yet."""
        self._plan: Plan | None = None
        self._turn: _Turn | None = None
        """The last that has begun."""
        self._heard_since = 0
        """Turns since the plan began."""
        self._lock = threading.RLock()

    # --- the line's side ---------------------------------------------------------------------------------------

    def begin(self, plan: Plan) -> None:
        """The user speaks. Whatever was under way is over by now, or is to be cut."""
        with self._lock:
            self._judge_the_last(cut=self._plan is not None and self._plan.cut_s is not None)
            self._plan = self._due = plan
            self._heard_since = 0

    def end(self) -> None:
        with self._lock:
            self._judge_the_last(cut=False)
            self._plan = self._due = None

    def look(self) -> None:
        """Everybody rests: a turn whose speech has stopped, and of which nothing was heard, was rejected."""
        with self._lock:
            if self._turn and self._turn.at == "speech_stopped":
                self._ended("rejected")

    def is_over(self, plan: Plan) -> bool:
        with self._lock:
            turn = self._turn
            return self._plan is plan and turn is not None and turn.plan is plan and turn.at in (*ENDS, "rejected")

    def is_answering(self, plan: Plan) -> bool:
        with self._lock:
            return self._turn is not None and self._turn.plan is plan and self._turn.at in ("heard", "saying")

    def _judge_the_last(self, *, cut: bool) -> None:
        turn, plan = self._turn, self._plan
        if plan is None:
            return
        if not self._heard_since:
            self._lose(f"turn of plan {plan.number} ({plan.kind}): nobody noticed that the user spoke")
        elif turn and turn.at not in (*ENDS, "rejected") and not cut:
            self._lose(f"turn {turn.number} ({plan.kind}): it never ended, its last event was {turn.at}")
        elif turn and turn.at == "turn_failed" and not turn.sound_s:
            self._fault(f"turn {turn.number} ({plan.kind}): it failed and nobody said so aloud")

    def is_audible(self) -> bool:
        """Whether there is a speaker."""
        with self._lock:
            turn = self._turn
            lost = turn and turn.plan.kind == SPEAKER_LOST and turn.at == "saying" and turn.answered_s >= LOST_AFTER_S
            return not lost

    def _judge_the_unheard(self, turn: _Turn, event: Interrupted) -> None:
        """As said are to count the words that sounded, and no more; a word lasts for WORD_S."""
        words = len(event.spoken.split())
        exact = abs(event.played_s - turn.answered_s) < 1e-6 and abs(words * WORD_S - event.played_s) <= WORD_S
        if event.cause != "speaker" or not exact:
            self._fault(
                f"turn {turn.number} ({turn.plan.kind}): {words} words and {event.played_s:.2f} s count as heard, "
                f"{turn.answered_s:.2f} s were; cut short by {event.cause}"
            )

    # --- the agent's side --------------------------------------------------------------------------------------

    def on_event(self, event: Event) -> None:
        with self._lock:
            if event.type == "speech_started":
                return self._started(event)
            turn = self._turn
            if turn is None or turn.number != event.turn:
                return self._fault(f"turn {event.turn}: {event.type}, while another turn is under way")
            if event.type == "backchannel" and turn.at in ("heard", "saying", "turn_done"):
                return None  # the answer goes on, or has just ended
            if event.type not in MAY_FOLLOW.get(turn.at, ()):
                return self._fault(f"turn {event.turn} ({turn.plan.kind}): {event.type} after {turn.at}")
            turn.at, turn.sound_s = event.type, 0.0
            if isinstance(event, Interrupted) and turn.plan.kind == SPEAKER_LOST:
                self._judge_the_unheard(turn, event)
            if event.type in ENDS:
                self._ended(event.type)

    def on_sound(self, seconds: float) -> None:
        with self._lock:
            turn = self._turn
            if turn is None:
                return self._fault("sound before anybody spoke")
            turn.sound_s += seconds
            turn.answered_s += seconds if turn.at == "saying" else 0.0
            most_s = {"saying": float("inf"), "turn_failed": APOLOGY_S}.get(turn.at, self._slack_s)
            if turn.sound_s - seconds <= most_s < turn.sound_s:
                self._fault(f"turn {turn.number} ({turn.plan.kind}): {turn.sound_s:.2f} s of sound after {turn.at}")

    def _started(self, event: Event) -> None:
        last, plan = self._turn, self._due or self._plan
        if plan is None:
            return self._fault(f"turn {event.turn}: nobody spoke")
        if self._due is None and plan.kind != RECORDING:
            self._fault(f"turn {event.turn} ({plan.kind}): one question became two turns")
        if last and last.at not in (*ENDS, "rejected"):
            self._lose(f"turn {last.number} ({last.plan.kind}): it never ended, the next began after {last.at}")
        if last and event.turn != last.number + 1:
            self._fault(f"turn {event.turn} came after turn {last.number}")
        self._turn, self._due = _Turn(event.turn, plan), None
        self._heard_since += 1

    def _ended(self, outcome: Outcome) -> None:
        assert self._turn is not None
        turn, self._turn.at = self._turn, outcome
        self.outcomes[turn.plan.kind, outcome] += 1
        if outcome not in turn.plan.outcomes:
            self._fault(f"turn {turn.number} ({turn.plan.kind}): it ended with {outcome}")

    def _fault(self, what: str) -> None:
        self.wrong += 1
        self.examples.append(what)

    def _lose(self, what: str) -> None:
        self.lost += 1
        self.examples.append(f"LOST: {what}")

"""Onset: when somebody begins to speak, and when an answer is to wait as somebody may."""

from __future__ import annotations

from edge_agent.hear.framing import FRAME_S, frames_of
from edge_agent.hear.thresholds import Thresholds
from edge_agent.types import AudioFrame

BREATH_S = 0.1
"""A shorter pause is one within a word, or a frame that the VAD was not sure of."""


class OnsetWatch:
    """Counts the frames of speech until there are enough of them. Somebody who says "Set", breathes, and says "a timer"
    is neither talked over in between nor heard by halves.
    """

    def __init__(self, thresholds: Thresholds) -> None:
        self._at = thresholds
        self.begin()

    def begin(self) -> None:
        """Nobody speaks."""
        self.run = 0
        """Frames of speech in a row; within a pause of the answer, in all."""
        self.began_s = 0.0
        """The time at which the first of them began."""
        self._patience = 0
        """Frames of silence after which the paused answer goes on."""

    @property
    def suspects(self) -> bool:
        """Whether an answer is to wait, as somebody may be about to interrupt it."""
        return self._patience > 0

    def suspected_s(self, loud: bool) -> float:
        """Speech that may become an interruption, the last frame of it `loud` or not; 0 once a pause has followed it
        that is longer than BREATH_S."""
        paused = 0 if loud else frames_of(self._at.resume_after_s) - self._patience
        return self.run * FRAME_S if self._patience and paused * FRAME_S <= BREATH_S else 0.0

    def hear(self, frame: AudioFrame, loud: bool, answering: bool) -> bool:
        """Whether somebody has begun to speak with this frame, which is speech if it is `loud`."""
        self._count(frame, loud, answering)
        if self.run * FRAME_S < self._needed_s(answering):
            return False
        self._patience = 0
        return True

    def keep_s(self, frame: AudioFrame) -> float:
        """How much sound up to the end of this frame may be a part of what is said."""
        spoken_s = frame.end_s - self.began_s if self.run else 0.0
        return self._at.preroll_s + max(self._at.barge_in_s, self._at.onset_s, spoken_s)

    def _needed_s(self, answering: bool) -> float:
        return self._at.barge_in_s if answering else self._at.onset_s

    def _count(self, frame: AudioFrame, loud: bool, answering: bool) -> None:
        """All silence within a pause counts, so that no flickering noise holds an answer up for longer."""
        if not answering:
            self._patience = 0
        if loud:
            if not self.run:
                self.began_s = frame.end_s - FRAME_S
            self.run += 1
            if answering and not self._patience and self.run * FRAME_S >= self._at.pause_after_s:
                self._patience = frames_of(self._at.resume_after_s)
        elif self._patience > 1:
            self._patience -= 1
        else:
            self._patience = self.run = 0

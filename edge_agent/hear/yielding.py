"""Yielding: ears for an answer that can fall silent and go on: who speaks into it and does not want the floor."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from edge_agent.floor import ALONE, Meanwhile, Speaking, Yields
from edge_agent.hear.backchannel import is_backchannel, is_murmur, is_sure
from edge_agent.hear.ears import Ears
from edge_agent.types import (
    AudioFrame,
    Backchannel,
    Draft,
    Finished,
    Heard,
    Hearing,
    Onset,
    Partial,
    Rejected,
    Resumed,
)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long it stays open what somebody wants who speaks into an answer."""

    longest_s: float
    """More speech than that is no backchannel."""
    silence_s: float
    """A backchannel is over after this silence, even if it sounds as if more were to come."""


class Yielding:
    """A Listener that tells of an Onset into an answer once it is known to be an interruption: by its words, or its
    length. Until then the answer is silent and may go on; what only shows that somebody listens is a Backchannel.

    All other hearings are those of the ears, and as soon.
    """

    def __init__(self, ears: Ears, patience: Patience) -> None:
        self._ears, self._patience = ears, patience
        self._onset: Onset | None = None
        """The one that it keeps to itself."""
        self._nod: str | None = None
        """The words, or none, of what only shows that somebody listens, once silence has followed it."""
        self._answer = Speaking.SILENT
        """The last answer ..."""
        self._answered_s = -1.0
        """... and until when it was heard."""

    @property
    def busy(self) -> bool:
        """Whether somebody is speaking or may go on."""
        return self._ears.busy

    @property
    def yields(self) -> Yields:
        """Quieter from the first suspicion on, silent while somebody speaks of whom it is not known what they want."""
        if self._onset:
            return "silent"
        return "no" if self._ears.yields == "no" else "ducked"

    def abandon(self) -> None:
        """Forgets the turn that is under way."""
        self._onset = self._nod = None
        self._ears.abandon()

    def hear(self, frame: AudioFrame, meanwhile: Meanwhile = ALONE) -> Iterator[Hearing]:
        """Takes in one frame, as the ears do."""
        if meanwhile.speaking:
            self._answer, self._answered_s = meanwhile.speaking, frame.end_s
        try:
            for hearing in self._ears.hear(frame, meanwhile):
                yield from self._judge(hearing)
        except Exception:  # whoever is told that it failed is told first that somebody spoke
            yield from self._interrupted()
            raise
        if self._onset is None:
            return
        if self._ears.voiced_s > self._patience.longest_s:
            yield from self._interrupted()
        elif self._ears.said and self._ears.silent_s >= self._patience.silence_s:
            self._ears.abandon()
            yield from self._over()

    def _judge(self, hearing: Hearing) -> Iterator[Hearing]:
        match hearing:
            case Onset() if self._is_into_an_answer(hearing):
                self._onset, self._nod = hearing, None
            case _ if self._onset is None:
                yield hearing
            case Resumed():
                self._nod = None
            case Partial(heard) if is_backchannel(heard) or not is_sure(heard):
                pass
            case Draft(heard) if self._nods(heard):
                pass
            case Finished(heard) if self._nod is not None or self._nods(heard):
                yield from self._over()
            case Rejected():
                yield from self._over()
            case _:
                yield from self._interrupted()
                yield hearing

    def _nods(self, heard: Heard) -> bool:
        """Whether it only shows that somebody listens; if so, it is kept in mind what was said."""
        if is_backchannel(heard):
            self._nod = heard.text
        elif self._ears.busy and is_murmur(heard, self._ears.sound, self._ears.voiced_s):
            self._nod = ""
        return self._nod is not None

    def _is_into_an_answer(self, onset: Onset) -> bool:
        """Whether it began before the end of an answer that wants none."""
        return self._answer is Speaking.ANSWERING and onset.at_s < self._answered_s

    def _interrupted(self) -> Iterator[Hearing]:
        onset, self._onset = self._onset, None
        if onset:
            yield onset

    def _over(self) -> Iterator[Hearing]:
        text, self._onset, self._nod = self._nod or "", None, None
        yield Backchannel(text)

"""Yielding: ears for an answer that can fall silent and go on: who speaks into it and does not want the floor."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from edge_agent.floor import ALONE, Meanwhile, Speaking, Yields
from edge_agent.hear.backchannel import is_backchannel, is_murmur, is_sure
from edge_agent.hear.company import STRANGER, Company
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
    PassedOver,
    Rejected,
    Resumed,
)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long it stays open what somebody wants who speaks into an answer."""

    waits_s: float
    """Speech at which the answer is silent, and quieter again if that was all: sooner than it is known that somebody
    speaks, as nothing is lost by it."""
    longest_s: float
    """More speech than that is no backchannel."""
    silence_s: float
    """A backchannel is over after this silence, even if it sounds as if more were to come."""


class Yielding:
    """A Listener that tells of an Onset into an answer once it is known to be an interruption: by its words, or its
    length. Until then the answer is silent and may go on; what only shows that somebody listens is a Backchannel.

    All other hearings are those of the ears, and as soon. In `company` only those who are known interrupt: the answer
    goes on while a stranger speaks, also one that asks something.
    """

    def __init__(self, ears: Ears, patience: Patience, company: Company | None = None) -> None:
        """`company`: the one that guards the ASR of the ears."""
        self._ears, self._patience, self._company = ears, patience, company
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
            return "no" if self._is_stranger else "silent"
        if self._ears.yields == "no":
            return "no"
        return "silent" if self._ears.suspected_s >= self._patience.waits_s else "ducked"

    @property
    def _is_stranger(self) -> bool:
        return self._company is not None and self._company.strange

    def abandon(self) -> None:
        """Forgets the turn that is under way."""
        self._onset = self._nod = None
        self._ears.abandon()

    def hear(self, frame: AudioFrame, meanwhile: Meanwhile = ALONE) -> Iterator[Hearing]:
        """Takes in one frame, as the ears do."""
        if meanwhile.speaking:
            self._answer, self._answered_s = meanwhile.speaking, frame.end_s
        if self._company:
            self._company.heeds = meanwhile.heeds
        try:
            for hearing in self._ears.hear(frame, meanwhile):
                yield from self._judge(hearing)
        except Exception:  # whoever is told that it failed is told first that somebody spoke
            yield from self._interrupted()
            raise
        if self._onset is None:
            return
        if self._ears.voiced_s > self._patience.longest_s and not self._is_stranger:
            yield from self._interrupted()
        elif self._ears.said and self._ears.silent_s >= self._patience.silence_s:
            self._ears.abandon()
            yield from self._over()

    def _judge(self, hearing: Hearing) -> Iterator[Hearing]:
        if isinstance(hearing, Onset) and self._company:
            self._company.begin()
        match hearing:
            case Onset() if self._is_into_an_answer(hearing):
                self._onset, self._nod = hearing, None
            case Rejected(reason, end_s) if self._onset is None and reason == STRANGER:
                yield from (PassedOver(reason, end_s), hearing)
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
        if self._answer is Speaking.ASKING:
            return False
        if is_backchannel(heard):
            self._nod = heard.text
        elif self._ears.busy and is_murmur(heard, self._ears.sound, self._ears.voiced_s):
            self._nod = ""
        return self._nod is not None

    def _is_into_an_answer(self, onset: Onset) -> bool:
        """Whether it began before the end of an answer that wants none, or wants one of those who are known."""
        waits = self._answer is Speaking.ANSWERING or self._company
        return bool(waits) and onset.at_s < self._answered_s

    def _interrupted(self) -> Iterator[Hearing]:
        onset, self._onset = self._onset, None
        if onset:
            yield onset

    def _over(self) -> Iterator[Hearing]:
        if self._onset and self._is_stranger:
            yield PassedOver(STRANGER, self._onset.at_s)
        text, self._onset, self._nod = self._nod or "", None, None
        yield Backchannel(text)

"""Passes: what the ASR makes of an utterance while it grows, and what of that is final."""

from __future__ import annotations

from dataclasses import replace

from edge_agent.hear.asr import joined
from edge_agent.interfaces import Asr, Transcript
from edge_agent.types import HEAR_RATE_HZ, Samples

SETTLED_S = 7.0
"""Sound that is final once a pause behind it is over. Of less no pass would be shorter, and whoever says "set a timer
for, um, ten minutes" is understood better as a whole."""

REMEMBERED = 12
"""Words before a pause that the ASR is told of when it goes on behind it (docs/decisions/0002)."""


class Passes:
    """The passes over one utterance at a time. Each begins where the text is not final yet, so that the end of a long
    utterance costs what its last piece costs.
    """

    def __init__(self, asr: Asr) -> None:
        self._asr = asr
        self.begin()

    def begin(self) -> None:
        """Forget the utterance before."""
        self._final: list[Transcript] = []
        self._from = 0
        """Samples of which the text is final, and the speech in them:"""
        self._voiced_s = 0.0
        self._rest: Transcript | None = None
        """The text of the others, at the last pass."""
        self.looked_s = 0.0
        """Speech at the last pass."""
        self.costs_s = 0.0
        """What it cost."""

    def rest_s(self, samples: int) -> float:
        """Sound of so many that the next pass goes over."""
        return (samples - self._from) / HEAR_RATE_HZ

    def is_long(self, samples: int) -> bool:
        """Whether what was said in so many may become final."""
        return self.rest_s(samples) >= SETTLED_S

    def look(self, sound: Samples, voiced_s: float, *, final: bool = True) -> Transcript:
        """What was said in all of the `sound`, of which `voiced_s` is speech. Raises EngineError."""
        draft = self._rest.ids if self._rest else ()  # its tokens: those of a longer utterance begin alike
        before = " ".join(" ".join(part.text for part in self._final).split()[-REMEMBERED:])
        known = {"context": before} if before else {}
        rest = self._asr.transcribe(
            sound[self._from :], voiced_s=voiced_s - self._voiced_s, draft=draft, final=final, **known
        )
        self._rest, self.looked_s = rest, voiced_s
        self.costs_s = rest.mel_s + rest.encode_s + rest.decode_s
        return joined([*self._final, rest])

    def settle(self, samples: int, voiced_s: float) -> bool:
        """A pause is over that began behind the last pass, with `samples` up to its middle. Returns whether what was
        said before it is final."""
        if self._rest is None or self._rest.rejected or not self.is_long(samples):
            return False
        self._final.append(replace(self._rest, ids=()))
        self._from, self._voiced_s, self._rest = samples, voiced_s, None
        return True

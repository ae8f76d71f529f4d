"""The rest is the time since an answer was heard and nobody has spoken: the idle timeout counts from there.

state     an answer begins   is done   somebody speaks   it was nothing that is answered
OFF       OFF                RESTING   OFF               OFF
RESTING   OFF                RESTING   DISTURBED         RESTING, anew
DISTURBED OFF                RESTING   OFF               RESTING, anew

Who speaks twice has said something. A rest begins when the answer is done, or later, when it has been heard.
"""

from __future__ import annotations

from enum import Enum, auto


class _Phase(Enum):
    OFF = auto()
    RESTING = auto()
    DISTURBED = auto()


class Rest:
    def __init__(self) -> None:
        self._phase = _Phase.OFF
        self._from_s = 0.0

    def since_s(self, heard_s: float) -> float | None:
        """Returns since when; may lie ahead; None where there is no rest. `heard_s`: when the answer has been heard."""
        return max(self._from_s, heard_s) if self._phase is _Phase.RESTING else None

    def answer_begins(self) -> None:
        self._phase = _Phase.OFF

    def answer_done(self, now_s: float) -> None:
        self._phase, self._from_s = _Phase.RESTING, now_s

    def somebody_speaks(self) -> None:
        self._phase = _Phase.DISTURBED if self._phase is _Phase.RESTING else _Phase.OFF

    def it_was_nothing(self, now_s: float) -> None:
        if self._phase is not _Phase.OFF:
            self.answer_done(now_s)

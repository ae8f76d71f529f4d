"""Canary: an ASR that has made out nothing several times in a row is tried on words that are known."""

from __future__ import annotations

from collections.abc import Callable

from edge_agent.interfaces import Transcript
from edge_agent.types import Samples

SILENT_MOST = 3
"""Stretches of speech without a word. Music and noise give that too, and cost one pass more."""
LEAST_VOICED_S = 0.5


class Canary:
    """A canary tells when its ASR has gone deaf. One had run on for 1 h 49 min with CTranslate2 4.8.1 on CUDA and not
    found a word, without an error (meizhong986/WhisperJAV#302); only a new process helps then."""

    def __init__(self, known: Callable[[], Samples]) -> None:
        """`known`: clear speech, (n,) at HEAR_RATE_HZ."""
        self._known = known
        self._silent = 0

    def is_deaf(self, heard: Transcript, voiced_s: float | None, transcribe: Callable[[Samples], Transcript]) -> bool:
        """Whether the ASR no longer hears anything. Asked after each pass over a whole utterance; tries the ASR where
        in doubt."""
        if heard.text:
            self._silent = 0
        elif voiced_s is not None and voiced_s >= LEAST_VOICED_S:
            self._silent += 1
        if self._silent < SILENT_MOST:
            return False
        self._silent = 0
        return not transcribe(self._known()).text

"""Enrolling: speech becomes a voice that is known, or it is said why it does not. Utterances are cut by the VAD."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np

from edge_agent.errors import InputError
from edge_agent.hear.company import speech_of
from edge_agent.hear.enrolled import KnownVoice
from edge_agent.interfaces import SpeakerEncoder, Vad
from edge_agent.types import HEAR_FRAME, HEAR_RATE_HZ, AudioFrame, Embedding, Samples

LEAST_S = 10.0
"""Speech that a voice is made of, at least ..."""
WANTED_S = 12.0
"""... and what is asked for, as some of it turns out to be none."""
PIECE_S = 2.5
"""The length of the pieces that are compared with each other."""
SAME = 0.68
"""The least likeness of two halves of one voice, as unlike as its pieces can be sorted: of 28 voices none was below
0.70; of 240 samples in which a second voice speaks for 2 to 5 s of 10, 229 were below 0.69."""
PAUSE_S = 0.5
"""Silence that ends an utterance."""


class Utterances:
    """Cuts a line's sound into what is said, pauses taken out."""

    def __init__(self, vad: Vad, speech: float) -> None:
        """`speech`: the probability from which a frame counts."""
        self._vad, self._speech = vad, speech
        self._frames: list[Samples] = []
        self._silent = 0

    @property
    def seconds(self) -> float:
        """The speech since the last pause."""
        return len(self._frames) * HEAR_FRAME / HEAR_RATE_HZ

    def push(self, frame: AudioFrame) -> Samples | None:
        """Takes in one frame. Returns an utterance that is over."""
        if self._vad.probability(frame.samples) >= self._speech:
            self._frames.append(frame.samples)
            self._silent = 0
            return None
        self._silent += 1
        return self.flush() if self._silent * HEAR_FRAME >= PAUSE_S * HEAR_RATE_HZ else None

    def flush(self) -> Samples | None:
        """Returns what was said since the last pause. None: nothing."""
        frames, self._frames = self._frames, []
        return speech_of(np.concatenate(frames)) if frames else None


def enroll(name: str, spoken: Samples, encoder: SpeakerEncoder, today: date) -> KnownVoice:
    """Returns the voice of whoever has spoken. Raises InputError where that is too little, or more than one voice;
    EngineError.
    """
    seconds = len(spoken) / HEAR_RATE_HZ
    if not seconds:
        raise InputError("No speech was heard.", fix="edge-agent devices test")
    if seconds < LEAST_S:
        raise InputError(f"Only {seconds:.1f} s of speech were heard, and {LEAST_S:.0f} are needed: speak for longer.")
    pieces = np.array([encoder.embed(piece) for piece in _pieces(spoken)])
    alike = halves(pieces)
    if alike < SAME:
        raise InputError(
            f"Two voices are heard in it, or much noise: the halves are alike by {alike:.2f}, and {SAME} is needed. "
            "Let one person speak, in a quiet room."
        )
    return KnownVoice(name, _mean(pieces), seconds, today)


def halves(pieces: Embedding) -> float:
    """How alike the two voices are that embeddings, of shape (pieces, numbers), can be sorted into best."""
    alike = pieces @ pieces.T
    one, other = np.unravel_index(int(alike.argmin()), alike.shape)
    near_one = alike[one] >= alike[other]
    if near_one.all():
        return 1.0
    return float(_mean(pieces[near_one]) @ _mean(pieces[~near_one]))


def _pieces(spoken: Samples) -> Iterator[Samples]:
    size = round(PIECE_S * HEAR_RATE_HZ)
    yield from (spoken[at : at + size] for at in range(0, len(spoken) - size + 1, size))


def _mean(embeddings: Embedding) -> Embedding:
    total: Embedding = embeddings.sum(axis=0)
    return total / max(float(np.linalg.norm(total)), 1e-9)

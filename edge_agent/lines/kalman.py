"""Kalman filter: learns how the loudspeaker's sound arrives at the microphone, and how sure of that it is.

In the frequency domain, in partitions (Enzner and Vary 2006; Kuech et al. 2014): a state for each frequency and each
32 ms of the way, and its uncertainty. Nobody has to say when the user speaks: what does not fit is taken for noise.
"""

from __future__ import annotations

import numpy as np

from edge_agent.types import HEAR_FRAME, HEAR_RATE_HZ, Samples

PARTITIONS = 10
"""The filter covers 320 ms: the early reflections and most of the tail of a living room. With 8 the loss is 2 dB
less."""
FADES_S = 0.8
"""The reverberation time that is expected before anything is known: what comes later is weaker. With 0.5 the loss is
1 dB less, with 0.3 it is 3."""
LASTS = 0.998
"""How much of the way stays as it is from block to block: people move, clocks drift."""
AGES = 62
"""Silence counts for so many blocks (2 s): what happens in a minute would leave nothing, and mostly nothing happens."""
SMOOTHED = 0.7
"""The weight of the past in the power of what does not fit."""
CAUTION = 0.7
"""The share of the doubted echo that a step counts as noise: 0.5 in theory. With 1 it learns more slowly."""
LEARNED = 0.25
"""The share of what a step should have taught by which the doubt sinks: 0.5 in theory, for partitions whose sound has
nothing to do with each other. That of a vowel lasts for several: with 0.5 the filter is sure of itself too soon, the
loss after 3 s is 12 dB instead of 17, and more is left than it expects. All figures: rig, 12 rooms, three voices."""
SPAN = (PARTITIONS + 1) * HEAR_FRAME
"""What was played so many samples ago, the filter has forgotten."""
OVERRATED = 10**0.8
"""What it expects to be left is so much more than is: 8 dB in the middle."""


class KalmanFilter:
    """One microphone and one loudspeaker, in blocks of HEAR_FRAME samples at 16 kHz. 0.3 ms a block on an x86 core."""

    def __init__(self) -> None:
        bins = HEAR_FRAME + 1
        later_s = np.arange(PARTITIONS) * (HEAR_FRAME / HEAR_RATE_HZ)
        self._played = np.zeros(2 * HEAR_FRAME, np.float32)
        self._spectra = np.zeros((PARTITIONS, bins), np.complex64)
        """Those of what was played, the newest first."""
        self._way = np.zeros((PARTITIONS, bins), np.complex64)
        self._doubt = np.repeat(10 ** (-6 * later_s / FADES_S), bins).reshape(PARTITIONS, bins).astype(np.float32)
        """The expected square of the error of `_way`."""
        self._silent = 0
        """Blocks in which nothing is to be heard of what was played, so far."""
        self._turn = 0
        """The even partitions are cut to their length after one block, the odd ones after the next: as good, and less
        work."""
        self._unfit = np.full(bins, 1e-3, np.float32)
        self.expected = 0.0
        """The power, per sample, that what is left of the echo has by all that is known."""

    def process(self, near: Samples, far: Samples) -> Samples:
        """Returns what the microphone heard (`near`) without what it should have heard of the loudspeaker (`far`)."""
        self._play(far)
        self._silent = self._silent + 1 if self.is_silent else 0
        if self._silent:
            if self._silent <= AGES:
                self._age()
            self.expected = 0.0
            return near
        echo = np.fft.irfft((self._spectra * self._way).sum(0))[HEAR_FRAME:].astype(np.float32)
        left = near - echo
        powers = self._spectra.real**2 + self._spectra.imag**2
        doubted = (powers * self._doubt).sum(0)
        self.expected = float(doubted.sum()) / HEAR_FRAME**2 / OVERRATED
        self._learn(left, powers, doubted)
        return left if left @ left <= near @ near else near

    def move(self, later: float, played: Samples | None = None) -> None:
        """The way has become longer by so many samples, of which the filter need not learn anything anew. `played`: the
        SPAN samples before the next block, where what is beside it has moved, too.
        """
        whole = round(later)
        if whole:
            response = np.fft.irfft(self._way, axis=1)[:, :HEAR_FRAME].reshape(-1)
            response = np.roll(response, whole)
            response[slice(whole) if whole > 0 else slice(whole, None)] = 0
            self._way = np.fft.rfft(response.reshape(PARTITIONS, -1), 2 * HEAR_FRAME, axis=1).astype(np.complex64)
        turns = np.arange(HEAR_FRAME + 1) * ((later - whole) / (2 * HEAR_FRAME))
        self._way *= np.exp(-2j * np.pi * turns).astype(np.complex64)
        if played is not None:
            for at in range(0, SPAN, HEAR_FRAME):
                self._play(played[at : at + HEAR_FRAME])

    @property
    def is_silent(self) -> bool:
        """Whether nothing has been played for so long that nothing of it is to be heard."""
        return not self._spectra.any()

    def _play(self, far: Samples) -> None:
        self._played = np.concatenate([self._played[HEAR_FRAME:], far])
        self._spectra[1:] = self._spectra[:-1]
        self._spectra[0] = np.fft.rfft(self._played)

    def _learn(self, left: Samples, powers: Samples, doubted: Samples) -> None:
        error = np.fft.rfft(np.concatenate([np.zeros(HEAR_FRAME, np.float32), left])).astype(np.complex64)
        self._unfit = SMOOTHED * self._unfit + (1 - SMOOTHED) * (error.real**2 + error.imag**2)
        step = self._doubt / (np.float32(CAUTION) * doubted + self._unfit + np.float32(1e-9))
        self._way += (np.conj(self._spectra) * (step * error)).astype(np.complex64)
        half = self._way[self._turn :: 2]
        shape = np.fft.irfft(half, axis=1)
        shape[:, HEAR_FRAME:] = 0  # each partition is 32 ms long, and no circle
        half[:] = np.fft.rfft(shape, axis=1)
        self._turn = 1 - self._turn
        self._doubt *= 1 - np.float32(LEARNED) * step * powers
        self._age()

    def _age(self) -> None:
        """What was learned gets older."""
        self._way *= np.float32(LASTS)
        lost = np.float32(1 - LASTS**2) * (self._way.real**2 + self._way.imag**2)
        self._doubt = np.float32(LASTS**2) * self._doubt + lost + np.float32(1e-12)

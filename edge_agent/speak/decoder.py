"""Decode a VITS latent in overlapping windows: the first sound is there before the rest is decoded."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from edge_agent.onnx import open_session
from edge_agent.types import Samples

MARGIN = 14
"""Frames decoded on both sides of a window and thrown away, so that the seams are exact: a sample of HiFi-GAN depends
on 10.7 frames to each side in Piper's medium voices, on 13.3 in the high ones (sum of half kernel x dilation / rate).
Measured on a medium one: relative RMS error 2e-2 with 4, 1e-3 with 8, 7e-7 from 10 on."""
GROWTH = 2
"""Each window is so much longer than the one before: made while that one sounds, with few margins in all."""


class LatentDecoder:
    """HiFi-GAN, the second half of a VITS voice. One owner thread."""

    def __init__(
        self, model: bytes, latent: str, *, threads: int = 1, speaker: int = 0, cuda: int | None = None
    ) -> None:
        """`latent`: name of its input; `speaker`: which one, for a voice of several; `cuda`: a card's number. Raises
        ModelError."""
        self._session, self._latent = open_session(model, threads=threads, cuda=cuda), latent
        names = {tensor.name for tensor in self._session.get_inputs()}
        self._rest = {"sid": np.array([speaker], dtype=np.int64)} if "sid" in names else {}

    def stream(self, latent: Samples, first: int) -> Iterator[tuple[Samples, int]]:
        """Sound of `latent` (channels, frames) in order, as float32 (n,), each with the number of samples to come.

        The first piece has the sound of `first` frames; with 0 it has all.
        """
        frames = latent.shape[-1]
        for begin, end in windows(frames, first):
            left, right = max(0, begin - MARGIN), min(frames, end + MARGIN)
            sound = self.decode(latent[:, left:right])
            hop = len(sound) // (right - left)
            yield sound[(begin - left) * hop : (end - left) * hop], (frames - end) * hop

    def decode(self, latent: Samples) -> Samples:
        """All the sound of `latent` (channels, frames), float32 (n,)."""
        sound: Samples = self._session.run(None, {self._latent: latent[None], **self._rest})[0]
        return sound.reshape(-1)


def windows(frames: int, first: int) -> list[tuple[int, int]]:
    """0..frames in windows (begin, end) from `first` frames on (0: in one).

    What is left joins the window before it if its margins would cost as much.
    """
    begin, size, cuts = 0, first, list[tuple[int, int]]()
    while size and frames - begin >= size + 2 * MARGIN:
        cuts.append((begin, begin + size))
        begin += size
        size *= GROWTH
    return [*cuts, (begin, frames)]

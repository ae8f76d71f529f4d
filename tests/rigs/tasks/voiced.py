"""Voiced: callers whose words are spoken by our voice, go over a line, and are heard by our ASR."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from zlib import crc32

import numpy as np

from edge_agent.resample import resample
from edge_agent.types import HEAR_RATE_HZ, Json, Samples
from tests.rigs.tasks.contract import Agent

PHONE_HZ = 8_000
BAND_HZ = (300, 3_400)
SNR_DB = 10.0
AROUND_S = 0.3
"""Silence ahead of what is said and behind it."""
Line = Callable[[Samples, int], Samples]
"""Sound at 16 kHz and a seed -> what arrives of it."""


def clean(sound: Samples, seed: int) -> Samples:
    """As it was said."""
    return sound


def noisy(sound: Samples, seed: int) -> Samples:
    """With noise of the spectrum of the speech itself, 10 dB below it: nothing hides speech better."""
    spectrum = np.abs(np.fft.rfft(sound))
    phases = np.random.default_rng(seed).uniform(0, 2 * np.pi, len(spectrum))
    noise = np.fft.irfft(spectrum * np.exp(1j * phases), len(sound))
    loud = sound[np.abs(sound) > 0.02]
    level = np.sqrt(np.mean(np.square(loud if len(loud) else sound)))
    scale = level * 10 ** (-SNR_DB / 20) / max(1e-9, float(np.sqrt(np.mean(np.square(noise)))))
    mixed: Samples = (sound + noise * scale).astype(np.float32)
    return mixed


def phone(sound: Samples, seed: int) -> Samples:
    """Over a telephone: 300 to 3,400 Hz, and G.711."""
    from edge_agent.serve.g711 import decode, encode

    narrow = resample(sound, HEAR_RATE_HZ, PHONE_HZ)
    spectrum = np.fft.rfft(narrow)
    hertz = np.fft.rfftfreq(len(narrow), 1 / PHONE_HZ)
    spectrum[(hertz < BAND_HZ[0]) | (hertz > BAND_HZ[1])] = 0
    band = np.fft.irfft(spectrum, len(narrow))
    codes = encode((np.clip(band, -1, 1) * 32_767).astype(np.int16), "ulaw")
    return resample((decode(codes, "ulaw") / 32_768).astype(np.float32), PHONE_HZ, HEAR_RATE_HZ)


def noisy_phone(sound: Samples, seed: int) -> Samples:
    """Both."""
    return phone(noisy(sound, seed), seed)


LINES: dict[str, Line] = {"clean": clean, "10db": noisy, "phone": phone, "phone-10db": noisy_phone}


@dataclass(slots=True)
class Mouth:
    """One voice and one ASR; what was heard of a sentence is kept."""

    say: Callable[[str], Samples]
    """The sound of a text, at 16 kHz."""
    hear: Callable[[Samples], str]
    line: Line
    kept: dict[str, str] = field(default_factory=dict)

    def over(self, text: str) -> str:
        """What arrives of a sentence, in words."""
        if not any(each.isalnum() for each in text):
            return ""
        if text not in self.kept:
            silence = np.zeros(round(AROUND_S * HEAR_RATE_HZ), np.float32)
            sound = np.concatenate([silence, self.say(text), silence])
            self.kept[text] = self.hear(self.line(sound, crc32(text.encode())))
        return self.kept[text]


class Voiced:
    """An agent that is spoken to. Keys and time arrive as they are."""

    def __init__(self, agent: Agent, mouth: Mouth) -> None:
        self._agent, self._mouth = agent, mouth

    def turn(self, line: Json) -> Json:
        if "say" not in line:
            return self._agent.turn(line)
        line["heard"] = self._mouth.over(line["say"])
        return self._agent.turn({"say": line["heard"]})

    def calendar(self) -> list[Json]:
        return self._agent.calendar()


def our_mouth(line: str) -> Mouth:
    """Our own voice and ASR, those of the profile. Raises EdgeAgentError where they are missing."""
    from edge_agent import build
    from edge_agent.settings import Settings

    settings = Settings.model_validate({"engines": {"isolation": "thread"}})
    voice = build.voice(settings, build.choose_one(settings, "tts"))
    asr = build.asr(settings, build.choose_one(settings, "asr"))

    def say(text: str) -> Samples:
        return resample(voice.render(text), voice.rate_hz, HEAR_RATE_HZ)

    return Mouth(say, lambda sound: asr.transcribe(sound).text, LINES[line])

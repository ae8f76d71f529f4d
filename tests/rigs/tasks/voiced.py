"""Voiced: callers whose words are spoken by our voice, go over a line, and are heard by our ASR."""

from __future__ import annotations

from collections import Counter
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
SPEEDS = (1.0, 0.85, 0.75)
"""How fast a sentence is said for the first, second and third time: who is misheard speaks more slowly."""
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

    say: Callable[[str, float], Samples]
    """The sound of a text at a speed, at 16 kHz."""
    hear: Callable[[Samples, str], str]
    """The words of a sound, where words of that kind are expected."""
    line: Line
    has_keys: bool = False
    """Whether it is a telephone, whose keys the caller may press."""
    kept: dict[tuple[str, float, str], str] = field(default_factory=dict)

    def over(self, text: str, times: int = 0, expected: str = "") -> str:
        """What arrives of a sentence, in words. One that was said before so many times is said more slowly."""
        if not any(each.isalnum() for each in text):
            return ""
        speed = SPEEDS[min(times, len(SPEEDS) - 1)]
        key = (text, speed, expected)
        if key not in self.kept:
            silence = np.zeros(round(AROUND_S * HEAR_RATE_HZ), np.float32)
            sound = np.concatenate([silence, self.say(text, speed), silence])
            self.kept[key] = self.hear(self.line(sound, crc32(f"{text} {speed}".encode())), expected)
        return self.kept[key]


class Voiced:
    """An agent that is spoken to. Keys and time arrive as they are."""

    def __init__(self, agent: Agent, mouth: Mouth) -> None:
        self._agent, self._mouth = agent, mouth
        self._said: Counter[str] = Counter()

    def turn(self, line: Json) -> Json:
        if "say" not in line:
            return self._agent.turn(line)
        text = line["say"]
        line["heard"] = self._mouth.over(text, self._said[text], getattr(self._agent, "expects", ""))
        self._said[text] += 1
        return self._agent.turn({"say": line["heard"]})

    def calendar(self) -> list[Json]:
        return self._agent.calendar()


def our_mouth(line: str, speaker: str | None = None) -> Mouth:
    """A voice, else that of the profile, and our ASR. Raises EdgeAgentError where they are missing."""
    from edge_agent import build
    from edge_agent.settings import Settings

    settings = Settings.model_validate({"engines": {"isolation": "thread"}})
    chosen = build.store_of(settings).resolve(speaker, "tts") if speaker else build.choose_one(settings, "tts")
    voice = build.voice(settings, chosen)
    asr = build.asr(settings, build.choose_one(settings, "asr"))

    def say(text: str, speed: float) -> Samples:
        chunks = [chunk.samples for chunk in voice.stream(text, speed)]
        return resample(np.concatenate([np.zeros(0, np.float32), *chunks]), voice.rate_hz, HEAR_RATE_HZ)

    return Mouth(
        say, lambda sound, expected: asr.transcribe(sound, context=expected).text, LINES[line], line.startswith("phone")
    )

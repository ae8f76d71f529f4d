"""Wake sounds: a name as many voices say it, near and across a room, in silence and in noise."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import numpy.typing as npt

from edge_agent import build
from edge_agent.bench.clips import read_rows
from edge_agent.bench.sound import read_16_khz
from edge_agent.lines.audio_file import read_sound
from edge_agent.resample import resample
from edge_agent.settings import Settings
from edge_agent.types import HEAR_RATE_HZ, Samples

WRITTEN = {"okay_nabu": "Okay Nah-boo", "hey_jarvis": "Hey Jarvis", "alexa": "Alexa", "hey_mycroft": "Hey Mycroft"}
"""The names as a voice has to read them."""
PACES = (0.85, 1.0, 1.15, 1.3)
PITCHES = (0.92, 1.0, 1.08)
"""Played so much faster, which also changes the size of the head that speaks."""
ENDS = (".", "!", "?")
ESPEAK = ("en-us", "en-gb", "en-gb-scotland", "en-us+f2", "en-us+f4", "en-us+m3", "en-us+m7", "en-gb+f3")
ESPEAK_WORDS_A_MINUTE = (130, 160, 190)
SNRS_DB = (None, 20.0, 10.0, 0.0)
FAR_SNRS_DB = (20.0, 10.0)
LEVEL_DB = -28.0
"""Level of the speech, re full scale."""
FLOOR_DB = -80.0
BEFORE_S, BEHIND_S = 1.0, 1.6


@dataclass(frozen=True, slots=True)
class SaidName:
    """A name, said once, at 16 kHz without silence around it."""

    name: str
    voice: str
    samples: Samples


@dataclass(frozen=True, slots=True)
class Place:
    """Where a name is said: through a room response or none, over noise or none."""

    name: str
    snr_db: float | None
    room: Samples | None


def said_by_voices(settings: Settings, names: Sequence[str], voices: Sequence[str]) -> Iterator[SaidName]:
    """The names in these installed voices, at several paces, pitches and intonations."""
    for model in voices:
        for pace in PACES:
            own = {"models": {"voice": model}, "speak": {"pace": pace}, "engines": {"isolation": "thread"}}
            asked = Settings.model_validate(settings.model_dump(include={"hear"}) | own)
            voice = build.voice(asked, build.choose_one(asked, "tts"))
            for name in names:
                for end in ENDS:
                    sound = voice.render(WRITTEN[name] + end)
                    for pitch in PITCHES:
                        yield SaidName(name, model, resample(sound, round(voice.rate_hz * pitch), HEAR_RATE_HZ))


def said_by_espeak(names: Sequence[str]) -> Iterator[SaidName]:
    """The names in voices of espeak-ng, if that is installed: no neural voice, and no person sounds like them."""
    if not shutil.which("espeak-ng"):
        return
    for voice in ESPEAK:
        for words_a_minute in ESPEAK_WORDS_A_MINUTE:
            for name in names:
                command = ["espeak-ng", "-v", voice, "-s", str(words_a_minute), "--stdout", WRITTEN[name]]
                wave = subprocess.run(command, capture_output=True, check=True).stdout
                samples, _ = read_sound(BytesIO(wave), voice, to_hz=HEAR_RATE_HZ)
                yield SaidName(name, "espeak-ng", samples)


def recorded(manifests: Sequence[Path], names: Sequence[str]) -> Iterator[SaidName]:
    """Clips whose transcript is a name and nothing else."""
    spoken = {name.replace("_", " "): name for name in names}
    for manifest in manifests:
        for row in read_rows(manifest):
            if name := spoken.get(str(row.get("transcript") or "").lower()):
                yield SaidName(name, "recorded", read_16_khz(manifest.parent / row["file"]))


def places(rooms: Sequence[tuple[str, Samples]]) -> list[Place]:
    """Near and in these rooms, whose responses begin with the direct sound: the way there is no delay of ours."""
    direct = {name: room[max(0, int(np.abs(room).argmax()) - HEAR_RATE_HZ // 200) :] for name, room in rooms}
    near = [Place("near" if snr is None else f"near, {snr:.0f} dB", snr, None) for snr in SNRS_DB]
    return near + [Place(f"{name}, {snr:.0f} dB", snr, room) for name, room in direct.items() for snr in FAR_SNRS_DB]


def placed(said: SaidName, place: Place, noises: Sequence[Samples], dice: np.random.Generator) -> Samples:
    """The name with silence around it, as it arrives at the microphone."""
    edges = (round(BEFORE_S * HEAR_RATE_HZ), round(BEHIND_S * HEAR_RATE_HZ))
    sound = np.pad(said.samples, edges).astype(np.float64)
    if place.room is not None:
        n = len(sound) + len(place.room)
        sound = np.fft.irfft(np.fft.rfft(sound, n) * np.fft.rfft(place.room, n), n)[: len(sound)]
    sound *= 10 ** (LEVEL_DB / 20) / _level(sound)
    sound += 10 ** (FLOOR_DB / 20) * dice.standard_normal(len(sound))
    if place.snr_db is not None:
        noise = noises[int(dice.integers(len(noises)))]
        noise = np.resize(np.roll(noise, int(dice.integers(len(noise)))), len(sound))
        sound += noise * (10 ** ((LEVEL_DB - place.snr_db) / 20) / max(1e-9, float(np.sqrt(np.mean(noise**2)))))
    return np.clip(sound, -1, 1).astype(np.float32)


def mixed(number: int, clips: Sequence[Samples], rooms: Sequence[Samples]) -> Samples:
    """A minute of talk that nobody has recorded so: clips in another order, at another speed, through a room or none,
    and in two of three minutes a second talker over the first. The same each time for the same `number`."""
    dice = np.random.default_rng(number)
    talkers = [_talker(dice, clips, rooms) for _ in range(1 + (number % 3 > 0))]
    gains = 10 ** ((dice.uniform(-40, -18) - np.array([0.0, dice.uniform(0, 12)])) / 20)
    sound = np.zeros(60 * HEAR_RATE_HZ)
    for gain, talker in zip(gains, talkers, strict=False):
        sound += gain * talker / _level(talker)
    return np.clip(sound, -1, 1).astype(np.float32)


def _talker(dice: np.random.Generator, clips: Sequence[Samples], rooms: Sequence[Samples]) -> npt.NDArray[np.float64]:
    said, n = list[Samples](), 60 * HEAR_RATE_HZ
    speed = round(HEAR_RATE_HZ * dice.uniform(0.85, 1.2))
    while sum(map(len, said)) < n:
        said.append(resample(clips[int(dice.integers(len(clips)))], speed, HEAR_RATE_HZ))
    sound = np.concatenate(said)[:n].astype(np.float64)
    if len(rooms) and dice.random() < 0.6:
        room = rooms[int(dice.integers(len(rooms)))]
        size = n + len(room)
        sound = np.fft.irfft(np.fft.rfft(sound, size) * np.fft.rfft(room, size), size)[:n]
    return sound


def _level(sound: npt.NDArray[np.float64]) -> float:
    """RMS of what is within 30 dB of its loudest 10 ms."""
    step = HEAR_RATE_HZ // 100
    power = np.mean(sound[: len(sound) // step * step].reshape(-1, step) ** 2, axis=1)
    return float(np.sqrt(np.mean(power[power >= power.max() / 1000])))

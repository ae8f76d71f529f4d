"""Keys as tones: each is read once, through mu-law, at any level and length that telephones have; speech has none."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from edge_agent.lines.audio_file import read_audio
from edge_agent.lines.pcm import to_int16
from edge_agent.phone.tones import HIGH_HZ, KEYS, LOW_HZ, Tones
from edge_agent.resample import resample
from edge_agent.serve import g711
from edge_agent.types import Samples

SPEECH = Path(__file__).parents[1] / "data" / "speech"
ALL = "".join(KEYS)


def tone(
    key: str, seconds: float, rate_hz: int, chance: random.Random, off: float = 0.0, twist_db: float = 0.0
) -> Samples:
    low = next(number for number, row in enumerate(KEYS) if key in row)
    at = np.arange(round(seconds * rate_hz)) / rate_hz
    twist = 10 ** (twist_db / 20)
    level = 10 ** (chance.uniform(-30, -7) / 20) / max(1.0, twist)
    one = np.sin(2 * np.pi * LOW_HZ[low] * (1 + off) * at + chance.uniform(0, 6))
    other = np.sin(2 * np.pi * HIGH_HZ[KEYS[low].index(key)] * (1 - off) * at + chance.uniform(0, 6))
    return (level * (one + twist * other)).astype(np.float32)


def pressed(keys: str, rate_hz: int, seed: int) -> Samples:
    """Keys as telephones send them at worst: 50 ms, 40 ms apart, 1.5 % off, one tone twice as strong as the other."""
    chance, pieces = random.Random(seed), list[Samples]()
    for key in keys:
        off, twist = chance.uniform(-0.015, 0.015), chance.uniform(-6, 6)
        pieces.append(tone(key, chance.uniform(0.05, 0.12), rate_hz, chance, off, twist))
        pieces.append(np.zeros(round(chance.uniform(0.04, 0.1) * rate_hz), np.float32))
    return np.concatenate(pieces)


def by_telephone(sound: Samples) -> Samples:
    return g711.decode(g711.encode(to_int16(sound), "ulaw"), "ulaw").astype(np.float32) / np.float32(32768)


def read(sound: Samples, rate_hz: int = 8_000) -> str:
    tones, step = Tones(rate_hz), rate_hz // 50
    return "".join(tones.push(sound[at : at + step]) for at in range(0, len(sound), step))


def test_1_000_keys_are_all_right_through_mu_law() -> None:
    keys = "".join(random.Random(7).choices(ALL, k=1_000))
    assert read(by_telephone(pressed(keys, 8_000, 7))) == keys


@pytest.mark.parametrize("rate_hz", [16_000, 48_000])
def test_other_codecs_have_other_rates(rate_hz: int) -> None:
    assert read(pressed(ALL, rate_hz, 1), rate_hz) == ALL


def test_a_key_that_is_held_is_one_and_the_same_again_are_two() -> None:
    chance = random.Random(1)
    held, gap = tone("5", 3.0, 8_000, chance), np.zeros(400, np.float32)
    assert read(np.concatenate([gap, held, gap, held, gap])) == "55"
    broken = held.copy()
    broken[8_000:8_080] = 0  # 10 ms
    assert read(np.concatenate([gap, broken, gap])) == "5"


def test_while_a_key_is_held_nobody_speaks() -> None:
    tones = Tones(8_000)
    tones.push(tone("5", 0.2, 8_000, random.Random(1)))
    assert tones.held
    tones.push(np.zeros(1_600, np.float32))
    assert not tones.held


@pytest.mark.parametrize("sound", sorted(SPEECH.glob("*.flac")), ids=lambda path: path.stem[:20])
def test_speech_has_no_keys(sound: Path) -> None:
    samples, rate_hz = read_audio(sound)
    assert read(by_telephone(resample(samples, rate_hz, 8_000))) == ""


def test_one_tone_or_noise_is_no_key() -> None:
    chance = np.random.default_rng(1)
    at = np.arange(16_000) / 8_000
    assert read((0.3 * np.sin(2 * np.pi * 770 * at)).astype(np.float32)) == ""
    assert read((0.3 * chance.standard_normal(16_000)).astype(np.float32).clip(-1, 1)) == ""

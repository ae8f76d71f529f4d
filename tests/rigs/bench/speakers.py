"""Speakers: how well voices are told apart, by the length of what is said, in rooms and beside a television."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from statistics import median

import numpy as np

from edge_agent.bench.clips import Clip
from edge_agent.bench.sound import read_16_khz
from edge_agent.hear.company import Company, needed, speech_of
from edge_agent.hear.enrolled import KnownVoice
from edge_agent.hear.names import OwnNames
from edge_agent.interfaces import SpeakerEncoder
from edge_agent.types import HEAR_RATE_HZ, Embedding, Json, Samples
from tests.rigs.bench.sound import cut
from tests.rigs.bench.wake_sounds import BEFORE_S, BEHIND_S, Place, SaidName, placed

LENGTHS_S = (0.5, 1.0, 2.0, 4.0)
ENROLLED_S, LEAST_ENROLLED_S = 10.0, 6.0
PIECES = 3
"""So many utterances are cut of a clip at most."""
EDGES_S = 0.5, 0.1
"""Sound in front of an utterance and behind it that the ears look at, too."""
COST_S = (2.0, 4.0)


@dataclass(frozen=True, slots=True)
class Speaker:
    """A speaker and the speech of each clip, without pauses."""

    name: str
    clips: tuple[Samples, ...]

    def without(self, clip: int) -> Samples | None:
        """What the other clips hold, up to ENROLLED_S; None if that is too little to be enrolled with."""
        others = [sound for number, sound in enumerate(self.clips) if number != clip]
        rest = np.concatenate(others)[: round(ENROLLED_S * HEAR_RATE_HZ)] if others else np.zeros(0, np.float32)
        return rest if len(rest) >= LEAST_ENROLLED_S * HEAR_RATE_HZ else None


@dataclass(frozen=True, slots=True)
class Setting:
    """Where somebody is enrolled, and where they are heard."""

    enrolled: Place
    heard: Place


def speakers_of(clips: Sequence[Clip]) -> list[Speaker]:
    """The speakers of the clips; whoever has no name is one of their own."""
    found: dict[str, list[Samples]] = defaultdict(list)
    for clip in clips:
        found[clip.speaker].append(speech_of(cut(read_16_khz(clip.path), clip.speech_start_s, clip.speech_end_s)))
    return [Speaker(name, tuple(sounds)) for name, sounds in found.items()]


def bench_speakers(
    speakers: Sequence[Speaker],
    settings: Sequence[Setting],
    beside: Sequence[Samples],
    encoder: SpeakerEncoder,
    progress: Callable[[str], object],
) -> Json:
    """Returns for each setting and length the equal error rate, and what goes wrong with the score that is needed."""
    rows = []
    for setting in settings:
        progress(f"{setting.heard.name}, enrolled {setting.enrolled.name}")
        trial = _Trial(speakers, setting, beside, encoder)
        rows += [_row(setting, length_s, trial.scores(length_s)) for length_s in LENGTHS_S]
    return {"speakers": len(speakers), "rows": rows, "cost_s": _costs(speakers, encoder)}


class _Trial:
    """Everybody is enrolled in one setting, with each of their clips left out once."""

    def __init__(
        self, speakers: Sequence[Speaker], setting: Setting, beside: Sequence[Samples], encoder: SpeakerEncoder
    ) -> None:
        self._speakers, self._heard, self._beside = speakers, setting.heard, beside
        self._company = Company(encoder, tuple, OwnNames([]))
        self._dice = np.random.default_rng(0)
        self._known: dict[int, dict[int, Embedding]] = defaultdict(dict)
        """Embeddings by speaker and by the clip that is left out."""
        for who, speaker in enumerate(speakers):
            for clip in range(len(speaker.clips)):
                if (sound := speaker.without(clip)) is not None:
                    there = placed(SaidName("", "", sound), setting.enrolled, beside, self._dice)
                    self._known[who][clip] = encoder.embed(speech_of(there))

    def scores(self, length_s: float) -> tuple[list[float], list[float]]:
        """How like utterances are to the voice of whoever says them, and to those of all others who are enrolled."""
        own: list[float] = []
        others: list[float] = []
        for who, clip, sound in _pieces(self._speakers, length_s):
            if (voice := self._look(sound)) is None:
                continue
            for enrolled, without in self._known.items():
                if enrolled != who:
                    others.append(float(next(iter(without.values())) @ voice))
                elif clip in without:
                    own.append(float(without[clip] @ voice))
        return own, others

    def _look(self, sound: Samples) -> Embedding | None:
        """The voice of an utterance as the ears would look at it; None where that is too little."""
        there = placed(SaidName("", "", sound), self._heard, self._beside, self._dice)
        end_s = len(there) / HEAR_RATE_HZ - BEHIND_S
        look = self._company.look(cut(there, BEFORE_S - EDGES_S[0], end_s + EDGES_S[1]))
        return look.embedding if look else None


def _pieces(speakers: Sequence[Speaker], length_s: float) -> list[tuple[int, int, Samples]]:
    size = round(length_s * HEAR_RATE_HZ)
    return [
        (who, number, sound[at : at + size])
        for who, speaker in enumerate(speakers)
        for number, sound in enumerate(speaker.clips)
        for at in list(range(0, len(sound) - size + 1, size))[:PIECES]
    ]


def _row(setting: Setting, length_s: float, scores: tuple[list[float], list[float]]) -> Json:
    own, others = map(np.sort, scores)
    bar = needed(length_s)
    rate, at = equal_error(own, others)
    return {
        "heard": setting.heard.name,
        "enrolled": setting.enrolled.name,
        "length_s": length_s,
        "own": len(own),
        "others": len(others),
        "equal_error": rate,
        "at": at,
        "needed": bar,
        "not_known": float(np.mean(own < bar)) if len(own) else None,
        "mistaken": float(np.mean(others >= bar)) if len(others) else None,
    }


def equal_error(own: np.ndarray, others: np.ndarray) -> tuple[float | None, float | None]:
    """The share of errors at the score where as many are not known as are mistaken for somebody, and that score."""
    if not len(own) or not len(others):
        return None, None
    bars = np.unique(np.concatenate([own, others]))
    missed = np.searchsorted(np.sort(own), bars) / len(own)
    mistaken = 1 - np.searchsorted(np.sort(others), bars) / len(others)
    best = int(np.abs(missed - mistaken).argmin())
    return float((missed[best] + mistaken[best]) / 2), float(bars[best])


def _costs(speakers: Sequence[Speaker], encoder: SpeakerEncoder, runs: int = 20) -> dict[str, float]:
    """Seconds that a look at so much speech takes, in the median."""
    longest = max((sound for speaker in speakers for sound in speaker.clips), key=len)
    company = Company(encoder, lambda: [KnownVoice("", np.zeros(1, np.float32), 0, date.min)], OwnNames([]))
    found = {}
    for length_s in COST_S:
        sound, took = longest[: round(length_s * HEAR_RATE_HZ)], []
        for _ in range(runs):
            begun = time.perf_counter()
            company.look(sound)
            took.append(time.perf_counter() - begun)
        found[f"{length_s:g}"] = median(took)
    return found


def settings_of(rooms: Sequence[Place], snrs_db: Sequence[float]) -> list[Setting]:
    """Near; in each room, enrolled there and near; and near beside a television."""
    near = Place("near", None, None)
    in_rooms = [replace(room, name=room.name.split(",")[0], snr_db=None) for room in rooms]
    television = [Place(f"television {snr:g} dB below", snr, None) for snr in snrs_db]
    return [
        Setting(near, near),
        *(Setting(room, room) for room in in_rooms),
        *(Setting(near, room) for room in in_rooms),
        *(Setting(near, place) for place in television),
    ]

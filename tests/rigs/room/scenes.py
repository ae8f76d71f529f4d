"""Scenes: rooms that differ in everything, and who speaks in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from edge_agent.types import HEAR_RATE_HZ, Samples
from tests.rigs.room.room import USER_DBFS, Guest, Room, at_level, reverberant
from tests.rigs.room.walls import image_source

ASKS_S = 0.5
"""The user asks at this time of each scene."""
FACING_DB = 5.0
"""Who speaks to something faces it: a mouth sends 3 dB (low) to 6 dB (high) more forwards than on the mean."""


@dataclass(frozen=True, slots=True)
class Place:
    """A room, and how a user's voice arrives at its microphone."""

    room: Room
    user_response: Samples

    def user(self, sound: Samples, dbfs: float = USER_DBFS) -> Samples:
        return at_level(reverberant(sound, self.user_response), dbfs)


def place(seed: int, voice: Samples, echo_db: float, *, noise_db: float | None = None) -> Place:
    """A room of its own for each seed: 0.2 to 0.8 s of reverberation, loudspeaker and user 0.5 to 4 m away, 20 to
    400 ms of delay, up to 200 ppm of drift; in every fourth the loudspeaker clips.

    `echo_db`: by how much our own `voice` is louder than the user at the microphone. `noise_db`: by how much the noise
    is quieter; None: 25 to 45 dB.
    """
    random = np.random.default_rng(seed)
    rt60_s = random.uniform(0.2, 0.8)
    room = Room(
        image_source(seed, rt60_s=rt60_s, distance_m=random.uniform(0.5, 4)),
        delay_s=random.uniform(0.02, 0.4),
        drift_ppm=random.uniform(-200, 200),
        clips_at=0.3 if seed % 4 == 3 else None,
        noise_dbfs=USER_DBFS - (random.uniform(25, 45) if noise_db is None else noise_db),
        seed=seed,
    )
    user = image_source(1000 + seed, rt60_s=rt60_s, distance_m=random.uniform(0.5, 2.5), facing_db=FACING_DB)
    return Place(replace(room, gain=room.gain_for(voice, USER_DBFS + echo_db)), user)


@dataclass(frozen=True, slots=True)
class Cast:
    """What there is to be heard, at 16 kHz, without silence at the ends."""

    question: Samples
    interruption: Samples
    backchannels: Sequence[Samples]
    talker: Samples
    music: Samples


def monologue(place: Place, cast: Cast) -> list[Guest]:
    """Nobody speaks into the answer."""
    return [Guest(place.user(cast.question), at_s=ASKS_S)]


def barge_in(place: Place, cast: Cast) -> list[Guest]:
    """The user speaks into the answer, after four seconds of it."""
    return [*monologue(place, cast), Guest(place.user(cast.interruption), into_s=4.0)]


def backchannels(place: Place, cast: Cast) -> list[Guest]:
    """The user only shows that he listens."""
    sounds = [place.user(each, USER_DBFS - 3) for each in cast.backchannels]
    gaps = [np.zeros(2 * HEAR_RATE_HZ, np.float32)] * len(sounds)
    said = np.concatenate([part for pair in zip(sounds, gaps, strict=True) for part in pair])
    return [*monologue(place, cast), Guest(said, into_s=3.0, name="backchannels")]


def second_talker(place: Place, cast: Cast) -> list[Guest]:
    """Somebody else speaks all the time, 12 dB quieter than the user."""
    return [Guest(place.user(cast.talker, USER_DBFS - 12), at_s=0.0, name="talker"), *barge_in(place, cast)]


def music(place: Place, cast: Cast) -> list[Guest]:
    """Music beside it, 12 dB quieter than the user."""
    return [Guest(at_level(cast.music, USER_DBFS - 12), at_s=0.0, name="music"), *barge_in(place, cast)]


SCENES: Mapping[str, Callable[[Place, Cast], list[Guest]]] = {
    "monologue": monologue,
    "barge-in": barge_in,
    "backchannels": backchannels,
    "second-talker": second_talker,
    "music": music,
}

"""`python -m tests.rigs.room SCENE`: one scene, what became of it, and a picture of it.

Own voice, user and the others are recordings of tests/data/speech, so that no model but the VAD is needed.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

from edge_agent import build
from edge_agent.bench.sound import read_16_khz
from edge_agent.settings import Settings
from edge_agent.types import HEAR_RATE_HZ, Samples
from tests.rigs.bench.sound import without_pauses
from tests.rigs.room.engines import OneSentenceAsr, engines
from tests.rigs.room.picture import picture
from tests.rigs.room.play import Played, play
from tests.rigs.room.room import Guest
from tests.rigs.room.scenes import SCENES, Cast, place

SPEECH = Path(__file__).parents[2] / "data" / "speech"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.rigs.room", description=__doc__)
    parser.add_argument("scene", choices=SCENES)
    parser.add_argument("--picture", type=Path, help="Where the SVG goes.")
    parser.add_argument("--echo", type=float, default=0.0, help="By how many dB it is louder than the user.")
    parser.add_argument("--room", type=int, default=6, help="The seed of the room.")
    parser.add_argument("--raw", action="store_true", help="The ears hear what the microphone hears.")
    given = parser.parse_args()
    played, guests = scene(given.scene, given.room, given.echo, cancelled=not given.raw)
    for event in played.events:
        sys.stdout.write(f"{event.to_json()}\n")
    if given.picture:
        given.picture.write_text(picture(played, guests), "utf-8")


def scene(name: str, room: int, echo_db: float, *, cancelled: bool = True) -> tuple[Played, list[Guest]]:
    """Plays one of SCENES with the real VAD."""
    settings = Settings()
    voice = [_read("2033-164914-0003"), _read("2609-156975-0001")]
    here = place(room, np.concatenate(voice), echo_db)
    guests = SCENES[name](here, cast())
    vad = build.vad(settings, build.choose_one(settings, "vad"))
    own = engines(voice, HEAR_RATE_HZ, vad=vad, asr=OneSentenceAsr(nod="Mm-hmm."), sentences=2)
    return play(here.room, guests, own, cancelled=cancelled), guests


def cast() -> Cast:
    """Who is heard, from recordings: the music is a chord, as none is at hand."""
    seconds = np.arange(20 * HEAR_RATE_HZ) / HEAR_RATE_HZ
    beat = 0.6 + 0.4 * np.sin(2 * np.pi * 2 * seconds)
    chord = sum(np.sin(2 * np.pi * hz * seconds) for hz in (220.0, 277.2, 329.6, 440.0))
    return Cast(
        question=_read("googleassistant_whattimeisit"),
        interruption=_read("rhasspy3_turn_on_the_lamp"),
        backchannels=[_read("l_evmaki_nohash_0"), _read("n_evmaki_nohash_0")],
        talker=_read("3331-159605-0003"),
        music=(0.1 * beat * chord).astype(np.float32),
    )


def _read(name: str) -> Samples:
    """The speech of a recording, without the silence around it."""
    sound = without_pauses(read_16_khz(SPEECH / f"{name}.flac"), 0.3)
    loud = np.flatnonzero(np.abs(sound) > np.abs(sound).max() / 20)
    return sound[loud[0] : loud[-1]]


if __name__ == "__main__":
    main()

"""In a room: does it interrupt itself, is who speaks into it heard, what is left of the echo? On the virtual clock."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from edge_agent.bench.clips import Clip
from edge_agent.bench.sound import read_16_khz
from edge_agent.bench.turns import spread
from edge_agent.bench.wer import count_errors
from edge_agent.events import HeardText, SpeechStarted
from edge_agent.interfaces import Asr, Endpoint, VadEngine
from edge_agent.lines.canceller import Canceller, power_db
from edge_agent.speak.voice import AUDIBLE
from edge_agent.types import HEAR_FRAME, HEAR_RATE_HZ, Samples
from tests.rigs.bench.sound import cut
from tests.rigs.room.engines import OneSentenceAsr, engines
from tests.rigs.room.play import Played, play
from tests.rigs.room.room import Guest
from tests.rigs.room.scenes import ASKS_S, Place, place

ANSWER_S = 10.0
LEVELS_DB = (-6.0, 0.0, 6.0)
"""By how much our own voice is louder than the user."""
REST_S = 1.5
"""Between an answer and the next question."""
LEARNS_S = 7.0
"""How long the answer is before the one that is interrupted."""
TAIL_S = 0.8
"""A question is heard so long after its end, as the room has it and the ears."""
PATIENCE_S = 0.5
"""Who has not been noticed so long after the last word is missed."""

_LOW = {"median": 0.5, "p10": 0.1, "least": 0.0}
Row = dict[str, Any]
Progress = Callable[[str], object]


def answer(sentences: Sequence[Samples], first: int) -> Samples:
    """Sound of ANSWER_S, from one of the sentences on."""
    turned = [*sentences[first % len(sentences) :], *sentences[: first % len(sentences)]]
    return np.concatenate(turned)[: round(ANSWER_S * HEAR_RATE_HZ)]


def spoken(clip: Clip) -> Samples:
    """Its speech alone."""
    return cut(read_16_khz(clip.path), clip.speech_start_s, clip.speech_end_s + 0.05)


def monologues(
    sentences: Sequence[Samples], question: Samples, vad: VadEngine, *, rooms: int, answers: int, progress: Progress
) -> list[Row]:
    """So many answers in each room, into which nobody speaks."""
    rows: list[Row] = []
    for seed in range(rooms):
        echo_db = LEVELS_DB[seed % 3]
        here = place(seed, np.concatenate(sentences), echo_db)
        sounds = [answer(sentences, seed + 3 * i) for i in range(answers)]
        asked = here.user(question)
        guests = [Guest(asked, at_s=ASKS_S)] + [Guest(asked, into_s=ANSWER_S + REST_S)] * (answers - 1)
        own = engines(sounds, HEAR_RATE_HZ, vad=vad.another(), sentences=1)
        played = play(here.room, guests, own, most_s=(answers + 1) * (ANSWER_S + 4 * REST_S))
        rows.append({"room": seed, "echo_db": echo_db, **_alone(played, answers, len(question) / HEAR_RATE_HZ)})
        progress(f"room {seed + 1}/{rooms}, echo {echo_db:+.0f} dB: {rows[-1]}")
    return rows


def _alone(played: Played, answers: int, asked_s: float) -> Row:
    """What happens while the user, who asks for `asked_s`, is silent."""
    began = played.answers_s
    asked = [(at_s, at_s + asked_s + TAIL_S) for at_s in played.line.source.began_s]

    def of_nobody(times_s: Iterable[float]) -> int:
        return sum(not any(start_s <= at_s < end_s for start_s, end_s in asked) for at_s in times_s)

    return {
        "answers": answers,
        "begun": len(began),
        "turns_of_nobody": of_nobody(event.at_s for event in played.events if isinstance(event, SpeechStarted)),
        "interrupted": of_nobody(played.interrupted_s),
        "pauses": of_nobody(at_s for at_s, how in played.yielded if how == "silent"),
        "ducks": of_nobody(at_s for at_s, how in played.yielded if how == "ducked"),
        "loss_first_db": loss_db(played, began[0], began[0] + 1) if began else None,
        "loss_later_db": loss_db(played, began[0] + 3, began[0] + ANSWER_S) if began else None,
    }


def loss_db(played: Played, start_s: float, end_s: float) -> float:
    """How much quieter the echo has become in a part of the line's time in which nobody else speaks."""
    heard, left = (cut(sound, start_s, end_s) for sound in (played.microphone, played.cleaned))
    return power_db(heard) - power_db(left)


@dataclass(frozen=True, slots=True)
class Hearers:
    """The engines that hear. Without the last two the scene has an ASR that knows one sentence."""

    vad: VadEngine
    endpoint: Endpoint | None = None
    asr: Asr | None = None


def barge_ins(
    sentences: Sequence[Samples],
    question: Samples,
    clips: Sequence[Clip],
    hearers: Hearers,
    *,
    progress: Progress,
    levels_db: Sequence[float | None] = (None, *LEVELS_DB),
) -> list[Row]:
    """Each clip, spoken into an answer at each level; None: into one that the microphone does not hear."""
    rows: list[Row] = []
    voice = np.concatenate(sentences)
    for i, clip in enumerate(clips):
        for echo_db in levels_db:
            here = place(i, voice, -200.0 if echo_db is None else echo_db)
            row = one_barge_in(here, question, spoken(clip), answer(sentences, i), 1.0 + 0.37 * (i % 7), hearers)
            about = {"set": clip.set, "file": clip.path.name, "transcript": clip.transcript}
            rows.append({**about, "room": i, "echo_db": echo_db, **row})
            progress(f"{len(rows)}/{len(clips) * len(levels_db)} {clip.path.name}, echo {echo_db}: {row}")
    return rows


def one_barge_in(here: Place, question: Samples, said: Samples, sound: Samples, into_s: float, hearers: Hearers) -> Row:
    """Spoken into the second answer: the first is the one from which the room is learned. `stop_s`: from the first word
    to the last sound of the answer, as in `barge`.
    """
    asked = here.user(question)
    guests = [
        Guest(asked, at_s=ASKS_S),
        Guest(asked, into_s=LEARNS_S + REST_S),
        Guest(here.user(said), into_s=into_s),
    ]
    own = engines(
        [cut(sound, 0, LEARNS_S), sound, cut(sound, 0, 1)],
        HEAR_RATE_HZ,
        vad=hearers.vad.another(),
        endpoint=hearers.endpoint,
        asr=hearers.asr or OneSentenceAsr("Tell me another story."),
        sentences=1,
    )
    played = play(here.room, guests, own, most_s=40)
    if len(played.line.source.began_s) < len(guests):
        return {"unanswered": True, "noticed": False, "early": False, "stop_s": None, "heard": ""}
    spoke_s = played.line.source.began_s[-1]
    end_s = spoke_s + len(said) / HEAR_RATE_HZ + PATIENCE_S
    silent_s = next((at_s for at_s, how in played.yielded if how == "silent" and at_s >= spoke_s), np.inf)
    stop_s = min([silent_s, *(at_s for at_s in played.interrupted_s if at_s >= spoke_s)])
    texts = [event.text for event in played.events if isinstance(event, HeardText) and event.at_s >= spoke_s]
    return {
        "unanswered": False,
        "noticed": stop_s < end_s,
        "early": any(at_s < spoke_s and how == "silent" for at_s, how in played.yielded),
        "stop_s": _last_sound(played.loudspeaker, stop_s + 0.05) - spoke_s if stop_s < end_s else None,
        "heard": " ".join(texts) if hearers.asr else "",
    }


def _last_sound(sound: Samples, before_s: float) -> float:
    loud = np.flatnonzero(np.abs(cut(sound, 0, before_s)) >= AUDIBLE)
    return float(loud[-1] + 1) / HEAR_RATE_HZ if len(loud) else 0.0


def cost(sentences: Sequence[Samples]) -> float:
    """The share of a core that cancelling takes while our own voice sounds."""
    voice = np.concatenate(sentences)
    here = place(0, voice, 0.0)
    heard = here.user(voice, -30.0)
    canceller, blocks = Canceller(), range(0, len(voice) - HEAR_FRAME, HEAR_FRAME)
    began_s = time.thread_time()
    for at in blocks:
        canceller.process(heard[at : at + HEAR_FRAME], voice[at : at + HEAR_FRAME])
    return (time.thread_time() - began_s) / (len(blocks) * HEAR_FRAME / HEAR_RATE_HZ)


def _word_errors(rows: Sequence[Row]) -> float | None:
    """The word error rate of what was noticed at all, where it was heard by a real ASR."""
    pairs = [(row["transcript"], row["heard"]) for row in rows if row["transcript"] and row["noticed"]]
    return count_errors(pairs).rate if pairs and any(row["heard"] for row in rows) else None


def _low(values: Sequence[float]) -> dict[str, float] | None:
    """The median and what is worst of it, as spread()."""
    return {name: float(np.quantile(values, q)) for name, q in _LOW.items()} if values else None


def summary(alone: Sequence[Row], spoken_into: Sequence[Row]) -> Row:
    """What is to be reached (docs/benchmarks.md)."""
    by_level: dict[str, Row] = {}
    for echo_db in dict.fromkeys(row["echo_db"] for row in spoken_into):
        rows = [row for row in spoken_into if row["echo_db"] == echo_db and not row["unanswered"]]
        by_level[str(echo_db)] = {
            "clips": len(rows),
            "noticed": sum(row["noticed"] for row in rows) / max(1, len(rows)),
            "stop_s": spread([row["stop_s"] for row in rows if row["stop_s"] is not None]),
            "early": sum(row["early"] for row in rows),
            "word_errors": _word_errors(rows),
        }
    counted = ("answers", "begun", "turns_of_nobody", "interrupted", "pauses", "ducks")
    losses = {name: _low([row[name] for row in alone if row[name]]) for name in ("loss_first_db", "loss_later_db")}
    return {"alone": {name: sum(row[name] for row in alone) for name in counted} | losses, "spoken_into": by_level}

"""TTS bench: how soon the first sound of a text is there, the real-time factor, and what an ASR makes of the voice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from statistics import median
from typing import Protocol

import numpy as np

from edge_agent.bench.wer import count_errors
from edge_agent.clock import Clock
from edge_agent.interfaces import Asr, Chunk
from edge_agent.resample import resample
from edge_agent.types import HEAR_RATE_HZ, Json, Samples

TEXTS = {
    "fragment": "It is half past three,",
    "sentence": "The Brooklyn Bridge was opened in eighteen eighty-three.",
    "long": "You could fry the potatoes first, add the eggs once they are golden, and finish with pepper.",
    "numbers": "That is $12.50 for 3 coffees, due by 5:30 p.m. on May 3rd.",
}
"""`fragment` is what `think` hands on first: the time to its first sound is TTS's part of voice-to-voice latency."""
AROUND_S = 0.3
"""Silence around what an ASR is to hear, as around a question."""


class BenchedVoice(Protocol):
    rate_hz: int

    def stream(self, text: str) -> Iterator[Chunk]: ...
    def render(self, text: str) -> Samples: ...


def bench_tts(
    voices: Sequence[BenchedVoice],
    clock: Clock,
    *,
    runs: int = 5,
    progress: Callable[[str], object] = lambda line: None,
) -> list[Json]:
    """Render each text `runs` times, after one cold fragment on voices that were loaded and not yet used. Each take of
    one is followed by the same of the next, so that all meet the same load.

    Returns for each voice, ready for JSON: `cold` (a row), `summary` with `first_fragment_s` (until its first sound is
    there) and `rtf` (seconds of work a second of sound; median of all warm takes), and `rows`, one a text, with
    medians: `first_s` until the first sound is there, `render_s` until all is. With `speak.first_s=0` the two are one.
    """
    cold = [_render(voice, TEXTS["fragment"], clock) for voice in voices]
    for text in TEXTS.values():
        for voice in voices:
            _render(voice, text, clock)  # the first run at a new length allocates
    takes: list[dict[str, list[Json]]] = [{} for _ in voices]
    for name, text in TEXTS.items():
        for _ in range(runs):
            for voice, own in zip(voices, takes, strict=True):
                own.setdefault(name, []).append(_render(voice, text, clock))
        for own in takes:
            _tell(name, own[name], progress)
    return [_summed(first, own, runs) for first, own in zip(cold, takes, strict=True)]


def round_trip(
    voices: Sequence[BenchedVoice],
    asr: Asr,
    sentences: Sequence[str],
    progress: Callable[[str], object] = lambda line: None,
) -> list[Json]:
    """Say the `sentences` and have the ASR write them down. What it gets wrong it may get wrong of anybody: the figure
    is for comparing voices, and for finding what one cannot say.

    Returns for each voice, ready for JSON: `wer` (0.1 = 10 %), `errors`, `words`, and in `heard` what was said and
    heard of each sentence.
    """
    heard: list[list[tuple[str, str]]] = [[] for _ in voices]
    for number, text in enumerate(sentences, start=1):
        for voice, own in zip(voices, heard, strict=True):
            around = round(AROUND_S * voice.rate_hz)
            sound = resample(np.pad(voice.render(text), around), voice.rate_hz, HEAR_RATE_HZ)
            own.append((text, asr.transcribe(sound).text))
            progress(f"{number}/{len(sentences)} {own[-1][1]}")
    counts = [count_errors(own) for own in heard]
    return [
        {
            "wer": count.rate,
            "errors": count.errors,
            "words": count.words,
            "heard": [{"said": said, "heard": text} for said, text in own],
        }
        for count, own in zip(counts, heard, strict=True)
    ]


def _tell(name: str, takes: Sequence[Json], progress: Callable[[str], object]) -> None:
    middle = _middle(takes)
    first_ms, all_ms = (round(middle[key] * 1000) for key in ("first_s", "render_s"))
    progress(f"{name}: {first_ms} ms to its first sound, {all_ms} ms for all {middle['sound_s']:.2f} s")


def _middle(takes: Sequence[Json]) -> Json:
    return {key: median(take[key] for take in takes) for key in takes[0]}


def _summed(cold: Json, takes: dict[str, list[Json]], runs: int) -> Json:
    rows = [{"name": name, "text": TEXTS[name], **_middle(own)} for name, own in takes.items()]
    factors = [take["rtf"] for own in takes.values() for take in own]
    first = next(row for row in rows if row["name"] == "fragment")
    return {
        "cold": {"name": "fragment", "text": TEXTS["fragment"], **cold},
        "summary": {"runs": runs, "first_fragment_s": first["first_s"], "rtf": median(factors)},
        "rows": rows,
    }


def _render(voice: BenchedVoice, text: str, clock: Clock) -> Json:
    started = clock.now()
    there_s, samples = list[float](), 0
    for chunk in voice.stream(text):
        there_s.append(clock.now() - started)
        samples += len(chunk.samples)
    render_s, sound_s = clock.now() - started, samples / voice.rate_hz
    first_s = there_s[0] if there_s else render_s
    return {
        "first_s": first_s,
        "render_s": render_s,
        "sound_s": sound_s,
        "rtf": render_s / sound_s if sound_s else 0.0,
    }

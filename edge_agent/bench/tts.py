"""TTS bench: how soon the first sound of a text is there, and the real-time factor of typical texts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from statistics import median
from typing import Any, Protocol

from edge_agent.clock import Clock
from edge_agent.interfaces import Chunk

TEXTS = {
    "fragment": "It is half past three,",
    "sentence": "The Brooklyn Bridge was opened in eighteen eighty-three.",
    "long": "You could fry the potatoes first, add the eggs once they are golden, and finish with pepper.",
    "numbers": "That is $12.50 for 3 coffees, due by 5:30 p.m. on May 3rd.",
}
"""`fragment` is what `think` hands on first: the time to its first sound is TTS's part of voice-to-voice latency."""

Row = dict[str, Any]


class Voice(Protocol):
    rate_hz: int

    def stream(self, text: str) -> Iterator[Chunk]: ...


def bench_tts(
    voice: Voice, clock: Clock, *, runs: int = 5, progress: Callable[[str], object] = lambda line: None
) -> Row:
    """Render each text `runs` times, after one cold fragment on a voice that was loaded and not yet used.

    Returns, ready for JSON: `cold` (a row), `summary` with `first_fragment_s` (until its first sound is there) and
    `rtf` (seconds of work a second of sound; median of all warm takes), and `rows`, one a text, with medians:
    `first_s` until the first sound is there, `render_s` until all is. With `speak.first_s=0` the two are one.
    """
    cold = _render(voice, TEXTS["fragment"], clock)
    for text in TEXTS.values():
        _render(voice, text, clock)  # the first run at a new length allocates
    rows, factors = [], []
    for name, text in TEXTS.items():
        takes = [_render(voice, text, clock) for _ in range(runs)]
        factors += [take["rtf"] for take in takes]
        middle = {key: median(take[key] for take in takes) for key in takes[0]}
        rows.append({"name": name, "text": text, **middle})
        first_ms, all_ms = (round(middle[key] * 1000) for key in ("first_s", "render_s"))
        progress(f"{name}: {first_ms} ms to its first sound, {all_ms} ms for all {middle['sound_s']:.2f} s")
    first = next(row for row in rows if row["name"] == "fragment")
    return {
        "cold": {"name": "fragment", "text": TEXTS["fragment"], **cold},
        "summary": {"runs": runs, "first_fragment_s": first["first_s"], "rtf": median(factors)},
        "rows": rows,
    }


def _render(voice: Voice, text: str, clock: Clock) -> dict[str, float]:
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

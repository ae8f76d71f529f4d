"""TTS bench: how long a first fragment takes to render, and the real-time factor of typical texts."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from typing import Any, Protocol

from edge_agent.clock import Clock
from edge_agent.types import Samples

TEXTS = {
    "fragment": "It is half past three,",
    "sentence": "The Brooklyn Bridge was opened in eighteen eighty-three.",
    "long": "You could fry the potatoes first, add the eggs once they are golden, and finish with pepper.",
    "numbers": "That is $12.50 for 3 coffees, due by 5:30 p.m. on May 3rd.",
}
"""`fragment` is what `think` hands on first: its time is the part of TTS in voice-to-voice latency."""

Row = dict[str, Any]


class Voice(Protocol):
    rate_hz: int

    def render(self, text: str) -> Samples: ...


def bench_tts(
    voice: Voice, clock: Clock, *, runs: int = 5, progress: Callable[[str], object] = lambda line: None
) -> Row:
    """Render each text `runs` times, after one cold fragment on a voice that was loaded and not yet used.

    Returns, ready for JSON: `cold` (a row), `summary` with `first_fragment_s` and `rtf` (seconds of work a
    second of sound; median of all warm takes), and `rows`, one a text, with medians.
    """
    cold = _render(voice, TEXTS["fragment"], clock)
    for text in TEXTS.values():
        voice.render(text)  # the first run at a new length allocates
    rows, factors = [], []
    for name, text in TEXTS.items():
        takes = [_render(voice, text, clock) for _ in range(runs)]
        factors += [take["rtf"] for take in takes]
        rows.append({"name": name, "text": text} | {key: median(take[key] for take in takes) for key in takes[0]})
        progress(f"{name}: {rows[-1]['render_s'] * 1000:.0f} ms for {rows[-1]['sound_s']:.2f} s of sound")
    first = next(row for row in rows if row["name"] == "fragment")
    return {
        "cold": {"name": "fragment", "text": TEXTS["fragment"], **cold},
        "summary": {"runs": runs, "first_fragment_s": first["render_s"], "rtf": median(factors)},
        "rows": rows,
    }


def _render(voice: Voice, text: str, clock: Clock) -> dict[str, float]:
    started = clock.now()
    sound = voice.render(text)
    render_s, sound_s = clock.now() - started, len(sound) / voice.rate_hz
    return {"render_s": render_s, "sound_s": sound_s, "rtf": render_s / sound_s if sound_s else 0.0}

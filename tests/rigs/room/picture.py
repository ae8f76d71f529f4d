"""Picture: one scene as an SVG: levels of loudspeaker, microphone and what the ears got, and what these decided."""

from __future__ import annotations

import html
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from edge_agent.lines.canceller import power_db
from edge_agent.types import HEAR_RATE_HZ, Samples
from tests.rigs.room.play import Played
from tests.rigs.room.room import Guest

STEP_S = 0.05
WIDTH, LEFT, ROW, GAP = 900, 120, 90, 14
FLOOR_DB = -90.0
STYLE = (
    "text{font:12px sans-serif;fill:#333}.sound{fill:#4a7fb5}.user{fill:#e8a33d;opacity:.3}"
    ".silent{fill:#c0392b}.ducked{fill:#e5a09a}.turn{fill:#27764a}.line{stroke:#bbb}"
)


def picture(played: Played, guests: Sequence[Guest]) -> str:
    """Returns the SVG. Who else sounds is behind the curves in orange."""
    seconds = len(played.cleaned) / HEAR_RATE_HZ
    scale = (WIDTH - LEFT - 10) / seconds
    sounds = {
        "loudspeaker": played.loudspeaker,
        "microphone": played.microphone,
        "what the ears get": played.cleaned,
    }
    height = len(sounds) * (ROW + GAP) + 2 * GAP + 50
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
        f"<style>{STYLE}</style><title>Levels of one scene and what the ears decided</title>",
    ]
    for guest, began_s in zip(guests, played.line.source.began_s, strict=False):
        x, width = LEFT + began_s * scale, len(guest.sound) / HEAR_RATE_HZ * scale
        parts.append(_box("user", x, 0, width, height - 30, guest.name))
    for number, (name, sound) in enumerate(sounds.items()):
        top = GAP + number * (ROW + GAP)
        parts.append(_curve(sound, top, scale))
        parts.append(f'<text x="4" y="{top + ROW / 2:.0f}">{name}</text>')
    top = GAP + len(sounds) * (ROW + GAP)
    parts.append(f'<text x="4" y="{top + 12}">the answer</text>')
    parts += _decisions(played, top, scale, seconds)
    parts += _axis(seconds, height, scale)
    return "\n".join([*parts, "</svg>\n"])


def _curve(sound: Samples, top: float, scale: float) -> str:
    step = round(STEP_S * HEAR_RATE_HZ)
    levels = [max(FLOOR_DB, power_db(sound[at : at + step])) for at in range(0, len(sound) - step, step)]
    points = [f"{LEFT + i * STEP_S * scale:.0f},{top + ROW * db / FLOOR_DB:.0f}" for i, db in enumerate(levels)]
    ends = f"{LEFT},{top + ROW:.0f}", f"{LEFT + len(levels) * STEP_S * scale:.0f},{top + ROW:.0f}"
    return f'<polygon class="sound" points="{ends[0]} {" ".join(points)} {ends[1]}"/>'


def _decisions(played: Played, top: float, scale: float, seconds: float) -> list[str]:
    """Where the answer was quieter (light) or silent (dark), and where a turn began (green)."""
    changes = [*played.yielded, (seconds, "no")]
    boxes = [
        _box(how, LEFT + at_s * scale, top, (until_s - at_s) * scale, GAP, how)
        for (at_s, how), (until_s, _) in pairwise(changes)
        if how != "no"
    ]
    began = [event.at_s for event in played.events if event.type == "speech_started"]
    return boxes + [_box("turn", LEFT + at_s * scale, top, 3, 2 * GAP, "a turn begins") for at_s in began]


def _axis(seconds: float, height: float, scale: float) -> list[str]:
    ticks = np.arange(0, seconds, 2)
    return [f'<text x="{LEFT + s * scale:.0f}" y="{height - 8}">{s:.0f} s</text>' for s in ticks]


def _box(kind: str, x: float, y: float, width: float, height: float, title: str) -> str:
    shape = f'class="{kind}" x="{x:.0f}" y="{y:.0f}" width="{max(1, width):.0f}" height="{height:.0f}"'
    return f"<rect {shape}><title>{html.escape(title)}</title></rect>"

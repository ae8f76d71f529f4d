"""Latency: when each stage of a turn was done, on the line's clock."""

from __future__ import annotations

from dataclasses import dataclass

from edge_agent.types import Turn

MARKS = ("speech_end", "soft_end", "heard", "think", "sentence", "sound", "commit", "play")
"""Speech ended; the ears took that for a probable end, a frame sooner where the voice falls; ASR was done; the LLM
began; its first fragment was there; the fragment's sound was there; the ears were certain; the first block went to the
sink."""

STAGES = (
    ("VAD", "speech_end", "soft_end"),
    ("ASR", "soft_end", "heard"),
    ("LLM", "think", "sentence"),
    ("TTS", "sentence", "sound"),
    ("hold", "soft_end", "commit"),
    ("wait", "commit", "play"),
)
"""Name of a stage, the mark where it begins and the one where it ends."""


@dataclass(frozen=True, slots=True)
class Stage:
    name: str
    start_s: float
    """The start, counted from the end of speech."""
    seconds: float


RECENT = 32
"""Drafts, those of the last turns: a turn has at most some ten."""


class Latency:
    """Collects marks; of several drafts of a turn the one that was heard counts, the others are `thrown_away`."""

    def __init__(self, most: int | None = None) -> None:
        """`most`: drafts that are remembered, the oldest go first. A conversation of months needs a bound."""
        self._most = most
        self._marks: dict[Turn, dict[str, float]] = {}

    def __call__(self, turn: Turn, name: str, at_s: float) -> None:
        self._marks.setdefault(turn, {}).setdefault(name, at_s)
        if self._most and len(self._marks) > self._most:
            del self._marks[next(iter(self._marks))]

    def turns(self) -> dict[int, dict[str, float]]:
        """Number of the turn -> marks, for turns that were committed."""
        return {turn.number: marks for turn, marks in self._marks.items() if "commit" in marks}

    def thrown_away(self, number: int) -> int:
        """Answers begun for a turn before its user had finished."""
        return sum(turn.number == number and "commit" not in marks for turn, marks in self._marks.items())


def stages(marks: dict[str, float]) -> list[Stage]:
    """The stages of one turn, in the order in which they began; without the VAD where the ears were ahead of it."""
    origin = marks["speech_end"]
    found = [
        Stage(name, marks[begin] - origin, marks[end] - marks[begin])
        for name, begin, end in STAGES
        if begin in marks and end in marks and marks[begin] <= marks[end]
    ]
    return sorted(found, key=lambda stage: stage.start_s)


def timeline(marks: dict[str, float], width: int = 48) -> str:
    """A turn as lines of text, one stage each, on one scale."""
    parts = stages(marks)
    if not parts:
        return "(no stages were measured)"
    end = max(0.001, *(part.start_s + part.seconds for part in parts))
    rows = []
    for part in parts:
        before = round(max(0.0, part.start_s) / end * width)
        length = max(1, round(part.seconds / end * width))
        bar = " " * before + "█" * length
        rows.append(f"  {part.name:<5}{part.start_s * 1000:6.0f} ms {bar:<{width + 1}} {part.seconds * 1000:5.0f} ms")
    return "\n".join(rows)

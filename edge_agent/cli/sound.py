"""Sound: what a command hears: the microphone until it ends, or a file; in frames."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edge_agent.line import Source
    from edge_agent.settings import Settings
    from edge_agent.types import AudioFrame


def source_of(chosen: Settings, input: Path | None) -> Source:
    """Raises InputError or DeviceError."""
    if input is not None:
        from edge_agent.clock import ManualClock
        from edge_agent.lines.audio_file import read_audio
        from edge_agent.lines.wav import LineClock, WavSource

        return WavSource(*read_audio(input), LineClock(ManualClock()))
    from edge_agent.lines.microphone import Microphone

    return Microphone(chosen.line.microphone)


def frames_of(source: Source) -> Iterator[AudioFrame]:
    """Those of the microphone, or of a file and half a second of silence behind it: a name is recognized after it."""
    from edge_agent.hear.framing import Framer

    framer = Framer()
    while (block := source.read()) is not None:
        yield from framer.push(block)
        ended_s = getattr(source, "ended_s", None)
        if ended_s is not None and block.end_s > ended_s + 0.5:
            return

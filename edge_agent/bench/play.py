"""Play: one clip goes in as a microphone's sound would, and what the agent did about it comes out."""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from edge_agent.bench.clips import Clip
from edge_agent.clock import RealClock
from edge_agent.hear.framing import Framer
from edge_agent.lines.audio_file import read_audio
from edge_agent.lines.wav import WavLine
from edge_agent.run.stage import Rooms
from edge_agent.run.threads import Conversation
from edge_agent.think.mind import Mind
from edge_agent.types import Event, Samples, Turn
from edge_agent.watch.latency import Latency

ENOUGH_S = 0.3
"""An answer is listened to for this long, then its clip is over: what follows is no part of the figure."""
PATIENCE_S = 30.0
"""An answer that has not begun this long after the last word is missed."""
LINGER_S = 1.0
"""Where nothing is answered, the clip is over this long after its file."""
LOOK_S = 0.01


@dataclass(frozen=True, slots=True)
class Take:
    """What came of playing one clip to the agent. Times are line time: 0 is the first sample of the clip."""

    events: Sequence[Event]
    latency: Latency
    sound: Samples
    """Everything that the line played, from 0 on, at `rate_hz`."""
    rate_hz: int
    cpu_s: float
    """Processor time of the whole process, over all threads."""
    stall_s: float = 0.0
    """Longest time for which the process did not come to run although it wanted to: other work, or a pause of it."""


def play_clip(clip: Clip, rooms: Rooms) -> Take:
    """Real time, the line and the threads of `talk --input`, a new conversation, the same warm engines.

    Returns soon after an answer to the clip's last words has begun, so that its length costs nothing.
    """
    events: list[Event] = []
    latency = Latency()
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "played.wav"
        line = WavLine(clip.path, output_rate_hz=rooms.voice.rate_hz, clock=RealClock(), output=output)
        started_s: dict[Turn, float] = {}

        def on_mark(turn: Turn, name: str, at_s: float) -> None:
            latency(turn, name, at_s)
            if name == "play":
                started_s[turn] = at_s

        conversation = Conversation(line, _fresh(rooms), on_event=events.append, on_mark=on_mark, linger_s=LINGER_S)
        gate = conversation.agent.gate

        def is_done() -> bool:
            if gate.closed or line.now_s() >= clip.speech_end_s + PATIENCE_S:
                return True
            begun_s = started_s.get(gate.current, math.inf)
            return line.now_s() >= max(begun_s, clip.speech_end_s) + ENOUGH_S and not rooms.ears.busy

        cpu_s = time.process_time()
        conversation.start()
        try:
            stall_s = _wait(is_done)
        finally:
            conversation.stop()
            conversation.join()
        cpu_s = time.process_time() - cpu_s
        return Take(events, latency, *read_audio(output), cpu_s, stall_s)


def _wait(is_done: Callable[[], bool]) -> float:
    """Until `is_done`. Returns the longest time for which this thread, which has next to nothing to do, stood still."""
    stall_s, looked_s = 0.0, time.monotonic()
    while not is_done():
        time.sleep(LOOK_S)
        last_s, looked_s = looked_s, time.monotonic()
        stall_s = max(stall_s, looked_s - last_s - LOOK_S)
    return stall_s


def _fresh(rooms: Rooms) -> Rooms:
    """The same engines, with nothing left of the conversation before."""
    rooms.ears.abandon()
    if isinstance(rooms.mind, Mind):
        rooms.mind.reset()  # the prompt begins with the persona, which the LLM's cache holds
    return Rooms(Framer(), rooms.ears, rooms.mind, rooms.voice)

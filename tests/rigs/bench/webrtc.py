"""WebRTC bench: voice-to-voice in a real browser beside `talk` on the same clips, and how soon it falls silent."""

from __future__ import annotations

import os
import queue
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from edge_agent.bench.clips import Clip
from edge_agent.bench.turns import CUT_OFF_S, first_sound, judged, spread
from edge_agent.errors import EngineError
from edge_agent.lines.audio_file import read_audio
from edge_agent.resample import resample
from edge_agent.speak.voice import AUDIBLE
from edge_agent.types import Json, Samples
from tests.rigs.bench.beside_talk import Play, in_pair, silent_after, summary
from tests.rigs.browser.chromium import PAGE, RATE_HZ, Heard, call, page

DOOR = {"door": "/v1/device/calls", "label": "events"}
LONG = "What can you do?"
"""The question that code answers, in sentences of 8 s: what a small LLM tells is over in two."""
SPEAKS_S = 4.0
"""The time at which the interrupting clip begins, behind the first silence: the answer has begun by then."""


@dataclass(frozen=True, slots=True)
class Browser:
    """Where the page is, what comes of it, and the server that it calls."""

    origin: str
    posted: queue.Queue[tuple[str, bytes]]
    server: str

    def call(self, sound: Samples | None, **asked: Any) -> Heard:
        return call(self.origin, self.posted, self.server, sound, **{**DOOR, **asked})


@contextmanager
def browser(flags: Sequence[str], loss: float, jitter_s: float, more: Path = PAGE) -> Iterator[Browser]:
    """A server with these flags, over a network that loses and scatters packets. `more`: files for its pages."""
    spoiled = ["-m", "tests.rigs.browser.lossy", str(loss), str(jitter_s)] if loss or jitter_s else ["-m", "edge_agent"]
    with page(more) as (origin, posted), TemporaryDirectory() as state:  # what rings in the owner's own would be heard
        command = [sys.executable, *spoiled, "serve", "--port", "0", "--max-sessions", "2", "--allowed-origins", origin]
        own = os.environ | {"XDG_STATE_HOME": state}
        with subprocess.Popen([*command, *flags], stdout=subprocess.PIPE, text=True, env=own) as process:
            try:
                assert process.stdout is not None
                for line in process.stdout:
                    if found := re.search(r"http://127\.0\.0\.1:\d+", line):
                        break
                else:
                    raise EngineError("The server did not start; its own message is above.")
                yield Browser(origin, posted, found[0])
            finally:
                process.terminate()


def bench_webrtc(
    clips: Sequence[Clip],
    flags: Sequence[str],
    play: Play | None,
    *,
    loss: float = 0.0,
    jitter_s: float = 0.0,
    interruptions: int = 0,
    clean: bool = False,
    progress: Callable[[str], object] = lambda line: None,
) -> Json:
    """Each clip to a browser's microphone and, with `play`, to a line as `talk` has it, with `clean` to a server that
    no network is before; the first pair is cold."""
    rows, silent = list[Json](), list[float | None]()
    beside = browser(flags, 0.0, 0.0) if clean else nullcontext()
    with browser(flags, loss, jitter_s) as other, beside as undisturbed:
        for number, clip in enumerate(clips):
            talk = judged(clip, play(clip)) if play else None
            own = partial(_turn, clip, undisturbed) if undisturbed else None
            row = in_pair(number, partial(_turn, clip, other), own)
            rows.append(row | {"talk_s": talk["v2v_s"] if talk else None, "cold": not rows})
            beside_it = f"clean {row['clean_s']}" if clean else f"talk {rows[-1]['talk_s']}"
            progress(f"{len(rows)}/{len(clips)} {clip.path.name}: {row['v2v_s']} {beside_it}")
        for clip in clips[:interruptions]:
            silent.append(_silence(clip, other))
            progress(f"{clip.path.name}: silent after {silent[-1]}")
    connected = spread([row["connect_s"] for row in rows if row["connect_s"] is not None])
    found = {**summary(rows, silent), "connect_s": connected}
    return {"loss": loss, "jitter_s": jitter_s, "summary": found, "rows": rows}


def _turn(clip: Clip, other: Browser) -> Json:
    sound = resample(*read_audio(clip.path), RATE_HZ)
    heard = other.call(sound, last="saying", seconds=clip.speech_end_s + 22)
    return {"file": clip.path.name, **_judged(clip, sound, heard)}


def _judged(clip: Clip, sound: Samples, heard: Heard) -> Json:
    """What came of one call. The clip is found in what the microphone gave by its first sound."""
    told, marks = heard.told, heard.told["marks"]
    if "error" in told:
        raise EngineError(f"The page failed: {told['error']}")
    mine, theirs = first_sound(sound, RATE_HZ), first_sound(heard.microphone, RATE_HZ)
    texts = [event["text"] for event in told["events"] if event["type"] == "heard"]
    v2v_s = None
    if mine is not None and theirs is not None:
        end_s = theirs - mine + clip.speech_end_s
        first_s = first_sound(heard.remote, RATE_HZ)
        v2v_s = first_s - end_s if first_s is not None and first_s > end_s - CUT_OFF_S and len(texts) == 1 else None
    connected = marks["listening"] - marks["click"] if "listening" in marks else None
    said = {"heard": texts, "transcript": clip.transcript, "language": clip.language}
    return {"v2v_s": v2v_s, "connect_s": connected, **said}


def _silence(clip: Clip, other: Browser) -> float | None:
    """The time from the first sound of a clip that is spoken into an answer to the end of what is heard of that."""
    sound = resample(*read_audio(clip.path), RATE_HZ)
    late = np.concatenate([np.zeros(round(SPEAKS_S * RATE_HZ), np.float32), sound])
    heard = other.call(late, say=LONG, last="interrupted", seconds=20)
    onset_s = first_sound(heard.microphone, RATE_HZ)
    if onset_s is None or first_sound(heard.remote, RATE_HZ) is None:
        return None
    at = round(onset_s * RATE_HZ)
    before = heard.remote[at - RATE_HZ : at]
    if np.sqrt(np.mean(before**2)) < AUDIBLE:
        return None  # the answer was over, or had not begun
    tail = heard.remote[at : at + RATE_HZ]
    silent_s = silent_after(tail, RATE_HZ)
    return 0.0 if silent_s is None else silent_s

"""Phone bench: voice-to-voice by telephone (SIP and RTP on loopback) beside `talk` on the same clips, barge-in, loss.

V2V: from the end of speech in the RTP that the telephone sends to the first audible sample in the RTP that it gets.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from edge_agent.bench.clips import Clip
from edge_agent.bench.turns import CUT_OFF_S, first_sound, judged
from edge_agent.errors import EngineError
from edge_agent.lines.audio_file import read_audio
from edge_agent.resample import resample
from edge_agent.speak.voice import AUDIBLE
from edge_agent.types import Json, Samples
from edge_agent.watch.history import History
from tests.rigs.bench.beside_talk import Play, in_pair, silent_after, summary
from tests.rigs.sip.caller import FRAME, FRAME_S, RATE_HZ, Caller
from tests.rigs.sip.peer import HOST, telephone
from tests.rigs.sip.relay import between

PATIENCE_S = 20.0
"""An answer that has not begun so long after the clip is missed."""
KEPT_S = 3.0
"""What was said is in the history so long after the call at the latest."""
STORY = "Whatever you are asked, tell a very long story of a fisherman who is lost in a storm, in many sentences."
"""The persona of the agent that is interrupted: its answers are long enough."""
REQUEST = Path(__file__).parents[2] / "data" / "speech" / "googlespeech_brooklyn_bridge.flac"
INTO_S = 1.5
"""An interruption begins so long after the first sound of the answer, or when that sounds again."""
BEFORE_S = 0.25
"""The answer is to be heard for so long before it."""


class PhoneThatRuns:
    def __init__(self, port: int, state: Path) -> None:
        self.port, self._history = port, History(state)
        self._history.turn_on()
        self._seen = 0

    def heard(self) -> list[str]:
        """What it has heard since it was last asked."""
        said, end = list[str](), time.monotonic() + KEPT_S
        while time.monotonic() < end and not said:
            time.sleep(0.1)
            said = [each.user for each in self._history.exchanges()][self._seen :]
        self._seen += len(said)
        return said


@contextmanager
def running(flags: Sequence[str]) -> Iterator[PhoneThatRuns]:
    """`edge-agent phone run` with these flags, for calls of this machine; callers may do what `talk` may."""
    with TemporaryDirectory() as state:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
            free.bind((HOST, 0))
            port = free.getsockname()[1]
        own = ["--set", f"phone.listen=127.0.0.1:{port}", "--set", "phone.skills=all", "--set", "phone.codecs=pcma"]
        command = [sys.executable, "-m", "edge_agent", "phone", "run", *own, *flags]
        place = os.environ | {"STATE_DIRECTORY": state, "RUNTIME_DIRECTORY": state}
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=place) as process:
            try:
                assert process.stdout is not None
                if not any("calls are taken" in line for line in process.stdout):
                    raise EngineError("The phone did not start; its own message is above.")
                yield PhoneThatRuns(port, Path(state))
            finally:
                process.terminate()
                process.communicate()


def bench_phone(
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
    """Each clip by telephone and, with `play`, to a line as `talk` has it, with `clean` through no network at all; the
    first pair is cold."""
    rows, silent = list[Json](), list[float | None]()
    with running(flags) as phone:
        for number, clip in enumerate(clips):
            talk = judged(clip, play(clip)) if play else None
            spoiled = partial(_told, clip, phone, loss, jitter_s, number)
            row = in_pair(number, spoiled, partial(_told, clip, phone, 0.0, 0.0, number) if clean else None)
            said = {"file": clip.path.name, "transcript": clip.transcript, "language": clip.language}
            rows.append(said | row | {"talk_s": talk["v2v_s"] if talk else None, "cold": not rows})
            other = f"clean {row['clean_s']}" if clean else f"talk {rows[-1]['talk_s']}"
            progress(f"{len(rows)}/{len(clips)} {clip.path.name}: {row['v2v_s']} {other}")
    if interruptions:
        silent = list(_interrupted(clips[:interruptions], flags, loss, jitter_s, progress))
    return {"loss": loss, "jitter_s": jitter_s, "summary": summary(rows, silent), "rows": rows}


def _told(clip: Clip, phone: PhoneThatRuns, loss: float, jitter_s: float, seed: int) -> Json:
    with _called(phone, loss, jitter_s, seed) as caller:
        row = _turn(clip, caller)
    return row | {"heard": phone.heard()}


def _interrupted(
    clips: Sequence[Clip], flags: Sequence[str], loss: float, jitter_s: float, progress: Callable[[str], object]
) -> Iterator[float | None]:
    with running([*flags, "--set", f"think.persona={STORY}"]) as phone:
        for number, clip in enumerate(clips):
            with _called(phone, loss, jitter_s, number) as caller:
                silence_s = _silence(clip, caller)
            progress(f"{clip.path.name}: silent after {silence_s}")
            yield silence_s


@contextmanager
def _called(phone: PhoneThatRuns, loss: float, jitter_s: float, seed: int) -> Iterator[Caller]:
    """A call that has been greeted."""
    with telephone(phone.port) as peer, between(peer, loss, jitter_s, seed):
        peer.call()
        with Caller(peer).speaking() as caller:
            peer.settle()
            caller.hears(caller.begun_s)
            yield caller
        peer.hang_up()


def _turn(clip: Clip, caller: Caller) -> Json:
    begun_s = caller.says(_sound(clip.path), RATE_HZ)
    end_s = begun_s + clip.speech_end_s
    first_s = _first_after(caller, end_s - CUT_OFF_S, PATIENCE_S)
    return {"v2v_s": first_s - end_s if first_s is not None else None}


def _silence(clip: Clip, caller: Caller) -> float | None:
    """The time from the first sound of a clip that is spoken into an answer to the end of what is heard of that."""
    asked_s = caller.says(_sound(REQUEST), RATE_HZ)
    sound = _sound(clip.path)
    onset = first_sound(sound, RATE_HZ)
    if _first_after(caller, asked_s, PATIENCE_S) is None or onset is None:
        return None
    time.sleep(INTO_S)
    _wait_for_sound(caller, PATIENCE_S)  # not between two sentences, of which a busy machine makes the second late
    onset_s = caller.says(sound, RATE_HZ) + onset
    heard, from_s = _timeline(caller, onset_s - 1.0)
    at = round((onset_s - from_s) * RATE_HZ)
    before, tail = heard[max(0, at - round(BEFORE_S * RATE_HZ)) : at], heard[at : at + RATE_HZ]
    if not len(before) or np.sqrt(np.mean(before**2)) < AUDIBLE:
        return None  # the answer was over, or had not begun, or was between two sentences
    return silent_after(tail, RATE_HZ)


def _wait_for_sound(caller: Caller, patience_s: float) -> None:
    """Returns once an answer sounds, and has for a moment; or when nothing does for so long."""
    end_s = time.monotonic() + patience_s
    while time.monotonic() < end_s:
        lately = caller.since(time.monotonic() - BEFORE_S)
        if len(lately) and np.sqrt(np.mean(lately**2)) > 2 * AUDIBLE:
            return
        time.sleep(FRAME_S)


def _first_after(caller: Caller, since_s: float, patience_s: float) -> float | None:
    """When something audible was heard; None if nothing is in time."""
    end_s = time.monotonic() + patience_s
    while time.monotonic() < end_s:
        time.sleep(0.1)
        heard, from_s = _timeline(caller, since_s)
        first = first_sound(heard, RATE_HZ)
        if first is not None:
            return from_s + first
    return None


def _timeline(caller: Caller, since_s: float) -> tuple[Samples, float]:
    """What was heard from then on, each packet where it came, and the time of the first sample."""
    pieces = [each for each in list(caller.pieces) if each.at_s >= since_s]
    if not pieces:
        return np.zeros(0, np.float32), since_s
    from_s = pieces[0].at_s
    heard = np.zeros(round((pieces[-1].at_s - from_s) * RATE_HZ) + FRAME, np.float32)
    at = 0
    for each in pieces:
        at = max(at, round((each.at_s - from_s) * RATE_HZ)) if each.at_s - from_s > at / RATE_HZ + FRAME_S else at
        heard[at : at + len(each.samples)] = each.samples[: max(0, len(heard) - at)]
        at += len(each.samples)
    return heard, from_s


def _sound(path: Path) -> Samples:
    return resample(*read_audio(path), RATE_HZ)

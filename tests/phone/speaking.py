"""Somebody who speaks on the telephone: real SIP, real speech; and a phone with real ears, skills and voice."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
from phone.stacks import VOICE_HZ, at
from phone.telephone import free_port

from edge_agent import build
from edge_agent.build_ears import ears
from edge_agent.clock import RealClock
from edge_agent.config import load
from edge_agent.doors.phone import PhoneDoor
from edge_agent.host.engines import Engines
from edge_agent.host.host import Host
from edge_agent.lines.audio_file import read_audio
from edge_agent.phone.line import SipLine
from edge_agent.phone.setup import setup_of
from edge_agent.phone.stack import SipStack
from edge_agent.resample import resample
from edge_agent.settings import Settings
from edge_agent.types import HEAR_RATE_HZ, Samples
from tests.rigs.fakes import ScriptedWriter

SPEECH = Path(__file__).parents[1] / "data" / "speech"
LOUD = 0.02
QUIET_S = 0.8
"""Silence behind which an answer is over."""


class House:
    """The engines of a phone but for the LLM, which has a script."""

    def __init__(self, otherwise: Sequence[str]) -> None:
        self.settings = load({"models": {"profile": "tiny"}, "engines": {"isolation": "thread"}})
        chosen = build.choose(self.settings)
        vad, endpoint, asr = build.hearing(self.settings, chosen.vad, chosen.endpoint, chosen.asr)
        self.asr = build.asr(self.settings, chosen.asr)  # another: an engine is for one thread
        self.voice = build.warm_voice(self.settings, chosen.voice)
        self.engines = Engines(
            partial(ears, self.settings, vad), endpoint, lambda language: asr, ScriptedWriter({}, otherwise), self.voice
        )  # fmt: skip

    @contextmanager
    def phone(self, **own: object) -> Iterator[Settings]:
        """The door of the program is open; yields its settings."""
        listen = {"listen": f"127.0.0.1:{free_port()}"}
        settings = load({"models": {"profile": "tiny"}, "phone": {**listen, **own}})
        with Host(self.engines, RealClock()) as host, PhoneDoor(settings).opened(host):
            yield settings

    def words(self, sound: Samples, rate_hz: int = HEAR_RATE_HZ) -> str:
        """What somebody would have heard."""
        return self.asr.transcribe(resample(sound, rate_hz, HEAR_RATE_HZ)).text.lower()

    def spoken(self, text: str) -> Samples:
        """A sentence in our own voice, at the rate of the caller's line."""
        return resample(self.voice.render(text), self.voice.rate_hz, VOICE_HZ)


class Caller:
    """A telephone that somebody speaks into; what it hears is kept with the time."""

    def __init__(self, stack: SipStack, uri: str) -> None:
        self.line: SipLine = stack.dial(uri)
        assert self.line.picked_up.wait(10), self.line.end
        self.begun_s = time.monotonic()
        self.pieces: list[tuple[float, Samples]] = []
        threading.Thread(target=self._listen, daemon=True).start()

    def says(self, sound: Samples) -> float:
        """Returns when it was said, and says when that was."""
        for start in range(0, len(sound), VOICE_HZ // 50):
            self.line.sink.write(sound[start : start + VOICE_HZ // 50])
        return time.monotonic()

    def hears(self, since_s: float, seconds: float = 15.0) -> Samples:
        """What is said from then on, until it is quiet again."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(0.05)
            heard = [(at, np.abs(each).max() > LOUD) for at, each in list(self.pieces) if at > since_s]
            loud = [at for at, is_loud in heard if is_loud]
            if loud and heard[-1][0] - loud[-1] > QUIET_S:
                break
        return self.since(since_s)

    def begins(self, since_s: float, seconds: float = 10.0) -> float:
        """When something is heard."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(0.02)
            for heard_s, each in list(self.pieces):
                if heard_s > since_s and np.abs(each).max() > LOUD:
                    return heard_s
        raise AssertionError("nothing is heard")

    def since(self, since_s: float) -> Samples:
        return np.concatenate([each for at, each in list(self.pieces) if at > since_s])

    def _listen(self) -> None:
        while (frame := self.line.source.read()) is not None:
            self.pieces.append((time.monotonic(), frame.samples))


@contextmanager
def telephone_of(**more: object) -> Iterator[SipStack]:
    """A stack that calls; what calls it is picked up, and hears nothing."""
    lines: list[SipLine] = []

    def on_ring(line: SipLine) -> None:
        lines.append(line)
        line.pick_up()

    command = more.pop("command", None)
    own = at(free_port(), max_calls=4, **more)
    extra = {"command": command} if command else {}
    stack = SipStack(setup_of(own), on_ring, RealClock(), VOICE_HZ, **extra)  # type: ignore[arg-type]
    stack.open()
    stack.rung, stack.port = lines, own.port  # type: ignore[attr-defined]
    try:
        yield stack
    finally:
        stack.close()


def recorded(name: str) -> Samples:
    """A recording at the rate of the caller's line."""
    samples, rate_hz = read_audio(SPEECH / name)
    return resample(samples, rate_hz, VOICE_HZ)

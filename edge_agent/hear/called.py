"""Called: ears that sleep until the agent's name is said. Asleep, a frame costs next to nothing: no VAD, no ASR."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace

from edge_agent.errors import EngineError
from edge_agent.floor import Speaking, Yields
from edge_agent.hear.names import OwnNames
from edge_agent.hear.wake import WakeEngine
from edge_agent.interfaces import Listener
from edge_agent.types import (
    HEAR_FRAME,
    HEAR_RATE_HZ,
    Asleep,
    AudioFrame,
    Called,
    Draft,
    Finished,
    Heard,
    Hearing,
    Onset,
    Partial,
    Rejected,
)

log = logging.getLogger(__name__)

KEPT_S = 1.6
"""Sound kept while asleep, which the ears hear when a name is recognized: so long ago the slowest of "hey mycroft" that
was measured began, and the VAD needs a little from before it."""
QUESTION = 2.0
"""So many times longer it listens after a question of its own."""
ONLY_NAME = "It was the name alone."


class CalledEars:
    """Wraps the ears of one line; the hear thread owns it.

    Awake, all goes to the ears, and a name in front is taken off their words. It wakes when a name is recognized, and
    when the agent speaks or something rings, so that "stop" needs no name. It falls asleep after `follow_up_s` without
    a word from either side. `phrases`: names that no model knows; for them the ears listen all the time, and what they
    hear is not told before it begins with one.
    """

    def __init__(self, ears: Listener, wake: WakeEngine | None, phrases: Iterable[str], *, follow_up_s: float) -> None:
        self._ears, self._wake = ears, wake
        phrases = tuple(phrases)
        self._names = OwnNames([*(wake.names if wake else ()), *phrases])
        self._phrases = OwnNames(phrases) if phrases else None
        self._follow_up_s = follow_up_s
        self._kept: deque[AudioFrame] = deque(maxlen=round(KEPT_S * HEAR_RATE_HZ / HEAR_FRAME))
        self._awake = False
        self._now_s = self._until_s = 0.0
        """Line time, and the time at which it falls asleep."""
        self._named = False
        """Whether the words that come next have a name in front."""
        self._onset: Onset | None = None
        """That of what is overheard."""

    @property
    def busy(self) -> bool:
        """Whether somebody is speaking to it or may go on."""
        return self._awake and self._ears.busy

    @property
    def yields(self) -> Yields:
        """What the answer does while somebody may be about to interrupt it."""
        return self._ears.yields if self._awake else "no"

    def abandon(self) -> None:
        """Forget what was being said."""
        self._named = False
        self._ears.abandon()

    def hear(
        self, frame: AudioFrame, *, answering: Speaking | bool = False, hurried: bool = False
    ) -> Iterator[Hearing]:
        """Take the next 512 samples; as Ears.hear."""
        self._now_s = frame.end_s
        if answering:
            if not self._awake:
                self._open()
            asks = answering == Speaking.ASKING
            self._until_s = self._now_s + self._follow_up_s * (QUESTION if asks else 1.0)
        called = self._wake.push(frame.samples) if self._wake else None
        if called:
            yield from self._call(called.name, answering)
        if self._awake:
            yield from self._told(self._ears.hear(frame, answering=answering, hurried=hurried))
            if not (answering or self._ears.busy) and frame.end_s >= self._until_s:
                self._awake = False
                yield Asleep(frame.end_s)
        elif self._phrases:
            yield from self._overhear(frame, self._phrases)
        else:
            self._kept.append(frame)

    def _stay(self, seconds: float) -> None:
        self._until_s = max(self._until_s, self._now_s + seconds)

    def _open(self) -> None:
        """Awake, with ears that have heard nothing yet, unless they listen all the time."""
        self._awake = True
        if not self._phrases:
            self._ears.abandon()

    def _call(self, name: str, answering: Speaking | bool) -> Iterator[Hearing]:
        """A name was recognized: the ears are given the sound of it, and of what was said behind it meanwhile."""
        was_awake = self._awake
        self._stay(self._follow_up_s)
        self._named = True
        yield Called(name, self._now_s)
        if was_awake:
            return
        self._open()
        if self._ears.busy and self._onset:  # they were listening for a phrase
            yield self._onset
        kept = list(self._kept)
        self._kept.clear()
        for each in kept:
            yield from self._told(self._ears.hear(each, answering=answering))

    def _told(self, hearings: Iterable[Hearing]) -> Iterator[Hearing]:
        """What the ears tell, without a name in front. The name alone is no turn, and opens the window anew."""
        for hearing in hearings:
            match hearing:
                case Partial(heard) | Draft(heard):
                    if rest := self._without_name(heard):
                        yield replace(hearing, heard=rest)
                case Finished(heard, end_s=end_s):
                    rest = self._without_name(heard)
                    self._named = False
                    self._stay(self._follow_up_s)
                    yield replace(hearing, heard=rest) if rest else Rejected(ONLY_NAME, end_s)
                case Rejected():
                    self._named = False
                    yield hearing
                case _:
                    yield hearing

    def _without_name(self, heard: Heard) -> Heard | None:
        text = self._names.behind(heard.text, called=self._named)
        return replace(heard, text=text) if text else None

    def _overhear(self, frame: AudioFrame, phrases: OwnNames) -> Iterator[Hearing]:
        """Listen to what is said to others, up to the first words that are said to the agent."""
        try:
            for hearing in self._ears.hear(frame, hurried=True):
                if not self._awake:
                    if isinstance(hearing, Onset):
                        self._onset = hearing
                    name = phrases.in_front(hearing.heard.text) if isinstance(hearing, Draft | Finished) else None
                    if not (name and self._onset):
                        continue
                    self._awake = True
                    self._stay(self._follow_up_s)
                    yield Called(name, frame.end_s)
                    yield self._onset
                yield from self._told([hearing])
        except EngineError as error:
            if self._awake:
                raise
            log.warning("What was said to others could not be made out: %s", error)
            self._ears.abandon()

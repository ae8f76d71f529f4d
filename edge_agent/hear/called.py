"""Called: ears that sleep until the agent's name is said. Asleep, a frame costs next to nothing: no VAD, no ASR."""

from __future__ import annotations

import logging
import math
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace

from edge_agent.errors import EngineError
from edge_agent.floor import ALONE, Meanwhile, Speaking, Yields
from edge_agent.hear.loudness import Loudness
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
    PassedOver,
    Rejected,
)

log = logging.getLogger(__name__)

KEPT_S = 1.6
"""Sound kept while asleep, which the ears hear when a name is recognized: so long ago the slowest of "hey mycroft" that
was measured began, and the VAD needs a little from before it."""
DOUBT_S = 3.0
"""So long the ears listen for a name that may have been said."""
QUESTION = 2.0
"""So many times longer it listens after a question of its own."""
FAR = "far quieter than what was said before"
ONLY_NAME = "It was the name alone."


class CalledEars:
    """Wraps the ears of one line; the hear thread owns it.

    Awake, all goes to the ears, and a name in front is taken off their words. It wakes when a name is recognized, and
    when the agent speaks or something rings, so that "stop" needs no name. It falls asleep after `follow_up_s` without
    a word from either side. Where the wake engine is in doubt, the ears overhear what is said, which is told if its
    words begin with the name. `phrases`: names that no model knows; for them the ears overhear everything.
    """

    def __init__(
        self,
        ears: Listener,
        wake: WakeEngine | None,
        phrases: Iterable[str],
        *,
        follow_up_s: float,
        far_db: float = math.inf,
    ) -> None:
        self._ears, self._wake = ears, wake
        phrases = tuple(phrases)
        self._names = OwnNames([*(wake.names if wake else ()), *phrases])
        self._phrases = OwnNames(phrases)
        self._follow_up_s = follow_up_s
        self._kept: deque[AudioFrame] = deque(maxlen=round(KEPT_S * HEAR_RATE_HZ / HEAR_FRAME))
        self._awake = False
        self._now_s = self._until_s = 0.0
        """Line time, and the time at which it falls asleep."""
        self._doubt_until_s = 0.0
        """Line time until which a name that may have been said is looked for."""
        self._overhears = self._always = bool(phrases)
        """Whether, asleep, the ears are given what is said; and whether always."""
        self._onset: Onset | None = None
        """The onset of what is overheard."""
        self._named = False
        """Whether the words that come next have a name in front."""
        self._loudness = Loudness(far_db)
        self._follows = False
        """Whether somebody began to speak in the silence after an answer, and has not said a name."""

    @property
    def busy(self) -> bool:
        """Whether somebody is speaking to it or may go on."""
        return self._awake and self._ears.busy

    @property
    def yields(self) -> Yields:
        """What the answer does while somebody may be about to interrupt it."""
        return self._ears.yields if self._awake else "no"

    @property
    def _doubts(self) -> bool:
        """Whether a name may have been said just now."""
        return self._now_s < self._doubt_until_s

    def abandon(self) -> None:
        """Forget what was being said."""
        self._named = False
        self._ears.abandon()

    def hear(self, frame: AudioFrame, meanwhile: Meanwhile = ALONE) -> Iterator[Hearing]:
        """Take the next 512 samples; as Ears.hear."""
        self._now_s = frame.end_s
        if self._named:
            meanwhile = replace(meanwhile, heeds="caller")
        self._loudness.push(frame.samples)
        answering = bool(meanwhile.speaking)
        if answering:
            self._attend(meanwhile.speaking)
        found = self._wake.push(frame.samples) if self._wake else None
        if found and found.sure and not (self._awake and self._named):  # its words may have been seen before
            yield from self._call(found.name, meanwhile)
        elif found and not (self._awake or self._overhears):
            yield from self._doubt()
        if self._awake:
            yield from self._told(self._ears.hear(frame, meanwhile), answering)
            if not (answering or self._ears.busy) and frame.end_s >= self._until_s:
                self._awake, self._overhears = False, self._always
                yield Asleep(frame.end_s)
        elif self._overhears:
            yield from self._overhear(frame)
            self._overhears = self._always or self._ears.busy or frame.end_s < self._doubt_until_s
        else:
            self._kept.append(frame)

    def _stay(self) -> None:
        self._until_s = max(self._until_s, self._now_s + self._follow_up_s)

    def _attend(self, speaking: Speaking) -> None:
        """The agent speaks, so that whoever answers need not call it; what was said to others before is over."""
        if not self._awake:
            self._awake = True
            self._kept.clear()
            self._ears.abandon()
        self._until_s = self._now_s + self._follow_up_s * (QUESTION if speaking is Speaking.ASKING else 1.0)

    def _call(self, name: str, meanwhile: Meanwhile) -> Iterator[Hearing]:
        """A name was said: the ears are given the sound of it, and of what was said behind it meanwhile."""
        was_awake, self._awake, self._named = self._awake, True, True
        self._stay()
        meanwhile = replace(meanwhile, heeds="caller")
        yield Called(name, self._now_s)
        if not was_awake and self._overhears and self._ears.busy and self._onset:
            yield self._onset
        for each in self._heard_before(was_awake or self._overhears):
            yield from self._told(self._ears.hear(each, meanwhile))

    def _doubt(self) -> Iterator[Hearing]:
        """A name may have been said: its words will tell."""
        self._doubt_until_s = self._now_s + DOUBT_S
        for each in self._heard_before(False):
            yield from self._overhear(each)
        self._overhears = True

    def _heard_before(self, by_the_ears: bool) -> list[AudioFrame]:
        """The sound that was kept for the ears, if they have not heard it themselves."""
        if by_the_ears:
            return []
        self._ears.abandon()
        kept = list(self._kept)
        self._kept.clear()
        return kept

    def _told(self, hearings: Iterable[Hearing], answering: bool = False) -> Iterator[Hearing]:
        """What the ears tell, without a name in front. The name alone is no turn, and opens the window anew. Who is far
        quieter than whoever spoke last has spoken to somebody else, unless they say the name, or into an answer."""
        for hearing in hearings:
            match hearing:
                case Onset():
                    self._loudness.begin()
                    self._follows = not answering
                    yield hearing
                case Partial(heard) | Draft(heard):
                    rest = self._without_name(heard)
                    if rest and not self._is_far(heard, rest):
                        yield replace(hearing, heard=rest)
                case Finished(heard, end_s=end_s):
                    rest = self._without_name(heard)
                    if self._is_far(heard, rest):
                        yield from (PassedOver(FAR, end_s), Rejected(FAR, end_s))
                        continue
                    self._named = False
                    self._loudness.accept()
                    self._stay()
                    yield replace(hearing, heard=rest) if rest else Rejected(ONLY_NAME, end_s)
                case Rejected():
                    self._named = False
                    yield hearing
                case _:
                    yield hearing

    def _is_far(self, heard: Heard, rest: Heard | None) -> bool:
        return self._follows and not self._named and rest == heard and self._loudness.is_far

    def _without_name(self, heard: Heard) -> Heard | None:
        text = self._names.behind(heard.text, called=self._named)
        return replace(heard, text=text) if text else None

    def _overhear(self, frame: AudioFrame) -> Iterator[Hearing]:
        """Listen to what is said to others, up to the first words that are said to the agent."""
        try:
            # In doubt the first words are looked at as they come, as somebody waits for the chime.
            for hearing in self._ears.hear(frame, Meanwhile(hurried=not self._doubts, heeds="all")):
                if not self._awake:
                    yield from self._meant(hearing)
                if self._awake:
                    yield from self._told([hearing])
        except EngineError as error:
            if self._awake:
                raise
            log.warning("What was said to others could not be made out: %s", error)
            self._ears.abandon()

    def _meant(self, hearing: Hearing) -> Iterator[Hearing]:
        """Wakes if these words begin with a name."""
        if isinstance(hearing, Onset):
            self._onset = hearing
            self._loudness.begin()
        if self._onset is None or not isinstance(hearing, Partial | Draft | Finished):
            return
        names = self._names if self._doubts else self._phrases
        if name := names.in_front(hearing.heard.text, doubted=self._doubts):
            self._awake = self._named = True
            self._stay()
            yield Called(name, self._now_s)
            yield self._onset

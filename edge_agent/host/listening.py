"""Listening: how one conversation is heard. Its own framing, VAD state and ears; ASR and endpoint model are shared."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Unpack

from edge_agent.errors import ConfigError, EngineError
from edge_agent.floor import Meanwhile, Speaking, Talking, Yields
from edge_agent.hear.framing import Framer
from edge_agent.host.engines import Engines
from edge_agent.host.jobs import Listen, ListenFailed, Wavering
from edge_agent.interfaces import Asr, Listener, Transcript, WordTime
from edge_agent.types import AsrHints, AudioFrame, Hearing, Samples

log = logging.getLogger(__name__)

FAILED = "The ears failed on this turn."
LOST = "Sound was lost: it could not be heard in time."


class Listening:
    """One conversation's part of the hear thread, which alone touches it."""

    def __init__(self, engines: Engines, agent: Talking | None = None) -> None:
        self._engines, self._agent = engines, agent
        self._framer = Framer()
        self._ears: Listener | None = None
        self._like = Listen(None)
        """What the ears were made for ..."""
        self._due = Listen(None)
        """... and what they should be made for."""
        self._expects = ""
        self._end = 0
        """Index of the sample after the last one heard."""
        self._yields: Yields = "no"
        """What was last reported."""
        self.decided = threading.Event()
        """It is not set while an answer waits for what somebody wants who speaks into it: the cores are the ears'. Any
        thread may wait for it, if not for ever."""
        self.decided.set()

    @property
    def busy(self) -> bool:
        """Whether the user is in the middle of a turn. Any thread may ask."""
        ears = self._ears
        return ears is not None and ears.busy

    def change(self, listen: Listen) -> None:
        """Listen like this from the next turn on; not at all (manual turns) from now on."""
        self._due = listen
        if listen.detection is None:
            self._ears, self._like = None, listen

    def expect(self, words: str) -> None:
        """What is heard from now on is likely to be of this kind."""
        self._expects = words

    def forget(self) -> None:
        if self._ears is not None:
            self._ears.abandon()

    def hear(
        self, frame: AudioFrame, *, answering: bool, hurried: bool = False, skips: bool = False
    ) -> Iterator[Hearing | ListenFailed | Wavering]:
        """The next sound, of any length. Where it does not follow the last, the turn is given up, or goes on if it
        `skips`. `answering`: as the sender knows it, where there is no agent. `hurried`: others wait to be heard."""
        if frame.start != self._end and not skips:
            yield from self._lose()
        self._end = frame.end
        try:
            self._renew()
        except Exception:  # the old ones hear on; all conversations are heard by this thread
            log.exception("No ears could be made as a session asked for them.")
            self._due = self._like
        for piece in self._framer.push(frame):
            yield from self._hear(piece, answering, hurried)

    def _hear(self, piece: AudioFrame, answering: bool, hurried: bool) -> Iterator[Hearing | ListenFailed | Wavering]:
        ears, agent = self._ears, self._agent
        if ears is None:
            return
        in_turn = ears.busy
        speaking = agent.speaking if agent else Speaking(answering)
        meanwhile = Meanwhile(speaking, agent is not None and agent.settled, hurried)
        try:
            yield from ears.hear(piece, meanwhile)
        except EngineError as error:
            self.forget()
            yield ListenFailed(str(error), in_turn)
        except Exception as error:
            log.exception("The ears failed on a turn.")
            self.forget()
            yield ListenFailed(FAILED, in_turn, error)
        if ears.yields != self._yields:
            self._yields = ears.yields
            waits = self._yields == "silent" and self._like.detection is not None and self._like.detection.device
            (self.decided.clear if waits else self.decided.set)()
            yield Wavering(self._yields)

    def _lose(self) -> Iterator[ListenFailed]:
        was_busy = self.busy
        self._framer = Framer()
        self.forget()
        if was_busy:
            yield ListenFailed(LOST)

    def _renew(self) -> None:
        """Takes the ears that are due, between two turns."""
        due = self._due
        if due.detection is None or due == self._like or self.busy:
            return
        asr = _Expecting(self._asr(due.language), lambda: self._expects)
        self._ears = self._engines.ears(self._engines.endpoint, asr, due.detection)
        self._like = due

    def _asr(self, language: str | None) -> Asr:
        try:
            return self._engines.asr(language)
        except ConfigError as error:
            log.warning("A session is heard in the language of the settings. %s", error)
            return self._engines.asr(None)


@dataclass(frozen=True, slots=True)
class _Expecting:
    """An ASR that knows what kind of words is expected."""

    asr: Asr
    expects: Callable[[], str]

    def transcribe(self, samples: Samples, **hints: Unpack[AsrHints]) -> Transcript:
        if not hints.get("context") and (words := self.expects()):
            hints["context"] = words
        return self.asr.transcribe(samples, **hints)

    def word_times(self, samples: Samples, ids: Sequence[int], language: str) -> tuple[WordTime, ...]:
        return self.asr.word_times(samples, ids, language)

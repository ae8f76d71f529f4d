"""Listening: how one session is heard. Its own framing, VAD state and ears; ASR and endpoint model are everybody's."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from edge_agent.errors import ConfigError, EngineError
from edge_agent.hear.framing import Framer
from edge_agent.interfaces import Asr, Listener
from edge_agent.serve.engines import Engines
from edge_agent.serve.jobs import Listen, ListenFailed
from edge_agent.types import AudioFrame, Hearing

log = logging.getLogger(__name__)

FAILED = "The ears failed on this turn."
LOST = "Sound was lost: it could not be heard in time."


class Listening:
    """One session's part of the hear thread, which alone touches it. `engines.ears` and what they need are used."""

    def __init__(self, engines: Engines) -> None:
        self._engines = engines
        self._framer = Framer()
        self._ears: Listener | None = None
        self._like = Listen(None)
        """What the ears were made for ..."""
        self._due = Listen(None)
        """... and what they should be made for."""
        self._end = 0
        """Index of the sample after the last one heard."""

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

    def forget(self) -> None:
        if self._ears is not None:
            self._ears.abandon()

    def hear(self, frame: AudioFrame, *, answering: bool) -> Iterator[Hearing | ListenFailed]:
        """The next sound, of any length, at HEAR_RATE_HZ. Where it does not follow the last, the turn is given up."""
        if frame.start != self._end:
            yield from self._lose()
        self._end = frame.end
        try:
            self._renew()
        except Exception:  # the old ones hear on; all sessions are heard by this thread
            log.exception("No ears could be made as a session asked for them.")
            self._due = self._like
        for piece in self._framer.push(frame):
            yield from self._hear(piece, answering)

    def _hear(self, piece: AudioFrame, answering: bool) -> Iterator[Hearing | ListenFailed]:
        if self._ears is None:
            return
        try:
            yield from self._ears.hear(piece, answering=answering)
        except EngineError as error:
            self.forget()
            yield ListenFailed(str(error))
        except Exception:
            log.exception("The ears failed on a turn.")
            self.forget()
            yield ListenFailed(FAILED)

    def _lose(self) -> Iterator[ListenFailed]:
        was_busy = self.busy
        self._framer = Framer()
        self.forget()
        if was_busy:
            yield ListenFailed(LOST)

    def _renew(self) -> None:
        """Between two turns: the ears that are due."""
        due = self._due
        if due.detection is None or due == self._like or self.busy:
            return
        self._ears = self._engines.ears(self._engines.endpoint, self._asr(due.language), due.detection)
        self._like = due

    def _asr(self, language: str | None) -> Asr:
        try:
            return self._engines.asr(language)
        except ConfigError as error:
            log.warning("A session is heard in the language of the settings. %s", error)
            return self._engines.asr(None)

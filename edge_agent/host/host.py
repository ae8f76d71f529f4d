"""Host: the one set of engines of a process, and its three threads. Whoever converses holds a Link of it."""

from __future__ import annotations

import logging
import threading
from typing import Any, Protocol

from edge_agent.clock import Clock
from edge_agent.host.engines import Engines
from edge_agent.host.gauges import Watch
from edge_agent.host.work import Work
from edge_agent.mailbox import Mailbox

log = logging.getLogger(__name__)

IDLE_S = 0.3
"""The pause between two openers that are rendered ahead, of some 60 ms each; over as soon as there is something to
say."""
JOIN_S = 10.0
"""How long the end waits for an engine: a pass of the ASR cannot be broken off."""


class AtMicrophone(Protocol):
    """A conversation at a microphone, as far as the watchdog looks at it."""

    @property
    def captured(self) -> int: ...
    @property
    def blocks(self) -> Mailbox[Any]: ...


class Host(Work):
    """Knows neither event loops nor sockets. An idle link costs neither a thread nor time.

    A `with` starts and ends it.
    """

    def __init__(self, engines: Engines, clock: Clock, watch: Watch | None = None) -> None:
        super().__init__(engines, clock, watch)
        self.microphones: list[AtMicrophone] = []
        """Conversations whose sound never ceases: the watchdog sees that it does not."""
        work = {"hear": self._hear, "think": self._think, "speak": self._speak}
        self._threads = [threading.Thread(target=each, name=name, daemon=True) for name, each in work.items()]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Give everything up. Waits until the engines have noticed."""
        for queue in (self.to_hear, self.to_think, self.to_speak):
            queue.close()
        self._voice_free.set()
        for thread in self._threads:
            thread.join(JOIN_S)

    def __enter__(self) -> Host:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def rests(self) -> bool:
        """Whether all three threads wait: asked from the first to the last, since work only flows that way."""
        return all(queue.reader_waits for queue in (self.to_hear, self.to_think, self.to_speak))

    def _hear(self) -> None:
        for link, item in self.to_hear:
            self.hear(link, item)

    def _think(self) -> None:
        for link, job in self.to_think:
            for _ in self.think(link, job):
                pass

    def _speak(self) -> None:
        self._render_ahead()
        for link, item in self.to_speak:
            for _ in self.speak(link, item):
                pass
            self._render_ahead()

    def _render_ahead(self) -> None:
        """Openers that may be wanted, until all are kept or there is something to say; only while nobody speaks."""
        while self._is_busy() or self._rendered_one():
            if self.to_speak.wait(IDLE_S):
                return

    def _is_busy(self) -> bool:
        converses = any(
            link.listening.busy or (link.agent is not None and link.agent.speaking) for link in tuple(self._links)
        )
        return converses or bool(len(self.to_speak)) or not self.to_think.reader_waits

    def _rendered_one(self) -> bool:
        try:
            return self._engines.voice.idle()
        except Exception:
            log.exception("The voice failed on an opener.")
            return True  # it is not tried again

"""InlineHost: the host without a thread. Its owner says when it works, so that virtual time stands still meanwhile."""

from __future__ import annotations

from collections.abc import Iterator

from edge_agent.clock import Clock
from edge_agent.host.engines import Engines
from edge_agent.host.jobs import Prepare
from edge_agent.host.work import Work


class InlineHost(Work):
    """Engines take no time here, so nothing is prepared; and nothing is made before somebody asks for a step."""

    def __init__(self, engines: Engines, clock: Clock) -> None:
        super().__init__(engines, clock)
        self._speaking: Iterator[None] = iter(())
        self._thinking: Iterator[None] = iter(())

    def __enter__(self) -> InlineHost:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def hear_all(self) -> None:
        """Hear whatever was sent."""
        while taken := self.to_hear.take():
            self.hear(*taken)

    def step(self) -> bool:
        """Do one step of what is due, speaking before thinking. False if nothing is."""
        if next(self._speaking, self) is not self:
            return True
        if saying := self.to_speak.take():
            self._speaking = self.speak(*saying)
            return True
        if next(self._thinking, self) is not self:
            return True
        if thinking := self.to_think.take():
            link, job = thinking
            self._thinking = iter(()) if isinstance(job, Prepare) else self.think(link, job)
            return True
        return False

"""Desk: one conversation with an owner's agent: words, keys and time in, a Reply each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from edge_agent.desk.file import AgentFile
from edge_agent.desk.reply import Reply

Now = Callable[[], datetime]


class Desk:
    """One caller. What is kept lies in the folder `state`."""

    def __init__(self, agent: AgentFile, state: Path, now: Now) -> None:
        """`now` gives the wall clock, aware; what is asked of it is in the owner's zone."""
        self.agent, self._state, self._clock = agent, state, now
        self._passed = timedelta()

    @property
    def greeting(self) -> str:
        """What is said first."""
        return self.agent.business.greeting or f"{self.agent.business.name}, this is {self.agent.name}."

    def hear(self, words: str) -> Reply:
        """A turn of the caller's."""
        return Reply(self.greeting)

    def digits(self, keys: str) -> Reply:
        """Keys that the caller has pressed; "#" ends them."""
        return self.hear(" ".join(keys.rstrip("#")))

    def hung_up(self) -> Reply:
        """The caller is gone: what was begun is kept as a draft, and nothing is booked."""
        return Reply("", ends=True)

    def passed(self, seconds: float) -> Reply:
        """So much time has passed in silence."""
        self._passed += timedelta(seconds=seconds)
        return Reply("")

"""What a host counts and times, and who is told: a Watch. serve/metrics.py has the one that Prometheus reads."""

from __future__ import annotations

from typing import Literal, Protocol

Counted = Literal["turns", "answers", "stopped", "failures", "lost_seconds", "refused"]
"""Turns of users that held words; answers begun; answers given up; engines that failed; seconds of sound that nobody
could hear in time; requests turned away by the guard."""
Timed = Literal["v2v", "asr", "endpoint", "llm_first", "tts_first"]
"""Seconds: from the end of the user's words to the first sound handed to the door; of one ASR pass; of one score; to
the first fragment; to its first sound."""
Held = Literal["sessions", "connections", "waiting_bytes", "secret_bytes", "hear", "think", "speak"]
"""How many sessions and connections are open, the bytes that wait for readers and that client secrets keep, and how
many items wait for each of the engine threads."""


class Watch(Protocol):
    """Told by any thread; cheap, and never raises."""

    def count(self, what: Counted, amount: float = 1.0) -> None: ...
    def time(self, what: Timed, seconds: float) -> None: ...
    def hold(self, what: Held, number: int) -> None: ...


class Unwatched:
    """Forgets whatever it is told."""

    def count(self, what: Counted, amount: float = 1.0) -> None: ...
    def time(self, what: Timed, seconds: float) -> None: ...
    def hold(self, what: Held, number: int) -> None: ...

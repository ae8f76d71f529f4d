"""Supervisor: the process of one engine, started, watched and replaced when it dies or grows too large."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge_agent import errors
from edge_agent.errors import EdgeAgentError, EngineError, EngineLost, ModelError
from edge_agent.waits import waiting
from edge_agent.workers.child import Child
from edge_agent.workers.packet import Packet

log = logging.getLogger(__name__)

WORDS = {"asr": "speech recognition", "llm": "language model", "tts": "voice"}
LOAD_S = 180.0
"""An engine has so long to load and run once: 1.5 GB from an SD card of 20 MB/s take 75 s."""
PAUSES_S = (0.0, 0.5, 2.0, 10.0, 30.0)
"""Pauses before another takes the place of a worker: by how many in a row could not load, the last for ever. One that
was ready and then lost is replaced at once."""
LOOK_S = 5.0
"""The pause between two looks at the memory of a worker that nobody has asked anything for so long."""
READY_S = 2.0
"""A request waits for a worker that is being loaded so much longer than loading took the last time."""
GROWN = "grown too large"
DEATHS = {
    "SIGILL": ("; it may have been built for another CPU", "rm -r .venv && scripts/run --help"),
    "SIGKILL": ("; memory may have run out", "edge-agent talk --profile tiny, or close other programs"),
}
"""What an end while loading may mean, and what mends it. Of any other the model may be the cause."""


@dataclass(frozen=True, slots=True)
class Bounds:
    deadline_s: float
    """The time for one step: a pass of the ASR, a slice of a prompt, a token, a piece of sound. Its length adds to
    it."""
    growth_mb: int
    """Memory above what it had when it was ready: replaced when it rests, and at twice that at once."""


class Supervisor:
    """Has a thread that lasts, as each child ends with the thread that has started it."""

    def __init__(
        self,
        kind: str,
        told: dict[str, Any],
        bounds: Bounds,
        command: Sequence[str],
        *,
        check: Callable[[], object],
        at_rest: Callable[[float], AbstractContextManager[bool]],
        instead: dict[str, Any] | None = None,
    ) -> None:
        """`told`, `check`, `instead`: as of `Worker`. `at_rest`: whether nobody has asked it for so many seconds, nor
        will before that is left."""
        self._kind, self._bounds = kind, bounds
        self._log = log.getChild(kind)  # the log says a line of each once in ten minutes (life/journal.py)
        self._told, self._command, self._check, self._at_rest = told, list(command), check, at_rest
        self._instead = instead
        self.change = threading.Condition()
        """Guards what follows."""
        self._started: Child | None = None
        self.child: Child | None = None
        """The same, once it is ready."""
        self.ended = ""
        """Why the last one ended."""
        self._facts: dict[str, Any] | None = None
        self._refusal: EdgeAgentError | None = None
        """Why the last one could not be loaded."""
        self._grown = False
        """Whether the one that is there is ended for its memory."""
        self._failed = ""
        """What it said when it failed on a GPU, for which it is ended."""
        self._closed = False
        self._load_s: float | None = None
        """What loading took the last time."""
        self._ready_bytes = 0
        self._thread = threading.Thread(target=self._supervise, name=f"{kind} worker", daemon=True)
        self._thread.start()

    def facts(self) -> dict[str, Any]:
        """What the engine says of itself, when it is ready. Raises ModelError, ConfigError or EngineLost."""
        with self.change:
            self.change.wait_for(lambda: self._facts or self._refusal or self._closed, LOAD_S)
            if self._facts:
                return self._facts
            raise self._refusal or lost(self._kind, "could not be started")

    def ready(self) -> Child:
        """The one that is ready. Waits for one that is being loaded, for as long as the last one took; EngineLost."""
        with self.change:
            patience_s = min(self._bounds.deadline_s, (self._load_s or LOAD_S) + READY_S)
            with waiting(patience_s):
                self.change.wait_for(lambda: self.child or self._refusal or self._closed, patience_s)
            if self.child:
                return self.child
            if self._closed:
                raise lost(self._kind, "has been closed")
            if self._refusal:
                raise lost(self._kind, f"is not there: {self._refusal.args[0].rstrip('.')}")
            raise lost(self._kind, "is still being loaded")

    def bury(self, child: Child) -> None:
        """Wait until it is: `ended` tells why."""
        with self.change, waiting(self._bounds.deadline_s):
            self.change.wait_for(lambda: self.child is not child, self._bounds.deadline_s)

    @property
    def may_fall_back(self) -> bool:
        """Whether it is on a GPU, so that the next one is another."""
        return self._instead is not None

    def gives_up_gpu(self, child: Child, why: str) -> bool:
        """Whether `child`, which has failed, was on a GPU: then it has been ended, and the next one goes without."""
        with self.change:
            if self._instead is None:
                return False
            self._failed = why
        child.kill()
        self.bury(child)
        return True

    def close(self) -> None:
        """End it, and wait for that. Several times is as good as once."""
        with self.change:
            self._closed = True
            if self._started:
                self._started.kill()
            self.change.notify_all()
        if self._thread is not threading.current_thread():  # garbage is collected by whichever thread comes along
            self._thread.join()

    # --- in its thread ------------------------------------------------------------------------------------------

    def _supervise(self) -> None:
        """The one thread that starts and buries."""
        failures = 0
        while not self._closed:
            try:
                self._serve_one()
            except Exception:  # without this thread there would never be another worker
                self._log.exception("The %s could not be supervised.", WORDS[self._kind])
                self._refuse(lost(self._kind, "could not be supervised"))
            failures = failures + 1 if self._refusal else 0
            with self.change:
                self.change.wait_for(lambda: self._closed, PAUSES_S[min(failures, len(PAUSES_S) - 1)])

    def _serve_one(self) -> None:
        """One process, from its start to its end."""
        try:
            if self._facts:
                self._check()
            child = Child(self._command)
        except EdgeAgentError as error:
            return self._refuse(error)
        except OSError as error:
            return self._refuse(lost(self._kind, f"could not be started ({error.strerror})"))
        with self.change:
            self._started, self._refusal = child, None  # whoever asks now waits for this one
            if self._closed:
                child.kill()
        try:
            self._welcome(child, self._load(child))
            while not child.ends_within(LOOK_S):
                self._look_at_memory(child)
        except EdgeAgentError as error:
            if not self._falls_back(error.args[0]):
                self._refuse(error)
        finally:
            self._end(child)
        return None

    def _falls_back(self, why: str) -> bool:
        """Whether there is something else to load from now on: it is."""
        if self._instead is None or self._closed:
            return False
        self._log.warning("The %s goes on without the GPU: %s", WORDS[self._kind], why)
        self._told, self._instead = self._instead, None
        return True

    def _end(self, child: Child) -> None:
        child.kill()
        why, said = child.bury()
        with self.change:
            was_ready = self.child is child
            self._started = self.child = None
            why = GROWN if self._grown else self._failed or why
            self.ended, self._grown, self._failed = why, False, ""
            self.change.notify_all()
        if was_ready and not self._closed and not self._falls_back(why):
            self._log.warning("The %s was lost (%s); another takes its place.", WORDS[self._kind], why)
        self._log.info("It said: %s", said)

    def _load(self, child: Child) -> dict[str, Any]:
        """Raises what the engine raises; ModelError when it dies or hangs over it."""
        begun_s = time.monotonic()
        # One that took seconds at first and hangs now is not waited for as a first one is, from a cold disk.
        deadline_s = LOAD_S if self._load_s is None else max(self._bounds.deadline_s, 4 * self._load_s)
        try:
            child.connection.send(Packet({"load": self._told}), deadline_s)
            answer = child.connection.receive(deadline_s)
        except TimeoutError:
            raise self._not_loaded("hangs", fix="edge-agent models verify") from None
        except (EOFError, OSError):
            why = child.end()
            meaning, fix = DEATHS.get(why, ("", "edge-agent models verify"))
            raise self._not_loaded(f"dies ({why}{meaning})", fix=fix) from None
        if "error" in answer.fields:
            raise error_of(answer, EdgeAgentError)
        facts = answer.fields.get("value")
        if not isinstance(facts, dict):
            raise self._not_loaded("answers nonsense", fix="edge-agent models verify")
        self._load_s = time.monotonic() - begun_s
        return facts

    def _not_loaded(self, what: str, *, fix: str) -> ModelError:
        name = Path(self._told.get("path", "")).name
        return ModelError(f"The {WORDS[self._kind]} {what} while it loads {name}.", fix=fix)

    def _refuse(self, error: EdgeAgentError) -> None:
        if self._facts and not self._closed:  # else whoever has made this worker is told, or has ended it
            self._log.warning("Nothing takes the place of the %s yet: %s", WORDS[self._kind], error.args[0])
        with self.change:
            self._refusal = error
            self.change.notify_all()

    def _welcome(self, child: Child, facts: dict[str, Any]) -> None:
        with self.change:
            self._ready_bytes = child.held()
            self.child, self._facts, self._refusal = child, facts, None
            self.change.notify_all()

    def _look_at_memory(self, child: Child) -> None:
        grown_mb = (child.held() - self._ready_bytes) / 1_000_000
        if grown_mb <= self._bounds.growth_mb:
            return
        with self._at_rest(LOOK_S) as rests:
            if grown_mb > 2 * self._bounds.growth_mb or rests:
                self._log.warning("The %s has grown by %d MB and is replaced.", WORDS[self._kind], grown_mb)
                self._grown = True  # by what it is doing, if anything: that is not tried again
                child.kill()


def lost(kind: str, what: str) -> EngineLost:
    return EngineLost(f"The {WORDS[kind]} {what}.")


def error_of(answer: Packet, most: type[EdgeAgentError]) -> EdgeAgentError:
    """What a worker says has gone wrong: an error of kind `most`, the one that all who ask are ready for."""
    fields = answer.fields
    kind = getattr(errors, str(fields["error"]), EngineError)
    known = isinstance(kind, type) and issubclass(kind, most)
    return (kind if known else EngineError)(str(fields.get("message")), fix=fields.get("fix"))

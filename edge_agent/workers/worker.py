"""Worker: one engine in a process, asked over a socket, and replaced when it dies, hangs or grows too large."""

from __future__ import annotations

import hashlib
import json
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge_agent import errors
from edge_agent.errors import EdgeAgentError, EngineError, EngineLost, ModelError
from edge_agent.types import Samples
from edge_agent.waits import waiting
from edge_agent.workers.child import Child, command_of
from edge_agent.workers.packet import Packet

log = logging.getLogger(__name__)

WORDS = {"asr": "speech recognition", "llm": "language model", "tts": "voice"}
LOAD_S = 180.0
"""For an engine to load and run once: 1.5 GB from an SD card of 20 MB/s take 75 s."""
PAUSES_S = (0.0, 0.5, 2.0, 10.0, 30.0)
"""Before another takes the place of a worker: by how many in a row could not load, the last for ever. One that was
ready and then lost is replaced at once."""
LOOK_S = 5.0
"""Between two looks at the memory of a worker that nobody has asked anything for so long."""
READY_S = 2.0
"""Beyond what loading took the last time: how long a request waits for a worker that is being loaded."""
GROWN = "grown too large"
CRASHES = frozenset({"SIGSEGV", "SIGBUS", "SIGABRT", "SIGILL", "SIGFPE", GROWN})
"""Ends of an engine's own making. What it was asked for then is not tried again; SIGKILL comes from elsewhere."""
CONTENT = frozenset({"transcribe", "sample", "slices", "stream"})
"""What may be to blame for a crash. Other requests say the same in every turn: refused, they would end them all."""
KILLERS = 32
"""So many such requests are remembered."""
DEATHS = {
    "SIGILL": ("; it may have been built for another CPU", "rm -r .venv && scripts/run --help"),
    "SIGKILL": ("; memory may have run out", "edge-agent talk --profile tiny, or close other programs"),
}
"""What an end while loading may mean, and what mends it. Of any other the model may be the cause."""


@dataclass(slots=True)
class Crossings:
    """What it has cost to ask the workers of one kind, beyond what the engine took: for `bench workers`."""

    asked: int = 0
    cost_s: float = 0.0

    def count(self, cost_s: float) -> None:
        self.asked += 1
        self.cost_s += cost_s


crossings = {kind: Crossings() for kind in WORDS}


@dataclass(frozen=True, slots=True)
class Bounds:
    deadline_s: float
    """For one step: a pass of the ASR, a slice of a prompt, a token, a piece of sound. Its length adds to it."""
    growth_mb: int
    """Memory above what it had when it was ready: replaced when it rests, and at twice that at once."""


class Worker:
    """Asked by one thread at a time. Made at once, loaded in the background: `facts` waits for it."""

    def __init__(
        self,
        kind: str,
        told: dict[str, Any],
        bounds: Bounds,
        *,
        check: Callable[[], object] = lambda: None,
        command: Sequence[str] | None = None,
    ) -> None:
        """`told`: what its `load` is given. `check`: raises EdgeAgentError where the model must not be loaded again, as
        its files have changed. `command`: another program of this protocol, for tests."""
        self.kind, self.bounds = kind, bounds
        self._log = log.getChild(kind)  # the log says a line of each once in ten minutes (watch/journal.py)
        self._check = check
        self._told, self._command = told, list(command or command_of(kind))
        self._asking = threading.RLock()
        self._change = threading.Condition()
        """Guards what follows."""
        self._started: Child | None = None
        self._child: Child | None = None
        """The same, once it is ready."""
        self._facts: dict[str, Any] | None = None
        self._refusal: EdgeAgentError | None = None
        """Why the last one could not be loaded."""
        self._ended = ""
        """Why the last one ended."""
        self._grown = False
        """Whether the one that is there is ended for its memory."""
        self._closed = False
        self._load_s: float | None = None
        """What loading took the last time."""
        self._ready_bytes = 0
        self._used_s = time.monotonic()
        self._streams = 0
        """Those that are open."""
        self._killers: deque[bytes] = deque(maxlen=KILLERS)
        # It must outlive each child it starts: see Child.
        self._thread = threading.Thread(target=self._supervise, name=f"{kind} worker", daemon=True)
        self._thread.start()

    @property
    def pid(self) -> int | None:
        """Of the process that is ready now."""
        child = self._child
        return child.pid if child else None

    def facts(self) -> dict[str, Any]:
        """What the engine says of itself, when it is ready. Raises ModelError, ConfigError or EngineLost."""
        with self._change:
            self._change.wait_for(lambda: self._facts or self._refusal or self._closed, LOAD_S)
            if self._facts:
                return self._facts
            raise self._refusal or self._lost("could not be started")

    def call(self, name: str, args: dict[str, Any], samples: Samples | None = None, *, more_s: float = 0.0) -> Packet:
        """One result. `more_s` is added to the deadline. Raises EngineError, and nothing else of ours."""
        with self._asking, self._tried(name, args, samples) as child:
            return self._ask(child, Packet({"call": name, "args": args}, samples), more_s)

    def stream(self, name: str, args: dict[str, Any], *, more_s: float = 0.0) -> Iterator[Packet]:
        """Its items as they are made: one is made when it is asked for. Errors as those of `call`."""
        with self._asking, self._tried(name, args) as first:
            self._ask(first, Packet({"open": name, "args": args}), more_s)
        self._streams += 1
        try:
            while True:
                with self._asking, self._tried(name, args) as child:
                    if child is not first:
                        raise self._lost("was lost")
                    item = self._ask(child, Packet({"next": True}), more_s)
                if "end" in item.fields:
                    return
                yield item
        finally:
            self._streams -= 1

    def reject(self) -> EngineLost:
        """After an answer that makes no sense: whoever gave it is ended and replaced. The error to raise."""
        child = self._child
        if child:
            child.kill()
            self._bury(child)
        return self._lost("has answered nonsense")

    def close(self) -> None:
        """End it, and wait for that. Several times is as good as once."""
        with self._change:
            self._closed = True
            if self._started:
                self._started.kill()
            self._change.notify_all()
        if self._thread is not threading.current_thread():  # garbage is collected by whichever thread comes along
            self._thread.join()

    # --- asking -------------------------------------------------------------------------------------------------

    def _ask(self, child: Child, packet: Packet, more_s: float) -> Packet:
        begun_s = time.monotonic()
        with waiting(2 * self.bounds.deadline_s + more_s):  # each half has one
            child.connection.send(packet, self.bounds.deadline_s)
            answer = child.connection.receive(self.bounds.deadline_s + more_s)
        self._used_s = time.monotonic()
        took_s = answer.fields.pop("took_s", None)
        if isinstance(took_s, float):  # else it is an answer that makes no sense
            crossings[self.kind].count(self._used_s - begun_s - took_s)
        if "error" in answer.fields:
            raise _error(answer, EngineError)
        return answer

    @contextmanager
    def _tried(self, name: str, args: dict[str, Any], samples: Samples | None = None) -> Iterator[Child]:
        """The worker that is ready. If it is lost meanwhile, what it was asked for may be why."""
        if self._killers and _digest(name, args, samples) in self._killers:
            raise EngineError(f"The {WORDS[self.kind]} has crashed on this before.")
        child = self._ready()
        self._used_s = time.monotonic()
        try:
            yield child
        except TimeoutError:
            stopped = child.is_stopped()  # by somebody: no fault of what it was asked for
            child.kill_hung()
            self._bury(child)
            self._blame(name, args, samples, guilty=not stopped)
            raise self._lost("hung") from None
        except (EOFError, OSError):
            child.kill()
            self._bury(child)
            self._blame(name, args, samples, guilty=self._ended in CRASHES)
            raise self._lost("was lost") from None

    def _ready(self) -> Child:
        """Waits for one that is being loaded, for as long as the last one took."""
        with self._change:
            patience_s = min(self.bounds.deadline_s, (self._load_s or LOAD_S) + READY_S)
            with waiting(patience_s):
                self._change.wait_for(lambda: self._child or self._refusal or self._closed, patience_s)
            if self._child:
                return self._child
            if self._closed:
                raise self._lost("has been closed")
            if self._refusal:
                raise self._lost(f"is not there: {self._refusal.args[0].rstrip('.')}")
            raise self._lost("is still being loaded")

    def _bury(self, child: Child) -> None:
        """Wait until the supervisor has: `_ended` tells why it ended."""
        with self._change, waiting(self.bounds.deadline_s):
            self._change.wait_for(lambda: self._child is not child, self.bounds.deadline_s)

    def _blame(self, name: str, args: dict[str, Any], samples: Samples | None, *, guilty: bool) -> None:
        if guilty and name in CONTENT:
            self._killers.append(_digest(name, args, samples))

    def _lost(self, what: str) -> EngineLost:
        return EngineLost(f"The {WORDS[self.kind]} {what}.")

    # --- supervising --------------------------------------------------------------------------------------------

    def _supervise(self) -> None:
        """The one thread that starts and buries."""
        failures = 0
        while not self._closed:
            try:
                self._serve_one()
            except Exception:  # without this thread there would never be another worker
                self._log.exception("The %s could not be supervised.", WORDS[self.kind])
                self._refuse(self._lost("could not be supervised"))
            failures = failures + 1 if self._refusal else 0
            with self._change:
                self._change.wait_for(lambda: self._closed, PAUSES_S[min(failures, len(PAUSES_S) - 1)])

    def _serve_one(self) -> None:
        """One process, from its start to its end."""
        try:
            if self._facts:
                self._check()
            child = Child(self._command)
        except EdgeAgentError as error:
            return self._refuse(error)
        except OSError as error:
            return self._refuse(self._lost(f"could not be started ({error.strerror})"))
        with self._change:
            self._started, self._refusal = child, None  # whoever asks now waits for this one
            if self._closed:
                child.kill()
        try:
            self._welcome(child, self._load(child))
            while not child.ends_within(LOOK_S):
                self._look_at_memory(child)
        except EdgeAgentError as error:
            self._refuse(error)
        finally:
            self._end(child)
        return None

    def _end(self, child: Child) -> None:
        child.kill()
        why, said = child.bury()
        with self._change:
            was_ready = self._child is child
            self._started = self._child = None
            self._ended, self._grown = GROWN if self._grown else why, False
            self._change.notify_all()
        if was_ready and not self._closed:
            self._log.warning("The %s was lost (%s); another takes its place.", WORDS[self.kind], why)
        self._log.info("It said: %s", said)

    def _load(self, child: Child) -> dict[str, Any]:
        """Raises what the engine raises; ModelError when it dies or hangs over it."""
        begun_s = time.monotonic()
        # One that took seconds at first and hangs now is not waited for as a first one is, from a cold disk.
        deadline_s = LOAD_S if self._load_s is None else max(self.bounds.deadline_s, 4 * self._load_s)
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
            raise _error(answer, EdgeAgentError)
        facts = answer.fields.get("value")
        if not isinstance(facts, dict):
            raise self._not_loaded("answers nonsense", fix="edge-agent models verify")
        self._load_s = time.monotonic() - begun_s
        return facts

    def _not_loaded(self, what: str, *, fix: str) -> ModelError:
        name = Path(self._told.get("path", "")).name
        return ModelError(f"The {WORDS[self.kind]} {what} while it loads {name}.", fix=fix)

    def _refuse(self, error: EdgeAgentError) -> None:
        if self._facts:  # else whoever has made this worker is told
            self._log.warning("Nothing takes the place of the %s yet: %s", WORDS[self.kind], error.args[0])
        with self._change:
            self._refusal = error
            self._change.notify_all()

    def _welcome(self, child: Child, facts: dict[str, Any]) -> None:
        with self._change:
            self._ready_bytes = child.held()
            self._child, self._facts, self._refusal = child, facts, None
            self._change.notify_all()

    def _look_at_memory(self, child: Child) -> None:
        grown_mb = (child.held() - self._ready_bytes) / 1_000_000
        if grown_mb <= self.bounds.growth_mb:
            return
        rests = self._asking.acquire(blocking=False)
        try:
            in_use = not rests or self._streams or time.monotonic() - self._used_s < LOOK_S
            if grown_mb > 2 * self.bounds.growth_mb or not in_use:
                self._log.warning("The %s has grown by %d MB and is replaced.", WORDS[self.kind], grown_mb)
                self._grown = True  # by what it is doing, if anything: that is not tried again
                child.kill()
        finally:
            if rests:
                self._asking.release()


def _error(answer: Packet, most: type[EdgeAgentError]) -> EdgeAgentError:
    """What a worker says has gone wrong: an error of kind `most`, the one that all who ask are ready for."""
    fields = answer.fields
    kind = getattr(errors, str(fields["error"]), EngineError)
    known = isinstance(kind, type) and issubclass(kind, most)
    return (kind if known else EngineError)(str(fields.get("message")), fix=fields.get("fix"))


def _digest(name: str, args: dict[str, Any], samples: Samples | None) -> bytes:
    found = hashlib.sha256(json.dumps([name, args]).encode())
    if samples is not None:
        found.update(samples.tobytes())
    return found.digest()

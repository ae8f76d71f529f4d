"""Worker: one engine in a process, asked over a socket, ended when it hangs. supervisor.py replaces it."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from edge_agent.errors import ComputeFailed, EngineError, EngineLost
from edge_agent.types import Samples
from edge_agent.waits import waiting
from edge_agent.workers.child import Child, command_of
from edge_agent.workers.packet import Packet
from edge_agent.workers.supervisor import GROWN, WORDS, Bounds, Supervisor, error_of, lost

CRASHES = frozenset({"SIGSEGV", "SIGBUS", "SIGABRT", "SIGILL", "SIGFPE", GROWN})
"""Ends of an engine's own making. What it was asked for then is not tried again; SIGKILL comes from elsewhere."""
CONTENT = frozenset({"transcribe", "sample", "slices", "stream"})
"""What may be to blame for a crash. Other requests say the same in every turn: refused, they would end them all."""
KILLERS = 32
"""At most so many such requests are remembered."""


@dataclass(slots=True)
class Crossings:
    """What it has cost to ask the workers of one kind, beyond what the engine took: for the bench `workers`."""

    asked: int = 0
    cost_s: float = 0.0

    def count(self, cost_s: float) -> None:
        self.asked += 1
        self.cost_s += cost_s


crossings = {kind: Crossings() for kind in WORDS}


class Worker:
    """A worker is asked by one thread at a time. It is made at once and loaded in the background: `facts` waits for
    it."""

    def __init__(
        self,
        kind: str,
        told: dict[str, Any],
        bounds: Bounds,
        *,
        check: Callable[[], object] = lambda: None,
        instead: dict[str, Any] | None = None,
        command: Sequence[str] | None = None,
    ) -> None:
        """`told`: what its `load` is given; `instead`: what it is given once the first one has failed, in loading or in
        use: the same engine without a GPU. `check`: raises EdgeAgentError where the model must not be loaded again, as
        its files have changed. `command`: another program of this protocol, for tests."""
        self.kind, self.bounds = kind, bounds
        self._asking = threading.RLock()
        self._used_s = time.monotonic()
        self._streams = 0
        """Those that are open."""
        self._killers: deque[bytes] = deque(maxlen=KILLERS)
        self.supervisor = Supervisor(
            kind,
            told,
            bounds,
            command or command_of(kind),
            check=check,
            at_rest=self._at_rest,
            instead=instead,
        )

    @property
    def pid(self) -> int | None:
        """The id of the process that is ready now."""
        child = self.supervisor.child
        return child.pid if child else None

    def facts(self) -> dict[str, Any]:
        """What the engine says of itself, when it is ready. Raises ModelError, ConfigError or EngineLost."""
        return self.supervisor.facts()

    def call(self, name: str, args: dict[str, Any], samples: Samples | None = None, *, more_s: float = 0.0) -> Packet:
        """One result. `more_s` is added to the deadline. Raises EngineError, and nothing else of ours."""
        with self._asking, self._tried(name, args, samples) as child:
            return self._ask(child, Packet({"call": name, "args": args}, samples), more_s)

    def stream(self, name: str, args: dict[str, Any], *, more_s: float = 0.0) -> Iterator[Packet]:
        """Its items as they are made: one is made when it is asked for. Errors as those of `call`."""
        packet, first = Packet({"open": name, "args": args}), None
        self._streams += 1
        try:
            while True:
                with self._asking, self._tried(name, args) as child:
                    first = first or child
                    if child is not first:
                        raise lost(self.kind, "was lost")
                    item = self._ask(child, packet, more_s)
                if "end" in item.fields:
                    return
                yield item
                packet = Packet({"next": True})
        finally:
            self._streams -= 1

    def reject(self) -> EngineLost:
        """Ends and replaces whoever gave an answer that makes no sense. Returns the error to raise."""
        child = self.supervisor.child
        if child:
            child.kill()
            self.supervisor.bury(child)
        return lost(self.kind, "has answered nonsense")

    def close(self) -> None:
        """End it, and wait for that. Several times is as good as once."""
        self.supervisor.close()

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
            error = error_of(answer, EngineError)
            if isinstance(error, ComputeFailed) and self.supervisor.gives_up_gpu(child, error.args[0]):
                raise lost(self.kind, "failed on the GPU")
            raise error
        return answer

    @contextmanager
    def _tried(self, name: str, args: dict[str, Any], samples: Samples | None = None) -> Iterator[Child]:
        """The worker that is ready. If it is lost meanwhile, what it was asked for may be why, or its GPU."""
        if self._killers and _digest(name, args, samples) in self._killers:
            raise EngineError(f"The {WORDS[self.kind]} has crashed on this before.")
        child, is_other_next = self.supervisor.ready(), self.supervisor.may_fall_back
        self._used_s = time.monotonic()
        try:
            yield child
        except TimeoutError:
            stopped = child.is_stopped()  # by somebody: no fault of what it was asked for
            child.kill_hung()
            self.supervisor.bury(child)
            self._blame(name, args, samples, guilty=not stopped and not is_other_next)
            raise lost(self.kind, "hung") from None
        except (EOFError, OSError):
            child.kill()
            self.supervisor.bury(child)
            self._blame(name, args, samples, guilty=self.supervisor.ended in CRASHES and not is_other_next)
            raise lost(self.kind, "was lost") from None

    def _blame(self, name: str, args: dict[str, Any], samples: Samples | None, *, guilty: bool) -> None:
        if guilty and name in CONTENT:
            self._killers.append(_digest(name, args, samples))

    @contextmanager
    def _at_rest(self, seconds: float) -> Iterator[bool]:
        """Whether it has not been asked for so long, and nobody asks before this is left."""
        mine = self._asking.acquire(blocking=False)
        try:
            yield mine and not self._streams and time.monotonic() - self._used_s >= seconds
        finally:
            if mine:
                self._asking.release()


def _digest(name: str, args: dict[str, Any], samples: Samples | None) -> bytes:
    found = hashlib.sha256(json.dumps([name, args]).encode())
    if samples is not None:
        found.update(samples.tobytes())
    return found.digest()

"""The worker's end: one engine, driven over a socket by the agent. `python -m edge_agent.workers.process asr`.

Each packet asks for one thing and gets one answer:

    {"load": {...}}                    load the engine and run it once
    {"call": NAME, "args": {...}}      one result
    {"open": NAME, "args": {...}}      begin a stream, the one before is over: its first item
    {"next": true}                     its next item; {"end": true} when there is none
"""

from __future__ import annotations

import ctypes
import faulthandler
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from edge_agent import cores
from edge_agent.errors import EdgeAgentError, ModelError
from edge_agent.processes import end_with
from edge_agent.workers import sandbox
from edge_agent.workers.packet import Connection, Packet

_PR_SET_NO_NEW_PRIVS = 38
"""A constant of Linux's prctl.h."""
_DIES_FIRST = 300
"""A worker is so far above the agent's own oom_score_adj (-1000 to 1000): short of memory, the kernel ends a worker,
which is replaced."""


class Engine(Protocol):
    """An engine as a worker sees it (serving.py)."""

    def call(self, name: str, args: dict[str, Any], packet: Packet) -> Packet: ...
    def stream(self, name: str, args: dict[str, Any]) -> Iterator[Packet]: ...


Load = Callable[[dict[str, Any]], tuple[Engine, dict[str, Any]]]
"""What `load` says -> the engine, warmed up, and what the agent wants to know of it."""


def seclude(parent: int) -> None:
    """End with the agent (process `parent`), die before it for want of memory, keep its memory to itself: it holds
    speech."""
    end_with(parent)
    ctypes.CDLL(None).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    cores.leave_none()
    score = Path("/proc/self/oom_score_adj")
    with suppress(OSError):  # a sandbox may have made /proc read-only
        score.write_text(str(min(1000, int(score.read_text()) + _DIES_FIRST)))
    cores.hide()
    # The agent decides when we end: at Ctrl-C and SIGTERM it may still have something to say.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    faulthandler.enable()
    faulthandler.register(signal.SIGUSR1)


def connection() -> Connection:
    """The connection to the agent, over what was standard input. Native code that prints to standard output harms
    nobody."""
    end = socket.socket(fileno=os.dup(0))
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    os.close(nothing)
    return Connection(end)


def work(agent: Connection, load: Load) -> None:
    """Answer until the agent has gone."""
    session = _Session(load)
    while True:
        try:
            packet = agent.receive()
        except (EOFError, OSError):
            return
        begun_s = time.monotonic()
        answer = session.answer(packet)
        answer.fields["took_s"] = time.monotonic() - begun_s
        agent.send(answer)


class _Session:
    def __init__(self, load: Load) -> None:
        self._load = load
        self._engine: Engine | None = None
        self._stream: Iterator[Packet] = iter(())

    def answer(self, packet: Packet) -> Packet:
        """The answer to a request. A failure is its kind and, where it is one of ours, what it says: other messages may
        hold what was said."""
        try:
            return self._done(packet)
        except EdgeAgentError as error:
            return Packet({"error": type(error).__name__, "message": error.args[0], "fix": error.fix})
        except Exception as error:
            return Packet({"error": "ComputeFailed", "message": f"It failed ({type(error).__name__}).", "fix": None})

    def _loaded(self, told: dict[str, Any]) -> Packet:
        try:
            self._engine, facts = self._load(told)
        except EdgeAgentError:
            raise
        except Exception as error:
            name = Path(told.get("path", "")).name
            what = f"{name} cannot be loaded ({type(error).__name__})."
            raise ModelError(what, fix="edge-agent models verify") from error
        return Packet({"value": facts})

    def _done(self, packet: Packet) -> Packet:
        fields = packet.fields
        if "load" in fields:
            return self._loaded(fields["load"])
        assert self._engine is not None
        if "call" in fields:
            return self._engine.call(fields["call"], fields["args"], packet)
        if "open" in fields:
            self._stream = self._engine.stream(fields["open"], fields["args"])
        return next(self._stream, Packet({"end": True}))


def _load(kind: str, told: dict[str, Any]) -> tuple[Engine, dict[str, Any]]:
    if told["settings"]["engines"]["sandbox"]:
        sandbox.confine(map(Path, (told["path"], *told["files"])), card=told["card"])
    from edge_agent.store.check import refuse_changed
    from edge_agent.workers.serving import load  # engines are imported here, when the above holds

    loaded = load(kind, told)
    refuse_changed(told["stamps"])
    return loaded


def main() -> None:
    seclude(int(sys.argv[2]))
    work(connection(), partial(_load, sys.argv[1]))
    os._exit(0)  # the exit handlers of native libraries may hang


if __name__ == "__main__":
    main()

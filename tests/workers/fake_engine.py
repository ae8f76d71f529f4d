"""An engine that does on demand what native ones do by themselves. Run as a worker's program by test_worker.py."""

import contextlib
import ctypes
import os
import signal
import socket
import struct
import sys
import time

import numpy as np

from edge_agent.errors import ConfigError
from edge_agent.workers.packet import Packet, of_tokens
from edge_agent.workers.process import connection, seclude, work

FACTS = {"rate_hz": 16_000, "language": "en", "languages": ["en"], "model": "fake", "context": 512}
"""What each of the three remote halves wants to know."""


class FakeEngine:
    def __init__(self, told) -> None:
        self._told = told
        self._held = []

    def call(self, name, args, packet):
        if name == "echo":
            return Packet({"value": args}, packet.samples)
        if name == "environment":
            return Packet({"value": dict(os.environ), "dumpable": ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)})
        if name == "files":
            return Packet({"value": [os.path.realpath(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd")]})
        if "by" in args:
            if args["by"] == "null":
                ctypes.string_at(0)
            os.kill(os.getpid(), getattr(signal, str(args["by"]), args["by"]))
        if "mb" in args:
            self._held.append(np.ones(args["mb"] * 1_000_000 // 8))
        if "seconds" in args:
            threading_sleep(args["seconds"])
        if name == "babble":
            text = args["what"].encode("latin-1")
            socket.socket(fileno=os.dup(agent_fd())).sendall(struct.pack("<III", len(text), 0, 0) + text)
            time.sleep(600)
        if name == "refuse":
            raise ConfigError("It does not know this.", fix="edge-agent doctor")
        if name == "fail":
            raise ValueError("the secret word is Rumpelstiltskin")
        if name == "shout":
            os.write(1, b"native code prints\n" * 1000)
            with contextlib.suppress(PermissionError):  # native code does not look
                os.write(2, b"and complains\n" * 100)
        return self._value(name, args)

    def _value(self, name, args):
        if name == "tokenize" and "text" in args and "nothing_but" not in self._told:
            return of_tokens([ord(letter) for letter in args["text"]])
        return Packet({"value": self._told.get("nothing_but")})

    def stream(self, name, args):
        if "nothing_but" in self._told:
            yield Packet({"value": self._told["nothing_but"]})
        if name == "sample":
            yield from (Packet({"value": token, "bytes": chr(token)}) for token in (97, 228))
            return
        for i in range(args["count"]):
            if i == args.get("crash_at"):
                os.kill(os.getpid(), signal.SIGABRT)
            yield Packet({"value": i}, np.full(i, 0.5, np.float32))


def agent_fd():
    """The one socket that there is."""
    names = {int(fd): os.path.realpath(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd")}
    return next(fd for fd, name in names.items() if "socket:" in name)


def threading_sleep(seconds):
    """Hangs where a stack can be seen; nothing waits for it but the deadline."""
    time.sleep(seconds)


def load(told):
    if told.get("crash"):
        os.kill(os.getpid(), getattr(signal, told["crash"]))
    if told.get("hang"):
        threading_sleep(600)
    if told.get("nonsense"):
        return FakeEngine(told), "no facts"
    if told.get("refuse"):
        raise ConfigError("Such an engine there is not.")
    return FakeEngine(told), FACTS | {"model": told.get("model", FACTS["model"])}


if __name__ == "__main__":
    seclude(int(sys.argv[1]))
    work(connection(), load)

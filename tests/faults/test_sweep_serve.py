"""`serve` with scripted engines: the n-th call of each kind that the kernel gets while clients are served fails.

strace answers in the kernel's place, once for each n until no such call is left: the server lives, its next clients
are served, and it holds no more descriptors than before.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from tests.rigs import kernel
from tests.rigs.conformance import QUESTION

FAULTS = {
    "accept4": ("EMFILE", "ECONNABORTED", "ENOMEM"),
    "recvfrom": ("ECONNRESET", "ETIMEDOUT"),
    "sendto": ("EPIPE", "ECONNRESET", "ENOBUFS"),
    "getpeername": ("ENOTCONN",),
    "getsockname": ("ENOBUFS",),
    "epoll_ctl": ("ENOMEM",),
    "openat": ("EMFILE", "EACCES"),
    "clone3": ("EAGAIN",),
}
"""A system call -> what it fails with, in turn. None is an openat: all files are read before."""
SERVE = """
import runpy, sys
from edge_agent.doors import http
from edge_agent.serve import server
server.HEADERS_S = 1.0  # s, after which it closes what never asks for anything
http.keep_loaded = lambda: print("warm", flush=True)  # the last of what it does ahead, with descriptors of its own
runpy.run_path(sys.argv.pop(1), run_name="__main__")
"""
MOST = 400
PATIENCE_S = 1.5
"""For whatever a client that meets a fault waits for."""
AGAIN_S = 10.0
"""For the server to serve again: asyncio rests for 1 s after an accept that fails."""
SETTLED_S = 3.0
"""For it to have closed what a client has left open."""
WARM_S = 60.0
MEETS = (OSError, WebSocketException, httpx2.HTTPError)
"""What a client may meet."""
PR_SET_PTRACER = 0x59616D61
"""Of prctl.h: where only a parent may trace (Yama), so may anybody now."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    assert shutil.which("strace"), "strace is missing: scripts/test installs it"
    log = tmp_path_factory.mktemp("serve") / "log"
    agent = Path(__file__).parents[1] / "scripted_agent.py"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-c", SERVE, str(agent), "serve", "--port", "0"], stdout=out, stderr=out, cwd=log.parent,
            preexec_fn=lambda: ctypes.CDLL(None).prctl(PR_SET_PTRACER, -1, 0, 0, 0),
        )  # fmt: skip
    try:
        while not (found := re.search(r"http://(127\.0\.0\.1:\d+)/v1", log.read_text())):
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(0.1)  # it lives
        assert settles(lambda: "warm" in log.read_text(), WARM_S)
        yield Server(process, found[1], log)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0, log.read_text()
    finally:
        process.kill()
        process.wait()


class Server:
    def __init__(self, process: subprocess.Popen[bytes], address: str, log: Path) -> None:
        self.process, self._address, self.log = process, address, log

    def serve_all(self, patience_s: float = 30.0) -> None:
        """Each door once. Raises whatever a client may meet."""
        with connect(f"ws://{self._address}/v1/realtime?model=m", open_timeout=patience_s) as socket:
            item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hello."}]}
            socket.send(json.dumps({"type": "conversation.item.create", "item": item}))
            socket.send(json.dumps({"type": "response.create"}))
            while (event := json.loads(socket.recv(timeout=patience_s)))["type"] != "response.done":
                pass
            assert event["response"]["status"] == "completed"
        with httpx2.Client(base_url=f"http://{self._address}/v1", trust_env=False, timeout=patience_s) as client:
            chat = {"model": "m", "messages": [{"role": "user", "content": "Hello."}]}
            for answer in (
                client.post("/chat/completions", json=chat),
                client.post("/audio/speech", json={"model": "m", "voice": "alloy", "input": "Hello."}),
                client.post("/audio/transcriptions", files={"file": QUESTION.read_bytes()}),
            ):
                assert answer.status_code == 200, answer.text

    def descriptors(self) -> int:
        return kernel.descriptors(self.process.pid)

    @contextlib.contextmanager
    def failing(self, call: str, error: str, at: int, trace: Path) -> Iterator[None]:
        """The `at`-th `call` of each of its threads fails, once."""
        what = ["-e", f"trace={call}", "-e", f"inject={call}:error={error}:when={at}"]
        strace = subprocess.Popen(["strace", "-f", "-q", "-o", str(trace), *what, "-p", str(self.process.pid)])
        while "TracerPid:\t0" in Path(f"/proc/{self.process.pid}/status").read_text():
            assert strace.poll() is None, "it cannot be traced"
        try:
            yield
        finally:
            strace.send_signal(signal.SIGINT)
            strace.wait()


def settles(holds: Callable[[], bool], within_s: float) -> bool:
    deadline = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def served_again(server: Server) -> bool:
    with contextlib.suppress(*MEETS):
        server.serve_all()
        return True
    return False


@pytest.mark.timeout(600)
@pytest.mark.parametrize("call", FAULTS)
def test_every_call_of_a_server_may_fail(
    call: str, step: int, server: Server, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    server.serve_all()
    before = server.descriptors()
    for faults, at in enumerate(range(1, MOST, step)):
        error = FAULTS[call][at % len(FAULTS[call])]
        with server.failing(call, error, at, tmp_path / "trace"), contextlib.suppress(*MEETS, AssertionError):
            server.serve_all(PATIENCE_S)
        fault = f"{call} {at}: {error}"
        assert server.process.poll() is None, (fault, server.log.read_text())
        assert settles(lambda: served_again(server), AGAIN_S), fault
        assert settles(lambda: server.descriptors() <= before, SETTLED_S), fault
        if "(INJECTED)" not in (tmp_path / "trace").read_text():
            record_property("faults", faults)
            return
    pytest.fail(f"more than {MOST} calls of {call}")

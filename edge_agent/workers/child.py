"""Child: one worker process, from its start to its end, as the agent sees it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import resource
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import edge_agent
from edge_agent import cores, processes
from edge_agent.workers.packet import MOST_ANSWER, Connection

_KEPT = (
    "PATH", "HOME", "LANG", "LANGUAGE", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE",
    "VIRTUAL_ENV", cores.TRACEABLE, *edge_agent.OFFLINE_ENVIRONMENT,
)  # fmt: skip
_KEPT_PREFIXES = ("LC_", "OMP_", "GOMP_", "OPENBLAS_", "MKL_", "TOKENIZERS_", "CT2_", "GGML_", "CUDA_")
_SAID_BYTES = 1 << 14
"""So much is kept of what a worker writes to standard error: the stacks of its threads, when it crashes."""
_STACKS_S = 0.5
"""A worker that hangs has so long to write them."""
_ENDS_S = 1.0
"""A worker that has closed its socket has so long to end by itself: the kernel closes it first."""


def clean(environment: Mapping[str, str]) -> dict[str, str]:
    """What an engine needs. No token, no bus, no display: a worker has no business with them."""
    return {name: value for name, value in environment.items() if name in _KEPT or name.startswith(_KEPT_PREFIXES)}


class Child:
    """Started, not yet loaded. It ends with the *thread* that makes it (Linux's PR_SET_PDEATHSIG), which must last."""

    def __init__(self, command: Sequence[str], **environment: str) -> None:
        """`command`: what to run; the agent's own process id is added. `environment`: what is set besides. Raises
        OSError."""
        with contextlib.ExitStack() as undo:  # where a step fails, nothing of those before it remains
            ours, theirs = socket.socketpair()
            undo.callback(ours.close)
            with theirs:
                self._said = _sealed_file()
                undo.callback(os.close, self._said)
                self._process = subprocess.Popen(
                    [*command, str(os.getpid())],
                    cwd=Path(edge_agent.__file__).parents[1],  # `-m` finds this very package
                    env=clean(os.environ) | environment,
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                    stderr=self._said,
                    start_new_session=True,  # Ctrl-C is the agent's alone
                )
            undo.callback(self._process.wait)
            undo.callback(self._process.kill)
            self.pid = self._process.pid
            self._ended = os.pidfd_open(self.pid)
            undo.pop_all()
        self.connection = Connection(ours, MOST_ANSWER)
        self._closing = threading.Lock()
        self._closed = self._hung = False

    def ends_within(self, seconds: float) -> bool:
        poll = select.poll()
        poll.register(self._ended, select.POLLIN)
        return bool(poll.poll(seconds * 1000))

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    def is_stopped(self) -> bool:
        with suppress(OSError):
            return processes.is_stopped(self.pid)
        return False

    def kill_hung(self) -> None:
        """Kills it after it has written where it hangs, if it still can."""
        self._hung = True
        self._signal(signal.SIGUSR1)
        self.ends_within(_STACKS_S)
        self.kill()

    def end(self) -> str:
        """Make sure that it ends. Why it did; "SIGKILL" may be our own."""
        self.ends_within(_ENDS_S)
        self.kill()
        return _reason(self._process.wait())

    def bury(self) -> tuple[str, str]:
        """Wait for its end. Returns why it ended, and what it wrote to standard error."""
        code = self._process.wait()
        said = os.pread(self._said, _SAID_BYTES, 0).rstrip(b"\0").decode(errors="replace")
        with self._closing:
            self._closed = True
            self.connection.close()
            os.close(self._said)
            os.close(self._ended)
        return "it hung" if self._hung else _reason(code), said

    def held(self) -> int:
        """Bytes of memory without those of files, which the kernel takes back and reads again; 0 when it has ended."""
        with suppress(OSError, IndexError):
            _, resident, shared, *_ = map(int, Path(f"/proc/{self.pid}/statm").read_text().split())
            return (resident - shared) * resource.getpagesize()
        return 0

    def _signal(self, number: int) -> None:
        with self._closing, suppress(ProcessLookupError):
            if not self._closed:  # else its number may be another's by now
                signal.pidfd_send_signal(self._ended, number)


def _reason(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    names = {each.value: each.name for each in signal.Signals}
    return names.get(-code, f"signal {-code}")


def _sealed_file() -> int:
    """A file in memory, of a fixed size: a library that complains without end fills neither memory nor disk."""
    file = os.memfd_create("worker", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        os.truncate(file, _SAID_BYTES)
        fcntl.fcntl(file, fcntl.F_ADD_SEALS, fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK)
    except OSError:
        os.close(file)
        raise
    return file


def command_of(kind: str) -> list[str]:
    return [sys.executable, "-m", "edge_agent.workers.process", kind]

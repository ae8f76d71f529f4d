"""`edge-agent serve` with real models, in a process of its own on a free port, for the tests that need one."""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence

import pytest

READY_S = 90
SETTINGS = ("serve.max_sessions=4", "think.max_tokens=80")
"""Answers of some 20 s: long enough to be interrupted, and a minute of CI shorter than the default's."""


@contextlib.contextmanager
def serving(
    flags: Sequence[str], ready: str, environment: Mapping[str, str] | None = None
) -> Iterator[tuple[re.Match[str], int]]:
    """`edge-agent serve` with `flags`, until it is left. Gives what of its output matches `ready`, and its process."""
    command = [sys.executable, "-m", "edge_agent", "serve", *flags]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    ) as server:
        try:
            assert server.stdout
            impatience = threading.Timer(READY_S, server.kill)
            impatience.start()
            said = ""
            for line in server.stdout:
                said += line
                if found := re.search(ready, line):
                    break
            else:
                pytest.fail(f"the server did not get ready:\n{said}")
            impatience.cancel()
            threading.Thread(target=server.stdout.read, daemon=True).start()
            yield found, server.pid
        finally:
            server.terminate()
            assert server.wait(timeout=20) == 0


@pytest.fixture(scope="session")
def real_server() -> Iterator[str]:
    """Its base URL, http://127.0.0.1:PORT/v1."""
    flags = ["--port", "0", "--profile", "small", *(part for setting in SETTINGS for part in ("--set", setting))]
    with serving(flags, r"http://127\.0\.0\.1:\d+/v1") as (found, _):
        yield found[0]

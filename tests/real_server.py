"""`edge-agent serve` with real models, in a process of its own on a free port, for the tests that need one."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

READY_S = 90
SETTINGS = ("serve.max_sessions=4", "think.max_tokens=80")
"""Answers of some 20 s: long enough to be interrupted, and a minute of CI shorter than the default's."""


@pytest.fixture(scope="session")
def real_server() -> Iterator[str]:
    """Its base URL, http://127.0.0.1:PORT/v1."""
    command = [sys.executable, "-m", "edge_agent", "serve", "--port", "0", "--profile", "small"]
    command += [part for setting in SETTINGS for part in ("--set", setting)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as server:
        assert server.stdout
        impatience = threading.Timer(READY_S, server.kill)
        impatience.start()
        said = ""
        for line in server.stdout:
            said += line
            if found := re.search(r"http://127\.0\.0\.1:\d+/v1", line):
                break
        else:
            pytest.fail(f"the server did not get ready:\n{said}")
        impatience.cancel()
        draining = threading.Thread(target=server.stdout.read, daemon=True)
        draining.start()
        yield found[0]
        server.terminate()
        assert server.wait(timeout=10) == 0

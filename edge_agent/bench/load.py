"""Load: processes that keep cores busy while something else is measured."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator

BURN = "import os\nparent = os.getppid()\nwhile os.getppid() == parent: pass"
"""It lives as long as its parent, so that a killed bench leaves nothing behind."""


@contextlib.contextmanager
def busy(processes: int) -> Iterator[None]:
    """So many processes, of the priority of this one, each of which wants a whole core."""
    with contextlib.ExitStack() as burning:
        for _ in range(processes):
            process = burning.enter_context(subprocess.Popen([sys.executable, "-IS", "-c", BURN]))
            burning.callback(process.kill)
        yield

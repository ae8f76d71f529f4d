"""Free cores: on how many threads to compute right now, where other programs want the cores, too."""

from __future__ import annotations

import os
from collections.abc import Callable

from edge_agent import processes


class FreeCores:
    """Threads that wait for each other behind each matrix are as slow as the one that has to wait for a core.

    Asked before each evaluation. What else wants a core is counted twice in a row before it takes one: most threads of
    the agent itself run for some microseconds at a time.
    """

    def __init__(
        self, most: int, *, cores: int | None = None, runnable: Callable[[], int] = processes.runnable
    ) -> None:
        """`most`: threads where all `cores` are free (None: those of the machine, as all that runs on it is counted).
        `runnable`: counts the threads that want a core, the asking one included."""
        self._most, self._cores, self._runnable = most, cores or os.cpu_count() or most, runnable
        self._others = 0
        """Those that wanted a core when it was last asked."""

    def threads(self) -> int:
        """The number that find a core of their own, from 1 to `most`."""
        if self._most == 1:
            return 1
        try:
            others = self._runnable() - 1
        except (OSError, ValueError, IndexError):  # another system, or a sandbox without /proc
            return self._most
        free = self._cores - min(others, self._others)
        self._others = others
        return max(1, min(self._most, free))

"""SIGTERM ends the program with code 0 within seconds, whatever it does; SIGUSR1 prints the stacks of all threads."""

from __future__ import annotations

import faulthandler
import os
import signal
import threading
from contextlib import suppress
from types import FrameType

from edge_agent.life.starts import of_service
from edge_agent.life.systemd import notify

PATIENCE_S = 4.0
"""An orderly end may take so long. Loading a model takes longer on a small board, and nothing is lost with it."""


def install() -> None:
    """Installs the handlers. Called once, from the main thread."""
    with suppress(OSError, ValueError, AttributeError):  # no stderr to write to
        faulthandler.enable()  # a crash, and the SIGABRT of systemd's watchdog, leave their stacks in the journal
        faulthandler.register(signal.SIGUSR1, all_threads=True)
    reading, writing = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
    os.set_blocking(reading, True)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    signal.signal(signal.SIGTERM, _end)
    threading.Thread(target=_insist, args=(reading,), name="stopping", daemon=True).start()


def _end(number: int, frame: FrameType | None) -> None:
    _note()
    raise SystemExit(0)


def _note() -> None:
    """It was wanted: no start that failed."""
    notify("STOPPING=1")
    if starts := of_service():
        starts.settled()


def _insist(reading: int) -> None:
    """Python runs its handlers between two bytecodes of the main thread, which a model that loads may keep for long.

    The descriptor is written to by the signal itself. The second SIGTERM ends at once.
    """
    asked = False
    while numbers := os.read(reading, 64):
        for _ in range(numbers.count(signal.SIGTERM)):
            if asked:
                _give_up()
            asked = True
            timer = threading.Timer(PATIENCE_S, _give_up)
            timer.daemon = True
            timer.start()


def _give_up() -> None:
    _note()
    os._exit(0)

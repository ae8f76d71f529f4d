"""What goes to the log: nothing that anybody said. An exception is named and placed, its message is left out."""

from __future__ import annotations

import logging
import sys
import threading
import time
import traceback
from collections.abc import Callable

QUIET_S = 600.0
KINDS = 256
"""How many kinds of lines are remembered; beyond them it starts afresh. Ours has some twenty."""


def install() -> None:
    """The one handler of the process, and the last resort of threads and of the main thread."""
    handler = logging.StreamHandler()
    handler.setFormatter(Wordless("%(name)s: %(message)s"))
    handler.addFilter(Seldom())
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
    log = logging.getLogger("edge_agent")
    sys.excepthook = lambda kind, error, tb: log.critical("It ends: a defect.", exc_info=(kind, error, tb))
    threading.excepthook = _thread_ended


def _thread_ended(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
        exc_info = (args.exc_type, args.exc_value, args.exc_traceback)
        logging.getLogger("edge_agent").critical("A thread ends: a defect.", exc_info=exc_info)


class Wordless(logging.Formatter):
    """Messages of exceptions may hold a transcript, an argument of a tool, a key: their classes and places do not."""

    def format(self, record: logging.LogRecord) -> str:
        if not record.name.startswith("edge_agent"):  # asyncio adds the exception to its message, from the second line
            record = logging.makeLogRecord({**record.__dict__, "msg": record.getMessage().split("\n")[0], "args": ()})
        return super().format(record)

    def formatException(self, ei: object) -> str:
        assert isinstance(ei, tuple)
        lines = list[str]()
        error, seen = ei[1], set[int]()
        while isinstance(error, BaseException) and id(error) not in seen:
            seen.add(id(error))
            lines.insert(0, "".join(traceback.format_tb(error.__traceback__)) + type(error).__qualname__)
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return "\nand then:\n".join(lines)


class Seldom(logging.Filter):
    """The same line once in ten minutes; the next one then says how many there were. Same: template and exception."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._now = now
        self._said: dict[object, tuple[float, int]] = {}
        self._lock = threading.Lock()

    def filter(self, record: logging.LogRecord) -> bool:
        kind = (record.name, record.levelno, str(record.msg), record.exc_info and record.exc_info[0])
        with self._lock:
            since, more = self._said.get(kind, (float("-inf"), 0))
            if self._now() - since < QUIET_S:
                self._said[kind] = (since, more + 1)
                return False
            if len(self._said) >= KINDS:
                self._said.clear()
            self._said[kind] = (self._now(), 0)
        if more:
            record.msg = f"{record.getMessage()} ({more} more since the last of these lines)"
            record.args = ()
        return True

"""History: what was said, kept on this device while its owner wants it. A line a turn, a file a day.

Only somebody at this machine can turn it on: nothing that a model or a remote client can reach imports this
(tests/watch/test_history.py).
"""

from __future__ import annotations

import errno
import json
import logging
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, fields
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Literal, get_args

from edge_agent.errors import StateError
from edge_agent.events import Event, HeardText, Interrupted, Saying, TurnDone, TurnFailed
from edge_agent.state import mend, state_dir, switch_on, switches_dir, sync

log = logging.getLogger(__name__)

ENDING = ".jsonl"
End = Literal["done", "interrupted", "speaker lost", "failed"]


@dataclass(frozen=True, slots=True)
class Exchange:
    """One turn that has ended."""

    at: str
    """The time at which the user had finished: ISO 8601, local time with its offset, to the second."""
    user: str
    agent: str
    """The words that the user had heard by the end; where an engine failed, the sentences that were begun."""
    end: End


class History:
    """The history is on while `history-on` is there in `folder`. A day is a file, so that what is old is deleted whole,
    and nothing is ever rewritten while somebody appends to it.

    The switch is not in the folder of the words: root turns that of the system service, which owns its words itself.
    No link is followed: who owns the folder cannot have root read or delete what is elsewhere.
    """

    def __init__(self, folder: Path, switches: Path | None = None) -> None:
        """`switches`: the folder of the switch, if it is another."""
        self._switch, self._days = (switches or folder) / "history-on", folder / "history"

    @classmethod
    def own(cls) -> History:
        """The history of this process."""
        return cls(state_dir(), switches_dir())

    def is_on(self) -> bool:
        """Whether it is on. When in doubt, no. One `stat`."""
        return os.path.lexists(self._switch)

    def turn_on(self) -> None:
        """Raises StateError: nothing is kept."""
        try:
            switch_on(self._switch)
        except OSError as error:
            fix = mend(error, self._switch.parent, "history on")
            raise StateError(f"The history is still off: {self._switch} ({error.strerror}).", fix=fix) from error

    def turn_off(self) -> None:
        """Lasting, when this returns. Raises StateError: it may still be on."""
        try:
            self._switch.unlink(missing_ok=True)
            if self._switch.parent.is_dir():
                sync(self._switch.parent)
        except OSError as error:
            fix = mend(error, self._switch.parent, "history off")
            raise StateError(f"The history is NOT off: {self._switch} ({error.strerror}).", fix=fix) from error

    def clear(self) -> int:
        """Delete all of it. How many days there were. Lasting, when this returns. Raises StateError: some is left."""
        try:
            with self._opened() as (folder, found):
                for name in found:
                    _delete(name, folder)
                if folder >= 0:
                    os.fsync(folder)
        except OSError as error:
            fix = mend(error, self._days.parent, "history clear")
            raise StateError(f"The history is NOT all deleted: {self._days} ({error.strerror}).", fix=fix) from error
        return len(found)

    def prune(self, today: date, days: int) -> None:
        """Delete the days that are more than so many ago. Raises OSError."""
        with self._opened() as (folder, found):
            for name in found:
                with suppress(ValueError):
                    if date.fromisoformat(name.removesuffix(ENDING)) < today - timedelta(days):
                        _delete(name, folder)

    def append(self, exchange: Exchange) -> None:
        """One line, in one write. After a line that a power cut left unfinished, on a line of its own.

        Raises OSError: it is not kept, or half of it, which nobody reads.
        """
        self._days.mkdir(mode=0o700, exist_ok=True)
        text = json.dumps(asdict(exchange), ensure_ascii=False)
        line = text.encode("utf-8", "backslashreplace") + b"\n"  # half a surrogate pair becomes JSON's own escape
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        file = os.open(self._days / f"{exchange.at[:10]}{ENDING}", flags, 0o600)
        try:
            size = os.fstat(file).st_size
            if size and os.pread(file, 1, size - 1) != b"\n":
                line = b"\n" + line
            if os.write(file, line) < len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        finally:
            os.close(file)

    def exchanges(self) -> Iterator[Exchange]:
        """The exchanges from the oldest on; what is no whole line is left out. Raises OSError."""
        with self._opened() as (folder, found):
            for name in found:
                yield from filter(None, map(_read, _whole(name, folder).split(b"\n")))

    @contextmanager
    def _opened(self) -> Iterator[tuple[int, list[str]]]:
        """Yields the folder of the days, -1 if there is none, and their names. Raises OSError, also for a link: what
        cannot be seen is not taken for nothing."""
        try:
            folder = os.open(self._days, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            yield -1, []
            return
        try:
            yield folder, sorted(name for name in os.listdir(folder) if name.endswith(ENDING))
        finally:
            os.close(folder)


def _delete(name: str, folder: int) -> None:
    with suppress(FileNotFoundError):
        os.unlink(name, dir_fd=folder)


def _whole(name: str, folder: int) -> bytes:
    """The bytes of a file; none of a link, or of what is no file. Raises OSError."""
    try:
        file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    except OSError as error:
        if error.errno == errno.ELOOP:
            return b""
        raise
    with os.fdopen(file, "rb") as opened:
        return opened.read() if stat.S_ISREG(os.fstat(file).st_mode) else b""


def _read(line: bytes) -> Exchange | None:
    try:
        values = json.loads(line)
        exchange = Exchange(**values)
    except (ValueError, TypeError):
        return None
    whole = all(isinstance(getattr(exchange, each.name), str) for each in fields(exchange))
    return exchange if whole and exchange.end in get_args(End) else None


def _now() -> datetime:
    return datetime.now().astimezone()


@dataclass
class _Turn:
    number: int
    at: datetime
    user: str
    sentences: list[str] = field(default_factory=list)


class HistoryWindow:
    """Puts the turns of a conversation into the history, which may be turned on and off meanwhile. Of a turn that began
    or ended while it was off, nothing is kept. A disk that refuses costs a line in the log, not the conversation.
    """

    def __init__(self, history: History, days: int, now: Callable[[], datetime] = _now) -> None:
        self._history, self._keep_days, self._now = history, days, now
        self._turn: _Turn | None = None
        self._pruned: date | None = None
        self._prune()

    def __call__(self, event: Event) -> None:
        match event:
            case HeardText(number, text=text):
                self._prune()
                self._turn = _Turn(number, self._now(), text) if self._history.is_on() else None
            case Saying(number, text=text) if self._turn and self._turn.number == number:
                self._turn.sentences.append(text)
            case Interrupted(number, spoken=spoken, cause=cause):
                self._keep(number, "interrupted" if cause == "user" else "speaker lost", spoken)
            case TurnDone(number):
                self._keep(number, "done")
            case TurnFailed(number):
                self._keep(number, "failed")
            case _:
                pass

    def _keep(self, number: int, end: End, heard: str | None = None) -> None:
        """`heard`: the words of the answer, if not all that were begun."""
        turn, self._turn = self._turn, None
        if turn is None or turn.number != number or not self._history.is_on():
            return
        words = " ".join(turn.sentences) if heard is None else heard
        try:
            self._history.append(Exchange(turn.at.isoformat(timespec="seconds"), turn.user, words, end))
        except OSError as error:
            log.warning("A turn was not kept in the history (%s).", error.strerror)

    def _prune(self) -> None:
        """Deletes once a day what is too old: the agent may run for months."""
        today = self._now().date()
        if today == self._pruned:
            return
        self._pruned = today
        try:
            self._history.prune(today, self._keep_days)
        except OSError as error:
            log.warning("What is old was not deleted from the history (%s).", error.strerror)

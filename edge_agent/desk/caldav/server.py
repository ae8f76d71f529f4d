"""Server: an agent's calendars on the owner's CalDAV server.

The ledger is the truth: what is booked is brought there. Copies of what others have put there lie as .ics files in the
agent's folder, and are kept free.
"""

from __future__ import annotations

import logging
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock, Thread

from edge_agent.act.calendar import Calendar
from edge_agent.desk.booking.ledger import Booking, BookingLedger
from edge_agent.desk.booking.mirror import PRODUCT, document
from edge_agent.desk.caldav.collection import Collection, EventChanged
from edge_agent.desk.caldav.pushes import Push, Pushes
from edge_agent.desk.file import AgentFile, copy_of
from edge_agent.errors import RecordsError
from edge_agent.state import alone_with, credential, write_whole

log = logging.getLogger(__name__)

LOCK = "caldav.lock"
DEADLINE_S = 10.0
"""So long an answer of the server may take where nobody waits for it ..."""
CALLER_S = 2.0
"""... and where a caller does, before a booking is written."""
FRESH_S, REST_S = 5.0, 30.0
"""Copies that old are new enough for a booking; callers leave a server that could not be reached alone for so long."""
_BLOCK = re.compile(r"^BEGIN:(VEVENT|VTIMEZONE)$.*?^END:\1$", re.MULTILINE | re.DOTALL)


class CalendarServer:
    """Any thread and process may ask: one at a time brings something there."""

    def __init__(
        self, agent: AgentFile, state: Path, now: Callable[[], datetime], *, tick: Callable[[], float] = time.monotonic
    ) -> None:
        """`now` gives the wall clock, `tick` any clock in s."""
        self._agent, self._state, self._now, self._tick = agent, state, now, tick
        self._copying = Lock()
        self._fresh_until = self._rests_until = float("-inf")

    def refresh(self, deadline_s: float = CALLER_S) -> None:
        """Copy what others have put there, unless that was done just now, or the server could not be reached just now:
        then the last copies hold."""
        with self._copying:
            if self._tick() < max(self._fresh_until, self._rests_until):
                return
            try:
                with closing(self._pushes()) as pushes:
                    for url, file in self._copies().items():
                        self._copy(self._collection(url, deadline_s), file, pushes.own(url))
                self._fresh_until = self._tick() + FRESH_S
            except RecordsError as error:
                self._rests_until = self._tick() + REST_S
                log.warning("%s", error)

    def sync(self) -> list[str]:
        """Copy what others have put there, and bring there what is booked. Returns what the server has otherwise, a
        sentence each. Raises RecordsError: it is to be tried again. What arrived before that stays there."""
        with self._alone():
            self._fresh_until = self._rests_until = float("-inf")
            self.refresh(DEADLINE_S)
            with closing(self._pushes()) as pushes, closing(self._ledger()) as ledger:
                known = pushes.problems()
                for push in pushes.due(self._now()):
                    self._bring(push, pushes, ledger)
                problems = pushes.problems()
            if problems != known:  # what somebody else has made of them is kept free, too
                self._fresh_until = float("-inf")
                self.refresh(DEADLINE_S)
            return [f"Appointment {booking}: {problem}" for booking, problem in problems]

    def later(self) -> Thread:
        """The same in the background; what fails is tried again when it is asked for the next time."""
        thread = Thread(target=self._try, name="caldav", daemon=True)
        thread.start()
        return thread

    def _try(self) -> None:
        try:
            if problems := self.sync():
                log.warning("%d appointments are otherwise on the calendar server.", len(problems))
        except RecordsError as error:
            log.warning("%s", error)

    def _bring(self, push: Push, pushes: Pushes, ledger: BookingLedger) -> None:
        """One appointment: put, put again, or taken away. What somebody else has changed there stays as it is, and what
        lies where the file names no calendar any more."""
        url = self._url_of(push.staff)
        try:
            if push.url in self._agent.servers and (push.is_cancelled or push.url != url):
                self._take_away(push)
            if push.is_cancelled or not url:
                pushes.done(push, "")
                return
            if push.url != url:
                push = pushes.begin(push, url)
            booking = ledger.booking(push.booking)
            pushes.done(push, self._put(push, booking), self._beside(booking) if not push.etag else "")
        except EventChanged as error:
            pushes.done(push, push.etag, str(error))

    def _put(self, push: Push, booking: Booking) -> str:
        """Returns the ETag. Raises EventChanged; not if what is there is what was to be put: an answer got lost."""
        collection = self._collection(push.url, DEADLINE_S)
        uid = push.name.removesuffix(".ics")
        text = document([(booking, f"{uid}@edge-agent")], self._agent.booking.remind, self._now())
        try:
            return collection.put(push.name, text, push.etag)
        except EventChanged:
            etag, there = collection.get(push.name)
            if not push.etag and uid in there and not _is(there, booking):
                return collection.put(push.name, text, etag)  # it has changed since it was tried first
            if not _is(there, booking):
                raise
            return etag

    def _take_away(self, push: Push) -> None:
        collection = self._collection(push.url, DEADLINE_S)
        etag = push.etag or collection.get(push.name)[0]
        if etag:
            collection.remove(push.name, etag)

    def _beside(self, booking: Booking) -> str:
        """What stands at the same time in the copies: it was put there while the server could not be reached."""
        of_others = {each.calendar for each in self._agent.staff if each.name != booking.staff}
        first, last = booking.start.astimezone(UTC), booking.end.astimezone(UTC)
        for event in Calendar(self._agent.folder).events(booking.start - timedelta(days=1), booking.end):
            is_copy = event.file in self._copies().values() and event.file not in of_others
            if is_copy and event.start.astimezone(UTC) < last and event.end.astimezone(UTC) > first:
                return f"{event.title!r} is at the same time on the server."
        return ""

    def _copy(self, collection: Collection, file: str, own: set[str]) -> None:
        now = self._now()
        found = collection.events(now - timedelta(days=1), now + self._agent.booking.horizon + timedelta(days=1))
        texts = [text.replace("\r", "") for name, text in found if name not in own]
        blocks = dict.fromkeys(match[0] for text in texts for match in _BLOCK.finditer(text))
        text = "\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODUCT}", *blocks, "END:VCALENDAR", ""])
        path = self._agent.folder / file
        try:
            if not path.is_file() or path.read_text(encoding="utf-8") != text:
                write_whole(path, text)
        except OSError as error:
            raise RecordsError(f"{path} cannot be written ({error.strerror}).") from error

    def _copies(self) -> dict[str, str]:
        """The collections, each with the file that it is copied to."""
        own = {each.caldav: copy_of(each.name) for each in self._agent.staff if each.caldav}
        return ({self._agent.caldav.url: copy_of("")} if self._agent.caldav.url else {}) | own

    def _url_of(self, staff: str) -> str:
        found = next((each.caldav for each in self._agent.staff if each.name == staff), "")
        return found or self._agent.caldav.url

    def _collection(self, url: str, deadline_s: float) -> Collection:
        return Collection(url, self._agent.caldav.user, _password(self._agent), deadline_s=deadline_s)

    def _pushes(self) -> Pushes:
        return Pushes(self._state, self._agent.business.timezone)

    def _ledger(self) -> BookingLedger:
        return BookingLedger(self._state, self._agent.business.timezone, timedelta.max)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self._state.mkdir(mode=0o700, parents=True, exist_ok=True)
        with alone_with(self._state / LOCK, os.O_CREAT | os.O_RDWR):
            yield


def _is(text: str, booking: Booking) -> bool:
    """Whether an event is that appointment in that version."""
    begins = f"DTSTART:{booking.start.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    return begins in text and re.search(rf"^SEQUENCE:{booking.version}\r?$", text, re.MULTILINE) is not None


def _password(agent: AgentFile) -> str:
    file = agent.folder / agent.caldav.password_file
    try:
        if handed := credential("caldav.password"):
            return handed
        return file.read_text(encoding="utf-8").strip() if agent.caldav.password_file else ""
    except (OSError, UnicodeDecodeError) as error:
        raise RecordsError(
            f"The password of the calendar server cannot be read: {file} ({error}).", fix=f"write it into {file}"
        ) from error

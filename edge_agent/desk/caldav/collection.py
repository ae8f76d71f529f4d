"""Collection: one calendar on a CalDAV server (RFC 4791): events are put, taken away and listed, each with its ETag."""

from __future__ import annotations

import base64
import urllib.error
import urllib.request
from datetime import UTC, datetime
from email.message import Message
from http.client import HTTPException
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

from edge_agent.act.tools.direct import direct_opener
from edge_agent.errors import RecordsError

MOST_BYTES = 16_000_000
"""An answer that is longer is none."""
_DAV, _CAL = "{DAV:}", "{urn:ietf:params:xml:ns:caldav}"
_QUERY = """\
<?xml version="1.0" encoding="utf-8"?>
<C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">
<D:prop><D:getetag/><C:calendar-data/></D:prop><C:filter><C:comp-filter name="VCALENDAR">
<C:comp-filter name="VEVENT"><C:time-range start="{first}" end="{last}"/></C:comp-filter>
</C:comp-filter></C:filter></C:calendar-query>
"""


class ServerError(RecordsError):
    """The server cannot be reached, or refuses: it is tried again later."""


class EventChanged(RecordsError):
    """What lies on the server is not what was put there: somebody else has changed it, or it is there already."""


class Collection:
    """One calendar. It asks that address and no other: no proxy, and nowhere by a redirect."""

    def __init__(self, url: str, user: str = "", password: str = "", *, deadline_s: float) -> None:
        self.url = url.rstrip("/") + "/"
        self._deadline_s = deadline_s
        token = base64.b64encode(f"{user}:{password}".encode()).decode()
        self._head = {"Authorization": f"Basic {token}"} if user else {}
        self._opener = direct_opener()

    def put(self, name: str, text: str, etag: str = "") -> str:
        """Put an event there, a new one where no ETag of it is known. Returns its ETag. Raises ServerError;
        EventChanged: there is another one than that."""
        match = {"If-Match": etag} if etag else {"If-None-Match": "*"}
        head, _ = self._asked("PUT", name, text.encode(), {"Content-Type": "text/calendar; charset=utf-8", **match})
        return head.get("ETag") or self.get(name)[0]

    def get(self, name: str) -> tuple[str, str]:
        """The ETag and the text of an event; empty ones: it is not there. Raises ServerError."""
        try:
            head, body = self._asked("GET", name)
        except _Gone:
            return "", ""
        return head.get("ETag") or "", body.decode(errors="replace")

    def remove(self, name: str, etag: str) -> None:
        """Take an event away; one that is not there is fine. Raises ServerError, EventChanged."""
        try:
            self._asked("DELETE", name, None, {"If-Match": etag})
        except _Gone:
            return

    def events(self, first: datetime, last: datetime) -> list[tuple[str, str]]:
        """The events between two times, each with its name. Raises ServerError."""
        query = _QUERY.format(first=_utc(first), last=_utc(last)).encode()
        _, body = self._asked("REPORT", "", query, {"Depth": "1", "Content-Type": "application/xml; charset=utf-8"})
        try:
            answers = ElementTree.fromstring(body).findall(f"{_DAV}response")
        except ElementTree.ParseError as error:
            raise ServerError(f"The calendar server at {self.host} answers with something else than events.") from error
        found = [(each.findtext(f"{_DAV}href", ""), each.find(f".//{_CAL}calendar-data")) for each in answers]
        return [(unquote(href).rsplit("/", 1)[-1], data.text or "") for href, data in found if data is not None]

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc

    def _asked(
        self, method: str, name: str, body: bytes | None = None, head: dict[str, str] | None = None
    ) -> tuple[Message, bytes]:
        request = urllib.request.Request(self.url + name, body, {**self._head, **(head or {})}, method=method)
        try:
            with self._opener.open(request, timeout=self._deadline_s) as response:
                read = response.read(MOST_BYTES + 1)
        except urllib.error.HTTPError as error:
            raise _refusal(error.code, self.host) from None
        except (OSError, HTTPException) as error:
            why = getattr(error, "reason", None) or type(error).__name__
            raise ServerError(f"The calendar server at {self.host} cannot be reached ({why}).") from error
        if len(read) > MOST_BYTES:
            raise ServerError(f"The calendar server at {self.host} answers with more than can be read.")
        return response.headers, read


class _Gone(RecordsError):
    """It is not there."""


def _refusal(status: int, host: str) -> RecordsError:
    if status == 412:
        return EventChanged("Somebody else has changed it on the server.")
    if status in (404, 410):
        return _Gone(f"The calendar server at {host} does not have that.")
    if status in (401, 403):
        return ServerError(f"The calendar server at {host} refuses the user or the password.")
    return ServerError(f"The calendar server at {host} answers with the status {status}.")


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"

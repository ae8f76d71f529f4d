"""Native: what the stack's C library can do and its Python package does not offer. Runs in the SIP process alone.

With a version of the library that is not known (library.py) a call is refused with 486 whatever is asked for, and
what comes in is in the stack's own hands (packets.py).
"""

from __future__ import annotations

import ctypes
import re
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from edge_agent.phone import library as c
from edge_agent.phone.forks import SipRequest
from edge_agent.phone.timers import LEAST_S

REASONS = {
    403: "Forbidden",
    404: "Not Found",
    410: "Gone",
    480: "Temporarily Unavailable",
    484: "Address Incomplete",
    486: "Busy Here",
    488: "Not Acceptable Here",
    503: "Service Unavailable",
    600: "Busy Everywhere",
    603: "Decline",
    604: "Does Not Exist Anywhere",
    606: "Not Acceptable",
}
"""What stands behind a status that a call may be refused with (RFC 3261, section 21)."""
MEDIA_TYPE = "application/sdp"
"""The body of an INVITE that is understood; the stack knows several parts in answers alone."""
_PLACE = re.compile(rb"c=IN IP[46] ([^ \r\n]+)")
"""The address of an offer, as the stack finds it."""
NOT_REACHED = 'Warning: 301 edge-agent "Incompatible network address formats"'
"""RFC 3261, section 20.43."""
WORK_S = 1.0
"""The stack's thread has so long to do something; it takes less than a millisecond."""
DISCARD_PORT = 9
TIMER = b"timer"
"""The stack keeps its address."""


T = TypeVar("T")


class _Job:
    """Something to be done, and what came of it."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self.work, self.done, self.over = work, threading.Event(), False
        self.result: Any = None


class Native:
    """What is asked of the library is done in the stack's thread, between two of its own steps, and waited for: libre's
    lock for other threads (`re_thread_enter`) locks nothing here, as the stack's loop is not libre's main one. A call
    is asked for by its Call-ID: one that is over is none."""

    def __init__(self) -> None:
        self.library = c.library()
        """None where nothing of it is known."""
        self._on_event, self._on_work = c.OnEvent(self._admit), c.OnWork(self._work)
        """The stack keeps their addresses."""
        self._queue = ctypes.c_void_p()
        """Where the stack's thread is told that there is work; none before its first event, nor where nothing is looked
        at."""
        self._jobs = deque[_Job]()
        self._asks = False

    def admit(self, most_calls: int, *, asks: bool) -> bool:
        """Has each call looked at before it rings: one whose body nobody understands is refused (415), one whose sound
        cannot be reached too (488), and with `asks` its caller has to know the account's password (`uas_user`,
        `uas_pass`; 401). Nothing else can be asked for before that.

        To be called once, in a stack that takes `most_calls` and has no account yet. False where that cannot be: each
        call rings.
        """
        if self.library is None:
            return False
        calls = c.CallSettings.from_address(self.library.conf_config() + c.CALLS)
        if (calls.local_timeout, calls.most, calls.accepts) != (c.LOCAL_TIMEOUT_S, most_calls, True):
            return False
        self._asks, calls.accepts = asks, False
        self.library.bevent_register(self._on_event, None)
        return True

    def refuse(self, call_id: str, status: int, reason: str) -> bool:
        """Answers a call that rings with this status, 300 to 699. False where that cannot be asked for."""

        def work() -> bool:
            if call := self.call(call_id):
                self.library.call_hangup(call, status, reason.encode())
            return bool(call)

        return bool(self.do(work))

    def hush(self, call_id: str, frame_bytes: int) -> None:
        """What waits to be sent to the other side is not sent. `frame_bytes`: the size of 20 ms of it. The stack's two
        clocks pass sound on to each other: each time that the second is early, 20 ms more wait from then on."""

        def work() -> None:
            if call := self.call(call_id):
                audio: int = self.library.call_audio(call)
                waits = ctypes.c_void_p.from_address(audio + c.WAITING).value
                if waits and ctypes.c_size_t.from_address(audio + c.MOST_WAITING).value == c.PACKETS * frame_bytes:
                    self.library.aubuf_flush(waits)

        self.do(work)

    def send(self, request: SipRequest) -> bool:
        """Sends a request of a dialog that the stack does not know. False where that cannot be."""
        method, uri, hop, head = (each.encode() for each in (request.method, request.uri, request.hop, request.head))
        nothing, is_answered = (None,) * 4, method != b"ACK"

        def work() -> bool:
            library, route = self.library, c.SipUri()
            if library.uri_decode(route, ctypes.byref(c.SipText(hop, len(hop)))):
                return False
            sent = (None, library.uag_sip(), is_answered, method, uri, route, *nothing, b"%s", head)
            return not library.sip_requestf(*sent)

        return bool(self.do(work))

    def keep_time(self) -> None:
        """Says of all accounts that they know session timers; a call that requires them is taken."""

        def work() -> None:
            at = ctypes.c_void_p.from_address(self.library.uag_list()).value
            while at:
                each = c.SipElement.from_address(at)
                self.library.ua_add_extension(each.data, TIMER)
                at = each.behind

        self.do(work)

    @contextmanager
    def saying(self, call_id: str, lines: str) -> Iterator[None]:
        """A call that is picked up meanwhile is, with these lines: they stand behind the list of what is supported, as
        the stack asks for no others."""
        text = lines.encode()

        def say() -> int | None:
            call = self.call(call_id) if text else None
            account: int | None = self.library.call_get_ua(call) if call else None
            if account:
                self.library.ua_add_extension(account, text)
            return account

        account = self.do(say)
        try:
            yield
        finally:
            if account:
                self.do(lambda: self.library.ua_remove_extension(account, text))

    def refresh(self, call_id: str, update: str) -> None:
        """Tells the other side that the call goes on: by an UPDATE with these lines, or without by a re-INVITE."""
        nothing, head = (None,) * 4, update.encode()

        def work() -> None:
            library, call = self.library, self.call(call_id)
            if call and not update:
                library.call_modify(call)
            elif call:
                dialog = library.sipsess_dialog(ctypes.c_void_p.from_address(call + c.SESSION).value)
                library.sip_drequestf(None, library.uag_sip(), True, b"UPDATE", dialog, 0, *nothing, b"%s", head)

        self.do(work)

    def do(self, work: Callable[[], T]) -> T | None:
        """Has it done in the stack's thread. None where that cannot be, or not in time: then it is left out."""
        if not self._queue:
            return None
        job = _Job(work)
        self._jobs.append(job)
        self.library.mqueue_push(self._queue, 0, None)
        job.done.wait(WORK_S)
        job.over = True
        result: T | None = job.result
        return result

    # --- in the stack's thread --------------------------------------------------------------------------------------

    def _work(self, _: int, __: int, ___: int) -> None:
        while self._jobs:
            job = self._jobs.popleft()
            try:
                job.result = None if job.over else job.work()
            finally:
                job.done.set()

    def call(self, call_id: str) -> int | None:
        """A call that is not over; None where there is none. For the stack's thread alone."""
        found: int | None = self.library.uag_call_find(call_id.encode()) if call_id else None
        return found

    def _admit(self, kind: int, event: int, _: int) -> None:
        if not self._queue:
            self.library.mqueue_alloc(ctypes.byref(self._queue), self._on_work, None)
        if kind != c.SIPSESS_CONN:
            return
        library = self.library
        invite = library.bevent_get_msg(event)
        account = library.uag_find_msg(invite)
        if self._asks and library.uas_req_auth(account, invite):
            return  # it has answered
        if (kind_of_body := self._header(invite, b"Content-Type")) and not kind_of_body.startswith(MEDIA_TYPE):
            self._answer(invite, 415, "Unsupported Media Type", f"Accept: {MEDIA_TYPE}")
        elif (wanted := self._header(invite, b"Session-Expires").partition(";")[0].strip()).isdigit() and (
            int(wanted) < LEAST_S
        ):
            self._answer(invite, 422, "Session Interval Too Small", f"Min-SE: {LEAST_S}")
        elif not self._reaches(_body(invite)):
            self._answer(invite, 488, reason(488), NOT_REACHED)
        else:
            library.ua_accept(account, invite)

    def _reaches(self, offer: bytes) -> bool:
        """Whether an address of ours reaches that of the offer: one of IPv4 reaches none of IPv6. What is no address is
        left to the stack."""
        place, library, there = _PLACE.search(offer), self.library, c.SipAddress()
        if not place or library.sa_set_str(there, place[1], DISCARD_PORT):
            return True
        return bool(library.sa_isset(library.net_laddr_for(library.baresip_network(), there), c.IS_ADDRESS))

    def _answer(self, request: int, status: int, reason: str, header: str) -> None:
        head, library = f"{header}\r\nContent-Length: 0\r\n\r\n", self.library
        library.sip_replyf(library.uag_sip(), request, status, reason.encode(), b"%s", head.encode())

    def _header(self, message: int, name: bytes) -> str:
        """The value of a header, in small letters; "" if there is none."""
        if not (found := self.library.sip_msg_xhdr(message, name)):
            return ""
        header = c.SipHeader.from_address(found)
        return ctypes.string_at(header.value, header.value_length).decode("utf-8", "replace").lower().strip()


def _body(message: int) -> bytes:
    buffer = c.SipBuffer.from_address(ctypes.c_void_p.from_address(message + c.BUFFER).value or 0)
    return ctypes.string_at((buffer.start or 0) + buffer.at, buffer.end - buffer.at)


def reason(status: int) -> str:
    """The words behind a status."""
    return REASONS.get(status, "Rejected")

"""Native: what the stack's C library can do and its Python package does not offer. Runs in the SIP process alone.

With a version of the library that is not known (library.py) a call is refused with 486 whatever is asked for, and
nobody knows what was lost.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator
from contextlib import contextmanager

from edge_agent.phone import library as c
from edge_agent.phone.forks import SipRequest

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
DISCARD_PORT = 9


class Native:
    """A call is asked for by its Call-ID, under the lock of the stack's thread: one that is over is none."""

    def __init__(self) -> None:
        self._library = c.library()
        self._on_event = c.OnEvent(self._admit)
        """The stack keeps its address."""
        self._asks = False

    def admit(self, most_calls: int, *, asks: bool) -> bool:
        """Has each call looked at before it rings: one whose body nobody understands is refused (415), one whose sound
        cannot be reached too (488), and with `asks` its caller has to know the account's password (`uas_user`,
        `uas_pass`; 401).

        To be called once, in a stack that takes `most_calls`. False where that cannot be: each call rings.
        """
        if self._library is None:
            return False
        with self._locked():
            calls = c.CallSettings.from_address(self._library.conf_config() + c.CALLS)
            if (calls.local_timeout, calls.most, calls.accepts) != (c.LOCAL_TIMEOUT_S, most_calls, True):
                return False
            self._asks, calls.accepts = asks, False
            self._library.bevent_register(self._on_event, None)
            return True

    def refuse(self, call_id: str, status: int, reason: str) -> bool:
        """Answers a call that rings with this status, 300 to 699. False where that cannot be asked for."""
        with self._call(call_id) as call:
            if call:
                self._library.call_hangup(call, status, reason.encode())
            return bool(call)

    def lost(self, call_id: str) -> int:
        """The packets of the other side that were not heard so far; 0 where nobody knows."""
        with self._call(call_id) as call:
            stream, numbers = call and self._library.audio_strm(self._library.call_audio(call)), c.JitterFigures()
            if not stream or self._library.stream_jbuf_stats(stream, numbers):
                return 0
            return numbers[c.LOST]

    def send(self, request: SipRequest) -> bool:
        """Sends a request of a dialog that the stack does not know. False where that cannot be."""
        if (library := self._library) is None:
            return False
        method, uri, hop, head = (each.encode() for each in (request.method, request.uri, request.hop, request.head))
        nothing, is_answered, route = (None,) * 4, method != b"ACK", c.SipUri()
        with self._locked():
            if library.uri_decode(route, ctypes.byref(c.SipText(hop, len(hop)))):
                return False
            sent = (None, library.uag_sip(), is_answered, method, uri, route, *nothing, b"%s", head)
            return not library.sip_requestf(*sent)

    @contextmanager
    def _call(self, call_id: str) -> Iterator[int | None]:
        """The call, which does not end before the block does."""
        if self._library is None or not call_id:
            yield None
            return
        with self._locked():
            yield self._library.uag_call_find(call_id.encode())

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._library.re_thread_enter()
        try:
            yield
        finally:
            self._library.re_thread_leave()

    # --- in the stack's thread --------------------------------------------------------------------------------------

    def _admit(self, kind: int, event: int, _: int) -> None:
        if kind != c.SIPSESS_CONN:
            return
        library = self._library
        invite = library.bevent_get_msg(event)
        account = library.uag_find_msg(invite)
        if self._asks and library.uas_req_auth(account, invite):
            return  # it has answered
        if (kind_of_body := self._header(invite, b"Content-Type")) and not kind_of_body.startswith(MEDIA_TYPE):
            self._answer(invite, 415, "Unsupported Media Type", f"Accept: {MEDIA_TYPE}")
        elif not self._reaches(_body(invite)):
            self._answer(invite, 488, reason(488), NOT_REACHED)
        else:
            library.ua_accept(account, invite)

    def _reaches(self, offer: bytes) -> bool:
        """Whether an address of ours reaches that of the offer: one of IPv4 reaches none of IPv6. What is no address is
        left to the stack."""
        place, library, there = _PLACE.search(offer), self._library, c.SipAddress()
        if not place or library.sa_set_str(there, place[1], DISCARD_PORT):
            return True
        return bool(library.sa_isset(library.net_laddr_for(library.baresip_network(), there), c.IS_ADDRESS))

    def _answer(self, request: int, status: int, reason: str, header: str) -> None:
        head, library = f"{header}\r\nContent-Length: 0\r\n\r\n", self._library
        library.sip_replyf(library.uag_sip(), request, status, reason.encode(), b"%s", head.encode())

    def _header(self, message: int, name: bytes) -> str:
        """The value of a header, in small letters; "" if there is none."""
        if not (found := self._library.sip_msg_xhdr(message, name)):
            return ""
        header = c.SipHeader.from_address(found)
        return ctypes.string_at(header.value, header.value_length).decode("utf-8", "replace").lower().strip()


def _body(message: int) -> bytes:
    buffer = c.SipBuffer.from_address(ctypes.c_void_p.from_address(message + c.BUFFER).value or 0)
    return ctypes.string_at((buffer.start or 0) + buffer.at, buffer.end - buffer.at)


def reason(status: int) -> str:
    """The words behind a status."""
    return REASONS.get(status, "Rejected")

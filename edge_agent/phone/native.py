"""Native: what the stack's C library can do and its Python package does not offer. Runs in the SIP process alone.

The package exports all of libbaresip and libre. What is called here is of the versions that were looked at and of no
other: with another one a call is refused with 486 whatever is asked for, and nobody knows what was lost.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

KNOWN = ("4.10.0",)
"""Versions of libbaresip whose functions and structures are these (include/baresip.h, include/re_sip.h)."""
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
_Numbers = ctypes.c_uint32 * 32
"""`struct jbuf_stat` has 14 of 32 bits; there is room for more."""
_LOST = 6
"""Where in it the packets stand that never came, or too late to be heard."""
_CALLS, _LOCAL_TIMEOUT_S = 920, 120
"""Where in `struct config` the settings of calls stand, and what is the first of them if nobody has set it."""
_SIPSESS_CONN = 36
"""The event of an INVITE that is to be accepted or refused."""
_OnEvent = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
_POINTERS = (
    "conf_config",
    "uag_call_find",
    "call_audio",
    "audio_strm",
    "bevent_get_msg",
    "uag_find_msg",
    "uag_sip",
    "sip_msg_xhdr",
)
"""Functions that return a pointer."""


class _Calls(ctypes.Structure):
    """`struct config_call`."""

    _fields_ = (
        ("local_timeout", ctypes.c_uint32),
        ("most", ctypes.c_uint32),
        ("hold_others", ctypes.c_bool),
        ("accepts", ctypes.c_bool),
    )


class _Header(ctypes.Structure):
    """`struct sip_hdr`, up to its value, which no NUL ends."""

    _fields_ = (
        ("lists", ctypes.c_void_p * 8),
        ("name", ctypes.c_void_p),
        ("name_length", ctypes.c_size_t),
        ("value", ctypes.c_void_p),
        ("value_length", ctypes.c_size_t),
    )


class Native:
    """A call is asked for by its Call-ID, under the lock of the stack's thread: one that is over is none."""

    def __init__(self) -> None:
        self._library = _library()
        self._on_event = _OnEvent(self._admit)
        """The stack keeps its address."""
        self._asks = False

    def admit(self, most_calls: int, *, asks: bool) -> bool:
        """Has each call looked at before it rings: one whose body nobody understands is refused (415), and with `asks`
        its caller has to know the account's password (`uas_user`, `uas_pass`; 401).

        To be called once, in a stack that takes `most_calls`. False where that cannot be: each call rings.
        """
        if self._library is None:
            return False
        with self._locked():
            calls = _Calls.from_address(self._library.conf_config() + _CALLS)
            if (calls.local_timeout, calls.most, calls.accepts) != (_LOCAL_TIMEOUT_S, most_calls, True):
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
            stream, numbers = call and self._library.audio_strm(self._library.call_audio(call)), _Numbers()
            if not stream or self._library.stream_jbuf_stats(stream, numbers):
                return 0
            return numbers[_LOST]

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

    def _admit(self, kind: int, event: int, _: int) -> None:
        """Runs in the stack's thread."""
        if kind != _SIPSESS_CONN:
            return
        library = self._library
        invite = library.bevent_get_msg(event)
        account = library.uag_find_msg(invite)
        if self._asks and library.uas_req_auth(account, invite):
            return  # it has answered
        if (kind_of_body := self._header(invite, b"Content-Type")) and not kind_of_body.startswith(MEDIA_TYPE):
            accepts = b"Accept: application/sdp\r\nContent-Length: 0\r\n\r\n"
            library.sip_replyf(library.uag_sip(), invite, 415, b"Unsupported Media Type", b"%s", accepts)
            return
        library.ua_accept(account, invite)

    def _header(self, message: int, name: bytes) -> str:
        """The value of a header, in small letters; "" if there is none."""
        if not (found := self._library.sip_msg_xhdr(message, name)):
            return ""
        header = ctypes.cast(found, ctypes.POINTER(_Header)).contents
        return ctypes.string_at(header.value, header.value_length).decode("utf-8", "replace").lower().strip()


def reason(status: int) -> str:
    """The words behind a status."""
    return REASONS.get(status, "Rejected")


def _library() -> Any:
    """The package's own library; None where it is not one of those that are known."""
    with suppress(ImportError, OSError, AttributeError):
        from baresip import _native

        if _native.ffi.string(_native.lib.bp_version()).decode() in KNOWN:
            library = ctypes.CDLL(_native.__file__)
            for name in _POINTERS:
                getattr(library, name).restype = ctypes.c_void_p
            for name, kinds in _ARGUMENTS.items():
                getattr(library, name).argtypes = kinds
            return library
    return None


_ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "uag_call_find": (ctypes.c_char_p,),
    "call_audio": (ctypes.c_void_p,),
    "audio_strm": (ctypes.c_void_p,),
    "stream_jbuf_stats": (ctypes.c_void_p, ctypes.c_void_p),
    "call_hangup": (ctypes.c_void_p, ctypes.c_uint16, ctypes.c_char_p),
    "bevent_register": (_OnEvent, ctypes.c_void_p),
    "bevent_get_msg": (ctypes.c_void_p,),
    "uag_find_msg": (ctypes.c_void_p,),
    "uas_req_auth": (ctypes.c_void_p, ctypes.c_void_p),
    "ua_accept": (ctypes.c_void_p, ctypes.c_void_p),
    "sip_replyf": (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint16, ctypes.c_char_p, ctypes.c_char_p),
    "sip_msg_xhdr": (ctypes.c_void_p, ctypes.c_char_p),
}
"""What the functions take; `sip_replyf` more, as its format says."""

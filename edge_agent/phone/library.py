"""Library: the functions and structures of the stack's C library that are used beside its package.

The package exports all of libbaresip and libre. What stands here is of the versions that were looked at (their headers
re_sip.h, re_sa.h, re_uri.h and baresip.h) and of no other.
"""

from __future__ import annotations

import ctypes
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

KNOWN = ("4.10.0",)
"""Versions of libbaresip whose functions and structures are these."""
CALLS, LOCAL_TIMEOUT_S = 920, 120
"""Where in `struct config` the settings of calls stand, and what is the first of them if nobody has set it."""
BUFFER, SESSION = 1168, 56
"""Where in `struct sip_msg` the buffer of its body stands, and in `struct call` its session."""
WAITING, MOST_WAITING, PACKETS = 56, 64, 30
"""Where in `struct audio` the address of what waits to be sent stands, and the bytes that may wait: so many packets."""
IS_ADDRESS = 1
"""SA_ADDR: whether an address is one, whatever its port."""
SIPSESS_CONN = 36
"""The event of an INVITE that is to be accepted or refused."""
FIRST = -1000
"""The place in front of all who look at what comes in, as that of encryption: order needs no key."""
SipAddress, SipUri = ctypes.c_char * 256, ctypes.c_char * 256
"""`struct sa` has 116 bytes, `struct uri` 104; there is room for more."""
_P, _TEXT, _INT, _STATUS = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_uint16
OnEvent = ctypes.CFUNCTYPE(None, ctypes.c_int, _P, _P)
OnPacket = ctypes.CFUNCTYPE(ctypes.c_bool, _P, _P, _P)
OnWork = ctypes.CFUNCTYPE(None, ctypes.c_int, _P, _P)
_FUNCTIONS: dict[str, tuple[Any, ...]] = {
    "mqueue_alloc": (_INT, _P, OnWork, _P),
    "mqueue_push": (_INT, _P, _INT, _P),
    "conf_config": (_P,),
    "baresip_network": (_P,),
    "uag_sip": (_P,),
    "uag_list": (_P,),
    "uag_call_find": (_P, _TEXT),
    "uag_find_msg": (_P, _P),
    "uas_req_auth": (_INT, _P, _P),
    "ua_accept": (_INT, _P, _P),
    "ua_add_extension": (None, _P, _TEXT),
    "ua_remove_extension": (None, _P, _TEXT),
    "call_audio": (_P, _P),
    "call_get_ua": (_P, _P),
    "call_hangup": (None, _P, _STATUS, _TEXT),
    "call_modify": (_INT, _P),
    "audio_strm": (_P, _P),
    "aubuf_flush": (None, _P),
    "stream_rtp_sock": (_P, _P),
    "rtp_sock": (_P, _P),
    "udp_register_helper": (_INT, _P, _P, _INT, _P, OnPacket, _P),
    "udp_recv_helper": (None, _P, _P, _P, _P),
    "mbuf_alloc": (_P, ctypes.c_size_t),
    "mem_deref": (_P, _P),
    "bevent_register": (_INT, OnEvent, _P),
    "bevent_get_msg": (_P, _P),
    "net_laddr_for": (_P, _P, _P),
    "sa_isset": (ctypes.c_bool, _P, _INT),
    "sa_set_str": (_INT, _P, _TEXT, _STATUS),
    "sip_msg_xhdr": (_P, _P, _TEXT),
    "sip_replyf": (_INT, _P, _P, _STATUS, _TEXT, _TEXT, _TEXT),
    "sip_requestf": (_INT, _P, _P, ctypes.c_bool, _TEXT, _TEXT, _P, _P, _P, _P, _P, _TEXT, _TEXT),
    "sip_drequestf": (_INT, _P, _P, ctypes.c_bool, _TEXT, _P, ctypes.c_uint32, _P, _P, _P, _P, _TEXT, _TEXT),
    "sipsess_dialog": (_P, _P),
    "uri_decode": (_INT, _P, _P),
}
"""All functions that are called: what each returns, and takes. `sip_replyf`, `sip_requestf` and `sip_drequestf` have
a format, which is "%s" here, and what stands for it. One that is not in this table cannot be called: without it a
pointer would be cut to 32 bits, which crashed the process once (docs/decisions/0020-sip-library.md)."""


class CallSettings(ctypes.Structure):
    """`struct config_call`."""

    _fields_ = (
        ("local_timeout", ctypes.c_uint32),
        ("most", ctypes.c_uint32),
        ("hold_others", ctypes.c_bool),
        ("accepts", ctypes.c_bool),
    )


class SipElement(ctypes.Structure):
    """`struct le`. A `struct list` begins with the address of its first."""

    _fields_ = (
        ("before", ctypes.c_void_p),
        ("behind", ctypes.c_void_p),
        ("list", ctypes.c_void_p),
        ("data", ctypes.c_void_p),
    )


class SipText(ctypes.Structure):
    """`struct pl`: text that no NUL ends."""

    _fields_ = (("value", ctypes.c_char_p), ("length", ctypes.c_size_t))


class SipHeader(ctypes.Structure):
    """`struct sip_hdr`, up to its value."""

    _fields_ = (
        ("lists", ctypes.c_void_p * 8),
        ("name", ctypes.c_void_p),
        ("name_length", ctypes.c_size_t),
        ("value", ctypes.c_void_p),
        ("value_length", ctypes.c_size_t),
    )


class SipBuffer(ctypes.Structure):
    """`struct mbuf`."""

    _fields_ = (
        ("start", ctypes.c_void_p),
        ("size", ctypes.c_size_t),
        ("at", ctypes.c_size_t),
        ("end", ctypes.c_size_t),
    )


def library() -> Any:
    """The functions of the package's own library; None where it is not one of those that are known."""
    with suppress(ImportError, OSError, AttributeError):
        from baresip import _native

        if _native.ffi.string(_native.lib.bp_version()).decode() in KNOWN:
            loaded, functions = ctypes.CDLL(_native.__file__), dict[str, Any]()
            for name, (result, *takes) in _FUNCTIONS.items():
                functions[name] = function = getattr(loaded, name)
                function.restype, function.argtypes = result, takes
            return SimpleNamespace(**functions)
    return None

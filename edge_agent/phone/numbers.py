"""Numbers: who may call, who may be called, and how a number is written where others read it. Pure."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from fnmatch import fnmatchcase

LOOPBACK = ("127.0.0.0/8", "::1")
"""The addresses whose calls are taken where nothing is set."""
_URI = re.compile(r"^<?(?:sips?:)?([^@;>?]*)(?:@([^;>?]*))?")
SHOWN = 3
"""The last digits of a number that are written."""


def user_of(uri: str) -> str:
    """The number in a SIP URI: sip:+4930123@192.168.1.1;transport=udp -> +4930123."""
    found = _URI.match(uri.strip())
    return found[1] if found else ""


def masked(uri: str) -> str:
    """A URI without most of its number: sip:+4930123456@192.168.1.1 -> …456@192.168.1.1. A name stays short, too."""
    found = _URI.match(uri.strip())
    user, host = (found[1], found[2]) if found else ("", None)
    shown = f"…{user[-SHOWN:]}" if len(user) > SHOWN else user
    return f"{shown}@{host}" if host else shown


def plain(number: str) -> str:
    """A number without what people write between its digits."""
    return re.sub(r"[\s()/.-]", "", number)


def turned_away(caller: str, address: str, allow: Sequence[str], callers: Sequence[str]) -> str | None:
    """Why a call is not taken; None if it is.

    `caller`: a URI, as the caller claims; `address`: the IP address that it came from, "" if that is not known, which
    no list allows; `allow`: addresses and networks; `callers`: numbers, any if there are none.
    """
    if not any(within(address, each) for each in allow):
        return "its address is not in phone.allow"
    if callers and plain(user_of(caller)) not in {plain(each) for each in callers}:
        return "its number is not in phone.callers"
    return None


def within(address: str, network: str) -> bool:
    """Whether an address is in a network, or is the same. False for what is no address."""
    try:
        return ipaddress.ip_address(address) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False


def may_be_called(uri: str, allow_out: Sequence[str]) -> bool:
    """Whether the settings let the agent call this number: one of `allow_out`, which may end in "*"."""
    number = plain(user_of(uri))
    return bool(number) and any(fnmatchcase(number, plain(each)) for each in allow_out)

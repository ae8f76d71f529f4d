"""Forks: a call of ours that several telephones have picked up: all but the first are hung up.

A proxy that has forked the call hands on each 200. The stack keeps the first, and lets the others wait; RFC 3261
(section 13.2.2.4) wants them ended. Pure: the text of such a response in, requests out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_HEADER = re.compile(r"^([\w-]+)\s*:\s*(.+?)\s*$", re.MULTILINE)
_URI = re.compile(r"<([^>]+)>")
_SHORT = {"f": "from", "t": "to", "i": "call-id", "m": "contact"}


@dataclass(frozen=True, slots=True)
class SipRequest:
    """A request as it is sent, but for Via and Max-Forwards."""

    method: str
    uri: str
    hop: str
    """The URI of the next hop: that of the first proxy that wants to see it, else `uri`."""
    head: str
    """The lines of its head, up to the end."""


def ended(response: str) -> tuple[SipRequest, SipRequest] | None:
    """What a 200 of a dialog that nobody wants is answered with: ACK, and BYE. None where it does not say where to.

    `response`: its lines, none of them folded.
    """
    found: dict[str, list[str]] = {}
    for name, value in _HEADER.findall(response.replace("\r\n", "\n").partition("\n\n")[0]):
        found.setdefault(_SHORT.get(name.lower(), name.lower()), []).append(value)
    number = found.get("cseq", [""])[0].split()[:1]
    contact = found.get("contact", [""])[0]
    target = _URI.search(contact)
    uri = target[1] if target else contact.partition(";")[0]
    if not uri or not number or not number[0].isdigit() or not found.keys() >= {"from", "to", "call-id"}:
        return None
    routes = [
        route.strip() for value in reversed(found.get("record-route", [])) for route in reversed(value.split(","))
    ]
    first = _URI.search(routes[0]) if routes else None
    acknowledged, over = f"{number[0]} ACK", f"{int(number[0]) + 1} BYE"
    hop = first[1] if first else uri
    return (
        SipRequest("ACK", uri, hop, _head(found, routes, acknowledged)),
        SipRequest("BYE", uri, hop, _head(found, routes, over)),
    )


def _head(found: dict[str, list[str]], routes: list[str], cseq: str) -> str:
    same = [f"{name}: {found[name.lower()][0]}" for name in ("From", "To", "Call-ID")]
    return "\r\n".join([*(f"Route: {route}" for route in routes), *same, f"CSeq: {cseq}", "Content-Length: 0", "", ""])

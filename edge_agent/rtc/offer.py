"""Offers: what of a peer's SDP is let through to the WebRTC stack. Pure text.

An offer is written by a stranger, and its candidates are addresses to which packets would be sent. So only addresses of
the peer itself stay: of the machine that has asked, by HTTP. No name is looked up: browsers hide their addresses behind
names of their own (`....local`), in whose place the address comes from which they ask. Whatever is left out is learned
from the peer's own packets (peer-reflexive candidates), for which the end of the candidates is left out, too.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable

MOST_CHARS = 64 * 2**10
"""An offer of a browser has 2 to 6 kB."""
MOST_CANDIDATES = 32
_CANDIDATE = re.compile(r"a=candidate:(\S+) (\d+) udp (\d+) (\S+) (\d+) typ host\b.*", re.ASCII | re.IGNORECASE)
_ICE = ("a=ice-ufrag:", "a=ice-pwd:", "a=fingerprint:")


class BadOffer(ValueError):
    """The offer cannot be answered; the message is one sentence for the client."""


def tamed(offer: str, peer: str, own: Iterable[str]) -> str:
    """The offer with those candidates that lead to the peer. `peer` is the address that it asks from, `own` are those
    of this machine, which are the peer's too if it asks from loopback. Raises BadOffer."""
    if len(offer) > MOST_CHARS:
        raise BadOffer(f"The offer has more than {MOST_CHARS} characters.")
    lines = offer.replace("\r\n", "\n").rstrip("\n").split("\n")
    _check(lines)
    near = {peer, *own} if _is_loopback(peer) else {peer}
    kept, seen = list[str](), set[tuple[str, int, int]]()
    for line in lines:
        if line.startswith("a=end-of-candidates"):
            continue
        if not line.startswith("a=candidate:"):
            kept.append(line)
        elif candidate := _candidate(line, peer, near):
            place, text = candidate
            section = sum(each.startswith("m=") for each in kept)
            if (*place, section) not in seen and len(seen) < MOST_CANDIDATES:
                seen.add((*place, section))
                kept.append(text)
    return "\r\n".join(kept) + "\r\n"


def repaired(answer: str) -> str:
    """The answer, which asks the peer for copies of frames that may be lost (Opus in-band FEC)."""
    return re.sub(
        r"(a=rtpmap:(\d+) opus/48000/2\r\n)", r"\1a=fmtp:\2 minptime=10;useinbandfec=1\r\n", answer, flags=re.IGNORECASE
    )


def _check(lines: list[str]) -> None:
    media = [line for line in lines if line.startswith("m=")]
    kinds = [line[2:].partition(" ")[0] for line in media]
    if not lines or lines[0] != "v=0" or not media:
        raise BadOffer("This is no SDP offer.")
    if kinds.count("audio") != 1 or kinds.count("application") > 1 or len(kinds) > 4:
        raise BadOffer("An offer has one audio section, and one data channel at most.")
    common, *sections = "\n".join(lines).split("\nm=")
    if not all(f"\n{need}" in common or f"\n{need}" in section for section in sections for need in _ICE):
        raise BadOffer("An offer needs ice-ufrag, ice-pwd and a fingerprint.")
    if not any(re.match(r"a=rtpmap:\d+ opus/48000", line, re.IGNORECASE) for line in lines):
        raise BadOffer("Sound is taken as Opus only, and the offer does not have it.")


def _candidate(line: str, peer: str, near: set[str]) -> tuple[tuple[str, int], str] | None:
    """The address of a candidate, and its line without anything behind it; None if it leads elsewhere."""
    found = _CANDIDATE.fullmatch(line)
    if not found or len(line) > 512:
        return None
    foundation, component, priority, host, port = found.groups()
    host = peer if host.lower().endswith(".local") else host
    if host not in near or component != "1" or not 0 < int(port[:6]) < 2**16 or len(priority) > 10:
        return None
    return (host, int(port)), f"a=candidate:{foundation[:32]} 1 udp {priority} {host} {port} typ host"


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False

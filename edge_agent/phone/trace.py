"""Trace: what the SIP messages themselves say that the stack does not tell: real addresses, the codec, where RTP goes.

The stack writes down each message with the addresses of the packet that it came in. A caller may claim any name; the
address is the one that the answer goes to.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from edge_agent.clock import Clock, RealClock
from edge_agent.phone.forks import SipRequest, ended
from edge_agent.phone.timers import SessionTimers

REAL = RealClock()
_HEAD = re.compile(r"^(RX|TX) \w+ (\S+) -> (\S+)\r?\n")
_FIELD = re.compile(r"^(call-id|i|cseq)\s*:\s*(.+?)\s*$", re.IGNORECASE | re.MULTILINE)
_TAG = re.compile(r"^(?:to|t)\s*:.*;\s*tag=([^\s;]+)", re.IGNORECASE | re.MULTILINE)
_FOLDED = re.compile(r"\r?\n[ \t]+")
"""Where a header goes on in the next line."""
_MEDIA = re.compile(r"^m=audio (?P<port>\d+) \S+ (?P<type>\d+)", re.MULTILINE)
_PLACE = re.compile(r"^c=IN IP[46] ([0-9A-Fa-f.:]+)", re.MULTILINE)
STATIC = {0: "PCMU", 8: "PCMA", 9: "G722"}
"""Payload types that need no a=rtpmap (RFC 3551, section 6)."""


@dataclass(frozen=True, slots=True)
class SipMessage:
    """What is read of a message."""

    sent: bool
    """Whether this side has sent it."""
    peer: str
    """The IP address of the other side."""
    start: str
    """The method of a request ("INVITE"), the status of a response ("200")."""
    method: str
    """What it is about, by its CSeq: that of the request which a response answers."""
    call_id: str
    codec: str
    """The first codec of its SDP, which in an answer is the one that is used; "" without SDP."""
    place: str = ""
    """The address of its SDP, to which RTP is to be sent."""
    port: int = 0
    """The port of its SDP."""
    headers: tuple[str, ...] = ()
    """The lines of an INVITE that has come ("From: ..."), but for credentials."""
    keyed: bool = False
    """Whether its SDP has keys as events (RFC 4733)."""
    tag: str = ""
    """That of who is called, in a response that has come."""


@dataclass(frozen=True, slots=True)
class SoundPlaces:
    port: int = 0
    """Our own; 0 while it is not known."""
    peers: frozenset[str] = frozenset()
    """The addresses from which the other side may send: that of its SDP, and that of its messages, where its SDP names
    one behind a router."""


CREDENTIALS = ("authorization", "proxy-authorization")
MOST_HEADERS, LONGEST = 64, 1000
"""Lines that are told of an INVITE, and characters of one."""
MOST_FORKS = 10
"""Telephones of one call that are hung up because another was faster."""
KNOWN = 500
"""Calls of which it is remembered: those that go on, and of a flood the last."""


class Traced(logging.Handler):
    """What the trace has told, by Call-ID. Written by the thread that logs, read by any."""

    def __init__(self, clock: Clock = REAL) -> None:
        super().__init__()
        self._clock, self.timers = clock, SessionTimers()
        self.callers: dict[str, str] = {}
        """The address that the first INVITE of a call came from."""
        self.headers: dict[str, tuple[str, ...]] = {}
        """Those of the first INVITE of a call."""
        self.codecs: dict[str, str] = {}
        self.sound: dict[str, SoundPlaces] = {}
        """Where the sound of a call comes from, and where it is heard."""
        self.keyed: dict[str, tuple[bool, bool]] = {}
        """Whether the other side and we have keys as events, by the last SDP of each."""
        self.answered: dict[str, tuple[str, ...]] = {}
        """The tags of those who have picked up a call: the first has it."""
        self.registrars: set[str] = set()
        """The addresses that have taken our account."""
        self.send: Callable[[SipRequest], object] = lambda request: None
        """What ends the calls of those who came second."""

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if message := read(text):
            self.add(message)
            status = int(message.start) if message.start.isdigit() else 0
            head = _FOLDED.sub(" ", text).replace("\r\n", "\n").partition("\n\n")[0]
            now, method = self._clock.now(), message.method
            self.timers.take(message.call_id, head, now, sent=message.sent, method=method, status=status)
            for request in self._ending(message, head):
                self.send(request)

    def add(self, message: SipMessage) -> None:
        """Takes note of a message."""
        if message.start == "INVITE" and not message.sent:
            self.callers.setdefault(message.call_id, message.peer)
            self.headers.setdefault(message.call_id, message.headers)
        elif message.start == "200" and message.method == "INVITE" and message.codec:
            self.codecs[message.call_id] = message.codec
        elif message.start == "200" and message.method == "REGISTER" and not message.sent:
            self.registrars.add(message.peer)
        if message.port:
            was = self.sound.get(message.call_id, SoundPlaces())
            theirs = frozenset((message.place, message.peer)) - {""}
            self.sound[message.call_id] = (
                replace(was, port=message.port) if message.sent else replace(was, peers=theirs)
            )
            theirs_has, ours_has = self.keyed.get(message.call_id, (False, False))
            self.keyed[message.call_id] = (theirs_has, message.keyed) if message.sent else (message.keyed, ours_has)
        for known in self._of_calls:
            if len(known) > KNOWN:
                del known[next(iter(known))]

    def _ending(self, message: SipMessage, head: str) -> tuple[SipRequest, ...]:
        """What is to be sent to somebody who has picked up a call that another has: once a BYE, each time an ACK."""
        if message.sent or message.method != "INVITE" or message.start[:1] != "2" or not message.tag:
            return ()
        known = self.answered.get(message.call_id, ())
        if message.tag not in known:
            self.answered[message.call_id] = (*known, message.tag)[:MOST_FORKS]
        if not known or message.tag == known[0]:
            return ()
        acknowledged, over = ended(head) or (None, None)
        return tuple(each for each in (acknowledged, None if message.tag in known else over) if each)

    def forget(self, call_id: str) -> None:
        """Lets go what is known of a call that is over."""
        self.timers.forget(call_id)
        for known in self._of_calls:
            known.pop(call_id, None)

    @property
    def _of_calls(self) -> tuple[dict[str, Any], ...]:
        return self.callers, self.headers, self.codecs, self.sound, self.keyed, self.answered


def read(text: str) -> SipMessage | None:
    """The message in a piece of trace; None for what is none."""
    head = _HEAD.match(text)
    if head is None:
        return None
    message = _FOLDED.sub(" ", text[head.end() :])
    first, *_ = message.split("\n", 1)
    words = first.split()
    if len(words) < 2:
        return None
    named = {name.lower(): value for name, value in _FIELD.findall(message)}
    sent = head[1] == "TX"
    return SipMessage(
        sent=sent,
        peer=_address(head[3] if sent else head[2]),
        start=words[1] if words[0].startswith("SIP/") else words[0],
        method=(named.get("cseq", "").split() or [""])[-1],
        call_id=named.get("call-id") or named.get("i", ""),
        codec=_codec(message),
        place=place[1] if (place := _PLACE.search(message)) else "",
        port=int(media["port"]) if (media := _MEDIA.search(message)) else 0,
        headers=_headers(message) if words[0] == "INVITE" and not sent else (),
        keyed="telephone-event/" in message,
        tag=tag[1] if (tag := _TAG.search(message)) and not sent and words[0] != "INVITE" else "",
    )


def _headers(message: str) -> tuple[str, ...]:
    """The lines behind the first, up to the body."""
    head = message.replace("\r\n", "\n").partition("\n\n")[0]
    lines = head.split("\n")[1:]
    named = (line for line in lines if ":" in line and line.partition(":")[0].strip().lower() not in CREDENTIALS)
    return tuple(line[:LONGEST] for line in named)[:MOST_HEADERS]


def _address(place: str) -> str:
    """127.0.0.1:5060 -> 127.0.0.1; [::1]:5060 -> ::1."""
    return place.rpartition(":")[0].strip("[]")


def _codec(message: str) -> str:
    media = _MEDIA.search(message)
    if media is None:
        return ""
    mapped = re.search(rf"^a=rtpmap:{media['type']} ([\w-]+)/", message, re.MULTILINE)
    return mapped[1] if mapped else STATIC.get(int(media["type"]), "")

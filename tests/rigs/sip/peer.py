"""Peer: a telephone in pure Python: says just the SIP and RTP that a test wants it to, right or wrong."""

from __future__ import annotations

import contextlib
import re
import secrets
import socket
import struct
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

HOST = "127.0.0.1"
WAIT_S = 5.0
PCMA, EVENT = 8, 101
SILENT = b"\xd5" * 160
"""20 ms of silence in A-law."""
SDP = """v=0\r
o=- 1 {version} IN IP4 127.0.0.1\r
s=-\r
c=IN IP4 127.0.0.1\r
t=0 0\r
m=audio {port} RTP/AVP {types}\r
a=rtpmap:8 PCMA/8000\r
a=rtpmap:101 telephone-event/8000\r
a=fmtp:101 0-15\r
a={direction}\r
"""


@dataclass(frozen=True, slots=True)
class Sip:
    """A message."""

    start: str
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""

    @property
    def status(self) -> int:
        """0 for a request."""
        return int(self.start.split()[1]) if self.start.startswith("SIP/") else 0

    @property
    def method(self) -> str:
        """The method of a request, and of the one that a response answers."""
        return self.start.split()[0] if not self.status else self["cseq"].split()[1]

    def __getitem__(self, name: str) -> str:
        """The first header of the name; "" if there is none."""
        return next((value for each, value in self.headers if each.lower() == name), "")

    def packed(self) -> bytes:
        lines = [self.start, *(f"{name}: {value}" for name, value in self.headers)]
        return "\r\n".join([*lines, f"Content-Length: {len(self.body)}", "", self.body]).encode()


def parsed(data: bytes) -> Sip:
    head, _, body = data.decode("utf-8", "replace").partition("\r\n\r\n")
    start, *lines = re.sub(r"\r\n[ \t]+", " ", head).split("\r\n")
    pairs = (line.partition(":") for line in lines)
    return Sip(start, tuple((name.strip(), value.strip()) for name, _, value in pairs), body)


class SipPeer:
    """One call of one telephone at a time. Raises AssertionError where what it waits for does not come."""

    def __init__(self, port: int, user: str = "tester", host: str = HOST) -> None:
        """It calls `port`; its own address is `host`, one of 127.0.0.0/8."""
        self.target, self.user, self.host = (HOST, port), user, host
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((host, 0))
        self.rtp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.rtp.bind((host, 0))
        self.media: tuple[str, int] | None = None
        """Where the other side wants its RTP."""
        self.relay: Any = None
        """What its RTP goes through (relay.py), if through anything."""
        self.dialog: dict[str, str] = {}
        self.cseq = 0
        self.sequence = self.stamp = 0
        self.met: dict[str, Sip] = {}
        """The last request of each method that `agree` has seen."""
        self.events = True
        """Whether it has keys as events (RFC 4733)."""
        self.directions: list[str] = []
        """Those that the other side has asked for meanwhile."""

    def close(self) -> None:
        self.socket.close()
        self.rtp.close()

    @property
    def port(self) -> int:
        port: int = self.socket.getsockname()[1]
        return port

    # --- SIP --------------------------------------------------------------------------------------------------------

    def send(self, message: Sip | bytes) -> None:
        self.socket.sendto(message if isinstance(message, bytes) else message.packed(), self.target)

    def expect(self, what: int | str, timeout: float = WAIT_S) -> Sip:
        """The next response of this status, or request of this method; what else comes is passed over."""
        self.socket.settimeout(timeout)
        seen = list[str]()
        while True:
            try:
                message = parsed(self.socket.recv(65536))
            except TimeoutError:
                raise AssertionError(f"no {what}, only {seen}") from None
            if what in (message.status, message.method if not message.status else None):
                return message
            seen.append(message.start)
            if message.method == "INVITE" and not message.status and "tag=" in message["to"]:
                self._agree_to(message)  # the stack sends one of its own behind each answer

    def settle(self, seconds: float = 0.6) -> None:
        """Agrees to the change that the stack makes of its own behind its answer: until then it takes none of ours."""
        self.agree("INVITE", seconds)
        self.expect("ACK")

    def request(
        self, method: str, body: str = "", kind: str = "application/sdp", *more: tuple[str, str], again: bool = False
    ) -> Sip:
        """Sends a request of the dialog, or one that may begin it. `again`: an ACK of the same transaction, as that
        of a refusal is."""
        dialog = self.dialog or self._begun()
        if method not in ("ACK", "CANCEL"):
            self.cseq += 1
            dialog["branch"] = f"z9hG4bK{secrets.token_hex(6)}"
        branch = dialog["branch"] if method != "ACK" or again else f"z9hG4bK{secrets.token_hex(6)}"
        headers = (
            ("Via", f"SIP/2.0/UDP {self.host}:{self.port};branch={branch};rport"),
            ("Max-Forwards", "70"),
            ("From", dialog["from"]),
            ("To", dialog["to"]),
            ("Call-ID", dialog["call-id"]),
            ("CSeq", f"{self.cseq} {method}"),
            ("Contact", f"<sip:{self.user}@{self.host}:{self.port}>"),
            *more,
            *((("Content-Type", kind),) if body else ()),
        )
        message = Sip(f"{method} {dialog['uri']} SIP/2.0", headers, body)
        self.send(message)
        return message

    def answer(self, request: Sip, status: int, reason: str = "OK", body: str = "", *more: tuple[str, str]) -> None:
        """Responds to a request of the other side."""
        same = [pair for pair in request.headers if pair[0].lower() in ("via", "from", "call-id", "cseq")]
        to = request["to"] if "tag=" in request["to"] else f"{request['to']};tag={self.user}"
        contact = ("Contact", f"<sip:{self.user}@{self.host}:{self.port}>")
        kind = (("Content-Type", "application/sdp"),) if body else ()
        self.send(Sip(f"SIP/2.0 {status} {reason}", (*same, ("To", to), contact, *kind, *more), body))

    def offer(self, direction: str = "sendrecv", types: str = "8 101", version: int = 1) -> str:
        """SDP with our RTP port."""
        port = (self.relay.outside if self.relay else self.rtp).getsockname()[1]
        whole = SDP.format(port=port, direction=direction, types=types, version=version).replace(HOST, self.host)
        return whole if self.events else re.sub(r"a=\w+:101 .*\r\n", "", whole).replace(" 101\r\n", "\r\n")

    def call(self, user: str = "agent", body: str | None = None) -> Sip:
        """Calls, until it is answered and that is acknowledged. Returns the 200."""
        self.dial(user, body)
        return self.picked_up()

    def dial(self, user: str = "agent", body: str | None = None, more: Sequence[tuple[str, str]] = ()) -> Sip:
        """The INVITE alone."""
        self.dialog, self.cseq = {}, 0
        self._begun(user)
        return self.request("INVITE", self.offer() if body is None else body, "application/sdp", *more)

    def accept(self, invite: Sip) -> None:
        """Picks up a call of the other side."""
        self.answer(invite, 200, "OK", self.offer())
        self.expect("ACK")
        contact = re.search(r"<([^>]+)>", invite["contact"])
        assert contact
        self.dialog = {
            "uri": contact[1],
            "from": f"{invite['to']};tag={self.user}",
            "to": invite["from"],
            "call-id": invite["call-id"],
        }
        if media := re.search(r"m=audio (\d+)", invite.body):
            self.media = (HOST, int(media[1]))

    def agree(self, until: str, seconds: float = WAIT_S) -> None:
        """Agrees to each change of the call, until a request of this method has come, which lies in `met`."""
        end = time.monotonic() + seconds
        with contextlib.suppress(OSError):  # nothing more comes, or the telephone is closed
            while until not in self.met:
                self.socket.settimeout(max(0.01, end - time.monotonic()))
                message = parsed(self.socket.recv(65536))
                if message.start and not message.status:
                    self._agree_to(message)

    def _agree_to(self, message: Sip) -> None:
        self.met[message.method] = message
        if message.method == "INVITE":
            asked = re.search(r"a=(sendrecv|sendonly|recvonly|inactive)", message.body)
            self.directions.append(asked[1] if asked else "sendrecv")
            answers = {"sendonly": "recvonly", "recvonly": "sendonly"}
            self.answer(message, 200, "OK", self.offer(answers.get(self.directions[-1], self.directions[-1])))
        elif message.method == "BYE":
            self.answer(message, 200)

    def picked_up(self) -> Sip:
        """Waits for the 200 and acknowledges it."""
        response = self.expect(200)
        self.take(response)
        self.request("ACK")
        return response

    def take(self, response: Sip) -> None:
        """The dialog goes on with what a response says."""
        self.dialog["to"] = response["to"]
        contact = re.search(r"<([^>]+)>", response["contact"])
        if contact:
            self.dialog["uri"] = contact[1]
        if media := re.search(r"m=audio (\d+)", response.body):
            self.media = (HOST, int(media[1]))
            if self.relay:
                self.relay.phone, self.media = self.media, self.relay.inside.getsockname()

    def hang_up(self) -> None:
        self.request("BYE")
        self.expect(200)

    def _begun(self, user: str = "agent") -> dict[str, str]:
        uri = f"sip:{user}@{HOST}:{self.target[1]}"
        self.dialog = {
            "uri": uri,
            "from": f"<sip:{self.user}@{self.host}:{self.port}>;tag={secrets.token_hex(4)}",
            "to": f"<{uri}>",
            "call-id": secrets.token_hex(8),
        }
        return self.dialog

    # --- RTP --------------------------------------------------------------------------------------------------------

    def packet(
        self, payload: bytes = SILENT, kind: int = PCMA, *, marker: bool = False, stamp: int | None = None
    ) -> None:
        """The next RTP packet; the time goes on by 20 ms, unless its stamp is given."""
        assert self.media
        at = self.stamp if stamp is None else stamp
        head = struct.pack("!BBHII", 0x80, kind | marker << 7, self.sequence & 0xFFFF, at & 0xFFFFFFFF, 0x1234)
        self.rtp.sendto(head + payload, self.media)
        self.sequence += 1
        self.stamp += 160 if stamp is None else 0

    def report(self) -> None:
        """An RTCP report of what was sent, and of nothing that was received (RFC 3550, section 6.4.1)."""
        assert self.media
        sent = struct.pack("!BBHIQIII", 0x80, 200, 6, 0x1234, 0, self.stamp & 0xFFFFFFFF, self.sequence, 0)
        self.rtp.sendto(sent, (self.media[0], self.media[1] + 1))

    def press(self, key: str) -> None:
        """A key by RFC 4733: three packets while it is held, three of its end."""
        number, at = "0123456789*#ABCD".index(key), self.stamp
        for step in range(1, 7):
            end = 0x80 if step > 3 else 0
            self.packet(struct.pack("!BBH", number, end | 10, 160 * min(step, 4)), EVENT, marker=step == 1, stamp=at)
        self.stamp += 800

    def heard(self, timeout: float = 1.0) -> bytes:
        """The payload of the next RTP packet; b"" if none comes."""
        self.rtp.settimeout(timeout)
        try:
            return self.rtp.recv(2048)[12:]
        except TimeoutError:
            return b""


@contextlib.contextmanager
def telephone(port: int, user: str = "tester", host: str = HOST) -> Iterator[SipPeer]:
    peer = SipPeer(port, user, host)
    try:
        yield peer
    finally:
        peer.close()

"""Messages that are right, and odd in ways that RFC 4475 thinks of: each is answered as that says. They are our own."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from phone.stacks import Phone, at, opened
from phone.telephone import free_port, until

from tests.rigs.sip.peer import HOST, SipPeer, telephone

RANG = 603
"""What this phone says to whoever it has rung for."""


@pytest.fixture(scope="module")
def phone() -> Iterator[Phone]:
    with opened(at(free_port(), max_calls=3)) as one:
        one.stack._on_ring = lambda line: line.hang_up(RANG)
        yield one


@pytest.fixture
def peer(phone: Phone) -> Iterator[SipPeer]:
    with telephone(phone.port) as one:
        yield one


def message(peer: SipPeer, *changes: tuple[str, str], method: str = "INVITE", body: str | None = None) -> bytes:
    """A request as any, of which pieces were replaced."""
    sdp = peer.offer() if body is None else body
    lines = [
        f"{method} sip:agent@{HOST}:{peer.target[1]} SIP/2.0",
        f"Via: SIP/2.0/UDP {HOST}:{peer.port};branch=z9hG4bK{time.monotonic_ns()};rport",
        "Max-Forwards: 70",
        f"From: <sip:tester@{HOST}>;tag=1a",
        f"To: <sip:agent@{HOST}>",
        f"Call-ID: {time.monotonic_ns()}",
        f"CSeq: 9 {method}",
        f"Contact: <sip:tester@{HOST}:{peer.port}>",
        *(["Content-Type: application/sdp"] if sdp else []),
        f"Content-Length: {len(sdp)}",
    ]
    text = "\r\n".join([*lines, "", sdp])
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text.encode()


RIGHT = {
    "blanks, lines that go on, and small letters": [
        ("Via: SIP/2.0/UDP", "vIA  :  SIP / 2.0\r\n /UDP\t"),
        ("Max-Forwards: 70", "MaX-fOrWaRdS:\r\n  0070"),
        ("From: ", "from   :\t"),
        ("To: ", "TO :\r\n "),
        ("CSeq: 9 INVITE", "cseq: 0009\r\n  INVITE"),
        ("Call-ID: ", "Call-ID:\r\n\t"),
    ],
    "short names": [
        ("Via:", "v:"),
        ("From:", "f:"),
        ("To:", "t:"),
        ("Call-ID:", "i:"),
        ("Contact:", "m:"),
        ("Content-Type:", "c:"),
        ("Content-Length:", "l:"),
    ],
    "a name in quotes, with quotes in it": [("From: <", 'From: "J \\"Joe\\" \\\\ <x>;y" <')],
    "a name in other letters": [("From: <", 'From: "Jürgen 日本" <')],
    "a name without quotes": [("From: <", "From: Just Some Tokens.!%*_+`'~ <")],
    "escapes in a user": [("sip:agent@", "sip:%61ge%6Et@")],
    "a user with parameters": [("sip:agent@", "sip:user;par=u%40example.net@")],
    "parameters that nobody knows": [
        ("SIP/2.0\r\nVia", "SIP/2.0\r\nX-None: ;;,,;;,;\r\nVia"),
        (";tag=1a", ";tag=1a;x=y;z"),
    ],
    "many transports": [
        ("Max-Forwards", "Via: SIP/2.0/SCTP a.test;branch=z9hG4bK1, SIP/2.0/NEW b.test;branch=z9hG4bK2\r\nMax-Forwards")
    ],
    "a header of 4,000 letters": [("Max-Forwards", f"X-Long: {'y' * 4_000}\r\nMax-Forwards")],
    "a long chain of proxies": [("Max-Forwards", "Via: SIP/2.0/UDP p.test;branch=z9hG4bKx\r\n" * 34 + "Max-Forwards")],
    "the last hop": [("Max-Forwards: 70", "Max-Forwards: 0")],
    "a date that is none": [("Max-Forwards", "Date: Fri, 01 Jan 2010 16:00:00 EST\r\nMax-Forwards")],
    "a lifetime beyond 32 bits": [("Max-Forwards", "Expires: 36893488147419103232\r\nMax-Forwards")],
    "a NUL that is escaped": [("From: <sip:tester", "From: <sip:null-%00-null")],
}


@pytest.mark.parametrize("name", RIGHT)
def test_a_call_that_is_oddly_written_rings(phone: Phone, peer: SipPeer, name: str) -> None:
    peer.send(message(peer, *RIGHT[name]))
    peer.expect(RANG)


def test_a_call_whose_body_has_several_parts_is_told_what_is_understood(phone: Phone, peer: SipPeer) -> None:
    peer.send(message(peer, ("application/sdp", 'multipart/mixed;boundary="7"'), body="--7\r\n\r\nHi\r\n--7--\r\n"))
    assert peer.expect(415)["accept"] == "application/sdp"


@pytest.mark.parametrize(
    ("method", "status"),
    [("OPTIONS", {200}), ("!interesting-Method0123456789_*+`.%indeed'~", {405, 501}), ("REGISTER", {405, 501})],
)
def test_other_requests_are_answered(phone: Phone, peer: SipPeer, method: str, status: set[int]) -> None:
    peer.send(message(peer, method=method, body=""))
    peer.socket.settimeout(5)
    assert int(peer.socket.recv(65536).split()[1]) in status


def test_what_is_required_and_unknown_is_named(phone: Phone, peer: SipPeer) -> None:
    peer.send(message(peer, ("Max-Forwards", "Require: nothingSupportsThis\r\nMax-Forwards")))
    assert peer.expect(420)["unsupported"] == "nothingSupportsThis"


def test_the_second_of_two_messages_in_a_packet_is_none(phone: Phone, peer: SipPeer) -> None:
    peer.send(message(peer, method="OPTIONS", body="") + message(peer))
    peer.expect(200)
    with pytest.raises(AssertionError, match="no 603"):
        peer.expect(RANG, 0.3)


@pytest.mark.parametrize("reason", ["", "неизвестно", "x" * 500])
def test_a_refusal_is_understood_whatever_is_said_behind_its_number(phone: Phone, peer: SipPeer, reason: str) -> None:
    line = phone.stack.dial(f"sip:x@{HOST}:{peer.port}")
    peer.answer(peer.expect("INVITE"), 480, reason)
    assert line.over.wait(5)
    assert not line.picked_up.is_set()
    until(lambda: phone.stack.calls == 0, 5)


def test_a_response_that_nobody_waits_for_is_nothing(phone: Phone, peer: SipPeer) -> None:
    ok = message(peer, ("INVITE sip:agent", "SIP/2.0 200 OK\r\nX: sip:agent"))
    peer.send(ok)
    peer.send(message(peer))
    peer.expect(RANG)

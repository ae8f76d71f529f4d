"""What a phone in a network may meet: nonsense, floods, ends at every moment. It goes on, and nobody else notices."""

from __future__ import annotations

import os
import random
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from phone.stacks import Phone, at, opened
from phone.telephone import free_port, until

from edge_agent.phone.line import SipLine
from edge_agent.phone.packets import COMFORT_NOISE
from edge_agent.phone.silent import NO_SOUND, SILENT_PEER_S
from tests.rigs.sip.peer import Sip, SipPeer, parsed, telephone

TORTURE = os.environ.get("SIP_TORTURE")
"""A folder of messages to try besides, such as those of RFC 4475 (*.dat), whose licence keeps them out of here. Our
own are in test_torture.py."""
ALAW_LOUD = bytes([0x2A, 0xAA] * 80)
"""The loudest tone of A-law, 20 ms of 4 kHz."""


@pytest.fixture(scope="module")
def phone() -> Iterator[Phone]:
    with opened(at(free_port(), allow=("127.0.0.1",), max_calls=3)) as one:
        yield one


@pytest.fixture
def peer(phone: Phone) -> Iterator[SipPeer]:
    with telephone(phone.port) as one:
        yield one


@pytest.fixture(autouse=True)
def it_goes_on(phone: Phone) -> Iterator[None]:
    """After each test a telephone calls, is answered, and hears something; no process was lost."""
    lost = phone.stack.lost
    yield
    while not phone.lines.empty():
        phone.lines.get()
    until(lambda: phone.stack.calls == 0, 5)
    with telephone(phone.port, "next") as other:
        line = called(phone, other)
        other.packet()
        assert other.heard()
        other.hang_up()
        assert line.over.wait(5)
    assert phone.stack.lost == lost


def called(phone: Phone, peer: SipPeer) -> SipLine:
    peer.call()
    return phone.lines.get(timeout=5)


def an_invite(port: int, body: str = "") -> Sip:
    return Sip(
        f"INVITE sip:agent@127.0.0.1:{port} SIP/2.0",
        (
            ("Via", f"SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK{secrets.token_hex(4)}"),
            ("Max-Forwards", "70"),
            ("From", "<sip:x@127.0.0.1>;tag=1"),
            ("To", "<sip:agent@127.0.0.1>"),
            ("Call-ID", secrets.token_hex(6)),
            ("CSeq", "1 INVITE"),
            ("Contact", "<sip:x@127.0.0.1:9>"),
            *((("Content-Type", "application/sdp"),) if body else ()),
        ),
        body,
    )


def odd(port: int) -> dict[str, bytes]:
    """Messages that are wrong, each in a way of its own."""
    good = an_invite(port).packed()
    return {
        "nothing": b"",
        "line ends": b"\r\n\r\n",
        "zeros": bytes(200),
        "a start line alone": b"INVITE\r\n\r\n",
        "another version": good.replace(b"SIP/2.0\r\n", b"SIP/7.0\r\n", 1),
        "no Via": good.replace(b"Via:", b"X-Via:"),
        "no Call-ID": good.replace(b"Call-ID:", b"X-Call-ID:"),
        "no From": good.replace(b"From:", b"X-From:"),
        "no CSeq": good.replace(b"CSeq:", b"X-CSeq:"),
        "another method in CSeq": good.replace(b"1 INVITE", b"1 BYE"),
        "a CSeq beyond 32 bits": good.replace(b"1 INVITE", b"36893488147419103232 INVITE"),
        "a negative length": good.replace(b"Content-Length: 0", b"Content-Length: -999"),
        "a length beyond the packet": good.replace(b"Content-Length: 0", b"Content-Length: 99999"),
        "a length that is no number": good.replace(b"Content-Length: 0", b"Content-Length: many"),
        "two lengths": good.replace(b"Content-Length: 0", b"Content-Length: 0\r\nContent-Length: 7"),
        "hops that are no number": good.replace(b"Max-Forwards: 70", b"Max-Forwards: \xff"),
        "a quote that is not closed": good.replace(b"From: <", b'From: "x <'),
        "brackets the wrong way": good.replace(b"From: <sip:x@127.0.0.1>", b"From: >sip:x@127.0.0.1<"),
        "a scheme that nobody knows": good.replace(b"sip:agent@127.0.0.1:", b"nobodyknows:"),
        "escapes that are none": good.replace(b"sip:agent", b"sip:%%%G0%"),
        "a NUL in a name": good.replace(b"sip:agent", b"sip:a%00gent"),
        "bytes that are no text": good.replace(b"sip:x@", b"sip:\xc3\x28\xfe@"),
        "a header of 20,000 bytes": good.replace(b"To:", b"X: " + b"y" * 20_000 + b"\r\nTo:"),
        "1,000 headers": good.replace(b"To:", b"Via: SIP/2.0/UDP 10.0.0.1\r\n" * 1_000 + b"To:"),
        "a response that nobody waits for": b"SIP/2.0 200 OK\r\n" + good.partition(b"\r\n")[2],
        "a status of 32 bits": b"SIP/2.0 4294967301 better not\r\n" + good.partition(b"\r\n")[2],
        "a method of 200 letters": good.replace(b"INVITE", b"M" * 200),
        "SDP without an end": an_invite(port, "v=0\r\nm=audio 9999999 RTP/AVP " + "8 " * 3_000).packed(),
        "SDP of other people": an_invite(
            port, "v=0\r\no=- 1 1 IN IP6 ::::\r\nc=IN IP4 999.1\r\nm=audio -1 X\r\n"
        ).packed(),
    }


def test_nonsense_is_survived(phone: Phone) -> None:
    """It comes from an address that is not allowed: what is well-formed in it is turned away, and holds no line."""
    with telephone(phone.port, "odd", "127.0.0.2") as peer:
        for message in odd(phone.port).values():
            peer.send(message)
    time.sleep(0.3)


if TORTURE:

    def test_messages_of_a_folder_are_survived(phone: Phone) -> None:
        files = sorted(Path(TORTURE or "").glob("*.dat"))
        assert files
        with telephone(phone.port, "torture", "127.0.0.2") as peer:
            for file in files:
                peer.send(file.read_bytes())
                time.sleep(0.05)
        time.sleep(1.0)


def test_a_flood_from_an_address_that_is_not_allowed_costs_the_allowed_nothing(phone: Phone, peer: SipPeer) -> None:
    before = phone.stack.refused
    with telephone(phone.port, "flood", "127.0.0.2") as flood:
        for _ in range(300):
            flood.dial()
        time.sleep(1.5)
        line = called(phone, peer)
        peer.packet()
        assert peer.heard()
        peer.hang_up()
        assert line.over.wait(5)
    assert phone.stack.refused > before


@pytest.mark.parametrize("wait_s", [0.0, 0.001, 0.003, 0.01, 0.03, 0.1])
def test_a_call_that_is_cancelled_at_any_moment_is_over(phone: Phone, peer: SipPeer, wait_s: float) -> None:
    """Where the answer came first the CANCEL is too late, and BYE ends it."""
    peer.dial()
    time.sleep(wait_s)
    peer.request("CANCEL")
    seen, end = set[int](), time.monotonic() + 3
    while not seen & {200, 487} or 100 <= max(seen) < 200:
        peer.socket.settimeout(max(0.01, end - time.monotonic()))
        message = parsed(peer.socket.recv(65536))
        if message.method == "INVITE" and message.status >= 200:
            seen.add(message.status)
            peer.take(message)
            peer.request("ACK", again=message.status > 200)
            if message.status == 200:
                peer.hang_up()
    until(lambda: phone.stack.calls == 0, 5)


def test_a_call_that_ends_at_once_and_twice_is_over(phone: Phone, peer: SipPeer) -> None:
    line = called(phone, peer)
    peer.hang_up()
    peer.request("BYE")
    peer.expect(481)
    assert line.over.wait(5)


def test_a_bye_in_place_of_the_ack_ends_the_call(phone: Phone, peer: SipPeer) -> None:
    peer.dial()
    peer.take(peer.expect(200))
    peer.request("BYE")
    peer.expect(200)
    until(lambda: phone.stack.calls == 0, 5)


def test_a_codec_that_changes_in_the_middle_is_followed(phone: Phone, peer: SipPeer) -> None:
    line = called(phone, peer)
    peer.settle()
    mu = peer.offer(types="0 101", version=2).replace("rtpmap:8 PCMA", "rtpmap:0 PCMU")
    peer.request("INVITE", mu)
    assert "m=audio" in peer.picked_up().body
    until(lambda: len(peer.heard()) == 160, 3)
    peer.hang_up()
    assert line.over.wait(5)


def test_a_codec_that_nobody_has_is_refused_as_the_rfc_says(phone: Phone, peer: SipPeer) -> None:
    peer.dial(body=peer.offer(types="18").replace("a=rtpmap:8 PCMA/8000\r\n", "a=rtpmap:18 G729/8000\r\n"))
    refused = peer.expect(488)
    peer.request("ACK", again=True)
    assert refused.method == "INVITE"


@pytest.mark.parametrize(("status", "reason"), [(486, "Busy Here"), (488, "Not Acceptable Here"), (603, "Decline")])
def test_who_is_called_and_refuses_ends_the_call_with_what_they_said(
    phone: Phone, peer: SipPeer, status: int, reason: str
) -> None:
    line = phone.stack.dial(f"sip:x@127.0.0.1:{peer.port}")
    invite = peer.expect("INVITE")
    peer.answer(invite, 180, "Ringing")
    peer.answer(invite, status, reason)
    assert line.over.wait(5)
    assert not line.picked_up.is_set()
    assert line.end
    assert line.end.why == f"{status} {reason}"


def test_sound_from_another_address_than_the_peers_is_not_heard(phone: Phone, peer: SipPeer) -> None:
    line = called(phone, peer)
    peer.packet()
    assert peer.heard()
    with telephone(phone.port, "intruder", "127.0.0.2") as intruder:
        intruder.media = peer.media
        for _ in range(25):
            peer.packet()
            intruder.packet(ALAW_LOUD)
            time.sleep(0.02)
        heard = np.concatenate([line.source.read().samples for _ in range(20)])  # type: ignore[union-attr]
    peer.hang_up()
    assert np.abs(heard).max() < 0.01


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_an_answer_that_nobody_acknowledges_ends_the_call(phone: Phone, peer: SipPeer) -> None:
    """Timer H of RFC 3261: 32 s."""
    peer.dial()
    peer.expect(200)
    peer.expect(200)
    until(lambda: phone.stack.calls == 0, 45)


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_a_peer_that_sends_no_sound_is_left(phone: Phone, peer: SipPeer) -> None:
    line = called(phone, peer)
    assert line.over.wait(40)


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_a_peer_of_which_reports_come_and_no_sound_is_left(phone: Phone, peer: SipPeer) -> None:
    """RTCP goes on, each second: the stack alone would take it for sound."""
    line = called(phone, peer)
    peer.packet()
    begun_s = time.monotonic()
    while not line.over.wait(1) and time.monotonic() < begun_s + 40:
        peer.report()
    assert SILENT_PEER_S - 1 < time.monotonic() - begun_s < SILENT_PEER_S + 10
    assert line.end
    assert line.end.why == NO_SOUND


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_a_peer_that_sends_comfort_noise_and_nothing_while_nobody_speaks_is_not_left(
    phone: Phone, peer: SipPeer
) -> None:
    """RFC 3389. Reports go on; the stack leaves it where they do not."""
    line = called(phone, peer)
    peer.packet()
    peer.packet(b"\x40", COMFORT_NOISE)
    begun_s = time.monotonic()
    while not line.over.wait(1) and time.monotonic() < begun_s + SILENT_PEER_S + 8:
        peer.report()
    assert not line.over.is_set(), line.end
    peer.packet(ALAW_LOUD)
    until(lambda: np.abs(line.source.read().samples).max() > 0.1, 3)  # type: ignore[union-attr]
    peer.hang_up()
    assert line.over.wait(5)
    assert line.end
    assert line.end.figures["lost"] == 0


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_20_000_mutated_packets_cost_no_more_than_a_process_each() -> None:
    """Half are SIP, half RTP of a call. What kills the stack's process is counted, and another takes its place."""
    chance = random.Random(1)
    with opened(at(free_port(), allow=("127.0.0.1",), max_calls=3)) as phone, telephone(phone.port) as peer:
        seeds = [*odd(phone.port).values(), an_invite(phone.port, peer.offer()).packed()]
        for number in range(10_000):
            peer.send(mutated(chance.choice(seeds), chance)[:60_000])
            if number % 50 == 0:
                time.sleep(0.02)  # the kernel keeps 200 KB
        time.sleep(2)
        with telephone(phone.port, "rtp") as rtp:
            until(lambda: answers(rtp), 60)
            packet = bytes([0x80, 8, 0, 1, 0, 0, 0, 160, 0, 0, 0, 1]) + bytes(160)
            for number in range(10_000):
                assert rtp.media
                rtp.rtp.sendto(mutated(packet, chance)[:1_400], rtp.media)
                if number % 50 == 0:
                    time.sleep(0.005)
            time.sleep(1)
        with telephone(phone.port, "last") as last:
            until(lambda: answers(last), 60)
        assert phone.stack.lost <= 1, f"{phone.stack.lost} processes were lost"


def mutated(packet: bytes, chance: random.Random) -> bytes:
    """The packet with some bytes changed, doubled or left out."""
    changed = bytearray(packet)
    for _ in range(chance.randint(1, 8)):
        place = chance.randrange(len(changed) + 1)
        match chance.randrange(4):
            case 0:
                changed[place : place + 1] = bytes([chance.randrange(256)])
            case 1:
                del changed[place : place + chance.randint(1, 20)]
            case 2:
                changed[place:place] = changed[place : place + chance.randint(1, 200)]
            case _:
                changed[place:place] = chance.choice((b"\r\n", b"\0", b"%", b"<", b'"', b";" * 50, b"9" * 30))
    return bytes(changed)


def answers(peer: SipPeer) -> bool:
    """Whether it is answered within a second."""
    peer.dial()
    try:
        response = peer.expect(200, 1.0)
    except AssertionError:
        return False
    peer.take(response)
    peer.request("ACK")
    return True


@pytest.mark.slow
@pytest.mark.timeout(200)
def test_50_calls_in_a_row_leave_nothing_behind() -> None:
    """A fifth of them is torn off: the telephone is gone without a word, and the caller's next call is answered."""
    with opened(at(free_port(), allow=("127.0.0.1",), max_calls=3)) as phone:
        one_call(phone, 0)
        before = held(phone)
        for number in range(50):
            one_call(phone, number)
        until(lambda: phone.stack.calls == 0, 60)
        until(lambda: held(phone) == before, 10)
        assert phone.stack.lost == 0


def one_call(phone: Phone, number: int) -> None:
    with telephone(phone.port, f"caller{number}") as peer:
        line = called(phone, peer)
        for _ in range(3):
            peer.packet()
            assert peer.heard()
        if number % 5 == 4:
            line.hang_up()  # as the door does when nothing comes any more
        else:
            peer.hang_up()
        assert line.over.wait(5)


def held(phone: Phone) -> tuple[int, int]:
    """The descriptors and threads of the SIP process."""
    process = Path(f"/proc/{phone.stack.pid}")
    return len(list((process / "fd").iterdir())), len(list((process / "task").iterdir()))

"""What is read of SIP messages: where they really come from, and the codec."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edge_agent.phone.trace import KNOWN, LONGEST, MOST_HEADERS, SipMessage, SoundPlaces, Traced, read

INVITE = """RX UDP 10.0.0.7:5080 -> 10.0.0.2:5060\r
INVITE sip:bot@10.0.0.2:5060 SIP/2.0\r
Via: SIP/2.0/UDP 1.2.3.4:5080;branch=z9hG4bK51c6bf5ac19e9e15;rport\r
From: <sip:boss@10.0.0.2>;tag=1\r
CSeq: 9412 INVITE\r
Call-ID: 9ae9ad22e9178d5c\r
Content-Type: application/sdp\r
\r
v=0\r
c=IN IP4 10.0.0.7\r
m=audio 30262 RTP/AVP 8 0 101\r
a=rtpmap:101 telephone-event/8000\r
"""


def test_an_invite_has_the_address_of_its_packet_and_not_what_it_claims() -> None:
    found = read(INVITE)
    assert found
    assert replace(found, headers=()) == SipMessage(
        False, "10.0.0.7", "INVITE", "INVITE", "9ae9ad22e9178d5c", "PCMA", "10.0.0.7", 30262, keyed=True
    )


def test_the_lines_of_an_invite_are_told_but_for_credentials() -> None:
    credentials = 'Authorization: Digest x="y"\r\nproxy-authorization : Digest x="y",\r\n z="w"\r\n'
    found = read(INVITE.replace("CSeq", f"{credentials}Subject: a\r\n b: c\r\nCSeq"))
    assert found
    assert [line.partition(":")[0] for line in found.headers] == [
        "Via", "From", "Subject", "CSeq", "Call-ID", "Content-Type",
    ]  # fmt: skip
    assert "Subject: a b: c" in found.headers
    many = read(INVITE.replace("CSeq", "X-Long: " + "x" * 5000 + "\r\n" + "X: 1\r\n" * 500 + "CSeq"))
    assert many
    assert (len(many.headers), max(map(len, many.headers))) == (MOST_HEADERS, LONGEST)


def test_an_answer_has_the_codec_that_is_used() -> None:
    text = (
        "TX TCP [fd00::2]:5060 -> [fd00::7]:41000\r\nSIP/2.0 200 Answering\r\ni: abc\r\ncseq:  1  INVITE \r\n\r\n"
        "m=audio 21944 RTP/AVP 96 101\r\na=rtpmap:96 opus/48000/2\r\n"
    )
    assert read(text) == SipMessage(True, "fd00::7", "200", "INVITE", "abc", "opus", "", 21944)


def test_a_registrar_is_known_by_its_answer() -> None:
    text = "RX UDP 10.0.0.1:5060 -> 10.0.0.2:5060\r\nSIP/2.0 200 OK\r\nCall-ID: r\r\nCSeq: 2 REGISTER\r\n\r\n"
    assert read(text) == SipMessage(False, "10.0.0.1", "200", "REGISTER", "r", "")


@pytest.mark.parametrize("text", ["", "hello", "RX UDP a:1 -> b:2\r\n", "RX UDP a:1 -> b:2\r\n\r\n", "\x00\xff" * 50])
def test_what_is_none_is_none(text: str) -> None:
    assert read(text) is None


def test_every_beginning_of_a_message_can_be_read() -> None:
    for end in range(len(INVITE)):
        read(INVITE[:end])


def test_the_first_address_of_a_call_counts_and_a_registrar_is_whoever_took_the_account() -> None:
    traced = Traced()
    for peer, method in (("10.0.0.7", "INVITE"), ("6.6.6.6", "INVITE"), ("10.0.0.8", "REGISTER")):
        traced.add(SipMessage(False, peer, method, method, "call", "PCMU"))
    assert traced.callers == {"call": "10.0.0.7"}
    assert traced.registrars == set()
    traced.add(SipMessage(False, "10.0.0.1", "401", "REGISTER", "r", ""))
    traced.add(SipMessage(True, "10.0.0.9", "200", "REGISTER", "r", ""))
    assert traced.registrars == set()
    traced.add(SipMessage(False, "10.0.0.1", "200", "REGISTER", "r", ""))
    assert traced.registrars == {"10.0.0.1"}
    for n in range(2 * KNOWN):
        traced.add(SipMessage(False, "10.0.0.7", "INVITE", "INVITE", str(n), ""))
    assert len(traced.callers) == KNOWN


def test_of_a_call_that_is_over_nothing_is_kept() -> None:
    traced = Traced()
    before = repr(vars(traced))
    traced.add(SipMessage(False, "10.0.0.7", "INVITE", "INVITE", "abc", "PCMA", "10.0.0.7", 4000, ("From: a",), True))
    traced.add(SipMessage(True, "10.0.0.7", "200", "INVITE", "abc", "PCMA", "10.0.0.1", 4002))
    traced.forget("abc")
    traced.forget("abc")
    assert repr(vars(traced)) == before


def test_where_sound_comes_from_is_what_the_other_side_said_last_and_its_own_address() -> None:
    traced = Traced()
    for sent, place, port in ((False, "192.168.1.7", 4000), (True, "10.0.0.1", 30000), (False, "192.168.1.8", 4002)):
        traced.add(SipMessage(sent, "10.0.0.7", "INVITE", "INVITE", "abc", "PCMA", place, port))
    assert traced.sound["abc"] == SoundPlaces(30000, frozenset({"192.168.1.8", "10.0.0.7"}))

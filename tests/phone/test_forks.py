"""Who picks up a call that another telephone has picked up: what they are sent."""

from __future__ import annotations

import pytest

from edge_agent.phone.forks import ended

SECOND = """SIP/2.0 200 OK\r
Via: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bK1\r
Record-Route: <sip:p2@10.0.0.9;lr>, <sip:p1@10.0.0.8:5070;lr>\r
Record-Route: <sip:p0@10.0.0.1;lr>\r
f: "Agent" <sip:620@10.0.0.1>;tag=a\r
To: <sip:611@10.0.0.1>;tag=b\r
Call-ID: abc\r
CSeq: 9 INVITE\r
m: "Anna" <sip:611@10.0.0.7:5080;ob>;expires=60\r
\r
v=0\r
m: <sip:elsewhere@6.6.6.6>\r
"""


def test_they_are_acknowledged_and_hung_up_by_the_way_that_their_answer_came() -> None:
    acknowledged, over = ended(SECOND) or (None, None)
    assert acknowledged
    assert over
    assert (acknowledged.method, over.method) == ("ACK", "BYE")
    assert acknowledged.uri == over.uri == "sip:611@10.0.0.7:5080;ob"
    assert acknowledged.hop == over.hop == "sip:p0@10.0.0.1;lr"
    assert over.head.split("\r\n") == [
        "Route: <sip:p0@10.0.0.1;lr>",
        "Route: <sip:p1@10.0.0.8:5070;lr>",
        "Route: <sip:p2@10.0.0.9;lr>",
        'From: "Agent" <sip:620@10.0.0.1>;tag=a',
        "To: <sip:611@10.0.0.1>;tag=b",
        "Call-ID: abc",
        "CSeq: 10 BYE",
        "Content-Length: 0",
        "",
        "",
    ]
    assert "CSeq: 9 ACK" in acknowledged.head


def test_without_proxies_it_goes_straight_to_them() -> None:
    direct = "\r\n".join(line for line in SECOND.split("\r\n") if not line.startswith("Record-Route"))
    acknowledged, _ = ended(direct.replace('"Anna" <sip:611@10.0.0.7:5080;ob>', "sip:611@10.0.0.7")) or (None, None)
    assert acknowledged
    assert acknowledged.hop == acknowledged.uri == "sip:611@10.0.0.7"
    assert "Route" not in acknowledged.head


@pytest.mark.parametrize("lacks", ["f: ", "To: ", "Call-ID: ", "CSeq: ", "m: "])
def test_what_does_not_say_where_to_is_not_answered(lacks: str) -> None:
    head, _, _ = SECOND.partition("\r\n\r\n")
    assert ended("\r\n".join(line for line in head.split("\r\n") if not line.startswith(lacks))) is None


def test_every_beginning_of_one_can_be_read() -> None:
    for end in range(len(SECOND)):
        ended(SECOND[:end])

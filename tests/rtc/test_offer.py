"""What of an offer is let through: the peer's own addresses, whatever it writes, and no name."""

from __future__ import annotations

import asyncio
import os
import random
import re
import socket
from contextlib import suppress

import pytest
from rtc.offers import CHROMIUM, mutated

from edge_agent.rtc.network import Network
from edge_agent.rtc.offer import MOST_CANDIDATES, BadOffer, repaired, tamed
from edge_agent.rtc.peer import Watching

OWN = ["127.0.0.1", "192.168.1.5", "fd00::2"]


def addresses(offer: str) -> list[str]:
    return re.findall(r"a=candidate:\S+ 1 udp \d+ (\S+) \d+ typ host\r\n", offer)


def with_candidate(*candidates: str) -> str:
    lines = "".join(f"a=candidate:{each}\r\n" for each in candidates)
    return re.sub(r"a=candidate.*\r\n", "", CHROMIUM).replace("a=rtcp:9", f"{lines}a=rtcp:9")


def test_a_name_stands_for_the_address_that_the_offer_came_from() -> None:
    assert addresses(tamed(CHROMIUM, "127.0.0.1", OWN)) == ["127.0.0.1", "127.0.0.1"]
    assert addresses(tamed(CHROMIUM, "192.168.1.7", OWN)) == ["192.168.1.7"]
    assert ".local" not in tamed(CHROMIUM, "192.168.1.7", OWN)


@pytest.mark.parametrize(
    "elsewhere",
    [
        "1 1 udp 1 8.8.8.8 5000 typ host",
        "1 1 udp 1 192.168.1.9 5000 typ host",
        "1 1 udp 1 127.0.0.1 5000 typ srflx raddr 0.0.0.0 rport 0",
        "1 1 udp 1 127.0.0.1 5000 typ relay raddr 0.0.0.0 rport 0",
        "1 1 tcp 1 127.0.0.1 9 typ host tcptype active",
        "1 2 udp 1 127.0.0.1 5000 typ host",
        "1 1 udp 1 localhost 5000 typ host",
        "1 1 udp 1 127.0.0.1 0 typ host",
        "1 1 udp 1 127.0.0.1 70000 typ host",
        "1 1 udp 99999999999 127.0.0.1 5000 typ host",
        "1 1 udp 1 example.com 5000 typ host",
    ],
)
def test_candidates_that_lead_elsewhere_are_left_out(elsewhere: str) -> None:
    assert addresses(tamed(with_candidate(elsewhere), "127.0.0.1", OWN)) == []


def test_from_this_machine_all_its_addresses_are_the_peers_and_from_another_only_that_one() -> None:
    offer = with_candidate(*(f"1 1 udp 1 {each} 5000 typ host" for each in [*OWN, "192.168.1.7"]))
    assert addresses(tamed(offer, "127.0.0.1", OWN)) == OWN
    assert addresses(tamed(offer, "192.168.1.7", OWN)) == ["192.168.1.7"]


def test_the_end_of_the_candidates_is_left_out_and_there_are_not_too_many() -> None:
    offer = with_candidate(*(f"{port} 1 udp 1 127.0.0.1 {port} typ host" for port in range(1000, 1100)))
    assert len(addresses(tamed(offer, "127.0.0.1", OWN))) == MOST_CANDIDATES
    ended = CHROMIUM.replace("a=rtcp:9", "a=end-of-candidates\r\na=rtcp:9")
    assert "end-of-candidates" not in tamed(ended, "127.0.0.1", OWN)


@pytest.mark.parametrize(
    ("offer", "why"),
    [
        ("", "no SDP"),
        ("{}", "no SDP"),
        ("v=0\r\n" + "a=x\r\n" * 20_000, "characters"),
        (CHROMIUM.replace("m=audio", "m=video"), "audio section"),
        (CHROMIUM + CHROMIUM[CHROMIUM.index("m=audio") :], "audio section"),
        (CHROMIUM.replace("a=ice-pwd", "a=x"), "ice-pwd"),
        (CHROMIUM.replace("opus", "speex"), "Opus"),
    ],
)
def test_what_is_no_offer_is_said_to_be_none(offer: str, why: str) -> None:
    with pytest.raises(BadOffer, match=why):
        tamed(offer, "127.0.0.1", OWN)


def test_the_answer_asks_for_copies_of_lost_frames() -> None:
    answer = "a=rtpmap:111 opus/48000/2\r\na=sendrecv\r\n"
    assert repaired(answer) == f"{answer[:27]}a=fmtp:111 minptime=10;useinbandfec=1\r\na=sendrecv\r\n"


def test_no_name_is_looked_up_and_nothing_is_sent_to_anybody_else(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sockets and the resolver are watched while an offer with all kinds of candidates is answered and checked."""
    looked_up, sent = list[str](), set[str]()

    def look_up(host: object, *given: object, **named: object) -> object:
        looked_up.append(str(host))
        raise OSError("no name is looked up")

    real = asyncio.selector_events._SelectorDatagramTransport.sendto  # type: ignore[attr-defined]

    def sendto(self: object, data: bytes, addr: tuple[str, int] | None = None) -> None:
        sent.add(addr[0] if addr else "?")
        real(self, data, addr)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(socket, "gethostbyname", look_up)
    monkeypatch.setattr(asyncio.selector_events._SelectorDatagramTransport, "sendto", sendto)  # type: ignore[attr-defined]
    strange = [
        "1 1 udp 9 8.8.8.8 3478 typ host",
        "2 1 udp 9 stun.example.com 3478 typ srflx raddr 0.0.0.0 rport 0",
        "3 1 udp 9 a.local 5353 typ host",
        "4 1 udp 9 224.0.0.251 5353 typ host",
    ]

    async def body() -> None:
        peer = await asyncio.wrap_future(network.answer(with_candidate(*strange), "127.0.0.1", "x", Watching()))
        await asyncio.sleep(0.3)
        kinds = set(re.findall(r"a=candidate:.* typ (\w+)", peer.answer))
        assert kinds == {"host"}
        peer.close()

    asyncio.run(body())
    numeric = re.compile(r"[\d.]+|[\da-f:]+")
    assert [each for each in looked_up if not numeric.fullmatch(each)] == []
    assert sent == {"127.0.0.1"}


@pytest.mark.timeout(1000)
def test_mutated_offers_are_answered_or_refused(network: Network, everything: bool, caplog) -> None:
    """Nothing is raised, hangs or is left behind; a text that cannot be read costs a sentence."""
    chance, held = random.Random(17), list[int]()

    async def one(offer: str) -> None:
        peer = await asyncio.wrap_future(network.answer(offer, "127.0.0.1", "x", Watching()))
        peer.close()
        await asyncio.to_thread(peer.ended.wait)
        held.append(len(os.listdir("/proc/self/fd")))

    async def body() -> None:
        for _ in range(20_000 if everything else 120):
            with suppress(BadOffer):
                await asyncio.wait_for(one(mutated(CHROMIUM, chance)), 60)

    asyncio.run(body())
    assert len(held) > 10
    assert max(held) - held[0] < 20, "what tests before it had open may go meanwhile"
    assert [record.getMessage() for record in caplog.records if record.levelname in ("WARNING", "ERROR")] == []

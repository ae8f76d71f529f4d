"""What the stack's C library is asked for beside its package: how a call is refused, who may call, what was lost."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator
from types import SimpleNamespace

import numpy as np
import pytest
from phone.stacks import Phone, at, listen, opened
from phone.telephone import free_port, until

from edge_agent.phone.messages import FromPeer
from edge_agent.phone.native import Native
from edge_agent.phone.packets import Packets
from edge_agent.serve import g711
from edge_agent.settings.phone import PhoneSettings
from tests.rigs.sip.peer import Sip, SipPeer, telephone
from tests.rigs.sip.registrar import md5


@pytest.fixture(scope="module")
def phone() -> Iterator[Phone]:
    with opened(at(free_port(), max_calls=3)) as one:
        yield one


@pytest.mark.parametrize("status", [603, 404, 499])
def test_a_call_that_rings_is_refused_with_what_is_asked_for(
    phone: Phone, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phone.stack, "_on_ring", lambda line: line.hang_up(status))
    with telephone(phone.port) as peer:
        peer.dial()
        said = peer.expect(status)
        peer.request("ACK", again=True)
        until(lambda: phone.stack.calls == 0, 5)
    assert said.start.split(maxsplit=2)[2] == {603: "Decline", 404: "Not Found"}.get(status, "Rejected")


@pytest.mark.parametrize(("body", "kind"), [("hello", "text/plain"), ("<a/>", "application/pidf+xml;charset=utf-8")])
def test_a_body_that_nobody_understands_is_refused_with_what_is_understood(phone: Phone, body: str, kind: str) -> None:
    with telephone(phone.port) as peer:
        peer.request("INVITE", body, kind)
        assert peer.expect(415)["accept"] == "application/sdp"
        peer.request("ACK", again=True)
    assert phone.stack.calls == 0


def test_sound_at_an_address_that_is_not_reached_is_refused_with_the_reason(phone: Phone) -> None:
    """An offer by IPv6 to a line of IPv4. The caller may offer another (RFC 3261, section 13.3.1.3)."""
    with telephone(phone.port) as peer:
        peer.dial(body=peer.offer().replace("IP4 127.0.0.1", "IP6 2001:db8::7"))
        assert peer.expect(488)["warning"].startswith("301 ")
        peer.request("ACK", again=True)
        peer.request("INVITE", peer.offer())
        peer.picked_up()
        line = phone.lines.get(timeout=5)
        peer.hang_up()
        assert line.over.wait(5)


def test_a_line_of_ipv6_is_called_by_ipv6() -> None:
    ports = free_port(), free_port()
    own = [PhoneSettings(listen=f"[::1]:{each}", allow=("::1",)) for each in ports]
    with opened(own[0]) as called, opened(own[1]) as caller:
        line = caller.stack.dial(f"sip:agent@[::1]:{ports[0]}")
        assert line.picked_up.wait(5)
        called.lines.get(timeout=5)
        assert np.abs(listen(line, 1.0)).max() > 0.1
        line.hang_up()
        assert line.over.wait(5)


def test_whoever_calls_has_to_know_the_password_where_one_is_set() -> None:
    own = at(free_port(), caller_user="door", caller_password="k3y")
    with opened(own) as phone, telephone(phone.port) as peer:
        peer.dial()
        challenge = peer.expect(401)
        peer.request("ACK", again=True)
        assert phone.stack.calls == 0
        for password, status in (("wrong", 403), ("k3y", 200)):
            peer.request("INVITE", peer.offer(), "application/sdp", credentials(peer, challenge, "door", password))
            said = peer.expect(status)
            if status != 200:
                peer.request("ACK", again=True)
        peer.take(said)
        peer.request("ACK")
        line = phone.lines.get(timeout=5)
        peer.hang_up()
        assert line.over.wait(5)


def credentials(peer: SipPeer, challenge: Sip, user: str, password: str) -> tuple[str, str]:
    """RFC 2617, with qop=auth."""
    asked = dict(re.findall(r'(\w+)="?([^",]+)"?', challenge["www-authenticate"]))
    uri = peer.dialog["uri"]
    ways = [
        md5(f"{user}:{asked['realm']}:{password}"),
        asked["nonce"],
        "00000001",
        "0a4f",
        "auth",
        md5(f"INVITE:{uri}"),
    ]
    said = {"username": user, "realm": asked["realm"], "nonce": asked["nonce"], "uri": uri, "cnonce": "0a4f"}
    quoted = ", ".join(f'{name}="{value}"' for name, value in said.items())
    return "Authorization", f'Digest {quoted}, response="{md5(":".join(ways))}", qop=auth, nc=00000001'


def test_what_is_lost_is_told_where_it_was_and_keys_are_no_loss(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    with telephone(phone.port) as peer:
        peer.call()
        line, told = phone.lines.get(timeout=5), list[int]()
        monkeypatch.setattr(line, "_hear", lambda news: told.append(news.lost))
        peer.settle()
        for number in range(60):
            if number in (20, 40, 41):
                peer.sequence, peer.stamp = peer.sequence + 1, peer.stamp + 160
            else:
                peer.packet()
            if number == 50:
                peer.press("5")
            time.sleep(0.02)
        peer.hang_up()
        assert line.over.wait(5)
    assert [each for each in told if each] == [1, 2]
    assert line.end
    assert line.end.figures["lost"] == 3


def test_packets_that_overtake_others_are_heard_in_their_order_and_none_is_lost(phone: Phone) -> None:
    with telephone(phone.port) as peer:
        peer.call()
        line, told = phone.lines.get(timeout=5), list[FromPeer]()
        peer.settle()
        line._hear = told.append  # type: ignore[method-assign]
        for _ in range(5):
            peer.packet()
            time.sleep(0.02)
        begun = peer.sequence, peer.stamp
        for number in (0, 2, 1, 3, 6, 5, 4, 7, 8, 9):
            peer.sequence, peer.stamp = begun[0] + number, begun[1] + 160 * number
            peer.packet(g711.encode(np.full(160, 1000 * (number + 1), np.int16), "alaw"))
            time.sleep(0.005)
        until(lambda: told and np.abs(np.concatenate([each.samples for each in told])).max() > 0.29, 3)
        peer.hang_up()
        assert line.over.wait(5)
    levels = np.round(np.concatenate([each.samples for each in told])[::160] * 32.768).astype(int)
    assert [each for each in dict.fromkeys(levels) if each > 0][-10:] == list(range(1, 11))
    assert sum(each.lost for each in told) == 0


def test_another_version_of_the_library_is_asked_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    other = SimpleNamespace(ffi=SimpleNamespace(string=lambda text: text), lib=SimpleNamespace(bp_version=lambda: b"5"))
    monkeypatch.setitem(sys.modules, "baresip", SimpleNamespace(_native=other))
    native = Native()
    assert not native.refuse("id", 603, "Decline")
    packets = Packets(native, lambda call_id: None)
    packets.watch("id")
    packets.look("id")
    assert packets.lost("id") == 0
    assert not native.admit(3, asks=True)

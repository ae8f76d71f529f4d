"""SIP and RTP as a telephone says them, byte by byte, to the real stack: keys, hold, transfers, ends."""

from __future__ import annotations

import random
import re
import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest
from phone.stacks import Phone, at, opened
from phone.telephone import free_port, until
from phone.test_tones import pressed

from edge_agent.lines.pcm import to_int16
from edge_agent.phone.line import SipLine
from edge_agent.phone.messages import Transferred
from edge_agent.serve import g711
from tests.rigs.sip.peer import SipPeer, telephone


def silence(seconds: float) -> np.ndarray:
    return np.zeros(round(8_000 * seconds), np.float32)


REPLACES = ("Supported", "replaces")


@pytest.fixture(scope="module")
def phone() -> Iterator[Phone]:
    with opened(at(free_port(), max_calls=3)) as one:
        yield one


@pytest.fixture
def peer(phone: Phone) -> Iterator[SipPeer]:
    with telephone(phone.port) as one:
        yield one


def called(phone: Phone, peer: SipPeer) -> SipLine:
    """The peer calls, and is answered."""
    peer.call()
    line = phone.lines.get(timeout=5)
    peer.packet()
    assert peer.heard()
    return line


def test_a_call_is_answered_in_the_codec_that_was_offered_and_sounds(phone: Phone, peer: SipPeer) -> None:
    line = called(phone, peer)
    assert line.codec == "PCMA"
    assert len(peer.heard()) == 160
    peer.hang_up()
    assert line.over.wait(5)


def test_keys_in_rtp_arrive_at_once_and_each_once(phone: Phone, peer: SipPeer) -> None:
    """RFC 4733: each key is said in six packets."""
    line, keys = called(phone, peer), list[str]()
    line.on_digit = keys.append
    for key in "0123456789*#ABCD":
        peer.press(key)
    until(lambda: len(keys) >= 16, 3)
    peer.hang_up()
    assert "".join(keys) == "0123456789*#ABCD"


@pytest.mark.slow
def test_1_000_keys_in_each_of_two_ways_are_all_right_and_in_order(phone: Phone, peer: SipPeer) -> None:
    chance = random.Random(1)
    line, got, keys = called(phone, peer), list[str](), "".join(chance.choices("0123456789*#", k=1_000))
    line.on_digit = got.append
    peer.settle()
    for key in keys:
        peer.press(key)
        time.sleep(0.01)
    until(lambda: len(got) >= 1_000, 5)
    assert "".join(got) == keys
    got.clear()
    for key in keys:
        peer.request("INFO", f"Signal={key}\r\nDuration=160\r\n", "application/dtmf-relay")
        peer.expect(200)
    until(lambda: len(got) >= 1_000, 5)
    assert "".join(got) == keys
    peer.hang_up()


@pytest.mark.parametrize("has_events", [False, True])
def test_keys_as_tones_are_read_where_there_is_no_better_way(phone: Phone, peer: SipPeer, has_events: bool) -> None:
    peer.events = has_events
    peer.call()
    line, keys = phone.lines.get(timeout=5), list[str]()
    line.on_digit = keys.append
    peer.settle()
    sound = g711.encode(to_int16(np.concatenate([silence(0.1), pressed("47#1", 8_000, 1), silence(0.2)])), "alaw")
    for start in range(0, len(sound) - 159, 160):
        peer.packet(sound[start : start + 160])
        time.sleep(0.02)
    time.sleep(0.3)
    peer.hang_up()
    assert "".join(keys) == ("" if has_events else "47#1")


@pytest.mark.parametrize("body", ["Signal=5\r\nDuration=160\r\n", "Signal= 5\r\nDuration= 160\r\n"])
def test_a_key_in_a_sip_info_arrives(phone: Phone, peer: SipPeer, body: str) -> None:
    line, keys = called(phone, peer), list[str]()
    line.on_digit = keys.append
    peer.request("INFO", body, "application/dtmf-relay")
    peer.expect(200)
    until(lambda: keys, 3)
    peer.hang_up()
    assert keys == ["5"]


ALLOW = ("Allow", "INVITE, ACK, BYE, CANCEL, UPDATE")


def test_a_call_that_requires_a_timer_has_one_and_it_is_agreed_anew_behind_each_change(
    phone: Phone, peer: SipPeer
) -> None:
    """RFC 4028. The stack's own re-INVITE says nothing of it."""
    peer.dial(more=[("Require", "timer"), ("Session-Expires", "120;refresher=uas"), ALLOW])
    answer = peer.picked_up()
    assert answer["session-expires"] == "120;refresher=uas"
    assert "timer" in answer["supported"]
    line = phone.lines.get(timeout=5)
    peer.settle()
    update = peer.expect("UPDATE")
    assert (update["session-expires"], update["supported"]) == ("120;refresher=uac", "timer")
    peer.answer(update, 200, "OK", "", ("Session-Expires", update["session-expires"]))
    peer.hang_up()
    assert line.over.wait(5)


def test_too_short_a_time_is_refused_with_the_least(phone: Phone, peer: SipPeer) -> None:
    peer.dial(more=[("Supported", "timer"), ("Session-Expires", "30")])
    assert peer.expect(422)["min-se"] == "90"
    peer.request("ACK", again=True)


def test_who_is_called_learns_that_we_know_timers_and_no_other_call_has_one(phone: Phone, peer: SipPeer) -> None:
    line = phone.stack.dial(f"sip:x@127.0.0.1:{peer.port}")
    invite = peer.expect("INVITE")
    assert "timer" in invite["supported"]
    assert invite["session-expires"] == ""
    peer.accept(invite)
    peer.hang_up()
    assert line.over.wait(5)
    other = called(phone, peer)
    assert peer.dialog
    peer.hang_up()
    assert other.over.wait(5)


@pytest.mark.slow
@pytest.mark.timeout(150)
def test_calls_are_refreshed_at_half_their_time_and_over_where_the_peer_does_not(phone: Phone) -> None:
    with telephone(phone.port, "ours") as ours, telephone(phone.port, "theirs") as theirs:
        lines = dict[str, SipLine]()
        for peer, who in ((ours, "uas"), (theirs, "uac")):
            peer.dial(more=[("Supported", "timer"), ("Session-Expires", f"90;refresher={who}"), ALLOW])
            peer.picked_up()
            lines[who] = phone.lines.get(timeout=5)
            peer.settle()
            update = peer.expect("UPDATE")
            peer.answer(update, 200, "OK", "", ("Session-Expires", update["session-expires"]))
        begun = time.monotonic()
        sounding = threading.Thread(target=sounds, args=((ours, theirs), list(lines.values())), daemon=True)
        sounding.start()
        update = ours.expect("UPDATE", 50)
        assert 43 < time.monotonic() - begun < 48
        ours.answer(update, 200, "OK", "", ("Session-Expires", update["session-expires"]))
        theirs.answer(theirs.expect("BYE", 20), 200)
        assert 58 < time.monotonic() - begun < 64
        assert lines["uac"].over.wait(5)
        assert not lines["uas"].over.is_set()
        ours.hang_up()
        sounding.join()


def sounds(peers: tuple[SipPeer, ...], lines: list[SipLine]) -> None:
    while not all(line.over.is_set() for line in lines):
        for peer in peers:
            peer.packet()
        time.sleep(0.02)


def test_a_second_telephone_that_picks_up_the_same_call_is_hung_up_and_changes_nothing(
    phone: Phone, peer: SipPeer
) -> None:
    """A proxy has forked the call (RFC 3261, section 13.2.2.4). Its 200 comes again as long as no ACK has come."""
    line = phone.stack.dial(f"sip:x@127.0.0.1:{peer.port}")
    invite = peer.expect("INVITE")
    peer.accept(invite)
    assert line.picked_up.wait(5)
    with telephone(phone.port, "other") as other:
        other.answer(invite, 200, "OK", other.offer())
        assert other.expect("ACK")["cseq"] == invite["cseq"].replace("INVITE", "ACK")
        ends = other.expect("BYE")
        assert (ends["to"], ends["call-id"]) == (f"{invite['to']};tag=other", invite["call-id"])
        other.answer(ends, 200)
        other.answer(invite, 200, "OK", other.offer())
        other.expect("ACK")
        with pytest.raises(AssertionError, match=r"\[\]"):
            other.expect("BYE", 0.7)  # one that is not answered comes again after 0.5 s
        peer.agree("INVITE", 0.5)
        peer.packet()
        assert peer.heard()
    assert not line.over.is_set()
    peer.hang_up()
    assert line.over.wait(5)


def test_what_a_network_says_before_it_is_picked_up_is_heard_by_nobody_who_converses(
    phone: Phone, peer: SipPeer
) -> None:
    """Early media: a 183 with SDP, and sound."""
    line, early = phone.stack.dial(f"sip:x@127.0.0.1:{peer.port}"), list[np.ndarray]()
    line.on_early = lambda samples, rate_hz: early.append(samples)
    invite = peer.expect("INVITE")
    peer.answer(invite, 183, "Session Progress", peer.offer())
    asked = re.search(r"m=audio (\d+)", invite.body)
    assert asked
    peer.media = ("127.0.0.1", int(asked[1]))
    loud = g711.encode(np.full(160, 8_000, np.int16), "alaw")
    until(lambda: peer.packet(loud) or time.sleep(0.02) or len(early) > 5, 3)
    assert np.abs(np.concatenate(early)).max() > 0.2
    assert not line.picked_up.is_set()
    assert line.now_s() == 0, "nothing of it is the caller's"
    peer.accept(invite)
    assert line.picked_up.wait(5)
    peer.hang_up()
    assert line.over.wait(5)


def test_a_peer_that_holds_and_goes_on_is_known(phone: Phone, peer: SipPeer) -> None:
    line = called(phone, peer)
    peer.settle()
    for direction, version in (("sendonly", 2), ("sendrecv", 3)):
        peer.request("INVITE", peer.offer(direction, version=version))
        peer.picked_up()
        until(lambda held=direction == "sendonly": line.on_hold is held, 3)
    until(peer.heard, 3)
    peer.hang_up()
    assert line.over.wait(5)


def test_a_transfer_that_the_other_side_has_made_ends_the_call(phone: Phone, peer: SipPeer) -> None:
    line, told = called(phone, peer), list[Transferred]()
    line.on_transferred = told.append
    line.transfer("sip:anna@127.0.0.9")
    refer = peer.expect("REFER")
    assert "sip:anna@127.0.0.9" in refer["refer-to"]
    peer.answer(refer, 202, "Accepted")
    notify(peer, "SIP/2.0 200 OK", "terminated")
    assert line.over.wait(5)
    assert [each.is_done for each in told] == [True]


@pytest.mark.parametrize("said", ["486 Busy Here", "480 Temporarily Unavailable"])
def test_a_transfer_that_fails_comes_back(phone: Phone, peer: SipPeer, said: str) -> None:
    line, told = called(phone, peer), list[Transferred]()
    line.on_transferred = told.append
    line.transfer("611")
    refer = peer.expect("REFER")
    peer.answer(refer, 202, "Accepted")
    notify(peer, "SIP/2.0 100 Trying", "active;expires=60")
    notify(peer, f"SIP/2.0 {said}", "terminated;reason=noresource")
    until(lambda: told, 5)
    assert told[0].is_done is False
    assert said in told[0].said
    assert not line.over.is_set()
    peer.hang_up()


def test_a_transfer_that_is_refused_comes_back(phone: Phone, peer: SipPeer) -> None:
    line, told = called(phone, peer), list[Transferred]()
    line.on_transferred = told.append
    line.transfer("611")
    peer.answer(peer.expect("REFER"), 603, "Decline")
    until(lambda: told, 5)
    assert told[0].is_done is False
    peer.hang_up()


def notify(peer: SipPeer, said: str, state: str) -> None:
    peer.request("NOTIFY", f"{said}\r\n", "message/sipfrag", ("Event", "refer"), ("Subscription-State", state))
    peer.expect(200)


def test_two_calls_are_joined_by_replaces(phone: Phone) -> None:
    with telephone(phone.port, "caller") as caller, telephone(phone.port, "anna") as anna:
        caller.dial("agent", more=(REPLACES,))
        caller.picked_up()
        line, told = phone.lines.get(timeout=5), list[Transferred]()
        line.on_transferred = told.append
        other = phone.stack.dial(f"sip:anna@127.0.0.1:{anna.port}")
        invite = anna.expect("INVITE")
        anna.accept(invite)
        assert other.picked_up.wait(5)
        threads = [threading.Thread(target=each.agree, args=("REFER",), daemon=True) for each in (caller, anna)]
        for thread in threads:
            thread.start()
        line.join(other)
        threads[0].join(5)
        refer = caller.met["REFER"]
        assert f"Replaces={invite['call-id']}" in refer["refer-to"].replace("%3D", "=").replace("%40", "@")
        caller.answer(refer, 202, "Accepted")
        notify(caller, "SIP/2.0 200 OK", "terminated")
        assert line.over.wait(5)
        assert [each.is_done for each in told] == [True]
        other.hang_up()


def test_who_cannot_replace_comes_back_from_hold(phone: Phone) -> None:
    with telephone(phone.port, "caller") as caller, telephone(phone.port, "anna") as anna:
        caller.call()
        line, told = phone.lines.get(timeout=5), list[Transferred]()
        line.on_transferred = told.append
        other = phone.stack.dial(f"sip:anna@127.0.0.1:{anna.port}")
        anna.accept(anna.expect("INVITE"))
        assert other.picked_up.wait(5)
        for each in (caller, anna):
            threading.Thread(target=each.agree, args=("BYE",), daemon=True).start()
        line.join(other)
        until(lambda: told, 5)
        assert (told[0].is_done, told[0].said) == (False, "peer does not support the Replaces header")
        until(lambda: caller.directions[-1:] == ["sendrecv"], 5)
        assert "sendonly" in caller.directions
        line.hang_up()
        other.hang_up()
        assert line.over.wait(5)


def test_what_is_flushed_is_not_heard_any_more(phone: Phone, peer: SipPeer) -> None:
    """Neither what the line has, nor the 60 ms that the stack was given ahead, nor what waits between its clocks: at
    most what is on its way."""
    line, later = called(phone, peer), list[int]()
    for _ in range(5):
        until(lambda: len(set(peer.heard())) > 8, 3)  # it says something
        phone.hushed.set()
        line.sink.flush()
        later.append(sum(len(set(peer.heard())) > 8 for _ in range(10)))
        phone.hushed.clear()
    peer.hang_up()
    assert line.over.wait(5)
    assert min(later) <= 2, later

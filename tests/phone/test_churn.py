"""Calls that end at every moment, three at a time: the SIP process outlives them, and nothing of them is left."""

from __future__ import annotations

import contextlib
import os
import random
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from phone.stacks import Phone, at, opened
from phone.telephone import free_port, until
from phone.test_hostile import held

from edge_agent.phone.line import SipLine
from tests.rigs.sip.peer import SipPeer, telephone

CALLS = int(os.environ.get("SIP_CHURN", "60"))
"""Calls of each of the three telephones."""
MOMENTS_S = (0.0, 0.0005, 0.002, 0.005, 0.01, 0.02, 0.05, 0.12, 0.3)
"""The stack rings within 5 ms, is answered within 20, and changes the call of its own 50 to 150 ms later."""
ASKING = Path(__file__).with_name("asking_process.py")
End = Callable[[Phone, SipPeer, float], object]


def cancels(phone: Phone, peer: SipPeer, moment_s: float) -> None:
    peer.dial()
    time.sleep(moment_s)
    peer.request("CANCEL")
    leaves(peer, 0.3)


def hangs_up_without_ack(phone: Phone, peer: SipPeer, moment_s: float) -> None:
    peer.dial()
    peer.take(peer.expect(200))
    time.sleep(moment_s)
    peer.request("BYE")


def hangs_up_in_the_middle_of_sound(phone: Phone, peer: SipPeer, moment_s: float) -> None:
    peer.call()
    end_s = time.monotonic() + moment_s
    while time.monotonic() < end_s:
        peer.packet()
        peer.heard(0.001)
    peer.request("BYE")
    for _ in range(5):
        peer.packet()


def changes_and_hangs_up(phone: Phone, peer: SipPeer, moment_s: float) -> None:
    peer.call()
    peer.request("INVITE", peer.offer(random.choice(("sendonly", "inactive", "sendrecv")), version=2))
    time.sleep(moment_s)
    peer.request("BYE")


def is_gone_without_a_word(phone: Phone, peer: SipPeer, moment_s: float) -> None:
    peer.dial()
    time.sleep(moment_s)


def is_hung_up(phone: Phone, peer: SipPeer, moment_s: float) -> None:
    peer.call()
    time.sleep(moment_s)
    for line in list(phone.stack._lines.values()):
        line.hang_up()


def is_called(phone: Phone, peer: SipPeer, moment_s: float) -> None:
    line = phone.stack.dial(f"sip:x@127.0.0.1:{peer.port}")
    invite = peer.expect("INVITE")
    peer.answer(invite, 200, "OK", peer.offer())
    time.sleep(moment_s)
    line.hang_up()
    leaves(peer, 0.1)


def is_called_and_not_wanted(phone: Phone, peer: SipPeer, moment_s: float) -> None:
    line = phone.stack.dial(f"sip:x@127.0.0.1:{peer.port}")
    time.sleep(moment_s)
    line.hang_up()
    leaves(peer, 0.1)


def leaves(peer: SipPeer, seconds: float) -> None:
    """Agrees to whatever comes."""
    peer.met = {}
    peer.agree("BYE", seconds)


ENDS: tuple[End, ...] = (
    cancels, hangs_up_without_ack, hangs_up_in_the_middle_of_sound, changes_and_hangs_up, is_gone_without_a_word,
    is_hung_up, is_called, is_called_and_not_wanted,
)  # fmt: skip


def churn(phone: Phone, seed: int, count: int) -> None:
    chance = random.Random(seed)
    for number in range(count):
        # It is busy, where calls of the others are still being given up.
        with telephone(phone.port, f"t{seed}x{number}") as peer, contextlib.suppress(AssertionError):
            chance.choice(ENDS)(phone, peer, chance.choice(MOMENTS_S))


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_calls_that_end_at_every_moment_cost_no_process_and_leave_nothing() -> None:
    with opened(at(free_port(), allow=("127.0.0.1",), max_calls=20)) as phone:
        churn(phone, 0, 20)
        hang_up_all(phone)
        before = held(phone)
        threads = [threading.Thread(target=churn, args=(phone, seed, CALLS)) for seed in (1, 2, 3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        hang_up_all(phone)
        until(lambda: held(phone) <= before, 45)  # what was torn off is given up after 32 s
        assert phone.stack.lost == 0


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_what_is_asked_of_the_library_is_asked_in_its_own_thread() -> None:
    """Asked in another, it read the sound of calls that were just being changed or let go: it crashed, or hung."""
    with opened(at(free_port(), max_calls=3), command=(sys.executable, str(ASKING))) as phone:
        for _ in range(60):
            with telephone(phone.port, "one") as one, telephone(phone.port, "two") as two:
                for peer in (one, two):
                    peer.call()
                lines, over = [phone.lines.get(timeout=5) for _ in range(2)], threading.Event()
                threads = [threading.Thread(target=sounds, args=(each, over)) for each in (one, two)]
                threads += [threading.Thread(target=each.agree, args=("BYE", 3.0)) for each in (one, two)]
                for thread in threads:
                    thread.start()
                time.sleep(0.25)
                for line in lines:
                    line.hang_up()
                is_over = all(line.over.wait(5) for line in lines)
                over.set()
                for thread in threads:
                    thread.join()
            assert is_over
            assert phone.stack.lost == 0


def sounds(peer: SipPeer, over: threading.Event) -> None:
    while not over.wait(0.02):
        peer.packet()


def hang_up_all(phone: Phone) -> None:
    def none() -> bool:
        for line in list(phone.stack._lines.values()):
            line.hang_up()
        time.sleep(0.2)
        return phone.stack.calls == 0

    until(none, 60)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_phone_that_is_closed_in_the_middle_of_calls_ends_as_it_should(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    for moment_s in MOMENTS_S:
        with opened(at(free_port(), max_calls=3)) as phone, telephone(phone.port) as one, telephone(phone.port) as two:
            one.dial()
            two.call()
            line: SipLine = phone.stack.dial(f"sip:x@127.0.0.1:{one.port}")
            two.packet()
            time.sleep(moment_s)
        assert line.over.wait(5)
    ends = [each.args[0] for each in caplog.records if str(each.msg).startswith("The SIP process ended") and each.args]
    assert ends == ["exit code 0"] * len(MOMENTS_S)

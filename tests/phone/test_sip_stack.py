"""The SIP process as the agent sees it: opened, refused, lost and replaced. The process is one of the test's own."""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from edge_agent.clock import RealClock
from edge_agent.phone import stack as stack_module
from edge_agent.phone.line import LOST, SipLine
from edge_agent.phone.messages import Registered, StackSetup
from edge_agent.phone.stack import PhoneError, SipStack
from edge_agent.workers.child import Child

SETUP = StackSetup("127.0.0.1", 5060, "udp", "620", "127.0.0.1", "s3cret", True, ("pcma",), (), (), 2)
PROCESS = Path(__file__).with_name("fake_process.py")


class World:
    def __init__(self, role: str) -> None:
        self.rung: queue.Queue[SipLine] = queue.Queue()
        self.registered: queue.Queue[Registered] = queue.Queue()
        command = [sys.executable, str(PROCESS), role]
        self.stack = SipStack(
            SETUP, self.rung.put, RealClock(), 22_050, on_registered=self.registered.put, command=command
        )


@contextmanager
def opened(role: str) -> Iterator[World]:
    world = World(role)
    world.stack.open()
    try:
        yield world
    finally:
        world.stack.close()


def until(what: Callable[[], object]) -> None:
    for _ in range(500):
        if what():
            return
        threading.Event().wait(0.01)
    pytest.fail("it has not come to that in 5 s")


def test_who_says_something_while_it_closes_does_not_kill_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is to hang up and to give its registration back."""
    caplog.set_level("INFO")
    ends_within = Child.ends_within
    with opened("calls") as world:
        line = world.rung.get(timeout=5)
        monkeypatch.setattr(Child, "ends_within", lambda child, s: line.hang_up() or ends_within(child, s))
    assert [each.args[0] for each in caplog.records if "ended" in str(each.msg) and each.args] == ["exit code 0"]


def test_a_call_that_comes_in_is_a_line() -> None:
    with opened("calls") as world:
        line = world.rung.get(timeout=5)
        assert (line.caller, line.outgoing) == ("sip:1@127.0.0.1", False)
        assert world.registered.get(timeout=5) == Registered(True, "200 OK")
        line.pick_up()
        assert line.picked_up.wait(5)
        heard = np.concatenate([line.source.read().samples for _ in range(5)])  # type: ignore[union-attr]
        assert np.median(heard) == pytest.approx(0.25, abs=0.02)
        line.hang_up()
        assert line.over.wait(5)
        assert line.end is not None
        assert line.end.figures == {"lost": 3}
        assert world.stack.calls == 0


def test_somebody_is_called() -> None:
    with opened("calls") as world:
        line = world.stack.dial("**611")
        assert line.outgoing
        assert line.picked_up.wait(5)
        line.hang_up()
        assert line.over.wait(5)


def test_what_cannot_be_opened_says_why_and_leaves_nothing() -> None:
    world = World("refuses")
    with pytest.raises(PhoneError, match="The address is taken") as raised:
        world.stack.open()
    assert raised.value.fix == "use another"
    assert world.stack.pid is None


def test_a_process_that_dies_is_replaced_and_its_call_ends() -> None:
    with opened("dies") as world:
        line = world.rung.get(timeout=5)
        line.pick_up()
        assert line.over.wait(5)
        assert line.end is not None
        assert line.end.why == LOST
        again = world.rung.get(timeout=5)
        assert (world.stack.lost, world.stack.lost_calls) == (1, 1)
        assert not again.over.is_set()


def test_a_process_that_is_killed_is_replaced() -> None:
    with opened("calls") as world:
        line, pid = world.rung.get(timeout=5), world.stack.pid
        assert pid
        os.kill(pid, signal.SIGKILL)
        assert line.over.wait(5)
        assert world.rung.get(timeout=5) is not line
        assert world.stack.pid != pid


@pytest.mark.parametrize("role", ["hangs", "nonsense"])
def test_a_process_that_hangs_or_talks_nonsense_is_replaced(role: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack_module, "HANGS_S", 0.3)
    monkeypatch.setattr(stack_module, "END_S", 0.3)
    with opened(role) as world:
        until(lambda: world.stack.lost >= 1)


def test_a_closed_one_is_closed_and_may_be_closed_again() -> None:
    with opened("calls") as world:
        line = world.rung.get(timeout=5)
        pid = world.stack.pid
    assert line.over.is_set()
    world.stack.close()
    assert world.stack.lost == 0
    with pytest.raises(ProcessLookupError):
        os.kill(pid or 0, 0)

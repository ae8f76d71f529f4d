"""Real calls over loopback between two of our own SIP stacks."""

from __future__ import annotations

import os
import signal
import threading

import numpy as np
import pytest
from phone.stacks import at, listen, opened, pitch
from phone.telephone import free_port, until
from tiers import fast_first

from edge_agent.phone.line import LOST
from edge_agent.phone.stack import PhoneError


@pytest.mark.parametrize(
    ("codec", "name"), fast_first([("pcma", "PCMA"), ("pcmu", "PCMU"), ("g722", "G722"), ("opus", "opus")], fast=1)
)
def test_both_sides_of_a_call_hear_each_other_in_each_codec(codec: str, name: str) -> None:
    port = free_port()
    with opened(at(port, codecs=(codec,))) as called, opened(at(free_port(), codecs=(codec,)), 700.0) as caller:
        line = caller.stack.dial(f"sip:anybody@127.0.0.1:{port}")
        assert line.picked_up.wait(5), line.end
        threading.Thread(target=caller.says, args=(line,), daemon=True).start()
        other = called.lines.get(timeout=5)
        here, there = listen(line, 2.0)[16_000:], listen(other, 2.0)[16_000:]
        assert pitch(here, 16_000) == pytest.approx(440, abs=2)
        assert pitch(there, 16_000) == pytest.approx(700, abs=2)
        assert np.abs(here).max() == pytest.approx(0.3, abs=0.06)
        assert other.codec.lower() == name.lower()
        line.hang_up()
        assert other.over.wait(5)
        assert other.end is not None
        assert other.end.figures["received"] > 80
        assert other.end.figures["lost"] == 0


def test_a_call_from_an_address_that_is_not_allowed_is_turned_away() -> None:
    port = free_port()
    with opened(at(port, allow=("10.0.0.0/8",))) as called, opened(at(free_port())) as caller:
        line = caller.stack.dial(f"sip:anybody@127.0.0.1:{port}")
        assert line.over.wait(5)
        assert not line.picked_up.is_set()
        until(lambda: called.stack.refused == 1)
        assert called.lines.empty()


def test_a_stack_that_is_killed_in_a_call_ends_it_and_is_there_for_the_next() -> None:
    port = free_port()
    with opened(at(port)) as called, opened(at(free_port())) as caller:
        first = caller.stack.dial(f"sip:anybody@127.0.0.1:{port}")
        other = called.lines.get(timeout=5)
        os.kill(called.stack.pid or 0, signal.SIGKILL)
        assert other.over.wait(5)
        assert other.end is not None
        assert other.end.why == LOST
        assert called.stack.lost_calls == 1
        until(lambda: called.stack.pid)
        first.hang_up()
        again = []
        until(lambda: again.append(caller.stack.dial(f"sip:anybody@127.0.0.1:{port}")) or again[-1].picked_up.wait(2))


def test_an_address_that_is_taken_is_said() -> None:
    port = free_port()
    with opened(at(port)), pytest.raises(PhoneError, match="cannot be opened") as raised, opened(at(port)):
        pass
    assert "phone status" in (raised.value.fix or ""), "it may be a phone of ours"

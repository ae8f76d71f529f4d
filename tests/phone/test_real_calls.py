"""Real calls over loopback, with the real SIP stack: with itself, with a telephone and a registrar of others."""

from __future__ import annotations

import os
import queue
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from phone.telephone import PASSWORD, RATE_HZ, USER, calling, free_port, registrar, until

from edge_agent.clock import RealClock
from edge_agent.doors.phone import setup_of, tried
from edge_agent.phone.line import LOST, SipLine
from edge_agent.phone.messages import Registered
from edge_agent.phone.stack import PhoneError, SipStack
from edge_agent.settings.phone import PhoneSettings
from edge_agent.types import Samples

pytestmark = pytest.mark.slow

VOICE_HZ = 22_050
QUIET = np.zeros(60 * RATE_HZ, np.float32)


def tone(seconds: float, rate_hz: int, hz: float) -> Samples:
    return (0.3 * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate_hz)) / rate_hz)).astype(np.float32)


def pitch(samples: Samples, rate_hz: int) -> float:
    return float(np.argmax(np.abs(np.fft.rfft(samples)[10:])) + 10) * rate_hz / len(samples)


class Phone:
    """A stack, and who has called it. Each call is picked up, and hears a tone."""

    def __init__(self, own: PhoneSettings, hz: float = 440.0) -> None:
        self.lines: queue.Queue[SipLine] = queue.Queue()
        self.registered: queue.Queue[Registered] = queue.Queue()
        self._hz = hz
        self.stack = SipStack(setup_of(own), self._on_ring, RealClock(), VOICE_HZ, on_registered=self.registered.put)

    def _on_ring(self, line: SipLine) -> None:
        threading.Thread(target=self._answer, args=(line,), daemon=True).start()

    def _answer(self, line: SipLine) -> None:
        line.pick_up()
        assert line.picked_up.wait(5)
        self.lines.put(line)
        self.says(line)

    def says(self, line: SipLine) -> None:
        block, at = tone(60, VOICE_HZ, self._hz), 0
        while not line.over.is_set():
            line.sink.write(block[at : at + 441])
            at += 441


def at(port: int, **more: object) -> PhoneSettings:
    return PhoneSettings(listen=f"127.0.0.1:{port}", **more)  # type: ignore[arg-type]


@contextmanager
def opened(own: PhoneSettings, hz: float = 440.0) -> Iterator[Phone]:
    phone = Phone(own, hz)
    phone.stack.open()
    try:
        yield phone
    finally:
        phone.stack.close()


def listen(line: SipLine, seconds: float) -> Samples:
    frames, got = [], 0.0
    while got < seconds and (frame := line.source.read()) is not None:
        frames.append(frame.samples)
        got += frame.seconds
    return np.concatenate(frames)


@pytest.mark.parametrize(("codec", "name"), [("pcmu", "PCMU"), ("pcma", "PCMA"), ("g722", "G722"), ("opus", "opus")])
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
        assert called.stack.refused == 1
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
    with opened(at(port)), pytest.raises(PhoneError, match="cannot be opened"), opened(at(port)):
        pass


def test_keys_of_a_telephone_arrive(tmp_path: Path) -> None:
    """RFC 4733, of Debian's baresip."""
    port, digits = free_port(), list[str]()
    with opened(at(port)) as called, calling(tmp_path, f"sip:bot@127.0.0.1:{port}", QUIET) as telephone:
        called.lines.get(timeout=10).on_digit = digits.append
        telephone.press("159*0#")
        until(lambda: len(digits) == 6)
        assert "".join(digits) == "159*0#"


def test_a_registrar_takes_the_right_password_and_sends_calls(tmp_path: Path) -> None:
    with registrar(tmp_path) as port:
        account = {"account": f"{USER}@127.0.0.1:{port}", "password": PASSWORD}
        with pytest.raises(PhoneError, match=r"refuses.*401"):
            list(tried(at(free_port(), **{**account, "password": "wrong"})))
        assert "registered" in list(tried(at(free_port(), **account)))[-1]
        (tmp_path / "telephone").mkdir()
        with opened(at(free_port(), **account)) as called:
            assert called.registered.get(timeout=10).is_so
            with calling(tmp_path / "telephone", f"sip:{USER}@127.0.0.1:{port}", tone(60, RATE_HZ, 700)) as telephone:
                line = called.lines.get(timeout=10)
                assert pitch(listen(line, 2.0)[16_000:], 16_000) == pytest.approx(700, abs=2)
                telephone.hang_up()
                assert line.over.wait(10)
        heard = telephone.heard()
        assert pitch(heard[RATE_HZ : 2 * RATE_HZ], RATE_HZ) == pytest.approx(440, abs=2)

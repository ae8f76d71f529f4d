"""Calls of SIPp (Debian's sip-tester), one after the other and as a flood, and a telephone whose clock is wrong."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from phone.stacks import Phone, at, opened
from phone.telephone import free_port, until

from tests.rigs.sip.peer import telephone

pytestmark = pytest.mark.slow

SCENARIO = Path(__file__).with_name("sipp_call.xml")


def sipp(phone: Phone, *how: str) -> tuple[int, int]:
    """Has it call, and returns how many calls went well, and how many did not."""
    ports = ["-i", "127.0.0.1", "-p", str(free_port()), "-mp", str(free_port())]
    run = subprocess.run(
        ["sipp", *ports, "-nostdin", "-timeout", "60s", *how, f"127.0.0.1:{phone.port}"],
        capture_output=True,
        text=True,
        timeout=100,
    )
    good, bad = (
        re.findall(rf"{word} call\s+\|\s+\d+\s+\|\s+(\d+)", run.stdout)[-1] for word in ("Successful", "Failed")
    )
    return int(good), int(bad)


@pytest.mark.skipif(not shutil.which("sipp"), reason="apt-get install sip-tester")
@pytest.mark.timeout(200)
def test_calls_of_sipp_go_well_before_and_after_a_flood_of_them() -> None:
    with opened(at(free_port(), max_calls=6)) as phone:
        assert sipp(phone, "-sf", str(SCENARIO), "-m", "6", "-r", "2", "-l", "3") == (6, 0)
        good, bad = sipp(phone, "-sn", "uac", "-m", "300", "-r", "100", "-d", "0", "-recv_timeout", "3000")
        assert good + bad == 300
        assert bad, "there is room for 13 at the same time"
        until(lambda: phone.stack.calls == 0, 75)  # 32 s without an ACK, and as long for a BYE (RFC 3261, 13.3.1.4)
        assert sipp(phone, "-sf", str(SCENARIO), "-m", "3", "-r", "1", "-l", "2") == (3, 0)
        assert phone.stack.lost == 0


@pytest.mark.parametrize("speed", [0.995, 1.005])
def test_the_clock_of_a_telephone_may_be_wrong(speed: float) -> None:
    """Crystals are wrong by a hundredth of that. Nothing is lost but moments in which this machine stands still."""
    with opened(at(free_port(), max_calls=3)) as phone, telephone(phone.port) as peer:
        peer.call()
        line, sent_s = phone.lines.get(timeout=5), 10.0
        peer.settle()
        begun_s = due_s = time.monotonic()
        for _ in range(round(sent_s * 50)):
            peer.packet()
            due_s += 0.02 / speed
            time.sleep(max(0.0, due_s - time.monotonic()))
        heard_s = 0.0
        while heard_s < sent_s - 1.0 and (frame := line.source.read()):
            heard_s += frame.seconds
        assert time.monotonic() - begun_s < sent_s / speed + 0.5, "what was said is heard by now"
        peer.hang_up()
        assert line.over.wait(5)
    assert line.end
    assert line.end.figures["lost"] <= 2

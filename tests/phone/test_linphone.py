"""Calls of linphonec (Debian's linphone-cli), which knows session timers (RFC 4028): who is to refresh does."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import time
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest
from phone.stacks import opened, tone
from phone.telephone import free_port

from edge_agent.lines.pcm import to_int16
from edge_agent.settings.phone import PhoneSettings

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("linphonec"), reason="apt-get install linphone-cli"),
]

CONFIG = """\
[sip]
sip_port={port}
sip_tcp_port=-1
sip_tls_port=-1
session_expires_enabled=1
session_expires_value=90
session_expires_min_value=90
session_expires_refresher_value={who}
[rtp]
audio_rtp_port={rtp}
"""
SAID_S = 180
UAS, UAC = 1, 2
"""What its settings call who is called, and who calls."""


def own_address() -> str:
    """This machine's address in its network, as it says itself; without one that of loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as tried, contextlib.suppress(OSError):
        tried.connect(("192.0.2.1", 9))
        return str(tried.getsockname()[0])
    return "127.0.0.1"


def said(folder: Path) -> Path:
    """What it says, for as long as a call lasts: without a file it sends reports alone."""
    file = folder / "said.wav"
    with wave.open(str(file), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8_000)
        sound.writeframes(to_int16(tone(SAID_S, 8_000, 440)).tobytes())
    return file


@contextlib.contextmanager
def calling(folder: Path, uri: str, who: int) -> Iterator[Path]:
    """It calls, and wants `who` to refresh the call. Yields its log."""
    (folder / ".local" / "share" / "linphone").mkdir(parents=True)
    file, log = folder / "linphonerc", folder / "log"
    file.write_text(CONFIG.format(port=free_port(), rtp=free_port(), who=who))
    with log.open("wb") as out:
        process = subprocess.Popen(
            ["linphonec", "-c", str(file), "-d", "6"],
            stdin=subprocess.PIPE, stdout=out, stderr=out, env=os.environ | {"HOME": str(folder)},
        )  # fmt: skip
    assert process.stdin
    try:
        for line in ("soundcard use files", f"play {said(folder)}", "ipv6 disable", f"call {uri}"):
            time.sleep(2.0)
            process.stdin.write(f"{line}\n".encode())
            process.stdin.flush()
        yield log
    finally:
        process.kill()
        process.wait()
        process.stdin.close()


@pytest.mark.parametrize("who", [UAS, UAC])
@pytest.mark.timeout(200)
def test_a_call_is_refreshed_by_who_is_to_and_lasts_longer_than_its_time(who: int, tmp_path: Path) -> None:
    """Of 90 s, 60 are over where nobody has refreshed it."""
    address, port = own_address(), free_port()
    own = PhoneSettings(listen=f"{address}:{port}", allow=(address,))
    with opened(own) as phone, calling(tmp_path, f"sip:agent@{address}:{port}", who) as log:
        line = phone.lines.get(timeout=30)
        assert not line.over.wait(100), line.end
        said = log.read_text("utf-8", "replace")
        line.hang_up()
        assert line.over.wait(10)
    updates = [each for each in said.split("channel [")[1:] if "UPDATE sip:" in each.split("Via:")[0]]
    assert len(updates) >= 2, "one behind our re-INVITE, and one at half the time"

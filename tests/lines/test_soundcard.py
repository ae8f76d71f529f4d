"""The sound card, through PortAudio, ALSA and a real sound server whose speaker is heard by its microphone.

Each test runs a program of its own: PortAudio reads its environment once, and a lost device may take a
process along.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from sound_server import SoundServer

pytestmark = pytest.mark.device

OPEN = """
import json, threading, time
import numpy as np
from edge_agent.lines.soundcard import SoundCard

card = SoundCard(output_rate_hz={rate_hz}, microphone="TEST_MIC", speaker="_spk")
heard, arrived = [], []

def listen():
    while (frame := card.source.read()) is not None:
        heard.append(frame)
        arrived.append(time.monotonic())

listener = threading.Thread(target=listen)
listener.start()
while card.now_s() < 0.5:
    time.sleep(0.01)

def play(seconds, hz=1000):
    n, time_s = {rate_hz} // 50, np.arange(round(seconds * {rate_hz})) / {rate_hz}
    tone = (0.5 * np.sin(2 * np.pi * hz * time_s)).astype(np.float32)
    for start in range(0, len(tone), n):
        card.sink.write(tone[start:start + n])

def sound():
    return np.concatenate([frame.samples for frame in heard])

def close(**result):
    card.close()
    listener.join()
    assert all(a.end == b.start for a, b in zip(heard, heard[1:]))
    print(json.dumps({{**result, "overflows": card.source.overflows, "underflows": card.sink.underflows}}))
"""

TONE = """
began = time.monotonic()
play(1.0)
time.sleep(0.5)
x, rate_hz = sound(), card.source.rate_hz
loud = np.flatnonzero(np.abs(x) > 0.1)
first = next(i for i, frame in enumerate(heard) if frame.end > loud[0])
tone = x[loud[0] + 4800 : loud[-1] - 4800]
spectrum = np.abs(np.fft.rfft(tone * np.hanning(len(tone)), 2 ** 20))
close(
    delay_s=arrived[first] - began,
    estimate_s=card.sink.delay_s,
    hz=float(spectrum.argmax() * rate_hz / 2 ** 20),
    tone_s=float((loud[-1] - loud[0]) / rate_hz),
    peak=float(np.abs(x).max()),
    silent_before=float(np.abs(x[: loud[0] - 480]).max()),
)
"""


def run(server: SoundServer, program: str, rate_hz: int = 22050) -> dict[str, Any]:
    done = server.python(OPEN.format(rate_hz=rate_hz) + program)
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


@pytest.mark.parametrize("rate_hz", [16000, 22050])
def test_a_tone_that_is_played_is_heard_whole_at_its_pitch_and_soon(sound_server: SoundServer, rate_hz: int) -> None:
    result = run(sound_server, TONE, rate_hz)
    assert result["hz"] == pytest.approx(1000, rel=0.005)
    assert result["delay_s"] < 0.3
    assert 0 < result["estimate_s"] < 0.3
    # Not cut off at either end. On a busy machine an underrun may stretch it; it never shortens it.
    assert result["tone_s"] >= 0.99
    assert result["peak"] == pytest.approx(0.5, abs=0.05)
    assert result["silent_before"] == 0.0
    assert result["overflows"] == 0


def test_flush_ends_the_sound_at_once(sound_server: SoundServer) -> None:
    """The block of 3 s would otherwise sound for 3 s. The writer that waits for it is released."""
    program = """
noise = (0.5 * np.sin(np.arange(3 * 22050))).astype(np.float32)
writer = threading.Thread(target=card.sink.write, args=(noise,))
writer.start()
while not (np.abs(sound()) > 0.1).any():
    time.sleep(0.005)
card.sink.flush()
writer.join()
time.sleep(1.0)
loud = np.flatnonzero(np.abs(sound()) > 0.1)
close(sounded_s=float((loud[-1] - loud[0]) / card.source.rate_hz))
"""
    assert run(sound_server, program)["sounded_s"] < 0.5


def test_closing_lets_the_last_words_be_heard(sound_server: SoundServer) -> None:
    program = """
play(0.3)
card.sink.close()
time.sleep(0.3)
loud = np.flatnonzero(np.abs(sound()) > 0.1)
close(tone_s=float((loud[-1] - loud[0]) / card.source.rate_hz))
"""
    assert run(sound_server, program)["tone_s"] >= 0.29


def test_line_time_follows_the_microphone(sound_server: SoundServer) -> None:
    program = """
began, at = time.monotonic(), card.now_s()
time.sleep(2.0)
close(line_s=card.now_s() - at, real_s=time.monotonic() - began)
"""
    result = run(sound_server, program)
    assert result["line_s"] == pytest.approx(result["real_s"], abs=0.15)


def test_a_card_may_be_closed_twice_and_then_gives_none(sound_server: SoundServer) -> None:
    run(
        sound_server,
        "card.close()\nassert card.source.read() is None\ncard.sink.write(np.zeros(9, np.float32))\nclose()",
    )


def test_a_program_that_forgets_to_close_still_ends(sound_server: SoundServer) -> None:
    program = 'from edge_agent.lines.soundcard import Microphone\nprint(Microphone("test_mic").read().rate_hz)'
    done = sound_server.python(program)
    assert (done.returncode, done.stdout) == (0, "48000\n"), done.stderr


LOSE = """
import os, signal, sys, threading, time
import numpy as np
from edge_agent.errors import DeviceError
from edge_agent.lines.soundcard import SoundCard

card = SoundCard(output_rate_hz=22050, microphone="test_mic", speaker="test_spk")
while card.now_s() < 0.5:
    card.source.read()
os.kill(int(sys.argv[1]), signal.SIGKILL)
began = time.monotonic()

def until_lost(act):
    try:
        while time.monotonic() < began + 20:
            act()
    except DeviceError as error:
        print(error, "after", time.monotonic() - began < 3.0)

until_lost(card.source.read)
until_lost(lambda: card.sink.write(np.zeros(441, np.float32)))
card.close()
print("closed")
"""


def test_a_lost_sound_server_raises_instead_of_hanging(mortal_sound_server: SoundServer) -> None:
    pid = str(mortal_sound_server.daemon.pid)
    done = mortal_sound_server.python(LOSE, pid)
    lines = done.stdout.splitlines()
    assert done.returncode == 0, done.stderr
    assert lines[0] == "The microphone 'test_mic' was lost."
    assert lines[2] == "The speaker 'test_spk' was lost."
    assert lines[1].endswith("after True")
    assert lines[3].endswith("after True")
    assert lines[4] == "closed"


def test_a_server_that_stands_still_raises_within_seconds(mortal_sound_server: SoundServer) -> None:
    """Nothing fails then, the blocking read just never returns: only the watchdog can tell."""
    program = LOSE.replace("SIGKILL", "SIGSTOP").replace(
        'card.close()\nprint("closed")', "sys.stdout.flush()\nos._exit(0)"
    )
    done = mortal_sound_server.python(program, str(mortal_sound_server.daemon.pid))
    assert "The microphone 'test_mic' gives no sound." in done.stdout, done.stderr
    assert "The speaker 'test_spk' was lost." in done.stdout

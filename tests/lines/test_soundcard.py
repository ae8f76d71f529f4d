"""The sound card, through PortAudio, ALSA and a real sound server whose speaker is heard by its microphone.

Each test runs a program of its own: PortAudio reads its environment once, and a lost device may take a
process along.
"""

from __future__ import annotations

import json
import logging
import os
import re
import statistics
from typing import TYPE_CHECKING, Any

import pytest
from tiers import fast_first

from edge_agent.lines.pulseaudio import device_of

if TYPE_CHECKING:
    from sound_server import SoundServer

pytestmark = pytest.mark.device

log = logging.getLogger(__name__)

CYCLES = int(os.environ.get("EDGE_AGENT_TEST_CYCLES", "3"))
"""Removals of the sound devices; 100 for the figure of docs/reliability.md."""

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


@pytest.mark.parametrize("rate_hz", fast_first([22050, 16000], 1))
def test_a_tone_that_is_played_is_heard_whole_at_its_pitch_and_soon(sound_server: SoundServer, rate_hz: int) -> None:
    result = run(sound_server, TONE, rate_hz)
    assert result["hz"] == pytest.approx(1000, rel=0.005)
    assert result["delay_s"] < 0.3
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
    program = 'from edge_agent.lines.microphone import Microphone\nprint(Microphone("test_mic").read().rate_hz)'
    done = sound_server.python(program)
    assert (done.returncode, done.stdout) == (0, "48000\n"), done.stderr


LOSE = """
import os, signal, sys, threading, time
import numpy as np
from edge_agent.lines.soundcard import SoundCard

told, lost = [], threading.Event()

def tell(status):
    told.append((status, time.monotonic() - began))
    if len(told) == 2:
        lost.set()

began = 0.0
card = SoundCard(output_rate_hz=22050, microphone="test_mic", speaker="test_spk", on_status=tell)
while card.now_s() < 3:  # PulseAudio's start is over
    card.source.read()
os.kill(int(sys.argv[1]), signal.{signal})
began, at_s = time.monotonic(), card.now_s()
while not lost.is_set() and time.monotonic() < began + 20:
    card.source.read()
    card.sink.write(np.zeros(441, np.float32))
lost_s = time.monotonic() - began
while time.monotonic() < began + 4:
    card.source.read()
print(*sorted(status for status, _ in told), sep="\\n")
print(lost_s < 2.0, abs(card.now_s() - at_s - 4) < 0.3)
closing = time.monotonic()
card.close()
print(time.monotonic() - closing < 2)
"""


@pytest.mark.slow
@pytest.mark.parametrize("signal", ["SIGSTOP", "SIGKILL"])
def test_a_sound_server_that_dies_or_stands_still_is_missed_within_2_s_and_line_time_goes_on(
    mortal_sound_server: SoundServer, signal: str
) -> None:
    """Nothing fails when it stands still: a blocking read just never returns, and closing would hang."""
    done = mortal_sound_server.python(LOSE.format(signal=signal), str(mortal_sound_server.daemon.pid))
    assert done.returncode == 0, done.stderr
    microphone, speaker, *rest = done.stdout.splitlines()
    assert re.fullmatch(r"The microphone 'test_mic' .*\. Waiting for it\.", microphone)
    assert re.fullmatch(r"The speaker 'test_spk' .*\. Waiting for it\.", speaker)
    assert rest == ["True True", "True"]


UNPLUG = """
import json, subprocess, sys, threading, time
import numpy as np
from edge_agent.lines.soundcard import SoundCard

def pactl(*arguments):
    return subprocess.run(["pactl", *arguments], check=True, capture_output=True, text=True).stdout

def module():
    return next(line.split()[0] for line in pactl("list", "short", "modules").splitlines() if "sink_name=spk" in line)

def wait(event, seconds):
    if not event.wait(seconds):
        finish()
        raise SystemExit(f"cycle {cycle}: {told}")

def finish():
    over.set()
    card.close()

told, lost, heard, over = [], threading.Event(), threading.Event(), threading.Event()

def tell(status):
    told.append(status)
    if len(told) == 2:
        lost.set()

def listen():
    while frame := card.source.read():
        frames.append((frame.start, frame.end))
        if abs(frame.samples).max() > 0.1:
            heard.set()

def speak():
    tone = (0.5 * np.sin(np.arange(441) * 0.3)).astype(np.float32)
    while not over.is_set():
        card.sink.write(tone)

frames = []
card = SoundCard(output_rate_hz=22050, microphone="test_mic", speaker="test_spk", on_status=tell)
threads = [threading.Thread(target=work) for work in (listen, speak)]
for thread in threads:
    thread.start()
seen_s, heard_s, began = [], [], time.monotonic()
for cycle in range(int(sys.argv[1])):
    heard.clear()
    wait(heard, 10)
    told.clear()
    lost.clear()
    rate, channels = [(48000, 2), (44100, 1), (16000, 1), (96000, 2)][cycle % 4]
    at = time.monotonic()
    pactl("unload-module", module())
    wait(lost, 10)
    seen_s.append(time.monotonic() - at)
    pactl("load-module", "module-null-sink", "sink_name=spk", f"rate={rate}", f"channels={channels}")
    pactl("load-module", "module-remap-source", "source_name=mic_src", "master=spk.monitor")
    heard.clear()
    at = time.monotonic()
    wait(heard, 20)
    heard_s.append(time.monotonic() - at)
line_s, real_s = card.now_s(), time.monotonic() - began
finish()
for thread in threads:
    thread.join()
gaps = sum(a[1] != b[0] for a, b in zip(frames, frames[1:]))
print(json.dumps({"seen_s": seen_s, "heard_s": heard_s, "line_s": line_s, "real_s": real_s, "gaps": gaps}))
"""


@pytest.mark.timeout(120 + 30 * CYCLES)
def test_sinks_that_are_removed_and_made_again_are_missed_and_heard_again(
    mortal_sound_server: SoundServer, everything: bool
) -> None:
    """Each time with another rate and number of channels."""
    done = mortal_sound_server.python(UNPLUG, str(CYCLES if everything else 1), timeout_s=60 + 30 * CYCLES)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    for what, most_s in (("seen_s", 2), ("heard_s", 5)):
        log.info("%s: median %.2f, at most %.2f", what, statistics.median(result[what]), max(result[what]))
        assert max(result[what]) <= most_s
    assert result["gaps"] == 0
    assert result["line_s"] == pytest.approx(result["real_s"], abs=1)


OTHERS = """
import subprocess, threading, time
from edge_agent.lines.soundcard import SoundCard

def unload(name):
    rows = subprocess.run(["pactl", "list", "short", "modules"], check=True, capture_output=True, text=True).stdout
    number = next(row.split()[0] for row in rows.splitlines() if name in row)
    subprocess.run(["pactl", "unload-module", number], check=True)

def listen_for(seconds):
    until_s = card.now_s() + seconds
    while card.now_s() < until_s:
        card.source.read()

told = []
card = SoundCard(output_rate_hz=22050, microphone="test_mic", speaker="test_spk", on_status=told.append)
listen_for(2)
unload("sink_name=user")  # and with it another microphone
listen_for(2)
print(told)
unload("sink_name=spk")
listen_for(2)
print(len(told))
card.close()
"""


@pytest.mark.slow
def test_somebody_else_s_device_is_no_loss(mortal_sound_server: SoundServer) -> None:
    done = mortal_sound_server.python(OTHERS)
    assert done.stdout == "[]\n2\n", done.stdout + done.stderr


STREAMS = """\
Sink Input #2
\tDriver: protocol-native.c
\tSink: 0
\tProperties:
\t\tapplication.process.id = "41"

Sink Input #12
\tSink: 31
\tProperties:
\t\tmedia.name = "ALSA Playback"
\t\tapplication.process.id = "4"
"""


@pytest.mark.parametrize(("pid", "device"), [(41, "0"), (4, "31"), (1, None)])
def test_where_a_process_plays(pid: int, device: str | None) -> None:
    assert device_of(pid, "output", STREAMS) == device


@pytest.mark.parametrize("signal", fast_first(["SIGKILL", "SIGSTOP"], 1))
def test_whoever_does_not_wait_for_devices_is_told(mortal_sound_server: SoundServer, signal: str) -> None:
    """`say` and `devices test` end when the device goes."""
    program = f"""
import os, signal, sys
import numpy as np
from edge_agent.errors import DeviceError
from edge_agent.lines.speaker import Loudspeaker
speaker = Loudspeaker(22050, "test_spk")
speaker.write(np.zeros(441, np.float32))
os.kill(int(sys.argv[1]), signal.{signal})
try:
    for _ in range(500):
        speaker.write(np.zeros(441, np.float32))
except DeviceError as error:
    print(error)
speaker.close()
"""
    done = mortal_sound_server.python(program, str(mortal_sound_server.daemon.pid))
    assert done.stdout.startswith("The speaker 'test_spk' "), done.stderr

"""Loop: a room between two null sinks of PulseAudio, in real time: what `parec` gives, convolved, for `pacat`.

    parec -d spk.monitor ... | python -m tests.rigs.room.loop SEED GAIN_DB | pacat -d user ...

Raw 16-bit mono at 16 kHz on both sides.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from edge_agent.lines.pcm import to_int16
from edge_agent.types import HEAR_RATE_HZ
from tests.rigs.room.walls import image_source

BLOCK = HEAR_RATE_HZ // 100
FORMAT = ("--raw", "--rate=16000", "--channels=1", "--format=s16le", "--latency-msec=20")
"""For parec and pacat."""


@contextmanager
def joined(environment: dict[str, str], *, seed: int = 3, gain_db: float = -6.0) -> Iterator[None]:
    """Joins the sink `spk` of a test's sound server to its sink `user`, whose monitor is the microphone."""
    loop = [sys.executable, "-m", "tests.rigs.room.loop", str(seed), str(gain_db)]
    running = list[subprocess.Popen[bytes]]()
    for command in (["parec", "-d", "spk.monitor", *FORMAT], loop, ["pacat", "-d", "user", *FORMAT]):
        stdin = running[-1].stdout if running else None
        running.append(subprocess.Popen(command, stdin=stdin, stdout=subprocess.PIPE, env=environment))
    try:
        yield
    finally:
        for process in running:
            process.kill()
        for process in running:
            with process:
                process.wait(10)


def main(seed: int, gain_db: float) -> None:
    response = image_source(seed, rt60_s=0.4, distance_m=1.0) * 10 ** (gain_db / 20)
    size = 1 << (len(response) + BLOCK).bit_length()
    spectrum, tail = np.fft.rfft(response, size), np.zeros(size)
    while len(block := sys.stdin.buffer.read(2 * BLOCK)) == 2 * BLOCK:
        sound = np.frombuffer(block, np.int16) / 32768
        tail += np.fft.irfft(np.fft.rfft(sound, size) * spectrum, size)
        sys.stdout.buffer.write(to_int16(tail[:BLOCK].astype(np.float32)).tobytes())
        sys.stdout.buffer.flush()
        tail = np.concatenate([tail[BLOCK:], np.zeros(BLOCK)])


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))

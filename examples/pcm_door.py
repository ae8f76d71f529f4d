"""A door of one's own: raw sound over a Unix socket, 16 bits mono: 16 kHz in, and out at the voice's rate.

edge-agent serve --door examples/pcm_door.py:PcmDoor
ffmpeg -i examples/question.wav -f s16le -ac 1 -ar 16000 - | nc -U /tmp/pcm.sock | aplay -f S16_LE -r 22050
"""

import contextlib
import os
import socket

import numpy as np

from edge_agent import build
from edge_agent.clock import RealClock
from edge_agent.lines.wav import LineClock
from edge_agent.types import AudioFrame

BLOCK = 320  # 20 ms


class PcmLine:  # its own source and sink
    def __init__(self, connection, rate_hz):
        self.source, self.sink, self.rate_hz, self.connection = self, self, rate_hz, connection
        self.clock, self.at, self.played_s, self.ended_s, self.audible = LineClock(RealClock()), 0, 0.0, None, True
        self.now_s, self.flush = (
            self.clock.now,
            lambda: None,
        )  # nothing waits: a block sounds before the next is written

    def read(self):  # silence once the client has said all
        sound = self.connection.recv(2 * BLOCK, socket.MSG_WAITALL) if self.ended_s is None else b""
        start, self.at = self.at, self.at + BLOCK
        self.ended_s = self.ended_s if sound or self.ended_s else start / 16_000
        self.clock.sleep_until(self.at / 16_000)
        samples = np.frombuffer(sound.ljust(2 * BLOCK, b"\0"), "<i2") / np.float32(32768)
        return AudioFrame(samples, 16_000, start) if self.connection.fileno() >= 0 else None

    def write(self, samples):
        self.played_s = max(self.played_s, self.now_s()) + len(samples) / self.rate_hz
        try:
            self.connection.sendall((samples * 32767).astype("<i2").tobytes())
        except OSError:  # it has gone: nobody hears
            self.audible = False
        self.clock.sleep_until(self.played_s)

    def close(self):
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)
        self.connection.close()


class PcmDoor:
    name = "pcm"

    def __init__(self, settings):
        self.settings, self.listener = settings, socket.socket(socket.AF_UNIX)
        self.conversation = None
        self.listener.bind(os.environ.get("PCM_SOCKET", "/tmp/pcm.sock"))
        self.listener.listen()

    def run(self, host):
        with contextlib.suppress(OSError):  # goodbye
            while True:
                line = PcmLine(self.listener.accept()[0], host.rate_hz)
                self.conversation = build.conversation(line, host, self.settings, on_event=print, linger_s=1.0)
                self.conversation.run()

    def goodbye(self):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        if self.conversation:
            self.conversation.stop()

"""One sound device in a process of its own: `python -m edge_agent.lines.device_process input|output [NAME...]`.

PortAudio hangs when a device goes (portaudio#1037), lists devices only once, and takes its process along when a stream
is closed under a waiting read (measured). A process can be killed, and the next one looks anew.
"""

from __future__ import annotations

import faulthandler
import json
import os
import signal
import struct
import sys
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

from edge_agent import cores
from edge_agent.errors import DeviceError
from edge_agent.lines import pulseaudio
from edge_agent.lines.devices import (
    LIST_COMMAND,
    WORDS,
    Device,
    Hopeless,
    Kind,
    channels_at,
    find_device,
    portaudio,
    quiet,
)
from edge_agent.processes import end_with

RATES_HZ = (48_000, 16_000)
"""Tried in this order before the device's default. 48 kHz is what most hardware runs at; asked for anything
else, ALSA's own converter would interpolate without a filter, and its aliases end up in the ASR.
"""

BLOCK_S = 0.01
LATENCY: dict[Kind, str | float] = {"input": "low", "output": 0.03}
"""What PortAudio is asked for. With all cores busy, "low" (9 ms) for the output broke the sound at every
second sentence and 0.03 s hardly ever; it costs 22 ms: 46 instead of 24 ms from `write` to the microphone
over PulseAudio.
"""

HEAD = struct.Struct("<dBI")
"""The head of each message: CLOCK_MONOTONIC in s, its kind, the bytes that follow."""
OPENED, FAILED, BLOCK, BLOCK_AFTER_LOSS = range(4)


class DeviceMessage(NamedTuple):
    """A message from the process. OPENED and FAILED carry JSON; a block of the microphone its sound, as interleaved
    int16; a block of the speaker nothing: it has been taken, and the next is asked for.

    BLOCK_AFTER_LOSS: the driver has reported an overrun or underrun before this block.
    """

    at_s: float
    kind: int
    payload: bytes


class Opened(NamedTuple):
    """What a process has opened."""

    name: str
    rate_hz: int
    channels: int
    latency_s: float

    @property
    def block(self) -> int:
        """Samples of a block, per channel."""
        return round(self.rate_hz * BLOCK_S)


def send(kind: int, payload: bytes = b"") -> None:
    """Sends to the parent, on stdout, in one write: up to 4096 bytes arrive whole."""
    os.write(1, HEAD.pack(time.monotonic(), kind, len(payload)) + payload)


def open_stream(kind: Kind, names: Sequence[str]) -> tuple[Any, Opened]:
    """The first of `names` that fits one device, started. Raises DeviceError."""
    sd = portaudio()
    device = _first(kind, names)
    for rate_hz in (*RATES_HZ, device.rate_hz):
        if channels := channels_at(device, rate_hz):
            break
    else:
        raise _unusable(device, "takes no 16-bit sound at any usual rate")
    make = sd.RawInputStream if kind == "input" else sd.RawOutputStream
    form = {"samplerate": rate_hz, "channels": channels, "dtype": "int16", "latency": LATENCY[kind]}
    try:
        with quiet():
            stream = make(device=device.index, **form)
            stream.start()
    except sd.PortAudioError as error:
        raise _unusable(device, f"cannot be opened: {error.args[0]}") from error
    return stream, Opened(device.name, rate_hz, channels, float(stream.latency))


def _first(kind: Kind, names: Sequence[str]) -> Device:
    for name in names[:-1]:
        try:
            return find_device(kind, name)
        except DeviceError:
            continue
    return find_device(kind, names[-1] if names else None)


def _unusable(device: Device, what: str) -> DeviceError:
    return DeviceError(f"The {WORDS[device.kind]} {device.name!r} {what}.", fix=LIST_COMMAND)


def capture(stream: Any, opened: Opened) -> None:
    """Captures until nobody reads."""
    while True:
        sound, lost = stream.read(opened.block)
        send(BLOCK_AFTER_LOSS if lost else BLOCK, bytes(sound))


def play(stream: Any, opened: Opened) -> None:
    """Blocks from stdin until it is closed; what was taken is still heard."""
    size = opened.block * opened.channels * 2
    lost = False
    while True:
        send(BLOCK_AFTER_LOSS if lost else BLOCK)
        block = _exactly(size)
        if not block:
            stream.stop()
            return
        lost = stream.write(block)


def _exactly(size: int) -> bytes:
    """Reads so many bytes of stdin; nothing at its end."""
    data = b""
    while len(data) < size and (more := os.read(0, size - len(data))):
        data += more
    return data if len(data) == size else b""


def main(kind: Kind, names: Sequence[str]) -> None:
    end_with(os.getppid())  # also while PortAudio hangs
    cores.hide()
    # The parent decides when we end: at Ctrl-C in a terminal it still wants to be heard to the end.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    faulthandler.register(signal.SIGUSR1)  # which asks for stacks, and reaches all processes of a service
    events = pulseaudio.subscribe()
    try:
        stream, opened = open_stream(kind, names)
        if events:
            pulseaudio.end_when_removed(kind, events)
        send(OPENED, json.dumps(opened).encode())
        (capture if kind == "input" else play)(stream, opened)
    except DeviceError as error:
        reason = {"message": error.args[0], "fix": error.fix, "hopeless": isinstance(error, Hopeless)}
        send(FAILED, json.dumps(reason).encode())
    except BrokenPipeError:
        pass
    finally:
        if events:
            events.kill()
        os._exit(0)  # PortAudio's own exit handler hangs or crashes when a device has gone


if __name__ == "__main__":
    main("input" if sys.argv[1] == "input" else "output", sys.argv[2:])

"""A line made of the microphone and the loudspeaker of this machine, which may come and go.

Two devices, never one duplex stream (over PulseAudio that died in 3 of 4 tries), each in a process of its own.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from edge_agent.clock import RealClock
from edge_agent.errors import DeviceError
from edge_agent.lines.devices import Hopeless, Kind
from edge_agent.lines.known import KnownNames
from edge_agent.lines.microphone import Microphone
from edge_agent.lines.reconnecting import OnStatus, ReconnectingDevice
from edge_agent.lines.speaker import Loudspeaker


def check(kind: Kind, name: str | None, known: KnownNames) -> None:
    """Raises DeviceError if waiting for the device is hopeless: the name was mistyped, or PortAudio is missing.

    A name that fits none of the devices that are there is such a mistake only if it has never fitted any: on a board
    that starts before its USB devices there are others, too. A device that is merely not there yet is no error.
    """
    device = ReconnectingDevice(kind, name, clock=RealClock())
    try:
        device.wait_open()
    except Hopeless:
        if name is None or not known.has(kind, name):
            raise
    except DeviceError:
        pass
    else:
        if name is not None:
            known.add(kind, name)
    finally:
        device.release()


class SoundCard:
    """A `Line`: microphone and loudspeaker, each chosen by a part of its name, None for the system's default.

    Line time counts the samples of the microphone. A device that is missing is waited for; `on_status` is told, from
    the threads that use the devices. `muted` is asked a few times a second and closes the microphone.
    """

    ended_s = None
    """Nobody hangs up on a sound card."""

    def __init__(
        self,
        output_rate_hz: int,
        *,
        microphone: str | None = None,
        speaker: str | None = None,
        on_status: OnStatus = lambda status: None,
        muted: Callable[[], bool] = lambda: False,
    ) -> None:
        self.source = Microphone(microphone, on_status=on_status, muted=muted)
        self.sink = Loudspeaker(output_rate_hz, speaker, on_status=on_status)

    def now_s(self) -> float:
        return self.source.captured / self.source.rate_hz

    def close(self) -> None:
        self.source.close()
        self.sink.close()


TONE_HZ = 440


def play_tone(sink: Loudspeaker, seconds: float = 1.0) -> None:
    """A soft tone (-20 dBFS) that fades in and out, to hear whether a speaker works."""
    time_s = np.arange(round(seconds * sink.rate_hz)) / sink.rate_hz
    fade = np.clip(np.minimum(time_s, seconds - time_s) / 0.05, 0, 1)
    sink.play((0.1 * fade * np.sin(2 * np.pi * TONE_HZ * time_s)).astype(np.float32))

"""Sound devices: which there are, and which one a name means."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from edge_agent.errors import DeviceError

Kind = Literal["input", "output"]

WORDS: dict[Kind, str] = {"input": "microphone", "output": "speaker"}
LIST_COMMAND = "edge-agent devices list"
# On a desktop PulseAudio or PipeWire owns the card, and PortAudio reaches them through this plugin.
PLUG_IN = "plug one in, or on a desktop: sudo apt-get install libasound2-plugins"
USUAL_RATES_HZ = (16_000, 44_100, 48_000)


class Hopeless(DeviceError):
    """Waiting for the device would not mend it: no device that is there has the name, or several have."""


@dataclass(frozen=True)
class Device:
    """A sound device as PortAudio shows it. Plugging something in changes its index, and of ALSA's names the end,
    " (hw:1,0)".
    """

    kind: Kind
    name: str
    host: str
    """The host API: ALSA on Linux."""
    channels: int
    rate_hz: int
    """The rate that PortAudio calls its default."""
    is_default: bool
    index: int


@contextmanager
def quiet() -> Iterator[None]:
    """Silences what ALSA and PortAudio write to stderr about every device that they only try."""
    sys.stderr.flush()
    stderr, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
        os.close(nowhere)


def portaudio() -> Any:
    """The module `sounddevice`. Raises DeviceError without the PortAudio library, which its wheel lacks."""
    try:
        with quiet():
            import sounddevice
    except OSError as error:
        raise Hopeless("The PortAudio library is missing.", fix="sudo apt-get install libportaudio2") from error
    return sounddevice


def list_devices() -> list[Device]:
    """All devices, inputs first; a device that can do both is there twice.

    PortAudio looks once in a process: what is plugged in later is not seen.
    """
    sd = portaudio()
    hosts = sd.query_hostapis()
    found: list[Device] = []
    kinds: tuple[Kind, ...] = ("input", "output")
    for kind, default in zip(kinds, sd.default.device, strict=True):
        for each in sd.query_devices():
            channels = each[f"max_{kind}_channels"]
            if channels > 0:
                host, index = hosts[each["hostapi"]]["name"], each["index"]
                rate_hz = round(each["default_samplerate"])
                found.append(Device(kind, each["name"], host, channels, rate_hz, index == default, index))
    return found


def find_device(kind: Kind, name: str | None) -> Device:
    """The device with this name, or else with this name on another ALSA card, or else the one whose name contains
    it, in any case; None means the system's default.

    Raises DeviceError when there is none (Hopeless: others, but none of this name, or more than one), and when the
    default microphone is the monitor of a loudspeaker: the agent would hear itself. By name a monitor may be chosen.
    """
    devices = [device for device in list_devices() if device.kind == kind]
    if not devices:
        raise DeviceError(f"There is no {WORDS[kind]}.", fix=PLUG_IN)
    if name is None:
        return _default(kind, devices)
    wanted = name.casefold()
    lasting = _lasting(wanted)
    matching = (
        [device for device in devices if device.name.casefold() == wanted]
        or [device for device in devices if _lasting(device.name.casefold()) == lasting]
        or [device for device in devices if lasting in device.name.casefold()]
    )
    if len(matching) == 1:
        return matching[0]
    problem = f"{len(matching)} {WORDS[kind]}s have" if matching else f"No {WORDS[kind]} has"
    candidates = ", ".join(device.name for device in matching or devices)
    raise Hopeless(f"{problem} {name!r} in the name; there is: {candidates}.", fix=LIST_COMMAND)


def _lasting(name: str) -> str:
    """The name without ALSA's card number, which is another after the device was unplugged."""
    return re.sub(r" \(hw:\d+,\d+\)$", "", name)


def _default(kind: Kind, devices: list[Device]) -> Device:
    device = next((device for device in devices if device.is_default), devices[0])
    if kind == "input":
        for name in (device.name, _pulse_default_source()):
            if "monitor" in name.casefold():
                raise DeviceError(
                    f"The default microphone is {name!r}, the monitor of a loudspeaker: the agent would hear "
                    "itself. Choose a microphone by its name.",
                    fix=LIST_COMMAND,
                )
    return device


def _pulse_default_source() -> str:
    """What PulseAudio or PipeWire puts behind ALSA's "default"; "" if there is neither, or no `pactl`."""
    if shutil.which("pactl") is None:
        return ""
    try:
        answer = subprocess.run(["pactl", "get-default-source"], capture_output=True, text=True, timeout=2, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout.strip()


def supported_rates(device: Device) -> list[int]:
    """Those of the usual rates, in Hz, that the device takes as 16-bit sound."""
    return [rate_hz for rate_hz in USUAL_RATES_HZ if channels_at(device, rate_hz)]


def channels_at(device: Device, rate_hz: int) -> int:
    """1 if the device takes mono at this rate, 2 if only stereo (as many USB devices do), all that it has if only those
    (arrays of microphones), 0 if none of it."""
    sd = portaudio()
    check = sd.check_input_settings if device.kind == "input" else sd.check_output_settings
    for channels in sorted({1, min(2, device.channels), device.channels}):
        try:
            with quiet():
                check(device=device.index, channels=channels, dtype="int16", samplerate=rate_hz)
        except (sd.PortAudioError, ValueError):
            continue
        return channels
    return 0

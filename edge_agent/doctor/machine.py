"""Doctor's look at the machine: Python, C library, heat, memory, disk, sound devices. Runs no engine."""

from __future__ import annotations

import contextlib
import os
import platform as host
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from edge_agent import OFFLINE_ENVIRONMENT, build
from edge_agent.config import system_file, user_file
from edge_agent.doctor.finding import Doubt
from edge_agent.errors import DeviceError, EdgeAgentError
from edge_agent.life.accounting import sent
from edge_agent.lines import devices
from edge_agent.settings import Settings
from edge_agent.store.machine import Machine, this_machine
from edge_agent.store.manifest import ROLES
from edge_agent.workers.sandbox import Locks, locks

SERVICE = Path("/etc/systemd/system/edge-agent.service")
"""Where `edge-agent service install` writes the unit of the system's service."""
LEAST_PYTHON = (3, 11)
LEAST_GLIBC = (2, 28)
"""The wheels of onnxruntime, ctranslate2 and av are manylinux_2_28."""
WHEELS_FOR = ("x86_64", "aarch64")
HOT_C = 80.0
"""A Raspberry Pi slows down from 80 °C (raspberrypi.com, "Frequency management and thermal control")."""
THROTTLED = {
    0: "under-voltage now",
    2: "throttled now",
    16: "under-voltage since boot",
    18: "throttled since boot",
}
"""Bits of `vcgencmd get_throttled`."""


def python(version: tuple[int, ...] = sys.version_info[:3]) -> str:
    text = ".".join(map(str, version))
    if version < LEAST_PYTHON:
        raise EdgeAgentError(f"Python {text} is older than 3.11.", fix="sudo apt-get install python3.11")
    return f"{text} ({sys.executable})"


def platform(machine: str | None = None, libc: str | None = None) -> str:
    """Architecture and C library, as far as the engines' wheels care."""
    machine = machine or host.machine()
    libc = libc or " ".join(host.libc_ver())
    name, _, version = libc.partition(" ")
    found = f"{machine}, {libc or 'an unknown C library'}"
    if machine not in WHEELS_FOR:
        raise Doubt(f"{found}: there are ready engines only for {' and '.join(WHEELS_FOR)}.")
    if name != "glibc" or tuple(map(int, version.split("."))) < LEAST_GLIBC:
        raise Doubt(f"{found}: the engines are built for glibc {'.'.join(map(str, LEAST_GLIBC))} or newer.")
    return found


def offline() -> str:
    wrong = [name for name, value in OFFLINE_ENVIRONMENT.items() if os.environ.get(name) != value]
    if wrong:
        raise EdgeAgentError(f"{', '.join(wrong)} must be set before an engine is loaded.")
    return ", ".join(f"{name}={value}" for name, value in OFFLINE_ENVIRONMENT.items())


def temperature(zones: Path = Path("/sys/class/thermal"), vcgencmd: str | None = "vcgencmd") -> str:
    """The hottest sensor, and on a Raspberry Pi whether the power supply or the heat has slowed it down."""
    hot = max(_readings(zones), default=None)
    text = "no sensor" if hot is None else f"{hot:.0f} °C"
    slowed = _throttled(vcgencmd)
    if slowed:
        raise Doubt(f"{text}; {', '.join(slowed)}. A stronger power supply or a fan would help.")
    if hot is not None and hot >= HOT_C:
        raise Doubt(f"{text}: the processor slows down from {HOT_C:.0f} °C. A fan would help.")
    return text


def _readings(zones: Path) -> Iterator[float]:
    """Degrees Celsius of the sensors that answer: some refuse to be read while their device sleeps."""
    for zone in zones.glob("thermal_zone*/temp"):
        with contextlib.suppress(OSError, ValueError):
            yield int(zone.read_text()) / 1000


def _throttled(vcgencmd: str | None) -> list[str]:
    program = shutil.which(vcgencmd) if vcgencmd else None
    if program is None:
        return []
    answer = subprocess.run([program, "get_throttled"], capture_output=True, text=True, timeout=5, check=False)
    _, _, bits = answer.stdout.strip().partition("=")
    flags = int(bits, 16) if answer.returncode == 0 and bits else 0
    return [meaning for bit, meaning in THROTTLED.items() if flags >> bit & 1]


def settings_files() -> str:
    there = [str(file) for file in (system_file(), user_file()) if file.is_file()]
    return " and ".join(there) or f"defaults; {user_file()} does not exist"


def memory(settings: Settings, has: Machine | None = None) -> str:
    """The profile and whether its models fit beside what already runs."""
    store, profile = build.store_of(settings), build.profile_of(settings)
    has = has or this_machine()
    entries = [store.manifest.find(getattr(profile, role)) for role in ROLES]
    needs_gpu = store.manifest.find_profile(profile.name).min_gpu_mb > 0  # where the LLM, and most it takes, is
    needs_mb = sum(entry.ram_mb for entry in entries if not (needs_gpu and entry.role == "llm"))
    found = f"profile {profile.name}: {profile.reason}"
    if settings.models.profile != "auto":
        found += f"; {has.cores} cores, {has.available_mb / 1000:.1f} GB of available memory"
    if needs_mb > has.available_mb:
        raise Doubt(f"{found}, but its models take {needs_mb / 1000:.1f} GB.", fix="edge-agent talk --profile tiny")
    return f"{found}; its models take {needs_mb / 1000:.1f} GB"


def disk(settings: Settings, free: int | None = None) -> str:
    """Room in the folder of the models for those that are still to come."""
    store, profile = build.store_of(settings), build.profile_of(settings)
    entries = [store.manifest.find(getattr(profile, role)) for role in ROLES]
    missing = sum(entry.bytes for entry in entries if store.state(entry) != "installed")
    folder = store.roots[0].absolute()
    there = next(place for place in (folder, *folder.parents) if place.exists())
    free = shutil.disk_usage(there).free if free is None else free
    found = f"{free / 1e9:.1f} GB free in {folder}"
    if missing and free < missing:
        raise EdgeAgentError(
            f"{found}; the models still to be pulled are {missing / 1e9:.1f} GB.",
            fix="export EDGE_AGENT_MODELS__DIR=/somewhere/roomier",
        )
    return found


def sandboxes(settings: Settings, there: Locks | None = None) -> str:
    """Says what holds the engines in, should a model be a hostile one."""
    own = settings.engines
    if own.isolation == "thread":
        raise Doubt('none: engines run in the agent, as engines.isolation is "thread"')
    if not own.sandbox:
        raise Doubt("none: engines.sandbox is false", fix="edge-agent config set engines.sandbox true")
    there = there or locks()
    lacks = [name for name, has in (("Landlock", there.landlock), ("seccomp", there.filter)) if not has]
    if lacks:
        raise Doubt(f"This kernel has no {' and no '.join(lacks)}: engines are not locked in as they could be.")
    return f"engines read their models alone, without network and programs (Landlock {there.landlock}, seccomp)"


def service(unit: str) -> str:
    """Says what a system service has sent since its start, as far as it runs."""
    return sent(unit) or "no service that counts what it sends"


def portaudio() -> str:
    return str(devices.portaudio().get_portaudio_version()[1])


def device(kind: Literal["input", "output"], name: str | None) -> str:
    """The device that `talk` would open. Without one, files still work."""
    try:
        found = devices.find_device(kind, name)
    except DeviceError as error:
        raise Doubt(error.args[0], fix=error.fix) from None
    return f"{found.name} ({found.host}, {found.rate_hz} Hz)"


def echo(settings: Settings) -> str:
    """Says who takes our own voice out of what the microphone hears."""
    from edge_agent.lines import echo, pulseaudio

    own = settings.line
    if source := pulseaudio.cancelling_source(own.microphone):
        doubled = " and so do we, as line.echo is on" if own.echo == "on" else ""
        return f"the sound server cancels it ({source}){doubled}"
    if own.echo == "off":
        return "heard as it is: line.echo is off"
    if not echo.is_installed():
        without = "The package pywebrtc-audio is missing: through loudspeakers it does not listen while it speaks."
        raise Doubt(without, fix=echo.INSTALL)
    return "cancelled here"


def webrtc() -> str:
    """Says whether pages and other clients of WebRTC can call."""
    from edge_agent.rtc import stack

    try:
        stack.check()
    except EdgeAgentError as error:
        raise Doubt(error.args[0], fix=error.fix) from None
    return "clients can call (aiortc, libopus)"

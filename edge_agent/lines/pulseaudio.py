"""What PulseAudio and PipeWire say through `pactl`: where our stream goes, that it was removed, who cancels echo.

They move a stream whose device is removed to any other, a microphone even to the monitor of the speaker (seen with
PulseAudio 16), and it goes on as if nothing had been. So this process ends, and the next looks anew for what was asked
for.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import threading
from functools import partial

from edge_agent.lines.devices import Kind
from edge_agent.processes import end_with

DEVICE: dict[Kind, str] = {"input": "Source", "output": "Sink"}
STREAMS: dict[Kind, str] = {"input": "source-outputs", "output": "sink-inputs"}
ANSWER_S = 2.0
TO_THE_DEFAULT = ("default", "pulse", "pipewire")
"""ALSA's names for whatever the server's default is."""


def subscribe() -> subprocess.Popen[str] | None:
    """The events of the sound server from now on. None without `pactl`; without a server it ends at once."""
    if shutil.which("pactl") is None:
        return None
    return subprocess.Popen(
        ["pactl", "subscribe"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=_environment(),
        preexec_fn=partial(end_with, os.getpid()),  # it would outlive one that is killed, until the next event
    )


def end_when_removed(kind: Kind, events: subprocess.Popen[str]) -> None:
    """End this process, in a thread, when the device of its open stream is removed; where that device is not known,
    when any of its kind is. `events` were subscribed to before the stream was opened, so that none is missed."""
    threading.Thread(target=_watch, args=(kind, events), daemon=True).start()


def _watch(kind: Kind, events: subprocess.Popen[str]) -> None:
    own = device_of(os.getpid(), kind, _streams(kind))
    removed = re.compile(rf"'remove' on {DEVICE[kind].lower()} #{own or ''}" + r"\b" * bool(own))
    if any(removed.search(event) for event in events.stdout or ()):
        events.kill()
        os._exit(0)


def _streams(kind: Kind) -> str:
    return _answer("list", STREAMS[kind])


def cancelling_source(microphone: str | None) -> str | None:
    """The name of the source that a microphone is, if the sound server takes the echo out of it; None where it does
    not, or where there is no such server. `microphone`: as in the settings.
    """
    if shutil.which("pactl") is None:
        return None
    return cancelling(microphone, _answer("get-default-source").strip(), _answer("list", "sources"))


def cancelling(microphone: str | None, default: str, sources: str) -> str | None:
    """The same from what `pactl` says: PulseAudio names the module as the driver, PipeWire the node after it."""
    for source in re.split(r"^(?=\S)", sources, flags=re.MULTILINE):
        said = dict(re.findall(r"^\t(Name|Description|Driver|Monitor of Sink): (.*)$", source, re.MULTILINE))
        names = [said.get("Name", ""), said.get("Description", "")]
        if said.get("Monitor of Sink", "n/a") != "n/a" or not re.search(r"(?i)echo.?cancel", " ".join(said.values())):
            continue
        if microphone is None or microphone.casefold() in TO_THE_DEFAULT:
            is_chosen = names[0] == default
        else:
            is_chosen = any(microphone.casefold() in name.casefold() for name in names)
        if is_chosen:
            return str(names[0])
    return None


def _answer(*question: str) -> str:
    """What `pactl` says; "" if it cannot say anything."""
    try:
        done = subprocess.run(
            ["pactl", *question], capture_output=True, text=True, timeout=ANSWER_S, env=_environment(), check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout


def device_of(pid: int, kind: Kind, streams: str) -> str | None:
    """The number of the device that the stream of a process goes to, in what `pactl list sink-inputs` or
    `source-outputs` says; None without such a stream."""
    for stream in re.split(r"^(?=\S)", streams, flags=re.MULTILINE):
        device = re.search(rf"^\s+{DEVICE[kind]}: (\d+)$", stream, re.MULTILINE)
        if device and f'application.process.id = "{pid}"' in stream:
            return device[1]
    return None


def _environment() -> dict[str, str]:
    return {**os.environ, "LC_ALL": "C"}

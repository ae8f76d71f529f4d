"""Safe mode: after three failed starts under systemd the agent stays up without engines and says why, aloud.

Nothing is imported here that a broken installation could break: what may crash runs in a child.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import NoReturn

from edge_agent.errors import EdgeAgentError
from edge_agent.life.starts import FAILED_MOST, Failed, of_service
from edge_agent.life.systemd import notify, status, watchdog_s
from edge_agent.words import words_of

SPEAK_S = 60.0
AGAIN_S = (5.0, 30.0, 120.0, 600.0)
"""Pauses between tries to be heard, the last for ever: a USB speaker may come late, or never."""


@contextmanager
def counted() -> Iterator[None]:
    """Around the whole program; without systemd nothing is counted."""
    starts = of_service()
    if starts is None:
        yield
        return
    failed = starts.begin()
    if failed.times >= FAILED_MOST:
        stay(failed)
    try:
        yield
    except SystemExit as ended:
        if ended.code:
            starts.blame(f"it ended with code {ended.code}")
        else:
            starts.settled()
        raise
    except EdgeAgentError as error:
        starts.blame(f"{type(error).__name__}: {error}")
        raise
    except Exception as error:  # what it says may be words of a conversation
        starts.blame(type(error).__name__)
        raise


def stay(failed: Failed) -> NoReturn:
    """Stays up until SIGTERM, which also forgets the failures: the next start is an ordinary one."""
    cause = f"{failed.times} starts have failed, the last one: {failed.cause}"
    sys.stderr.write(f"edge-agent: safe mode. {cause}\n")
    notify("READY=1")
    status(f"safe mode: {cause}. Mend it, then restart the service.")
    threading.Thread(target=insist, args=(failed.cause,), daemon=True).start()
    while True:
        notify("WATCHDOG=1")
        time.sleep((watchdog_s() or 20.0) / 2)


def insist(cause: str, *, wait: Callable[[float], object] = time.sleep) -> None:
    """Announce it until it was heard."""
    tries = 0
    while not announce(cause):
        wait(AGAIN_S[min(tries, len(AGAIN_S) - 1)])
        tries += 1


def announce(cause: str) -> bool:
    """Says it with the voice; if that fails, a recording does. Returns whether either was heard.

    The cause itself is in English.
    """
    own = words_of(_language())
    words = own.could_not_start.format(times=FAILED_MOST, cause=cause.partition("To mend it")[0])
    ways = ("edge_agent", "say", words), ("edge_agent.life.safe_mode", own.language)
    return any(_child(*way) is not None for way in ways)


def _language() -> str:
    """Returns `hear.language`, or "" where the settings cannot be read."""
    shown = _child("edge_agent", "config", "show", "--json")
    return str(json.loads(shown)["hear"]["language"]) if shown else ""


def _child(module: str, *arguments: str) -> str | None:
    """Returns what it prints; None if it fails. It is not to tell systemd anything: its start is not ours."""
    environment = {name: value for name, value in os.environ.items() if name != "NOTIFY_SOCKET"}
    with suppress(OSError, subprocess.TimeoutExpired):
        command = [sys.executable, "-P", "-m", module, *arguments]  # -P: nothing of the folder we are in
        done = subprocess.run(
            command, env=environment, timeout=SPEAK_S, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
        )
        return done.stdout if done.returncode == 0 else None
    return None


def _play(language: str) -> None:
    """The recording, on the system's default device."""
    from edge_agent.lines.audio_file import read_audio
    from edge_agent.lines.speaker import Loudspeaker

    sound, rate_hz = read_audio(words_of(language).recording("safe_mode"))
    speaker = Loudspeaker(rate_hz)
    try:
        speaker.play(sound)
    finally:
        speaker.close()


if __name__ == "__main__":
    _play(sys.argv[1])

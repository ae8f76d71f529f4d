"""What systemd is told (sd_notify): ready, state, alive, stopping. Without NOTIFY_SOCKET nothing is done."""

from __future__ import annotations

import os
import socket
from contextlib import suppress


def supervised() -> bool:
    """Whether somebody listens: systemd with Type=notify, or a test."""
    return bool(os.environ.get("NOTIFY_SOCKET"))


def notify(*assignments: str) -> None:
    """Send `READY=1`, `STATUS=...` and the like in one datagram (sd_notify(3)).

    An address that begins with @ is abstract. Errors are passed over: no message to systemd is worth a conversation.
    """
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
        sock.setblocking(False)
        sock.connect("\0" + address[1:] if address.startswith("@") else address)
        sock.sendall("\n".join(assignments).encode())


def status(text: str) -> None:
    """One line of `systemctl status`. No word of a conversation belongs here: it ends in the journal's reach."""
    notify("STATUS=" + " ".join(text.split()))


def watchdog_s() -> float | None:
    """WatchdogSec= of the unit in seconds, if it is meant for this process."""
    wanted_of = os.environ.get("WATCHDOG_PID", str(os.getpid()))
    micros = os.environ.get("WATCHDOG_USEC", "")
    return int(micros) / 1e6 if micros.isdigit() and int(micros) and wanted_of == str(os.getpid()) else None

"""Knocking: clients for whom a server has no place, in a process of their own; each tries again when it is told to."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator

ANYWAY_S = 1.0
"""The time until the next try."""
PATIENCE_S = 20.0
TRY_AGAIN_LATER = 1013


@contextlib.contextmanager
def knocking(url: str, clients: int) -> Iterator[Counter[str]]:
    """So many clients at this server. What became of their tries is in what is yielded, once it is over.

    `refused`: an error event and a close that say so; `admitted`: there was a place, which was left at once;
    `failed`: anything else.
    """
    command = [sys.executable, "-m", __name__, url, str(clients)]
    tries = Counter[str]()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            process.stdout.readline()
            yield tries
        finally:
            told, _ = process.communicate()  # which closes its input
    tries.update(json.loads(told))


def knock(url: str, tries: Counter[str]) -> float:
    """Try once, count what comes of it, and return the seconds until the next try."""
    from websockets.exceptions import ConnectionClosed, InvalidStatus
    from websockets.sync.client import connect

    try:
        with connect(url, proxy=None, compression=None) as socket:
            first = json.loads(socket.recv(PATIENCE_S))
            if first.get("error", {}).get("code") != "rate_limit_exceeded":
                tries["admitted"] += 1
                return ANYWAY_S
            try:
                socket.recv(PATIENCE_S)
            except ConnectionClosed as closed:
                is_clear = closed.rcvd is not None and closed.rcvd.code == TRY_AGAIN_LATER
                tries["refused" if is_clear else "failed"] += 1
    except (OSError, TimeoutError, EOFError, InvalidStatus, ConnectionClosed):
        tries["failed"] += 1
    return ANYWAY_S


def _client(url: str, tries: Counter[str], delay_s: float) -> None:
    time.sleep(delay_s)
    while True:
        time.sleep(knock(url, tries))


def main(url: str, clients: int) -> None:
    """Until the input ends; then the counts go to the output, as JSON."""
    counts = [Counter[str]() for _ in range(clients)]
    knock(url, counts[0])  # what is imported for the first try burdens none of the others
    for i, tries in enumerate(counts):
        threading.Thread(target=_client, args=(url, tries, i * ANYWAY_S / clients), daemon=True).start()
    sys.stdout.write("knocking\n")
    sys.stdout.flush()
    sys.stdin.read()
    sys.stdout.write(json.dumps(sum(counts, Counter[str]())))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))

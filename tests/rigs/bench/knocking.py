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
"""Until the next try where the server has not said when to come again."""


@contextlib.contextmanager
def knocking(url: str, clients: int) -> Iterator[Counter[str]]:
    """So many clients at this server. What became of their tries is in what is yielded, once it is over.

    `refused`: 429 with a time at which to come again; `admitted`: there was a place, which was left at once;
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
    from websockets.exceptions import InvalidStatus
    from websockets.sync.client import connect

    try:
        with connect(url, proxy=None, compression=None):
            tries["admitted"] += 1
    except InvalidStatus as refusal:
        again = refusal.response.headers.get("retry-after")
        is_clear = refusal.response.status_code == 429 and again is not None
        tries["refused" if is_clear else "failed"] += 1
        return float(again or ANYWAY_S)
    except (OSError, TimeoutError, EOFError):
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

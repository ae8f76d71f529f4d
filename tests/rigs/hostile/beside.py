"""Beside: a good client converses with a server, alone and beside a hostile one; what the server grows by meanwhile."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

from edge_agent.act.tools.direct import direct_opener
from edge_agent.bench.clips import Clip
from edge_agent.bench.turns import spread
from edge_agent.processes import children, resident_mb
from tests.rigs.bench.serve_turns import play, server

WARM, ALONE = 8, 12
"""Turns before anything counts, and turns alone: memory grows in the first ones, whoever asks."""
LOOK_S = 0.5
LEAVES_S = 30.0
"""What the hostile client has left open is gone so long after its end."""
SESSIONS = 4
BAR_MB, BAR_LATER = 64.0, 1.2

Row = dict[str, Any]


class Memory:
    """Looks at the memory of the server and its workers, in MB, and keeps the most of each."""

    def __init__(self, pid: int) -> None:
        self._pid, self._over = pid, threading.Event()
        self.own_mb = self.all_mb = 0.0
        self._thread = threading.Thread(target=self._run, daemon=True)

    def now(self) -> tuple[float, float]:
        """Of the server's own process, and of all."""
        own = resident_mb(self._pid)
        below = 0.0
        for pid in children(self._pid):
            with suppress(OSError):
                below += resident_mb(pid)
        return own, own + below

    @contextmanager
    def watched(self) -> Iterator[None]:
        self._thread.start()
        try:
            yield
        finally:
            self._over.set()
            self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(LOOK_S):
            own, together = self.now()
            self.own_mb, self.all_mb = max(self.own_mb, own), max(self.all_mb, together)


def beside(
    attack: str, clip: Clip, flags: Sequence[str], *, minutes: float, pause_s: float, progress: Callable[[str], object]
) -> Row:
    """What one attack costs. Turns come every `pause_s` behind the end of the one before."""
    with server(flags, sessions=SESSIONS) as (url, pid):
        port = urlsplit(url).port or 0
        for _ in range(WARM):
            play(clip, url)
        alone = [_turn(clip, url, pause_s) for _ in range(ALONE)]
        memory = Memory(pid)
        own_mb, all_mb = memory.now()
        until_s, turns = time.monotonic() + 60 * minutes, list[Row]()
        with memory.watched(), _hostile(attack, port):
            while time.monotonic() < until_s:
                turns.append(_turn(clip, url, pause_s))
                progress(f"{attack}: {turns[-1]['v2v_s']}, {memory.own_mb - own_mb:+.1f} MB")
        left = _left_open(port)
        own_end, all_end = memory.now()
    return {
        "attack": attack,
        "minutes": minutes,
        "grown_mb": memory.all_mb - all_mb,
        "grown_own_mb": memory.own_mb - own_mb,
        "grown_after_mb": all_end - all_mb,
        "grown_own_after_mb": own_end - own_mb,
        "left_open": left,
        **summary(alone, turns),
    }


def summary(alone: Sequence[Row], turns: Sequence[Row]) -> Row:
    """Times of the good client, and the turns that it lost."""
    quiet, beside = ([row["v2v_s"] for row in rows if row["v2v_s"] is not None] for rows in (alone, turns))
    times = {"alone_s": spread(quiet), "beside_s": spread(beside)}
    later = times["beside_s"]["median"] / times["alone_s"]["median"] if quiet and beside else None  # type: ignore[index]
    return {**times, "later": later, "turns": len(turns), "dropped": len(turns) - len(beside)}


def is_held(row: Row) -> bool:
    """Whether the bars are reached, all of them."""
    in_time = row["later"] is not None and row["later"] <= BAR_LATER
    return bool(row["grown_mb"] <= BAR_MB and in_time and not row["dropped"] and not row["left_open"])


def _turn(clip: Clip, url: str, pause_s: float) -> Row:
    time.sleep(pause_s)
    try:
        return play(clip, url)
    except Exception as error:  # whatever ends it, the client has lost a turn
        return {"v2v_s": None, "error": type(error).__name__}


@contextmanager
def _hostile(attack: str, port: int) -> Iterator[None]:
    command = [sys.executable, "-m", "tests.rigs.hostile.attacks", attack, str(port)]
    with subprocess.Popen(command) as process:
        try:
            yield
            if process.poll() is not None:
                raise RuntimeError(f"the attack ended by itself with {process.returncode}")
        finally:
            process.kill()


def _left_open(port: int) -> int:
    """Connections that are there long after everybody has gone, beside the one that asks."""
    until_s, left = time.monotonic() + LEAVES_S, 1
    while left and time.monotonic() < until_s:
        time.sleep(1.0)
        with suppress(OSError):
            left = _connections(port) - 1
    return left


def _connections(port: int) -> int:
    with direct_opener().open(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    return next(int(float(line.split()[1])) for line in lines if line.startswith("edge_agent_connections "))

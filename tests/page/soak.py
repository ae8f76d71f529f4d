"""Calls of the page that come and go, and what the server has left of them: python -m tests.page.soak [CALLS]"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import typer

from edge_agent.processes import resident_mb
from tests.page.chromium import Tab, chromium
from tests.page.conftest import said, serving

WARM, EVERY = 10, 10
"""Calls before the first look, and between two of them."""
LISTENS = "document.querySelector('#words').innerText === 'Listening'"
OFF = "document.querySelector('#words').innerText === 'Not connected'"


def look(pid: int) -> tuple[int, int, float]:
    """Descriptors, threads and MB of the server's own process."""
    return len(os.listdir(f"/proc/{pid}/fd")), len(os.listdir(f"/proc/{pid}/task")), resident_mb(pid)


def call(tab: Tab) -> None:
    """With a typed turn that is hung up into."""
    tab.click("#start")
    tab.until(LISTENS)
    tab.type("what time is it")
    tab.until("document.querySelector('.turn')")
    tab.click("#leave")
    tab.until(OFF)


def main(calls: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with serving(folder) as served, chromium(folder, said(folder, 1.0)) as browser:
            tab = browser.tab()
            tab.open(served.url)
            for number in range(WARM + calls):
                if number >= WARM and (number - WARM) % EVERY == 0:
                    typer.echo(
                        "{} calls: {} descriptors, {} threads, {:.1f} MB".format(number - WARM, *look(served.pid))
                    )
                call(tab)
            typer.echo("{} calls: {} descriptors, {} threads, {:.1f} MB".format(calls, *look(served.pid)))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)

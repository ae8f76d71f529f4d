"""Screenshots of the page for the docs, of a real conversation: .venv/bin/python -m tests.page.screenshots"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import typer

from tests.page.chromium import Tab, chromium
from tests.page.conftest import said, serving

DOCS = Path(__file__).parents[2] / "docs"
DESKTOP, PHONE = (1120, 780), (390, 780)
SETTLED_S = 0.6
"""Colours and levels move for so long."""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as served:
        question = said(Path(folder), 2.0, "googleassistant_whattimeisit.flac")
        with chromium(Path(folder), question) as browser:
            tab = browser.tab()
            tab.size(*DESKTOP)
            tab.open(served.url)
            _converse(tab)
            _shot(tab, "page-desktop.png", DESKTOP)
            tab.type("what can you do")
            tab.until("document.body.dataset.state === 'speaking'")
            _shot(tab, "page-dark.png", DESKTOP, dark=True)
            tab.key("Escape")
            tab.until("document.querySelector('.turn s')")
            _shot(tab, "page-phone.png", PHONE)


def _converse(tab: Tab) -> None:
    tab.click("#start")
    tab.until("document.querySelectorAll('.turn').length === 1 && document.body.dataset.state === 'speaking'")
    tab.until("document.body.dataset.state === 'listening'")
    for turn, text in enumerate(("set a pasta timer for ten minutes", "add milk and bread to my shopping list"), 2):
        tab.type(text)
        tab.until(f"document.querySelectorAll('.turn').length === {turn} && document.body.dataset.state === 'speaking'")
        tab.until("document.body.dataset.state === 'listening'")


def _shot(tab: Tab, name: str, size: tuple[int, int], *, dark: bool = False) -> None:
    tab.size(*size, dark=dark, mobile=size == PHONE)
    time.sleep(SETTLED_S)
    tab.screenshot(DOCS / name, *size, dark=dark, mobile=size == PHONE)
    typer.echo(f"{DOCS / name}: {(DOCS / name).stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()

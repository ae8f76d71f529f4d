"""How fast the page is there, and how fast it listens: .venv/bin/python -m tests.page.measure [TIMES]"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from statistics import median

import typer

from tests.page.chromium import chromium
from tests.page.conftest import said, serving

PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
CLICKED = """
new Promise((done) => {
  const began = performance.now(), words = document.querySelector('#words');
  new MutationObserver(() => { if (words.innerText === 'Listening') done(performance.now() - began); })
    .observe(words, { childList: true, characterData: true, subtree: true });
  document.querySelector('#start').click();
})
"""


def main(times: int) -> None:
    rows: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with serving(folder) as served, chromium(folder, said(folder, 1.0)) as browser:
            for _ in range(times):
                tab = browser.tab()
                tab.open(served.url)
                tab.until(PAINT)
                rows.append((float(tab.js(PAINT)), float(tab.js(CLICKED))))
                tab.command("Page.navigate", url="about:blank")
    for name, values in zip(("first paint", "click to listening"), zip(*rows, strict=True), strict=True):
        typer.echo(f"{name}: median {median(values):.0f} ms, {min(values):.0f} to {max(values):.0f}, {times} times")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)

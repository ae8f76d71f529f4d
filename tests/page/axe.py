"""Axe: whom a page shuts out, as axe-core finds."""

from __future__ import annotations

import subprocess
from pathlib import Path

from page.chromium import Tab

ROOT = Path(__file__).parents[2]


def axe() -> str:
    """The script, which is run in a page once."""
    made = subprocess.run([ROOT / "scripts" / "clients", "node"], stdout=subprocess.PIPE, text=True, check=True)
    return (Path(made.stdout.strip()) / "node_modules" / "axe-core" / "axe.min.js").read_text()


def violations(tab: Tab) -> list[str]:
    found = tab.js(
        "axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"
        ".then((r) => r.violations.map((v) => v.id + ': ' + v.nodes.map((n) => n.html + ' ' + n.failureSummary)))"
    )
    return list(found)

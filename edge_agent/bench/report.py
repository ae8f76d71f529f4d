"""Report: a result as text, as JSON, and as a page that needs no network, no script and no font."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import Any

from edge_agent.bench.figures import Figures, machine, ms, outcome
from edge_agent.bench.waterfall import span, waterfall
from edge_agent.errors import InputError
from edge_agent.state import write_whole
from edge_agent.types import Json

SCHEMA = 1
"""The version of the JSON. It is raised when a key changes its meaning or goes; keys may be added."""


STYLE = """
:root { color-scheme: light dark; --ink: #1c1e21; --quiet: #63676d; --rule: #d9dce0; --paper: #ffffff;
  --VAD: #8a8f98; --ASR: #2f6fd0; --LLM: #8a4fd0; --TTS: #c9770c; --hold: #b9bec6; --wait: #cf4242;
  --v2v: #12805c; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e8ea; --quiet: #9aa0a7; --rule: #34383d; --paper: #16181a;
    --VAD: #7d838c; --ASR: #6ea2f2; --LLM: #b78bf0; --TTS: #eda14a; --hold: #50555c; --wait: #ee7a7a;
    --v2v: #4cc79a; } }
body { font: 15px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 900px; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; display: block; overflow-x: auto; }
th, td { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0;
  border-bottom: 1px solid var(--rule); }
th { font-weight: 600; white-space: nowrap; }
td { font-variant-numeric: tabular-nums; overflow-wrap: anywhere; } td:first-child { overflow-wrap: normal; }
h3 { font-size: 1rem; margin: 1.6rem 0 .2rem; overflow-wrap: anywhere; }
p { margin: .2rem 0; }
.quiet { color: var(--quiet); fill: var(--quiet); }
svg { width: 100%; height: auto; font-size: 11px; fill: var(--ink); margin-top: .3rem; }
.tick { stroke: var(--rule); } .end { stroke: var(--ink); } .v2v { stroke: var(--v2v); stroke-width: 2; }
.VAD { fill: var(--VAD); } .ASR { fill: var(--ASR); } .LLM { fill: var(--LLM); } .TTS { fill: var(--TTS); }
.hold { fill: var(--hold); } .wait { fill: var(--wait); } .dropped { opacity: .4; }
.commit { stroke: var(--ink); stroke-dasharray: 3 3; } .cross { text-anchor: middle; font-size: 15px; }
"""

LEGEND = """Milliseconds from the end of speech as annotated in the recording. VAD: until a probable end.
ASR: the text. LLM: the first fragment. TTS: its sound. Hold: from the probable to the certain end, while an
answer is prepared and kept back; the dashed line is where it ended. Wait: from the certain end to the first block
played. The green line is the first sound: V2V. Dropped: an answer that was prepared and thrown away unheard, because
the user went on (the cross)."""


def as_text(result: Json, figures: Figures) -> str:
    """Returns the text for the terminal: the figures, then what they were measured on."""
    pairs = [*figures, ("", ""), *machine(result)]
    width = max(len(label) for label, _ in pairs) + 2
    return "\n".join(f"{label:<{width}}{value}".rstrip() for label, value in pairs)


def prepare(folder: Path) -> None:
    """Make `folder`. Raises InputError where nothing can be written to it."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise InputError(f"Nothing can be written to {folder}: {error.strerror}.") from error


def write(folder: Path, result: Json, figures: Figures, drawing: str = "") -> Path:
    """`<kind>.json` and `<kind>.html` in `folder`, its owner's alone: they hold what was heard. Returns the page.

    Raises InputError where the disk refuses.
    """
    page = folder / f"{result['kind']}.html"
    data = json.dumps(result, ensure_ascii=False, indent=1)
    for path, text in ((page.with_suffix(".json"), data + "\n"), (page, as_html(result, figures, drawing))):
        try:
            write_whole(path, text)
        except OSError as error:
            raise InputError(f"{path} cannot be written ({error.strerror}).") from error
    return page


def as_html(result: Json, figures: Figures, drawing: str = "") -> str:
    """Returns the whole page. `drawing`: an inline <svg> that stands below the figures."""
    title = f"edge-agent bench {result['kind']}"
    sections = [
        f"<h1>{title}</h1>",
        _pairs(figures),
        drawing,
        "<h2>Measured on</h2>",
        _pairs(machine(result)),
        "<h2>Models</h2>",
        _models(result["models"]),
        _turns(result["rows"]) if result["kind"] == "turns" else _rows(result["rows"]),
    ]
    head = (
        f'<meta charset="utf-8">\n<title>{title}</title>\n<style>{STYLE}</style>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
    )
    body = "\n".join(sections)
    return f'<!doctype html>\n<html lang="en">\n<head>\n{head}\n</head>\n<body>\n{body}\n</body>\n</html>\n'


def _turns(rows: Sequence[Json]) -> str:
    """A waterfall for each turn, the cold one apart."""
    axis_s = span(rows)
    parts = [f'<h2>The cold turn</h2>\n<p class="quiet">{LEGEND}</p>']
    for row in rows:
        if not row["cold"] and len(parts) == 2:
            parts.append("<h2>Warm turns</h2>")
        parts.append(_turn(row, axis_s))
    return "\n".join(parts)


def _turn(row: Json, axis_s: tuple[float, float]) -> str:
    notes = [
        f"Heard: {' / '.join(row['heard']) or 'nothing'}",
        f"{row['drafts']} drafts, {row['thrown_away']} thrown away",
        f"{row['cpu_s']:.1f} s of CPU, stalled {ms(row['stall_s'])}",
    ]
    if row["transcript"]:
        notes.insert(0, f"Said: {row['transcript']}")
    dropped = [ms(draft["soft_end_s"]) for draft in row.get("dropped", [])]
    if dropped:
        notes.append(f"Thrown away: what was begun at {', '.join(dropped)}")
    if row.get("floors"):
        notes.append("Floors: " + ", ".join(f"{name} {ms(floor_s)}" for name, floor_s in row["floors"].items()))
    if row["error"]:
        notes.append(f"Failed: {row['error']}")
    text = "".join(f"<p>{escape(note)}</p>" for note in notes)
    drawing = waterfall(row, axis_s) if row["stages"] else ""
    return f"<h3>{escape(row['set'])}/{escape(row['file'])}: {outcome(row)}</h3>\n{text}\n{drawing}"


def _models(models: dict[str, Any]) -> str:
    body = []
    for role, model in models.items():
        files = "<br>".join(f"{escape(n)}: <code>{h}</code>" for n, h in model["sha256"].items())
        body.append([escape(role), escape(model["name"]), escape(model["licence"]), files or "a model of one's own"])
    return _table(["role", "name", "licence", "sha256"], body)


def _pairs(pairs: Figures) -> str:
    body = "".join(f"<tr><th>{escape(k)}</th><td>{escape(v)}</td></tr>\n" for k, v in pairs)
    return f"<table>\n{body}</table>"


def _rows(rows: Sequence[Json]) -> str:
    """Any other kind: one line a row, one column a plain value."""
    names = dict.fromkeys(key for row in rows for key, value in row.items() if not isinstance(value, dict | list))
    body = [[escape(_plain(row.get(name))) for name in names] for row in rows]
    return "<h2>Runs</h2>\n" + _table([escape(name) for name in names], body)


def _plain(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.3f}"
    return "" if value is None else str(value)


def _table(head: Iterable[str], body: Iterable[Iterable[str]]) -> str:
    """A table of cells that are HTML already."""
    header = "".join(f"<th>{cell}</th>" for cell in head)
    lines = "\n".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in body)
    return f"<table>\n<tr>{header}</tr>\n{lines}\n</table>"

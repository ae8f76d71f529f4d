"""`edge-agent doctor`: what is there, what works, and the command that mends what does not."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from edge_agent.cli.options import ConfigOption, JsonOption, ProfileOption, SetOption, settings
from edge_agent.program import pasted

if TYPE_CHECKING:
    from edge_agent.doctor import Finding

READY = "Ready for a conversation"
MARKS = {"ok": ("✓", "green"), "doubt": ("!", "yellow"), "broken": ("✗", "red")}
"""Status -> mark and colour on a terminal; elsewhere the status is written out."""


def doctor(
    quick: Annotated[bool, typer.Option("--quick", help="Look only; run no engine.")] = False,
    as_json: JsonOption = False,
    profile: ProfileOption = None,
    set_: SetOption = None,
    config: ConfigOption = None,
) -> None:
    """Check everything that a conversation needs, and run each engine once.

    Exit code 1 if something is broken; a doubt, such as a missing microphone, is only a remark.

    Example: edge-agent doctor

    Example: edge-agent doctor --quick --json
    """
    from edge_agent.doctor import examine

    findings = []
    with _unlogged("edge_agent.build_cards"):  # the line "gpu" tells of it, once
        for finding in examine(lambda: settings(config, set_, models={"profile": profile}), quick=quick):
            findings.append(finding)
            if not as_json:
                typer.echo(_line(finding, pretty=sys.stdout.isatty() and "NO_COLOR" not in os.environ))
    broken = sum(finding.status == "broken" for finding in findings)
    if as_json:
        typer.echo(json.dumps([asdict(finding) for finding in findings], indent=2, ensure_ascii=False))
    else:
        doubts = sum(finding.status == "doubt" for finding in findings)
        verdict = f"{broken} of {len(findings)} checks failed" if broken else _ready(findings)
        typer.echo(f"{verdict}, {doubts} in doubt." if doubts else f"{verdict}.")
    if broken:
        raise typer.Exit(1)


@contextmanager
def _unlogged(name: str) -> Iterator[None]:
    log = logging.getLogger(name)
    log.disabled = True
    try:
        yield
    finally:
        log.disabled = False


def _ready(findings: Sequence[Finding]) -> str:
    """What works: a conversation, or less where there is nothing to hear or to speak with."""
    missing = [each.check for each in findings if each.check in ("microphone", "speaker") and each.status != "ok"]
    return f"Ready for files and typing, not for talking (no {' and no '.join(missing)})" if missing else READY


def _line(finding: Finding, *, pretty: bool) -> str:
    mark, colour = MARKS[finding.status]
    head = typer.style(mark, fg=colour) if pretty else f"{finding.status:<6}"
    line = f"{head} {finding.check:<14} {finding.found}"
    return f"{line}\n{'':<{17 if pretty else 22}}To mend it: {pasted(finding.fix)}" if finding.fix else line

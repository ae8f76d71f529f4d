"""`edge-agent agents report` and `sync`: what became of the calls, and whether the calendar server knows of it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from edge_agent.cli.agents_owner import AgentFolder
from edge_agent.cli.options import JsonOption
from edge_agent.errors import ConfigError
from edge_agent.state import write_whole

ReportStateOption = Annotated[
    Path | None,
    typer.Option("--state", metavar="DIR", help="Where calls are kept; the agent's own state, if not given."),
]


def report(
    folder: AgentFolder,
    days: Annotated[int, typer.Option("--days", min=0, help="Of the last days; 0: of all that is kept.")] = 30,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write a page with plots, too.")] = None,
    state: ReportStateOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what became of the calls: how many, how long, what was booked, who waits, which questions nobody answered.

    Example: edge-agent agents report dentist --html calls.html
    """
    from edge_agent.cli.options import check_place
    from edge_agent.desk.home import state_of_agent
    from edge_agent.desk.owner.page import page
    from edge_agent.desk.owner.report import report as reported
    from edge_agent.desk.reading import read
    from edge_agent.desk.waiting import free_told, listed

    check_place(html)
    agent = read(folder)
    zone = agent.business.timezone
    since = datetime.now(zone) - timedelta(days=days) if days else None
    place = state or state_of_agent(agent)
    found, waiting = reported(place, zone, since), listed(agent, place, datetime.now(zone))
    if html:
        write_whole(html, page(agent.business.name, found, [(str(each), free_told(free)) for each, free in waiting]))
    if as_json:
        told = {**found.to_json(), "waiting_list": [each.to_json(free) for each, free in waiting]}
        typer.echo(json.dumps(told, indent=2, ensure_ascii=False))
        return
    width = max(len(what) for what, _ in found.rows()) + 2
    for what, much in found.rows():
        typer.echo(f"{what:<{width}}{much}")
    for question, count in found.unanswered:
        typer.echo(f"{count:>4}  {question}")
    for waiter, free in waiting:
        typer.echo(f"{free_told(free)}  waits: {waiter}")
    typer.echo(f"Kept in {place}.")
    if html:
        typer.echo(f"Wrote {html}.")


def sync(folder: AgentFolder, state: ReportStateOption = None) -> None:
    """Bring what is booked to the owner's calendar server, and copy what others have put there.

    Example: edge-agent agents sync dentist
    """
    from edge_agent.desk.caldav.server import CalendarServer
    from edge_agent.desk.home import state_of_agent
    from edge_agent.desk.reading import read

    agent = read(folder)
    if not agent.servers:
        raise ConfigError(f"{agent.folder} names no calendar on a server.", fix="docs/agents.md, caldav")
    server = CalendarServer(agent, state or state_of_agent(agent), lambda: datetime.now(agent.business.timezone))
    problems = server.sync()
    typer.echo("\n".join(problems) or f"All that is booked is at {', '.join(agent.servers)}.")

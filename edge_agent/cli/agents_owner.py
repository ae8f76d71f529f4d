"""`edge-agent agents new`, `check` and `test`: from nothing to an agent that can be tried."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from edge_agent.cli.options import JsonOption
from edge_agent.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge_agent.act.tools import Toolbox
    from edge_agent.desk.file import AgentFile
    from edge_agent.desk.owner.trial import Trial, Verdict

AgentFolder = Annotated[
    Path, typer.Argument(metavar="FOLDER", help="The folder of the agent, in which agent.toml lies.")
]


def new(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="receptionist, support or leads.")],
    folder: Annotated[Path, typer.Argument(metavar="NAME", help="The folder that is made.")],
    business: Annotated[str | None, typer.Option("--business", help="Whose agent it is.")] = None,
    name: Annotated[str | None, typer.Option("--name", help="What the agent is called.")] = None,
    timezone: Annotated[str | None, typer.Option("--timezone", help="Such as Europe/London.")] = None,
    region: Annotated[str | None, typer.Option("--region", help="Country of its telephone numbers: GB, US ...")] = None,
    hours: Annotated[str | None, typer.Option("--hours", help='"mon-fri 9:00-17:00, sat 9-12".')] = None,
    services: Annotated[str | None, typer.Option("--services", help='"check-up 30 62 pounds, filling 45".')] = None,
    staff: Annotated[str | None, typer.Option("--staff", help='"Dr Okafor, Jane Lindqvist".')] = None,
    handoff: Annotated[str | None, typer.Option("--handoff", help="Number of whoever takes over.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing: what is not given has a value.")] = False,
) -> None:
    """Begin an agent: some questions, and a folder that works.

    Example: edge-agent agents new receptionist dentist

    Example: edge-agent agents new support desk --business "Lantern Hotel" --yes
    """
    from edge_agent.desk.owner.beginning import begin
    from edge_agent.desk.owner.templates import Begun
    from edge_agent.desk.reading import read

    if kind not in ("receptionist", "support", "leads"):
        raise InputError(
            f"There are no agents of the kind {kind!r}.", fix=f"edge-agent agents new receptionist {folder}"
        )
    given = {
        "business": business, "timezone": timezone, "region": region, "hours": hours, "services": services,
        "staff": staff, "handoff": handoff, "name": name,
    }  # fmt: skip
    values = dict(_answers(kind, folder, given, asks=not yes and sys.stdin.isatty()))
    files = begin(folder, Begun(kind=kind, **values))  # type: ignore[arg-type]
    read(folder)
    for file in files:
        typer.echo(f"Made {file}")
    typer.echo(f"Look at it, and talk to it:\n  edge-agent agents check {folder}\n  edge-agent agents try {folder}")


_QUESTIONS = {
    "business": "What is the business called?",
    "timezone": "In which time zone is it?",
    "region": "In which country (two letters, for telephone numbers and holidays)?",
    "hours": "When is it open?",
    "services": "What can be booked, and how many minutes does it take (price behind it, if you like)?",
    "staff": "With whom? (Names, parted by commas; nothing: one appointment at a time)",
    "handoff": "Which number takes over when a person is wanted? (nothing: a message is taken)",
    "name": "What shall the agent be called?",
}


def _answers(kind: str, folder: Path, given: dict[str, str | None], *, asks: bool) -> Iterator[tuple[str, str]]:
    """What was given, else what is answered, else a value that works. What is no answer is asked again."""
    zone = _own_zone()
    usual = {
        "business": folder.name.replace("-", " ").replace("_", " ").title(),
        "timezone": zone,
        "region": "",
        "hours": "mon-fri 9:00-17:00",
        "services": "appointment 30",
        "staff": "",
        "handoff": "",
        "name": "Mia",
    }
    for key, question in _QUESTIONS.items():
        usual["region"] = usual["region"] or (_region(zone) if key == "region" else "")
        if kind != "receptionist" and key in ("services", "staff"):
            answer = usual[key]
        elif (said := given[key]) is not None:
            answer = said
        else:
            answer = _asked(key, question, usual[key]) if asks else usual[key]
        zone = answer if key == "timezone" else zone
        yield key, answer


def _asked(key: str, question: str, usual: str) -> str:
    while True:
        answer = str(typer.prompt(question, default=usual, show_default=bool(usual)))
        try:
            _check(key, answer)
        except InputError as error:
            typer.echo(str(error).split("\n")[0])
            continue
        return answer


def _check(key: str, answer: str) -> None:
    """Raises InputError for what is no answer to that question."""
    from zoneinfo import ZoneInfo

    from edge_agent.desk.owner.beginning import hours_of, services_of

    if key == "hours":
        hours_of(answer)
    elif key == "services":
        services_of(answer)
    elif key == "region" and not (len(answer) == 2 and answer.isalpha()):
        raise InputError(f"{answer!r} are no two letters: GB, US, DE, IN ...")
    elif key == "timezone":
        try:
            ZoneInfo(answer)
        except (KeyError, ValueError, OSError):
            raise InputError(f"{answer!r} is no time zone: Europe/London and America/Denver are.") from None


def _own_zone() -> str:
    """The zone of this machine."""
    from edge_agent.act.times.zone import local_zone

    key = str(local_zone())
    return "UTC" if key.startswith("/") else key


def _region(zone: str) -> str:
    """The country of a time zone, by the table that comes with the system; US where there is none."""
    for line in _lines(Path("/usr/share/zoneinfo/zone1970.tab"), Path("/usr/share/zoneinfo/zone.tab")):
        countries, _, name, *_ = [*line.split("\t"), "", "", ""]
        if name.strip() == zone:
            return countries.split(",")[0]
    return "US"


def _lines(*files: Path) -> Iterator[str]:
    for file in files:
        if file.is_file():
            yield from (line for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))


def check(folder: AgentFolder, as_json: JsonOption = False) -> None:
    """Look for what callers would run into: nobody who does a service, hours too short, documents that cannot be read.
    Exit code 1 if there is something to mend.

    Example: edge-agent agents check dentist
    """
    from edge_agent.desk.owner.checking import check as look

    desk = _tried(_read(folder))
    checked = look(desk.premises())
    if as_json:
        free = {name: [each.isoformat() for each in times] for name, times in checked.free.items()}
        typer.echo(json.dumps({"problems": checked.problems, "notes": checked.notes, "free": free}, indent=2))
    else:
        for problem in checked.problems:
            typer.echo(f"To mend: {problem}")
        for note in checked.notes:
            typer.echo(f"Note: {note}")
        for name, times in checked.free.items():
            listed = ", ".join(f"{each:%a %d %b %H:%M}" for each in times) or "nothing"
            typer.echo(f"Next free{f' for {name}' if name else ''}: {listed}")
        typer.echo("Nothing to mend." if not checked.problems else f"{len(checked.problems)} to mend.")
    if checked.problems:
        raise typer.Exit(1)


def run_tests(
    folder: AgentFolder,
    only: Annotated[str, typer.Option("--only", help="Tests whose names have this in them.")] = "",
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show all that is said.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Say the calls of tests.toml to the agent, on a copy of its calendar. Exit code 1 if one fails.

    Example: edge-agent agents test dentist
    """
    from edge_agent.desk.owner.trial import read as read_tests

    agent = _read(folder)
    trials = [each for each in read_tests(agent) if only.casefold() in each.name.casefold()]
    if not trials:
        raise InputError(f"There is no test{f' with {only!r} in its name' if only else ''} in {folder / 'tests.toml'}.")
    verdicts = [_verdict(agent, trial) for trial in trials]
    failed = sum(1 for each in verdicts if each.faults)
    if as_json:
        typer.echo(json.dumps([asdict(each) for each in verdicts], indent=2, ensure_ascii=False))
    else:
        for verdict in verdicts:
            _show(verdict, agent.name, verbose=verbose)
        typer.echo(f"{len(verdicts) - failed} passed, {failed} failed.")
    if failed:
        raise typer.Exit(1)


def _verdict(agent: AgentFile, trial: Trial) -> Verdict:
    from edge_agent.desk.owner.trial import play

    desk = _tried(agent, trial.now)
    return play(trial, desk, lambda: len(desk.ledger.bookings()))


def _show(verdict: Verdict, name: str, *, verbose: bool) -> None:
    typer.echo(f"{'FAIL' if verdict.faults else 'ok  '}  {verdict.name}")
    if verbose or verdict.faults:
        for words, answer in verdict.said:
            typer.echo(f"        > {words}\n        {name}: {answer}")
    for fault in verdict.faults:
        typer.echo(f"      {fault}")


def _read(folder: Path) -> AgentFile:
    from edge_agent.desk.reading import read

    return read(folder)


def _tried(agent: AgentFile, now: Any = None) -> Any:
    """A call to the agent, of which nothing is kept."""
    from edge_agent.desk.desk import Desk

    begun = now or datetime.now(agent.business.timezone)
    desk = Desk(agent, None, lambda: begun)
    desk.tools = tools_of(agent)
    return desk


def tools_of(agent: AgentFile) -> Toolbox | None:
    """What the steps of flows may call: the functions of the Python files in `tools/`; None without any."""
    from edge_agent.act.tools import Toolbox
    from edge_agent.act.tools.files import gather

    folder = agent.folder / "tools"
    if not agent.flows or not folder.is_dir():
        return None
    tools, problems = gather(folder)
    for problem in problems:
        typer.echo(problem, err=True)
    return Toolbox(tools, problems=problems)

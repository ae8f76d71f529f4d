"""`edge-agent agents`: agents that an owner writes in a file."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from edge_agent.cli import agents_owner, agents_report
from edge_agent.cli.agents_owner import AgentFolder
from edge_agent.cli.options import ConfigOption, JsonOption, SetOption, settings
from edge_agent.errors import InputError

if TYPE_CHECKING:
    from datetime import datetime

    from edge_agent.desk.desk import Desk
    from edge_agent.desk.file import AgentFile
    from edge_agent.desk.reply import Reply

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
app.command("new")(agents_owner.new)
app.command("check")(agents_owner.check)
app.command("test")(agents_owner.run_tests)
app.command("report")(agents_report.report)
app.command("sync")(agents_report.sync)

NowOption = Annotated[
    str | None,
    typer.Option("--now", metavar="ISO", help="Begin at that time, of the business's zone if none is given."),
]
StateOption = Annotated[
    Path | None, typer.Option("--state", metavar="DIR", help="Where bookings are kept; a folder that is thrown away.")
]


@app.command("try")
def try_agent(
    folder: AgentFolder,
    now: NowOption = None,
    state: StateOption = None,
    llm: Annotated[str, typer.Option("--llm", metavar="off|NAME", help="The LLM that may read what was said.")] = "off",
    as_json: JsonOption = False,
    voice: Annotated[bool, typer.Option("--voice", help="Speak at the microphone instead, until Ctrl-C.")] = False,
) -> None:
    """Talk to an agent by typing, on a copy of its calendar. With --json one JSON object a line in, and one out.

    Example: edge-agent agents try dentist
    """
    from tempfile import TemporaryDirectory

    from edge_agent.desk.reading import read

    agent = read(folder)
    if voice:
        if now or state or as_json or llm != "off":
            raise InputError(
                "At the microphone there is neither --now, --state, --llm nor --json.", fix="leave them out"
            )
        _try_by_voice(folder)
        return
    with TemporaryDirectory() as scratch:
        desk = _desk(agent, state or Path(scratch), now)
        if llm != "off":
            from edge_agent import build

            desk.extractor = build.extractor(settings(None, [f"models.llm={llm}"]))
        for turn in _turns_of_json() if as_json else _typed_turns(desk):
            reply = _answered(desk, turn)
            typer.echo(json.dumps(reply.to_json()) if as_json else f"{agent.name}: {reply.said}")
            if not as_json:  # a program has one answer to each of its lines, behind a goodbye too
                typer.secho(_told(reply, desk.way), dim=True)
                if reply.ends:
                    break


def _try_by_voice(folder: Path) -> None:
    """The agent at the microphone, from a copy of its folder. What it books goes with the copy."""
    from shutil import copytree, rmtree
    from tempfile import TemporaryDirectory

    from edge_agent.desk.home import state_of_agent
    from edge_agent.desk.reading import read

    with TemporaryDirectory() as scratch:
        copy = Path(scratch, f"{folder.resolve().name}-{Path(scratch).name}")  # a name that its state has alone
        copytree(folder, copy)
        try:
            run(copy)
        finally:
            rmtree(state_of_agent(read(copy)), ignore_errors=True)


def _desk(agent: AgentFile, state: Path, now: str | None) -> Desk:
    """One whose time begins at `now`, and passes only where it is told so."""
    from edge_agent.desk.desk import Desk
    from edge_agent.desk.warming import warm_up

    begun = _moment(now, agent) if now else datetime.now(agent.business.timezone)
    desk = Desk(agent, state, lambda: begun)
    desk.tools = agents_owner.tools_of(agent)
    warm_up(desk)
    return desk


@app.command("run")
def run(
    folder: AgentFolder,
    typed: Annotated[bool, typer.Option("--typed", help="Type instead of talking.")] = False,
    config: ConfigOption = None,
    set_: SetOption = None,
) -> None:
    """Let an agent answer at the microphone until Ctrl-C. What is booked is booked.

    Example: edge-agent agents run dentist
    """
    from edge_agent.cli import talk
    from edge_agent.desk.reading import read
    from edge_agent.doors.microphone import Files

    agent = read(folder)
    if typed:
        _converse_typed(agent)
        return
    chosen = settings(config, set_, act={"agent": folder})
    talk.check_line(chosen, None)
    talk.converse(chosen, Files(), linger_s=0.0, fast=False, timings=False)


def _converse_typed(agent: AgentFile) -> None:
    from edge_agent import build_act
    from edge_agent.desk.desk import Desk
    from edge_agent.desk.home import state_of_agent

    def now() -> datetime:
        return datetime.now(agent.business.timezone)

    desk = Desk(agent, state_of_agent(agent), now, mirror_in=agent.folder)
    desk.server = build_act.calendar_server(agent, now)
    for turn in _typed_turns(desk):
        reply = _answered(desk, turn)
        typer.echo(f"{agent.name}: {reply.said}")
        if reply.ends:
            return
    desk.hung_up()


def _moment(said: str, agent: AgentFile) -> datetime:
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        raise InputError(f"--now {said!r} is no ISO time.", fix="--now 2026-03-02T09:00") from None
    zone = agent.business.timezone
    return moment.astimezone(zone) if moment.tzinfo else moment.replace(tzinfo=zone)


def _turns_of_json() -> Iterator[dict[str, Any]]:
    """The objects of standard input. Raises InputError for a line that is none."""
    for line in sys.stdin:
        if not line.strip():
            continue
        try:
            turn = json.loads(line)
        except ValueError:
            turn = None
        if not isinstance(turn, dict) or not turn.keys() & {"say", "dtmf", "hangup", "pass_s"}:
            raise InputError(f"This is no turn: {line.strip()[:80]}", fix="""echo '{"say": "hello"}'""")
        yield turn


def _typed_turns(desk: Desk) -> Iterator[dict[str, Any]]:
    typer.echo(f"{desk.agent.name}: {desk.greet()}")
    while True:
        try:
            yield {"say": input("> ")}
        except EOFError:
            return


def _told(reply: Reply, way: str) -> str:
    """What was made of a turn: what understood it, the form, what is asked, what was done."""
    form = {name: value["days"] if isinstance(value, dict) else value for name, value in reply.form.items()}
    filled = ", ".join(f"{name}: {value}" for name, value in form.items()) or "nothing yet"
    done = "".join(f"; {effect['type']}" for effect in reply.effects)
    return f"      [{way or 'unclear'} in {reply.ms} ms; form: {filled}; asks {reply.asks or 'nothing'}{done}]"


def _answered(desk: Desk, turn: dict[str, Any]) -> Reply:
    if "dtmf" in turn:
        return desk.digits(str(turn["dtmf"]))
    if turn.get("hangup"):
        return desk.hung_up()
    if "pass_s" in turn:
        return desk.passed(float(turn["pass_s"]))
    return desk.hear(str(turn.get("say", "")))


@app.command("calendar")
def calendar(folder: AgentFolder, state: StateOption = None, as_json: JsonOption = False) -> None:
    """List what is booked, and who waits for a time: what is free of it now.

    Example: edge-agent agents calendar dentist
    """
    from edge_agent.desk.booking.ledger import BookingLedger
    from edge_agent.desk.home import state_of_agent
    from edge_agent.desk.reading import read
    from edge_agent.desk.waiting import free_told, waiters

    agent = read(folder)
    ledger = BookingLedger(state or state_of_agent(agent), agent.business.timezone, agent.privacy.keep)
    found = [booking.to_json() for booking in ledger.bookings()]
    waiting = [] if as_json else list(waiters(agent, ledger, datetime.now(agent.business.timezone)))
    ledger.close()
    if as_json:
        typer.echo(json.dumps(found))
        return
    if not found:
        typer.echo("Nothing is booked.")
    for each in found:
        told = " ".join(str(each[key]) for key in ("service", "staff", "name", "phone") if each[key])
        typer.echo(f"{each['start'][:16].replace('T', ' ')}  {told}")
    for waiter, free in waiting:
        typer.echo(f"{free_told(free)}  waits: {waiter}")

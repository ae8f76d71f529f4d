"""Whether agents do what callers want of them: `python -m tests.rigs.tasks sgd --llm off`.

Exit code: 0 measured, 1 failed, 2 wrong usage or input.
"""

from __future__ import annotations

import sys
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from edge_agent.errors import EdgeAgentError, InputError
from tests.rigs.tasks import corrections, hotel, running, sgd, values, voiced
from tests.rigs.tasks.report import Report

app = typer.Typer(
    name="python -m tests.rigs.tasks",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Scripted callers who have something to do with an agent, and whether it was done.",
)
Llm = Annotated[str, typer.Option("--llm", metavar="off|NAME", help="The LLM that may read what was said.")]
Most = Annotated[int, typer.Option("--limit", metavar="N", help="At most so many dialogues.")]
Seed = Annotated[int, typer.Option("--seed", metavar="N")]
Command = Annotated[bool, typer.Option("--command", help="Speak with the command, not with the function behind it.")]
Voice = Annotated[
    str | None, typer.Option("--voice", metavar="clean|10db|phone|phone-10db", help="Spoken, over such a line.")
]
AsJson = Annotated[bool, typer.Option("--json")]
Data = Annotated[Path, typer.Option("--data", metavar="DIR", help="The folder of the data sets.")]
DATA = Path("../shared/tasks")


@app.command("sgd")
def sgd_(
    llm: Llm = "off",
    limit: Most = 10_000,
    seed: Seed = 0,
    half: Annotated[str, typer.Option("--half", metavar="all|open|held", help="Which half, by --seed.")] = "all",
    data: Data = DATA,
    command: Command = False,
    voice: Voice = None,
    as_json: AsJson = False,
) -> None:
    """Dialogues of SGD: is what the caller wanted in the calendar, and nothing else?"""
    rows = sgd.read(data / "sgd" / "booking.jsonl")
    rows = [row for row in rows if half == "all" or sgd.held_back(row["id"], seed) == (half == "held")]
    taken = [rows[at * len(rows) // limit] for at in range(limit)] if limit < len(rows) else rows
    _tell(running.played(sgd.cases(taken), _how(llm, command, voice)), as_json)


@app.command("hotel")
def hotel_(
    llm: Llm = "off",
    limit: Most = 100,
    data: Data = DATA,
    command: Command = False,
    voice: Voice = None,
    as_json: AsJson = False,
) -> None:
    """Scenarios of a hotel that are bookings of one form: is the row there that is expected?"""
    cases = islice(hotel.cases(data / "livekit"), limit)
    _tell(running.played(cases, _how(llm, command, voice)), as_json)


@app.command("corrections")
def corrections_(
    llm: Llm = "off",
    limit: Most = 270,
    seed: Seed = 0,
    command: Command = False,
    voice: Voice = None,
    as_json: AsJson = False,
) -> None:
    """Callers who take back one thing: has it changed, and is all else kept?"""
    _tell(running.played(corrections.cases(seed, limit), _how(llm, command, voice)), as_json)


@app.command("injections")
def injections_(
    llm: Llm = "off", limit: Most = 100, command: Command = False, voice: Voice = None, as_json: AsJson = False
) -> None:
    """Callers and documents that give orders: was anything written, was anything told?"""
    _tell(running.attacked(_how(llm, command, voice), limit), as_json)


@app.command("values")
def values_(
    llm: Llm = "off",
    limit: Most = 100,
    seed: Seed = 0,
    data: Data = DATA,
    command: Command = False,
    voice: Voice = None,
    as_json: AsJson = False,
) -> None:
    """Names spelled, numbers said and keyed, and sentences of a corpus: right within two tries?"""
    corpus = list(values.recognized(data / "values")) if (data / "values").is_dir() else []
    _tell(running.given([*values.told(seed, limit), *corpus], _how(llm, command, voice)), as_json)


@app.command("fuzz")
def fuzz_(limit: Most = 10_000, seed: Seed = 0, as_json: AsJson = False) -> None:
    """Callers who say anything, on two lines at once: is all that is booked free, offered, confirmed and told?"""
    _tell(running.fuzzed(seed, limit), as_json)


def _how(llm: str, command: bool, voice: str | None) -> running.How:
    if voice is not None and voice not in voiced.LINES:
        raise InputError(f"There is no line {voice!r}.", fix=f"--voice {'|'.join(voiced.LINES)}")
    return running.How(llm, command, voiced.our_mouth(voice) if voice else None)


def _tell(report: Report, as_json: bool) -> None:
    typer.echo(report.to_json() if as_json else report.text())


def main() -> None:
    try:
        app(prog_name="python -m tests.rigs.tasks")
    except EdgeAgentError as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(error.exit_code) from None


if __name__ == "__main__":
    main()

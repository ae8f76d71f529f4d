"""`edge-agent chat`: type instead of talking, at a prompt or from a script."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edge_agent.cli.options import ConfigOption, ProfileOption, SetOption, settings
from edge_agent.errors import EngineError, InputError
from edge_agent.state import open_regular

if TYPE_CHECKING:
    from edge_agent.agent.typed import Typed, TypedTurn

_PASSES = re.compile(r"@\+(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?")
HELP = """Type a sentence and press Enter; the agent answers as it does when you speak.
  /help   this text
  /quit   ends, as do exit and Ctrl-D
What it can do: ask it, "what can you do"."""
CONNECTING_S = 5.0
"""MCP servers are waited for so long: whoever types a single message has no second one for them."""
_ENDS = ("exit", "quit", "/quit", "/exit", "/bye", "bye")


def chat(
    message: Annotated[str | None, typer.Argument(help="One message; without it, a conversation.")] = None,
    script: Annotated[
        Path | None, typer.Option("--script", help="A file of lines to type; '-' reads standard input.")
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="One JSON object a turn.")] = False,
    now: Annotated[
        str | None,
        typer.Option("--now", metavar="ISO", help="The time it is taken to be; a line '@+90s' lets it pass."),
    ] = None,
    state: Annotated[
        Path | None, typer.Option("--state", metavar="DIR", help="Timers, lists and the rest are kept here.")
    ] = None,
    profile: ProfileOption = None,
    set_: SetOption = None,
    config: ConfigOption = None,
) -> None:
    """Type instead of talking: the same skills, persona and model, without sound. Ctrl-D ends.

    Example: edge-agent chat "How old is the Brooklyn Bridge?"

    Example: edge-agent chat --script said.txt --json --now 2026-12-01T09:00 --state /tmp/state
    """
    from edge_agent import build, build_act
    from edge_agent.agent.typed import Typed

    if message is not None and not message.strip():
        raise InputError("There is nothing to answer.")
    chosen = settings(config, set_, models={"profile": profile})
    clock = WallClock(_moment(now) if now else None)
    lines = [message] if message is not None else _lines(script)
    show = _as_json if json_ else _as_text
    with closing(build_act.act(chosen, now=clock.now if now else None, state=state, wait_s=CONNECTING_S)) as act:
        model = partial(build.choose_one, chosen, "llm")
        typed = Typed(act, lambda: build.writer(chosen, model(), now=clock.now), build.briefs(chosen))
        _converse(typed, clock, lines, show, once=message is not None)


class WallClock:
    """The time of day; one that was given stands still but for what is let pass."""

    def __init__(self, fixed: datetime | None) -> None:
        self._fixed = fixed
        self._passed = timedelta()

    def now(self) -> datetime:
        from edge_agent.act.times import local_zone

        return (self._fixed or datetime.now(local_zone())) + self._passed

    def let_pass(self, time: timedelta) -> None:
        self._passed += time


def _converse(
    typed: Typed, clock: WallClock, lines: Iterable[str], show: Callable[[Typed, str], TypedTurn | None], *, once: bool
) -> None:
    for line in lines:
        words = line.strip()
        if not words or words.startswith("#"):
            continue
        if passed := _passes(words):
            clock.let_pass(passed)
        elif words.casefold() in _ENDS and not once:
            return
        elif words == "/help":
            typer.echo(HELP)
        elif words.startswith("/") and not once:
            typer.echo(f"There is no {words.split()[0]}. /help tells what there is.")
        else:
            try:
                show(typed, words)
            except EngineError as error:
                if once:
                    raise
                typer.echo(f"{error} Please ask again.", err=True)
        for rung in typed.rung():
            typer.echo(json.dumps(rung.to_json(), ensure_ascii=False) if show is _as_json else rung.said)


def _as_json(typed: Typed, words: str) -> TypedTurn:
    turn = typed.answer(words)
    typer.echo(json.dumps(turn.to_json(), ensure_ascii=False))
    return turn


def _as_text(typed: Typed, words: str) -> TypedTurn:
    """The answer as one running text, as it is written."""
    begun = False

    def on_text(text: str) -> None:
        nonlocal begun
        typer.echo(f" {text}" if begun else text, nl=False)
        begun = True

    turn = typed.answer(words, on_text)
    typer.echo("")
    return turn


def _lines(script: Path | None) -> Iterator[str]:
    if script is None or str(script) == "-":
        while (line := _line(prompt=script is None)) is not None:
            yield line
        return
    try:
        with open_regular(script) as file:
            lines = file.read().decode("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no text"
        raise InputError(f"Cannot read {script}: {why}.", fix="COMMAND | edge-agent chat --script -") from error
    yield from lines


def _line(*, prompt: bool) -> str | None:
    """The next typed line, or None at the end of the input."""
    if prompt and sys.stdin.isatty():
        typer.echo("> ", nl=False)
    line = sys.stdin.readline()
    return line.rstrip("\n") if line else None


def _passes(words: str) -> timedelta | None:
    """The time that a line such as "@+1h30m" lets pass."""
    found = _PASSES.fullmatch(words)
    if not found or not any(found.groups()):
        return None
    days, hours, minutes, seconds = (float(each or 0) for each in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def _moment(text: str) -> datetime:
    from edge_agent.act.times import local_zone

    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(f"--now wants a time such as 2026-12-01T09:00, not '{text}'.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=local_zone())

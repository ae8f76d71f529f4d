"""`edge-agent lists` and `memory`: what was put down, and what was asked to be remembered."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from edge_agent.cli.options import JsonOption, SystemOption
from edge_agent.cli.records import opened, print_json
from edge_agent.errors import RecordsError
from edge_agent.state import led_to, write_whole

if TYPE_CHECKING:
    from edge_agent.act.records import Records

lists = typer.Typer(rich_markup_mode=None)
memory = typer.Typer(rich_markup_mode=None)

NAME, NAME_NUMBER = "name", 0
"""The choice that is the user's name (act/skills/memory.py), and its number here: facts are numbered from 1 on."""
ListArgument = Annotated[str, typer.Argument(metavar="LIST", help="The name of the list; case does not matter.")]


@lists.command("list")
def show_lists(
    name: Annotated[str | None, typer.Argument(metavar="LIST", help="Not given: all of them.")] = None,
    as_json: JsonOption = False,
    system: SystemOption = False,
) -> None:
    """Show what is on a list, or on all.

    Example: edge-agent lists list shopping
    """
    from edge_agent.act.records.lists import key_of

    with opened(system) as records:
        found = {each: records.items(each) for each in records.lists() if name is None or key_of(each) == key_of(name)}
        if name and not found:
            raise _no_list(name)
    if as_json:
        print_json(found)
        return
    for each, items in found.items():
        typer.echo(f"{each}:")
        for item in items:
            typer.echo(f"  {item}")


@lists.command("add")
def add_items(
    name: ListArgument,
    items: Annotated[list[str], typer.Argument(metavar="ITEM...", help="What is put on it.")],
    system: SystemOption = False,
) -> None:
    """Put something on a list, which is made if there is none.

    Example: edge-agent lists add shopping milk "rye bread"
    """
    with opened(system) as records:
        new = records.add_items(name, items)
    typer.echo(f"New on {name}: {', '.join(new)}." if new else f"All of that is on {name} already.")


@lists.command("rm")
def remove(
    name: ListArgument,
    items: Annotated[list[str] | None, typer.Argument(metavar="ITEM...", help="Not given: the list itself.")] = None,
    system: SystemOption = False,
) -> None:
    """Take something off a list; or delete the list with all that is on it.

    Example: edge-agent lists rm shopping milk
    """
    with opened(system) as records:
        if not items:
            if not records.remove_list(name):
                raise _no_list(name)
            typer.echo(f"Removed the list {name}.")
            return
        missing = [item for item in items if not records.remove_item(name, item)]
    if missing:
        raise RecordsError(f"Not on {name}: {', '.join(missing)}.", fix=f"see what is: edge-agent lists list {name}")
    typer.echo(f"Removed from {name}: {', '.join(items)}.")


@lists.command("clear")
def clear(name: ListArgument, system: SystemOption = False) -> None:
    """Take everything off a list, which stays.

    Example: edge-agent lists clear shopping
    """
    with opened(system) as records:
        count = records.clear_list(name)
    typer.echo(f"Removed {count} item{'s' * (count != 1)} from {name}.")


@memory.command("list")
def show_memory(as_json: JsonOption = False, system: SystemOption = False) -> None:
    """Show all that is remembered.

    Example: edge-agent memory list
    """
    with opened(system) as records:
        known = _known(records)
    if as_json:
        print_json(known)
        return
    for each in known:
        when = f"{each['at'].astimezone():%Y-%m-%d}: " if each["at"] else ""
        typer.echo(f"{each['id']:>4}  {when}{each['text']}")


@memory.command("add")
def remember(
    fact: Annotated[str, typer.Argument(metavar="TEXT", help="What is to be remembered.")],
    system: SystemOption = False,
) -> None:
    """Have something remembered.

    Example: edge-agent memory add "The spare key is with Ann."
    """
    from edge_agent.cli.when import now

    with opened(system) as records:
        typer.echo(f"Remembered as {records.remember(fact, now()).id}.")


@memory.command("rm")
def forget(
    numbers: Annotated[list[int] | None, typer.Argument(metavar="NUMBER...", help="As `list` shows them.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that is remembered.")] = False,
    system: SystemOption = False,
) -> None:
    """Forget what is remembered: it is deleted, and its words are overwritten in the file.

    Example: edge-agent memory rm 2

    Example: edge-agent memory rm --all
    """
    if bool(numbers) == everything:
        raise typer.BadParameter("give the numbers that `edge-agent memory list` shows, or --all")
    with opened(system) as records:
        if everything:
            count = records.forget_all() + (records.get(NAME) is not None)
            records.put(NAME, None)
            typer.echo(f"Forgot {count} thing{'s' * (count != 1)}.")
        for number in numbers or []:
            if number == NAME_NUMBER and records.get(NAME):
                records.put(NAME, None)
            else:
                records.forget(number)
            typer.echo(f"Forgot {number}.")


@memory.command("export")
def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where it goes: JSON, for you alone to read.")],
    system: SystemOption = False,
) -> None:
    """Write all that is remembered to a file.

    Example: edge-agent memory export facts.json
    """
    from edge_agent.cli.options import check_place

    check_place(file, suffix=".json")
    with opened(system) as records:
        known = _known(records)
    write_whole(led_to(file), json.dumps(known, ensure_ascii=False, indent=2, default=datetime.isoformat) + "\n")
    typer.echo(f"Wrote {len(known)} to {file}.")


def _known(records: Records) -> list[dict[str, Any]]:
    """What the user asked to be remembered: the facts, and the user's name."""
    name = records.get(NAME)
    named = [{"id": NAME_NUMBER, "text": f"Your name is {name}.", "at": None}] if name else []
    return [*named, *(asdict(fact) for fact in records.facts())]


def _no_list(name: str) -> Exception:
    return RecordsError(f"There is no list {name}.", fix="see which there are: edge-agent lists list")

"""`edge-agent tools`: what the LLM may call, a call by hand, and what it would call for a sentence."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from edge_agent.cli.options import ConfigOption, JsonOption, ProfileOption, SetOption, settings
from edge_agent.errors import EngineError, ModelError

if TYPE_CHECKING:
    from edge_agent.act.tools import Tool
    from edge_agent.settings import Settings

app = typer.Typer(rich_markup_mode=None)
CONNECTING_S = 30.0


@app.command("list")
def list_(as_json: JsonOption = False, set_: SetOption = None, config: ConfigOption = None) -> None:
    """List the tools with their class (read, act, confirm), and what keeps others from being used.

    Example: edge-agent tools list
    """
    from edge_agent.build_tools import toolbox

    with closing(toolbox(settings(config, set_), wait_s=CONNECTING_S)) as box:
        tools, problems = box.tools(), box.problems()
    for problem in problems:
        typer.echo(problem, err=True)
    if as_json:
        typer.echo(json.dumps([_plain(tool) for tool in tools], indent=2, ensure_ascii=False))
        return
    for tool in tools:
        typer.echo(f"{tool.name:<24} {tool.kind:<8} {tool.source:<20} {tool.description}")
    if not tools:
        typer.echo("There are no tools; docs/tools.md says how to write one.", err=True)


@app.command()
def call(
    name: Annotated[str, typer.Argument(help="Name of the tool.")],
    arguments: Annotated[str, typer.Argument(help="A JSON object.")] = "{}",
    set_: SetOption = None,
    config: ConfigOption = None,
) -> None:
    """Call a tool as the LLM would, and print what it returns; nobody is asked before. Exit code 1 if it fails.

    Example: edge-agent tools call bin_day '{"street": "Mill Lane"}'
    """
    from edge_agent.build_tools import toolbox

    with closing(toolbox(settings(config, set_), wait_s=CONNECTING_S)) as box:
        outcome = box.call(name, arguments)
    typer.echo(outcome.text, err=not outcome.ok)
    if not outcome.ok:
        raise typer.Exit(1)


@app.command("try")
def try_(
    text: Annotated[str, typer.Argument(help="What somebody says.")],
    profile: ProfileOption = None,
    set_: SetOption = None,
    config: ConfigOption = None,
) -> None:
    """Show which tools would be offered for a sentence, and what the LLM would call; nothing is called.

    Example: edge-agent tools try "Which bin is it on Thursday?"
    """
    from edge_agent.build_tools import toolbox

    chosen = settings(config, set_, models={"profile": profile})
    with closing(toolbox(chosen, wait_s=CONNECTING_S)) as box:
        offered = box.offered(text)
    typer.echo(f"offered: {', '.join(tool.name for tool in offered) or 'none'}")
    if offered:
        typer.echo(f"called:  {_called(chosen, text, offered)}")


def _called(chosen: Settings, text: str, offered: tuple[Tool, ...]) -> str:
    """The call of the LLM, or the words it answers with."""
    from edge_agent import build
    from edge_agent.think import brief
    from edge_agent.types import Sentence

    told = tuple(brief.Tool(tool.name, tool.description, tool.parameters) for tool in offered)
    asked = brief.Brief("a", chosen.think.persona, (brief.Message("u", "user", text),), told)
    found, said = "", list[str]()
    try:
        for part in build.writer(chosen, build.choose_one(chosen, "llm")).write(asked):
            if isinstance(part, brief.CallBegun):
                found = found or part.name
            elif isinstance(part, brief.CallDone):
                return f"{found} {part.arguments}"
            elif isinstance(part, Sentence):
                said.append(part.text)
    except ModelError as error:
        return f"unknown, without a model ({error})"
    except EngineError as error:
        return str(error)
    return f"nothing; it says: {' '.join(said)}"


def _plain(tool: Tool) -> dict[str, object]:
    return {key: getattr(tool, key) for key in ("name", "kind", "source", "description", "parameters")}

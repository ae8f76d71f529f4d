"""`edge-agent config`: see, change, start and find the settings."""

from __future__ import annotations

import json
import shlex
from typing import Annotated

import typer

from edge_agent.cli.options import ConfigOption, JsonOption, SetOption, settings
from edge_agent.errors import InputError
from edge_agent.state import led_to, write_whole

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Show, change, create or find the settings.")


@app.command()
def show(as_json: JsonOption = False, set_: SetOption = None, config: ConfigOption = None) -> None:
    """Print the settings in force: defaults, files, EDGE_AGENT_* and flags together. Keys and tokens are not
    shown.

    Example: edge-agent config show --set turns.eagerness=low
    """
    from edge_agent.config import as_toml

    chosen = settings(config, set_)
    # Unset, and not stars: what is printed may become somebody's settings file, and stars would be a key to guess.
    shown = chosen.without_secrets()
    typer.echo(json.dumps(shown.model_dump(mode="json"), indent=2) if as_json else as_toml(shown))
    for name, group in (("serve", chosen.serve), ("home_assistant", chosen.home_assistant)):
        if group.token is not None:
            typer.echo(f"{name}.token is set, and not shown.", err=True)
    if chosen.mcp != shown.mcp:
        typer.echo("Headers and environments under mcp.servers are set, and not shown.", err=True)


@app.command()
def init(
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Write a settings file with every key, its meaning and its default, all commented out.

    Example: edge-agent config init
    """
    from edge_agent.config import template, user_file

    path = user_file()
    if path.exists() and not force:
        raise InputError(
            f"{path} is there already, and --force would replace what you set in it.",
            fix=f"${{EDITOR:-nano}} {shlex.quote(str(path))}",
        )
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(led_to(path), template())  # for its owner alone: serve.token
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error.strerror}).") from None
    typer.echo(str(path))


@app.command("set")
def set_(
    name: Annotated[str, typer.Argument(metavar="GROUP.KEY", help="As `config show` has it.")],
    value: Annotated[str, typer.Argument(metavar="VALUE", help="Checked before it is written.")],
) -> None:
    """Change one setting in the user's file, which keeps all else that is in it. It holds from the next start on.

    Example: edge-agent config set turns.eagerness high
    """
    from edge_agent.config import set_in_file

    typer.echo(str(set_in_file(name, value)))


@app.command()
def path() -> None:
    """Print where the user's settings are read from.

    Example: edge-agent config path
    """
    from edge_agent.config import user_file

    typer.echo(str(user_file()))

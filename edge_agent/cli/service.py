"""`edge-agent service`: install, uninstall, status, logs. The agent under systemd; docs/service.md."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edge_agent.cli.options import ConfigOption, ProfileOption
from edge_agent.errors import ConfigError, InputError, ServiceError
from edge_agent.program import pasted
from edge_agent.state import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

app = typer.Typer(
    help="Run the agent as a service of systemd: from the boot on, supervised.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

NAME = "edge-agent.service"
SYSTEM = Path("/etc/systemd/system")
CREDENTIALS = Path("/etc/edge_agent/credentials")
"""Root's folder: each file of it is a secret, under the name of its setting."""
RUNS = Path("/run/systemd/system")
"""There while systemd is the init of this machine (sd_booted(3))."""

UserOption = Annotated[bool, typer.Option("--user", help="Of your own session (PipeWire), not of the system (ALSA).")]


class Command(StrEnum):
    talk = "talk"
    serve = "serve"
    phone = "phone"


@app.command()
def install(
    command: Annotated[Command, typer.Argument(help="What it runs.")] = Command.talk,
    user: UserOption = False,
    talk: Annotated[bool, typer.Option("--talk", help="With serve: converse at the microphone, too.")] = False,
    lan: Annotated[bool, typer.Option("--lan", help="With serve: the page for other devices of the house.")] = False,
    wake: Annotated[
        str | None,
        typer.Option("--wake", help="Name by which it is called (edge-agent wake list), or off; else hear.wake."),
    ] = None,
    sealed: Annotated[
        bool | None,
        typer.Option(help="No network at all, not even loopback; else this machine's own. talk: sealed if not set."),
    ] = None,
    dry: Annotated[bool, typer.Option("--print", help="Only print the unit.")] = False,
    profile: ProfileOption = None,
    config: ConfigOption = None,
) -> None:
    """Write the unit for this installation, enable it and start it.

    Where it converses at the microphone it is called by name: --wake, hear.wake of the settings, or hey_jarvis.

    Example: sudo edge-agent service install talk --profile small

    Example: edge-agent service install serve --user

    Example: sudo edge-agent service install serve --talk --lan --wake okay_nabu

    Example: sudo edge-agent service install phone --config /etc/edge-agent.toml
    """
    from edge_agent.cli.unit import drop_in

    may_be_sealed = command is Command.talk and not user
    if sealed and not may_be_sealed:
        raise InputError("--sealed is for `talk` as a system service.")
    if talk and command is not Command.serve:
        raise InputError("--talk goes with `serve`; `service install talk` converses at the microphone alone.")
    if lan and command is not Command.serve:
        raise InputError("--lan goes with `serve`.")
    words = [command, *["run"] * (command is Command.phone), *["--talk"] * talk, *["--lan"] * lan]
    text = _text(words, user, profile, config, _wake(config, wake) if talk or command is Command.talk else None)
    folder = _folder(user)
    reaches = command is Command.phone or (command is Command.serve and _is_for_the_house(config, lan))
    if sealed is None:
        sealed = may_be_sealed and not _asks_a_server(config)
    wanted = {"sealed": sealed, "lan": reaches and not user}
    drop_ins = {name: folder / f"{NAME}.d" / f"{name}.conf" for name in wanted}
    files = {folder / NAME: text} | {drop_ins[name]: drop_in(name) for name, is_wanted in wanted.items() if is_wanted}
    if dry:
        return typer.echo("\n".join(f"# {file}\n{each}" for file, each in files.items()), nl=False)
    _check(user)
    for file in drop_ins.values():
        file.unlink(missing_ok=True)
    for file, each in files.items():
        _write(file, each)
    _systemctl(user, "daemon-reload")
    _systemctl(user, "enable", NAME)
    _systemctl(user, "restart", "--no-block", NAME)
    typer.echo(pasted(f"Installed {folder / NAME}; it is starting: edge-agent service status" + " --user" * user))
    return None


@app.command()
def uninstall(user: UserOption = False) -> None:
    """Stop it and remove the unit. What it has kept (mute, device names, history) stays.

    Example: sudo edge-agent service uninstall
    """
    _check(user)
    unit = _folder(user) / NAME
    if not unit.exists():
        return typer.echo(f"There is no {unit}.")
    _systemctl(user, "disable", "--now", NAME)
    shutil.rmtree(f"{unit}.d", ignore_errors=True)
    unit.unlink()
    _systemctl(user, "daemon-reload")
    return typer.echo(f"Removed {unit}.")


@app.command()
def status(user: UserOption = False) -> None:
    """What systemd knows of it: the profile, its state, why not, what it has sent.

    Exit codes as of systemctl: 0 runs, 3 not, 4 none.

    Example: edge-agent service status
    """
    from edge_agent.life.accounting import sent

    _check(user, root=False)
    code = _run(["systemctl", *_flags(user), "--no-pager", "status", NAME])
    if not user and (told := sent(NAME)):
        typer.echo(f"\nNetwork: {told}")
    raise typer.Exit(code)


@app.command()
def logs(
    user: UserOption = False,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Until Ctrl-C.")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", min=1, help="The last so many.")] = 100,
) -> None:
    """What it has said to the journal.

    Example: edge-agent service logs -f
    """
    _check(user, root=False)
    # Not --user: that looks only into the user's own journal, which there is none of while the journal is volatile.
    which = f"--user-unit={NAME}" if user else f"--unit={NAME}"
    raise typer.Exit(_run(["journalctl", "--no-pager", f"--lines={lines}", *["--follow"] * follow, which]))


def _is_for_the_house(config: Path | None, lan: bool) -> bool:
    """Whether other devices are to come in, as an option or the settings say."""
    from edge_agent.cli.options import settings

    return lan or settings(config, None).serve.lan


def _asks_a_server(config: Path | None) -> bool:
    """Whether tools of the settings are behind an address, be it one of this machine."""
    from edge_agent.cli.options import settings

    own = settings(config, None)
    return bool(own.home_assistant.url or any(server.url for server in own.mcp.servers.values()))


def _wake(config: Path | None, wake: str | None) -> str | None:
    """What the unit sets in place of the settings, if anything. Raises ConfigError for a name that cannot be used."""
    from edge_agent import build_called
    from edge_agent.cli.options import settings
    from edge_agent.settings.wake import SHIPPED

    own = settings(config, None)
    if wake is None and "wake" in own.hear.model_fields_set:
        build_called.wake(own)
        return None
    try:
        build_called.wake(settings(config, None, hear={"wake": wake or SHIPPED}))
    except ConfigError as error:
        if wake is not None:
            raise
        typer.echo(f"Without a name to call it by it answers whatever it hears. {error}", err=True)
        return None
    return wake or SHIPPED


def _text(words: list[str], user: bool, profile: str | None, config: Path | None, wake: str | None = None) -> str:
    """Raises ConfigError and ModelError: what would not start is not installed."""
    from platformdirs import user_data_path

    from edge_agent import build
    from edge_agent.cli.options import settings
    from edge_agent.cli.unit import program_files, unit

    chosen_settings = settings(config, None, models={"profile": profile})
    models = build.choose(chosen_settings).all()
    shown = [model.path for model in models]
    if profile:
        words += ["--profile", profile]
    if config:
        words += ["--config", str(config.resolve())]
        shown.append(config)
    names = wake.split(",") if wake else chosen_settings.hear.wake
    shown += [Path(name).expanduser().resolve().parent for name in names if name.endswith(".json")]
    if not user:
        _check_readable([*shown, *program_files()])
    store = build.store_of(chosen_settings)
    roots = {root for model in models for root in store.roots if model.path.parent == root}
    where = {"models": roots.pop()} if len(roots) == 1 else {"data": user_data_path()}
    credentials = () if user else _credentials()
    return unit(user=user, command=words, shown=shown, wake=wake, credentials=credentials, **where)


def _credentials() -> list[Path]:
    """The secrets that root has laid down for the service; none where this one may not look. Raises ServiceError for a
    file that is no secret of ours."""
    from edge_agent.settings import SECRETS

    known = (*SECRETS, "caldav.password")
    try:
        found = sorted(CREDENTIALS.iterdir())
    except OSError:
        return []
    if odd := [file for file in found if file.name not in known]:
        raise ServiceError(f"{odd[0]} is no secret that it takes; known are: {', '.join(known)}.", fix=f"rm {odd[0]}")
    return found


def _check_readable(shown: Iterable[Path]) -> None:
    """Raises ServiceError for what only its owner may read: a system service runs as a user of its own."""
    for path in shown:
        for each in (path, *path.rglob("*")):
            wanted = 0o5 if each.is_dir() else 0o4
            if each.stat().st_mode & wanted != wanted:
                fix = f"chmod -R o+rX {shlex.quote(str(path))}"
                raise ServiceError(f"{each} cannot be read by a service of the system, a user of its own.", fix=fix)


def _folder(user: bool) -> Path:
    if not user:
        return SYSTEM
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "systemd" / "user"


def _flags(user: bool) -> list[str]:
    return ["--user"] if user else []


def _check(user: bool, *, root: bool = True) -> None:
    """Raises ServiceError where this cannot work."""
    if not RUNS.is_dir() or not shutil.which("systemctl"):
        raise ServiceError("systemd does not run this machine. `edge-agent talk` works without it.")
    if root and not user and os.geteuid() != 0:
        fix = f"sudo {sys.executable} -P -m edge_agent {' '.join(sys.argv[1:])}    (or with --user)"
        raise ServiceError("A service of the system is root's to change.", fix=fix)


def _write(file: Path, text: str) -> None:
    """Raises OSError, which the program reports."""
    file.parent.mkdir(parents=True, exist_ok=True)
    write_whole(file, text, mode=0o644)


def _systemctl(user: bool, *words: str) -> None:
    if code := _run(["systemctl", *_flags(user), *words]):
        raise ServiceError(f"`systemctl {' '.join(words)}` failed with code {code}.")


def _run(command: Sequence[str]) -> int:
    return subprocess.run(command).returncode

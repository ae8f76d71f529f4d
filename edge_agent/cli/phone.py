"""`edge-agent phone`: run, status, messages, call, test. Calls over SIP; docs/phone.md."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from edge_agent.cli.options import ConfigOption, JsonOption, ProfileOption, SetOption, settings
from edge_agent.errors import InputError
from edge_agent.state import state_dir

if TYPE_CHECKING:
    from edge_agent.doors.phone import PhoneDoor
    from edge_agent.host.host import Host
    from edge_agent.settings import Settings

app = typer.Typer(
    help="Take calls over SIP: of a router, a PBX or telephones in your network. See docs/phone.md.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command()
def run(profile: ProfileOption = None, set_: SetOption = None, config: ConfigOption = None) -> None:
    """Take calls until Ctrl-C. `edge-agent serve --door phone` does it beside the other doors.

    Example: edge-agent phone run --set phone.listen=192.168.178.20:5060 --set phone.allow=192.168.178.0/24
    """
    import threading

    from edge_agent.doors.door import opened
    from edge_agent.life.stalls import of_host
    from edge_agent.life.starts import of_service
    from edge_agent.life.supervision import Supervision

    chosen = settings(config, set_, models={"profile": profile})
    with _ready(chosen) as (phone, host):
        over = threading.Event()
        with opened([phone], host, over.set):
            supervision = Supervision(of_host(host, chosen.engines.deadline_s), of_service())
            while not over.wait(1.0):
                supervision.tick()


@app.command()
def call(
    uri: Annotated[str, typer.Argument(help="A number, or a URI such as sip:620@192.168.178.1.")],
    profile: ProfileOption = None,
    set_: SetOption = None,
    config: ConfigOption = None,
) -> None:
    """Call somebody, and converse. Only numbers in phone.allow_out; none is, unless you say so.

    Example: edge-agent phone call "**611" --set "phone.allow_out=**611"
    """
    from edge_agent.doors.phone import told
    from edge_agent.phone.numbers import masked, may_be_called, user_of

    chosen = settings(config, set_, models={"profile": profile})
    if not user_of(uri):
        raise InputError(f"'{uri}' is no number, nor an address such as sip:620@192.168.178.1.")
    if not may_be_called(uri, chosen.phone.allow_out):
        raise InputError(
            f"{masked(uri)} is not in phone.allow_out, so it is not called.",
            fix=f'edge-agent config set phone.allow_out "{user_of(uri)}"',
        )
    with _ready(chosen) as (phone, host), phone.opened(host):
        record = phone.dial(uri)
    if not record.seconds:
        raise InputError(f"Nobody has picked up: {told(record)}")


@app.command()
def status(as_json: JsonOption = False) -> None:
    """Print whether it runs, and the last calls.

    Example: edge-agent phone status
    """
    from edge_agent.doors.phone import read_status, told
    from edge_agent.phone.record import CallRecords

    running, calls = read_status(), CallRecords(state_dir()).all()
    if as_json:
        return typer.echo(
            json.dumps({"running": asdict(running) if running else None, "calls": [asdict(each) for each in calls]})
        )
    if running is None:
        typer.echo("No phone runs.")
    else:
        account = f"{running.account} {'registered' if running.is_registered else 'NOT registered'}"
        typer.echo(f"Listens at {running.listen}; {account if running.account else 'registers nowhere'}.")
        goes_on = "1 call goes on" if running.calls == 1 else f"{running.calls} calls go on"
        refused = f"; {running.refused} refused (phone.allow, phone.callers)" if running.refused else ""
        typer.echo(f"{goes_on}{refused}.")
        if running.lost_processes:
            typer.echo(f"The SIP process was lost {running.lost_processes} times, with {running.lost_calls} calls.")
    for each in calls[-10:]:
        typer.echo(f"{each.at}  {told(each)}")
    return None


@app.command()
def messages(as_json: JsonOption = False) -> None:
    """Print the messages of callers, the newest last.

    Example: edge-agent phone messages
    """
    from edge_agent.phone.notes import Notes

    notes = Notes(state_dir()).all()
    if as_json:
        return typer.echo(json.dumps([asdict(each) for each in notes]))
    for each in notes:
        whom = f" for {each.who}" if each.who else ""
        typer.echo(f"{each.at}  {each.name} ({each.number}, called from {each.caller}){whom}: {each.text}")
    if not notes:
        typer.echo("Nobody has left a message.")
    return None


@app.command("test")
def try_settings(set_: SetOption = None, config: ConfigOption = None) -> None:
    """Try the settings, without a call.

    It says whether it can listen, from where it can be called, and whether the registrar takes the account.

    Example: edge-agent phone test
    """
    from edge_agent.phone.setup import tried

    for line in tried(settings(config, set_).phone):
        typer.echo(line)


@contextmanager
def _ready(settings: Settings) -> Iterator[tuple[PhoneDoor, Host]]:
    """The door and a host, loaded."""
    from edge_agent import build
    from edge_agent.cli.talk import tell_choice
    from edge_agent.doors.phone import PhoneDoor
    from edge_agent.life.systemd import status

    phone = PhoneDoor(settings)  # what cannot be is said before the models are loaded
    chosen = build.choose(settings)
    tell_choice(settings, chosen)
    status(f"profile {chosen.profile.name}: loading {', '.join(model.name for model in chosen.all())}")
    with build.host(settings, chosen) as host:
        yield phone, host

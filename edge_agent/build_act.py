"""Settings -> what code does by itself in a conversation (act/)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edge_agent import build_tools
from edge_agent.settings import Settings
from edge_agent.state import state_dir

if TYPE_CHECKING:
    from edge_agent.act.act import Act
    from edge_agent.act.device import DeviceToolset
    from edge_agent.act.tools import Toolbox
    from edge_agent.desk.caldav.server import CalendarServer
    from edge_agent.desk.file import AgentFile
    from edge_agent.desk.on_a_line import DeskAct

CALENDAR = "calendar"
NOBODYS = "no-calendar"
"""A folder that nobody makes."""


def act(
    settings: Settings,
    *,
    now: Callable[[], datetime] | None = None,
    state: Path | None = None,
    wait_s: float = 0.0,
    tools: bool | Toolbox = True,
    home: bool = True,
) -> Act:
    """`now`: the wall clock, aware; `state`: the folder of what is kept, instead of the state directory; `wait_s`: how
    long MCP servers are waited for; `tools` and `home`: whether there are any, and a Home Assistant; tools of
    others may be lent to it. It is to be closed."""
    from edge_agent.act.act import Act
    from edge_agent.act.calendar import Calendar
    from edge_agent.act.records import FILE, Records, open_records
    from edge_agent.act.sentences import Sentences
    from edge_agent.act.times import Context, local_zone

    folder = state or state_dir()
    return Act(
        Records(folder / FILE) if now else open_records(folder),
        Calendar(settings.act.calendar or folder / CALENDAR),
        now=now or (lambda: datetime.now(local_zone())),
        sentences=Sentences(settings.hear.language, own_sentences()),
        context=Context(country=settings.act.country),
        toolbox=build_tools.toolbox(settings, wait_s=wait_s) if tools is True else tools or None,
        home=build_tools.home_assistant(settings) if home else None,
    )


def guest(settings: Settings) -> Act:
    """What code does for somebody who is not the owner: without tools, and what it keeps is gone with the conversation.
    It is to be closed."""
    from edge_agent.act.calendar import Calendar
    from edge_agent.act.guests import GuestAct
    from edge_agent.act.records import Records
    from edge_agent.act.sentences import Sentences
    from edge_agent.act.times import Context, local_zone

    return GuestAct(
        Records(None),
        Calendar(state_dir() / NOBODYS),
        now=lambda: datetime.now(local_zone()),
        sentences=Sentences(settings.hear.language, own_sentences()),
        context=Context(country=settings.act.country),
    )


def desk(
    settings: Settings,
    folder: Path,
    *,
    greets: bool,
    on_effect: Callable[[dict[str, Any]], object] = lambda each: None,
    caller: str = "",
) -> DeskAct:
    """An owner's agent in a conversation. `greets`: whether it says its greeting itself, with its first answer.
    `on_effect` is told what was done. `caller`: the number that calls. It is to be closed. Raises ConfigError for
    mistakes in its file."""
    from edge_agent.act.calendar import Calendar
    from edge_agent.act.records import Records
    from edge_agent.act.sentences import Sentences
    from edge_agent.act.times import local_zone
    from edge_agent.desk.desk import Desk
    from edge_agent.desk.home import state_of_agent
    from edge_agent.desk.on_a_line import DeskAct
    from edge_agent.desk.reading import read

    agent = read(folder)

    def now() -> datetime:
        return datetime.now(local_zone())

    spoken = Desk(agent, state_of_agent(agent), now, mirror_in=agent.folder, language=settings.hear.language)
    spoken.called_by(caller)
    spoken.server = calendar_server(agent, now)
    if not greets:
        spoken.greet()
    return DeskAct(
        spoken,
        on_effect=on_effect,
        records=Records(None),
        calendar=Calendar(state_dir() / NOBODYS),
        now=now,
        sentences=Sentences(settings.hear.language),
    )


def calendar_server(agent: AgentFile, now: Callable[[], datetime]) -> CalendarServer | None:
    """The server that an agent's file names, asked for what is new there at once; None: it names none."""
    if not agent.servers:
        return None
    from edge_agent.desk.caldav.server import CalendarServer
    from edge_agent.desk.home import state_of_agent

    server = CalendarServer(agent, state_of_agent(agent), now)
    server.later()
    return server


def greeting(folder: Path) -> str:
    """What an agent says first. Raises ConfigError for mistakes in its file."""
    from edge_agent.desk.phrases import phrases_of
    from edge_agent.desk.reading import read

    agent = read(folder)
    return agent.business.greeting or phrases_of("en").say("greeting", business=agent.business.name, name=agent.name)


def device(settings: Settings, toolbox: Toolbox) -> DeviceToolset:
    """What clients of the server may ask of this device. It is to be closed, and closes the toolbox."""
    from edge_agent.act.device import DeviceToolset

    rings = "microphone" in settings.doors.open
    return DeviceToolset(toolbox, partial(act, settings, tools=False), rings=rings)


def own_sentences() -> Path:
    """The folder of the owner's sentences; it need not exist."""
    from edge_agent.config import user_file

    return user_file().parent / "sentences"

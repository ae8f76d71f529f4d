"""Settings -> what the LLM may call (act/tools/), and Home Assistant."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from edge_agent.config import user_file
from edge_agent.errors import ConfigError
from edge_agent.settings import Settings

if TYPE_CHECKING:
    from edge_agent.act.tools import Toolbox
    from edge_agent.act.tools.home_assistant import HomeAssistant
    from edge_agent.act.tools.listing import McpServer
    from edge_agent.act.tools.servers import Servers

FOLDER = "tools"
SHARE = 0.9
"""A server has this share of the deadline, so that it is the server which is said to be late."""


def tools_folder(settings: Settings) -> Path:
    """The folder of the owner's files; it need not exist."""
    return settings.tools.dir or user_file().parent / FOLDER


def toolbox(settings: Settings, *, wait_s: float = 0.0) -> Toolbox:
    """All that the LLM may call: files, packages, and MCP servers, which are connected in the background.

    `wait_s`: how long the servers are waited for, for commands that list what there is.
    """
    from edge_agent.act.tools import Toolbox
    from edge_agent.act.tools.files import gather

    tools, problems = gather(tools_folder(settings))
    running = servers(settings)
    if running:
        running.start()
        running.wait(wait_s)
    return Toolbox(
        tools,
        deadline_s=settings.tools.deadline_s,
        sources=[running] if running else [],
        problems=problems,
        language=settings.hear.language,
    )


def servers(settings: Settings) -> Servers | None:
    """The MCP servers of the settings, not started; None if there are none."""
    named = [_server(name, settings) for name in settings.mcp.servers]
    home = settings.home_assistant
    if home.url and home.mcp:
        named.append(_home_server(home.url, _token(settings)))
    if not named:
        return None
    from edge_agent.act.tools.servers import Servers

    return Servers(named, deadline_s=SHARE * settings.tools.deadline_s)


def home_assistant(settings: Settings) -> HomeAssistant | None:
    """The Home Assistant of the settings; None if there is none. Raises ConfigError for a token that is not there."""
    own = settings.home_assistant
    if not own.url:
        return None
    from edge_agent.act.tools.home_assistant import HomeAssistant

    language = "en" if settings.hear.language == "auto" else settings.hear.language
    return HomeAssistant(
        own.url, _token(settings), agent=own.agent, deadline_s=own.deadline_s, now=time.monotonic, language=language
    )


def _server(name: str, settings: Settings) -> McpServer:
    from edge_agent.act.tools.listing import McpServer

    own = settings.mcp.servers[name]
    return McpServer(name, own.command, own.args, own.env, own.url, own.headers, own.kind, own.tools)


def _home_server(url: str, token: str) -> McpServer:
    from edge_agent.act.tools.listing import McpServer

    return McpServer("home assistant", url=f"{url}/api/mcp", headers={"Authorization": f"Bearer {token}"})


def _token(settings: Settings) -> str:
    own = settings.home_assistant
    if own.token:
        return own.token
    if own.token_file is None:
        raise ConfigError(
            "Home Assistant has a url and no token (its page 'Security' makes a long-lived one).",
            fix="edge-agent config init, then set home_assistant.token_file",
        )
    try:
        return own.token_file.expanduser().read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"The token file {own.token_file} cannot be read ({type(error).__name__}).") from None

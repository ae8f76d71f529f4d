"""What the LLM may call: are the tools there, and which of them are on other machines?"""

from __future__ import annotations

from contextlib import closing
from urllib.parse import urlsplit

from edge_agent.doctor.finding import Doubt
from edge_agent.settings import Settings
from edge_agent.settings.tools import HomeAssistantSettings, McpSettings, on_network

CONNECTING_S = 30.0


def listed(settings: Settings, *, quick: bool) -> str:
    """The tools by their sources; without `quick` MCP servers are started and asked for theirs."""
    from edge_agent import build_tools

    if quick:
        settings = settings.model_copy(update={"mcp": McpSettings(), "home_assistant": HomeAssistantSettings()})
    with closing(build_tools.toolbox(settings, wait_s=CONNECTING_S)) as box:
        tools, problems = box.tools(), box.problems()
    if problems:
        raise Doubt(" ".join(problems), fix="edge-agent tools list")
    names = ", ".join(f"{tool.name} ({tool.kind}, {tool.source})" for tool in tools)
    return names or "none"


def network(settings: Settings) -> str:
    """What is asked on other machines because the owner said so."""
    named = on_network(settings.mcp, settings.home_assistant) | calendars(settings)
    if not named:
        return "nothing on other machines is asked"
    return f"other machines are asked, as the settings say: {', '.join(f'{k} ({v})' for k, v in named.items())}"


def calendars(settings: Settings) -> dict[str, str]:
    """The hosts of the calendar servers of the owner's agents."""
    from edge_agent.desk.leads import is_at_home
    from edge_agent.desk.reading import read

    folders = {folder for folder in (settings.act.agent, settings.serve.agent, settings.phone.agent) if folder}
    servers = {folder: [url for url in read(folder).servers if not is_at_home(url)] for folder in sorted(folders)}
    hosts = {folder: sorted({urlsplit(url).netloc for url in urls}) for folder, urls in servers.items()}
    return {f"calendar of {folder.name}": ", ".join(found) for folder, found in hosts.items() if found}


def home_assistant(settings: Settings) -> str:
    from edge_agent import build_tools

    home = build_tools.home_assistant(settings)
    problem = home.check() if home else None
    if problem:
        raise Doubt(problem)
    return f"answers at {settings.home_assistant.url}"

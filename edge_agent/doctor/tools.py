"""What the LLM may call: are the tools there, and which of them are on other machines?"""

from __future__ import annotations

from contextlib import closing

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
    named = on_network(settings.mcp, settings.home_assistant)
    if not named:
        return "nothing on other machines is asked"
    return f"other machines are asked, as the settings say: {', '.join(f'{k} ({v})' for k, v in named.items())}"


def home_assistant(settings: Settings) -> str:
    from edge_agent import build_tools

    home = build_tools.home_assistant(settings)
    problem = home.check() if home else None
    if problem:
        raise Doubt(problem)
    return f"answers at {settings.home_assistant.url}"

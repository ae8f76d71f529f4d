"""Settings of what the LLM may call: the owner's files, MCP servers, Home Assistant."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from edge_agent.settings.group import Group, Names


class ToolSettings(Group):
    """What the LLM may call. See docs/tools.md."""

    dir: Path | None = None
    """The folder of the owner's Python files, instead of `tools/` beside the settings file."""
    deadline_s: float = Field(default=10, ge=0.5, le=300)
    """Longest time that a call is waited for; beyond, the answer goes on without it."""


class McpServerSettings(Group):
    """One server: a `command` that is started and spoken to over its standard input and output, or a `url`."""

    command: str | None = None
    args: tuple[str, ...] = ()
    env: dict[str, str] = Field(default_factory=dict)
    """The environment of the command, beside PATH, HOME and the like: it does not inherit the agent's."""
    url: str | None = None
    """Streamable HTTP, such as "http://127.0.0.1:8000/mcp"."""
    headers: dict[str, str] = Field(default_factory=dict)
    """What goes with each request, such as Authorization."""
    allow_network: bool = False
    """Whether `url` may be on another machine: what is said to the tool then leaves this one."""
    kind: Literal["read", "act", "confirm"] | None = None
    """The class of all its tools; if not set, `read` where the server says that a tool only reads, else `confirm`."""
    tools: Names | None = None
    """The tools that are used, by name; all if not set."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.command is None) == (self.url is None):
            raise ValueError("an MCP server has either a command or a url")
        _check_network(self.url, allowed=self.allow_network)
        return self


class McpSettings(Group):
    """MCP servers, whose tools the LLM may call; they need the extra `mcp`."""

    servers: dict[str, McpServerSettings] = Field(default_factory=dict)
    """A table for each, [mcp.servers.NAME], with `command`, `args` and `env`, or `url` and `headers`; `allow_network`
    (a url on another machine), `kind` (read, act or confirm), `tools` (the names of those that are used)."""


class HomeAssistantSettings(Group):
    """Home Assistant, which is asked before the LLM."""

    url: str | None = None
    """Where it is, such as "http://127.0.0.1:8123"."""
    token: str | None = Field(default=None, min_length=1)
    """A long-lived access token of it. Better in a file or in the environment: the settings may be read by others."""
    token_file: Path | None = None
    """A file that holds nothing but the token."""
    allow_network: bool = False
    """Whether `url` may be on another machine: what is said then leaves this one."""
    agent: str = "conversation.home_assistant"
    """The conversation agent of it that is asked. This one knows sentences ("homeassistant" in older versions);
    another may be a hosted LLM."""
    mcp: bool = False
    """Whether its tools (/api/mcp, integration "Model Context Protocol Server") are offered to the LLM as well."""
    deadline_s: float = Field(default=3, ge=0.5, le=60)
    """Longest time that it is waited for; beyond, the agent answers by itself."""

    @field_validator("url")
    @classmethod
    def _without_slash(cls, url: str | None) -> str | None:
        return url.rstrip("/") if url else url

    @model_validator(mode="after")
    def _here_or_allowed(self) -> Self:
        if self.token is not None and self.token_file is not None:
            raise ValueError("token and token_file are two places for one thing")
        _check_network(self.url, allowed=self.allow_network)
        return self


def is_here(url: str) -> bool:
    """Whether `url` is on this machine: a loopback address, or "localhost"."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def on_network(tools: McpSettings, home: HomeAssistantSettings) -> dict[str, str]:
    """What is allowed to be asked on other machines: a name -> its host."""
    urls = {f"mcp {name}": server.url for name, server in tools.servers.items()} | {"home assistant": home.url}
    return {name: urlsplit(url).hostname or url for name, url in urls.items() if url and not is_here(url)}


def _check_network(url: str | None, *, allowed: bool) -> None:
    if url is None:
        return
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        good = False
    if not good:
        raise ValueError(f"'{url}' is no address such as http://127.0.0.1:8000/mcp")
    if not allowed and not is_here(url):
        raise ValueError(
            f"{parts.hostname} is another machine, and nothing leaves this one unless you say so: "
            "set allow_network = true beside the url"
        )

"""Later: groups whose commands are read when they are asked for: 2 ms each that --help saves."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

PLACES = {
    "bench": ("edge_agent.cli.bench", "app"),
    "timers": ("edge_agent.cli.records", "timers"),
    "alarms": ("edge_agent.cli.records", "alarms"),
    "reminders": ("edge_agent.cli.records", "reminders"),
    "lists": ("edge_agent.cli.lists", "lists"),
    "memory": ("edge_agent.cli.lists", "memory"),
    "phone": ("edge_agent.cli.phone", "app"),
    "wake": ("edge_agent.cli.wake", "app"),
    "voice": ("edge_agent.cli.voice", "app"),
    "agents": ("edge_agent.cli.agents", "app"),
    "tools": ("edge_agent.cli.tools", "app"),
}
"""The module of each group, and the name of its Typer there."""


class LaterGroup(TyperGroup):
    """One of PLACES. Its name and its help are here, the rest comes when somebody asks for its commands."""

    _read: dict[str, Any] | None = None

    @property  # type: ignore[override]
    def commands(self) -> dict[str, Any]:
        if self._read is None:
            module, name = PLACES[str(self.name)]
            group: Any = typer.main.get_command(getattr(import_module(module), name))
            self._read = group.commands
        return self._read

    @commands.setter
    def commands(self, _: dict[str, Any]) -> None:
        """Typer hands in those that it has read: none."""


def later(help: str) -> typer.Typer:
    """What stands for the group until then."""
    return typer.Typer(cls=LaterGroup, no_args_is_help=True, rich_markup_mode=None, help=help)

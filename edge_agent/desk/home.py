"""Home: where an agent keeps what it books."""

from __future__ import annotations

from pathlib import Path

from edge_agent.desk.file import AgentFile
from edge_agent.state import state_dir


def state_of_agent(agent: AgentFile) -> Path:
    """The folder in which what an agent books is kept, where none is named. It need not exist."""
    return state_dir() / "agents" / agent.folder.resolve().name

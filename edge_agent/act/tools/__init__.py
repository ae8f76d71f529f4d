"""Tools that the LLM may call: the owner's Python files, packages, MCP servers; and Home Assistant."""

from edge_agent.act.tools.marks import act, confirm, read
from edge_agent.act.tools.tool import Outcome, Tool
from edge_agent.act.tools.tool import ToolKind as Kind
from edge_agent.act.tools.toolbox import Toolbox

__all__ = ["Kind", "Outcome", "Tool", "Toolbox", "act", "confirm", "read"]

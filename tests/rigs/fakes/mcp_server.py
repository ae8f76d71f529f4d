"""MCP server for tests: `python -m tests.rigs.fakes.mcp_server [PORT]`, over stdio or loopback HTTP, with tools that
behave and tools that do not."""

from __future__ import annotations

import os
import sys
import time

from mcp.server.mcpserver import MCPServer
from mcp_types import ToolAnnotations

server = MCPServer("fake")


@server.tool(annotations=ToolAnnotations(read_only_hint=True))
def temperature(room: str) -> str:
    """Tell the temperature of a room."""
    return f"It is 21 degrees in the {room}."


@server.tool()
def open_garage(wide: bool = False) -> str:
    """Open the door of the garage."""
    return "The garage is wide open." if wide else "The garage is open."


@server.tool()
def environment(name: str) -> str:
    """Tell one variable of the server's environment."""
    return os.environ.get(name, "nothing")


@server.tool()
def novel() -> str:
    """Tell far too much."""
    return "Once upon a time. " * 200_000


@server.tool()
def broken() -> str:
    """Fail."""
    raise ValueError("the lamp is on fire")


@server.tool()
def sleeper() -> str:
    """Hang."""
    time.sleep(60)
    return "awake"


@server.tool()
def die() -> str:
    """End the server in the middle of a call."""
    os._exit(3)


def main() -> None:
    if len(sys.argv) > 1:
        server.run("streamable-http", port=int(sys.argv[1]))
    else:
        server.run()


if __name__ == "__main__":
    main()

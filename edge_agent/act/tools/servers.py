"""Servers: the MCP servers of the settings; one thread with its own event loop owns all their sessions."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from threading import Event, Thread
from typing import TYPE_CHECKING

from edge_agent.act.tools.listing import McpServer
from edge_agent.act.tools.session import McpSession
from edge_agent.act.tools.tool import Tool

if TYPE_CHECKING:
    from anyio.from_thread import BlockingPortal

log = logging.getLogger(__name__)

CLOSING_S = 8.0
"""Servers that were started get so long to end: the SDK kills one that hangs after 5 s."""


class Servers:
    """The tools of MCP servers, as far as these are connected; each is connected again when it was lost."""

    def __init__(
        self, servers: Sequence[McpServer], *, deadline_s: float, pause_s: float = 1.0, longest_pause_s: float = 60.0
    ) -> None:
        """`pause_s`: before a server that was lost is connected again; twice as long each time it fails."""
        self._servers = tuple(servers)
        self._deadline_s, self._pauses_s = deadline_s, (pause_s, longest_pause_s)
        self._sessions: dict[str, McpSession] = {}
        self._portal: BlockingPortal | None = None
        self._problem: str | None = None
        self._begun = Event()
        self._thread = Thread(target=self._run, name="mcp", daemon=True)

    def start(self) -> None:
        """Connect to all of them, in the background."""
        self._thread.start()

    def wait(self, timeout_s: float) -> None:
        """Wait until each server is connected or has failed once, for commands that list what there is."""
        self._begun.wait(timeout_s)
        for session in tuple(self._sessions.values()):
            session.tried.wait(timeout_s)

    def tools(self) -> tuple[Tool, ...]:
        """The tools of the servers that are or were connected."""
        return tuple(tool for session in tuple(self._sessions.values()) for tool in session.tools)

    def problems(self) -> tuple[str, ...]:
        found = [problem for session in tuple(self._sessions.values()) for problem in session.problems]
        return (*([self._problem] if self._problem else []), *found)

    def close(self) -> None:
        """End the sessions and the servers that were started."""
        if self._portal is not None:
            try:
                self._portal.start_task_soon(self._portal.stop)
            except RuntimeError:
                return  # it has ended
            self._thread.join(CLOSING_S)

    def _run(self) -> None:
        try:
            import anyio
            import mcp  # noqa: F401  # 0.5 s to 4 s, in this thread
        except ImportError:
            self._problem = "MCP servers need a package: pip install 'edge-agent[mcp]'."
            log.warning("%s", self._problem)
            self._begun.set()
            return
        try:
            anyio.run(self._serve)
        except BaseException as error:  # the thread must not take the process along, nor end unseen
            self._problem = f"The MCP servers are lost: {type(error).__name__}."
            log.exception("The thread of the MCP servers ended.")
        self._begun.set()

    async def _serve(self) -> None:
        import anyio
        from anyio.from_thread import BlockingPortal

        async with BlockingPortal() as portal, anyio.create_task_group() as keeping:
            for server in self._servers:
                session = McpSession(server, portal, self._deadline_s, self._pauses_s)
                self._sessions[server.name] = session
                keeping.start_soon(session.keep)
            self._portal = portal
            self._begun.set()
            await portal.sleep_until_stopped()
            keeping.cancel_scope.cancel()

"""Session: one MCP server as the event loop of `Servers` keeps it: connected, called, connected again."""

from __future__ import annotations

import logging
import math
import os
from collections.abc import AsyncIterator, Callable
from concurrent.futures import CancelledError, Future
from contextlib import asynccontextmanager
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, Any

from edge_agent.act.tools.listing import McpServer, tools_of
from edge_agent.act.tools.tool import Tool
from edge_agent.errors import ToolError

if TYPE_CHECKING:
    from anyio.from_thread import BlockingPortal

log = logging.getLogger(__name__)

MOST_PAGES = 20
"""A listing has at most so many pages: one that never ends must not fill the memory."""
CONNECTING_S = 30.0
"""A server that was started gets so long until it has listed its tools: some are fetched and compiled first."""
FRESH_S = 20.0
"""A server that has not answered for longer is asked for its list before a call: whether it is still there is then
known before anything is done."""


class McpSession:
    """One server. `tools` and `problems` are read by any thread, all else runs on the loop."""

    def __init__(
        self, server: McpServer, portal: BlockingPortal, deadline_s: float, pauses_s: tuple[float, float]
    ) -> None:
        import anyio

        self._server, self._portal, self._deadline_s, self._pauses_s = server, portal, deadline_s, pauses_s
        self._client: Any = None
        self._heard_at = 0.0
        self._lost, self._wanted, self._settled = anyio.Event(), anyio.Event(), anyio.Event()
        self.tools: tuple[Tool, ...] = ()
        self.problems: tuple[str, ...] = ()
        self.tried = Event()
        """Set once it was connected, or could not be."""

    async def keep(self) -> None:
        """Connect, and again whenever the connection was lost; later each time it fails, or at once for a call."""
        import anyio

        pause_s, longest_s = self._pauses_s
        while True:
            self._lost, self._wanted = anyio.Event(), anyio.Event()
            try:
                await self._connected()
                pause_s = self._pauses_s[0]
            except Exception as error:
                self._unreachable(error)
                self._settle(None)
            self._client = None
            with anyio.move_on_after(pause_s):
                await self._wanted.wait()
            pause_s = min(2 * pause_s, longest_s)

    async def _connected(self) -> None:
        """One connection, until it is lost. Raises what kept it from being made."""
        import anyio
        from mcp import Client

        with anyio.CancelScope(deadline=anyio.current_time() + CONNECTING_S) as scope:
            async with _transport(self._server) as way, Client(way, read_timeout_seconds=CONNECTING_S) as client:
                await self._list(client)
                scope.deadline = math.inf
                self._settle(client)
                await self._lost.wait()
        if scope.cancelled_caught:
            raise TimeoutError(f"nothing within {CONNECTING_S:g} seconds")

    def _unreachable(self, error: Exception) -> None:
        problems = (f"The MCP server {self._server.name} cannot be reached ({_cause(error)}).",)
        if problems != self.problems:  # not once for each try
            log.warning("The MCP server %s cannot be reached: %s.", self._server.name, type(_innermost(error)).__name__)
        self.problems = problems

    def _settle(self, client: Any) -> None:
        """A try has ended, with a client or without: whoever waits for it goes on."""
        import anyio

        self._client = client
        self.tried.set()
        self._settled.set()
        self._settled = anyio.Event()

    async def _list(self, client: Any) -> None:
        import anyio

        listed, cursor = list[Any](), None
        for _ in range(MOST_PAGES):
            page = await client.list_tools(cursor=cursor, cache_mode="bypass")
            listed += page.tools
            cursor = page.next_cursor
            if not cursor:
                break
        tools, problems = tools_of(self._server, listed, self._caller)
        self.tools, self.problems = tuple(tools), tuple(problems)
        self._heard_at = anyio.current_time()

    def _caller(self, name: str) -> Callable[[dict[str, Any]], str]:
        return partial(self._call_from_thread, name)

    def _call_from_thread(self, name: str, arguments: dict[str, Any]) -> str:
        """What the tool returns. Raises ToolError, after twice the deadline at the latest."""
        try:
            asked: Future[str] = self._portal.start_task_soon(self._call, name, arguments)
            return asked.result(2 * self._deadline_s)
        except (TimeoutError, RuntimeError, CancelledError):
            raise ToolError(f"The MCP server {self._server.name} does not answer.") from None

    async def _call(self, name: str, arguments: dict[str, Any]) -> str:
        import anyio

        try:
            with anyio.fail_after(self._deadline_s):
                client = await self._fresh()
                result = await client.call_tool(name, arguments)
        except TimeoutError:
            raise ToolError(f"The MCP server {self._server.name} does not answer.") from None
        except ToolError:
            raise
        except Exception as error:
            if _was_refused(error):
                raise ToolError(f"The MCP server {self._server.name} refuses the call: {_cause(error)}.") from None
            self._lose()
            log.warning("The MCP server %s was lost: %s.", self._server.name, type(_innermost(error)).__name__)
            raise ToolError(
                f"The MCP server {self._server.name} was lost during the call; whether it did it is not known."
            ) from None
        self._heard_at = anyio.current_time()
        text = "\n".join(part.text for part in result.content if isinstance(getattr(part, "text", None), str))
        if result.is_error:
            raise ToolError(text or f"The tool {name} failed.")
        return text

    def _lose(self) -> None:
        """The connection is no good any more; `keep` makes another."""
        self._client = None
        self._lost.set()

    async def _fresh(self) -> Any:
        """The client of a connection that was alive a moment ago; one that was lost is made anew."""
        import anyio

        client = self._client
        if client is not None and anyio.current_time() - self._heard_at > FRESH_S:
            try:
                await self._list(client)
            except Exception:
                client = None
                self._lose()
        if client is None:
            self._wanted.set()
            await self._settled.wait()
        if self._client is None:
            raise ToolError(next(iter(self.problems), f"The MCP server {self._server.name} cannot be reached."))
        return self._client


@asynccontextmanager
async def _transport(server: McpServer) -> AsyncIterator[Any]:
    """How the server is reached; nothing on the way to it is asked: no proxy, no other host by a redirect."""
    if server.command is not None:
        from mcp import StdioServerParameters, stdio_client

        told = StdioServerParameters(command=server.command, args=list(server.args), env=dict(server.env))
        with open(os.devnull, "w") as nowhere:
            yield stdio_client(told, errlog=nowhere)
        return
    import httpx2
    from mcp.client.streamable_http import streamable_http_client

    assert server.url is not None
    async with httpx2.AsyncClient(headers=dict(server.headers), trust_env=False, timeout=30) as client:
        yield streamable_http_client(server.url, http_client=client)


def _was_refused(error: Exception) -> bool:
    """Whether the server itself answered with an error; what the connection says of its end is none."""
    from mcp import MCPError
    from mcp_types import CONNECTION_CLOSED

    return isinstance(error, MCPError) and error.code != CONNECTION_CLOSED


def _innermost(error: BaseException) -> BaseException:
    """What happened: task groups wrap it."""
    while isinstance(error, BaseExceptionGroup) and error.exceptions:
        error = error.exceptions[0]
    return error


def _cause(error: BaseException) -> str:
    """What happened, in few words."""
    error = _innermost(error)
    words = " ".join(str(error).split())[:120]
    return f"{type(error).__name__}: {words}" if words else type(error).__name__

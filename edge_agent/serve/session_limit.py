"""How many are served at the same time. Who finds none is told so at once, a socket before it is opened."""

from __future__ import annotations

from collections.abc import Iterable

from edge_agent.host.gauges import Unwatched, Watch
from edge_agent.serve.http_errors import ApiError, AsgiApp, AsgiSend, Receive, Scope, refuse


class SessionLimit:
    """ASGI middleware: at most `sessions` sockets, and `requests` at once on `paths`, all of which use the engines."""

    def __init__(
        self, app: AsgiApp, *, sessions: int, requests: int, paths: Iterable[str], watch: Watch | None = None
    ) -> None:
        self._app, self._paths, self._watch = app, frozenset(paths), watch or Unwatched()
        self._sessions = sessions
        self._most = {"websocket": sessions, "http": requests}
        self._taken = {"websocket": 0, "http": 0}

    async def __call__(self, scope: Scope, receive: Receive, send: AsgiSend) -> None:
        kind = scope["type"]
        if kind == "lifespan" or (kind == "http" and scope["path"] not in self._paths):
            return await self._app(scope, receive, send)
        if self._taken[kind] >= self._most[kind]:
            self._watch.count("refused")
            return await refuse(scope, send, self._full(kind))
        self._count(kind, 1)
        try:
            await self._app(scope, receive, send)
        finally:
            self._count(kind, -1)

    def _count(self, kind: str, change: int) -> None:
        self._taken[kind] += change
        if kind == "websocket":
            self._watch.hold("sessions", self._taken[kind])

    def _full(self, kind: str) -> ApiError:
        message = (
            f"All {self._sessions} sessions of this server are in use (serve.max_sessions)."
            if kind == "websocket"
            else "The server is busy with other requests."
        )
        return ApiError(429, "rate_limit_exceeded", message, headers={"retry-after": "1"})

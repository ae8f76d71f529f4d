"""How many are served at the same time. Who finds no place is told so at once, where clients show it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable

from edge_agent.host.gauges import Unwatched, Watch
from edge_agent.serve.http_errors import ApiError, AsgiApp, AsgiSend, Receive, Scope, refuse
from edge_agent.serve.realtime import SUBPROTOCOL
from edge_agent.serve.realtime_protocol.errors import ClientError, error_event
from edge_agent.serve.realtime_protocol.ids import random_id
from edge_agent.serve.server import GONE_S

TRY_AGAIN_LATER = 1013
"""The close code of a server that is full (RFC 6455's registry)."""


class Places:
    """The places for conversations: of sockets and of calls, which share them."""

    def __init__(self, most: int, watch: Watch | None = None) -> None:
        self.most, self._watch = most, watch or Unwatched()
        self._taken = 0

    def take(self) -> bool:
        """Whether there was one; it is to be left again."""
        if self._taken >= self.most:
            return False
        self._set(self._taken + 1)
        return True

    def leave(self) -> None:
        self._set(self._taken - 1)

    def full(self) -> str:
        """The sentence for whoever found none."""
        places = "The one place" if self.most == 1 else f"Each of the {self.most} places"
        return f"{places} for a Realtime session is taken (serve.max_sessions)."

    def _set(self, taken: int) -> None:
        self._taken = taken
        self._watch.hold("sessions", taken)


class SessionLimit:
    """ASGI middleware: a place for each socket, and `requests` at once on `paths`, all of which use the engines. A
    socket that looks on at a call (`?call_id=`) needs none."""

    def __init__(
        self,
        app: AsgiApp,
        *,
        sessions: Places,
        requests: int,
        paths: Iterable[str],
        now: Callable[[], float],
        watch: Watch | None = None,
    ) -> None:
        """`now`: seconds of any steady clock."""
        self._app, self._paths, self._now, self._watch = app, frozenset(paths), now, watch or Unwatched()
        self._sessions, self._most, self._taken = sessions, requests, 0
        self._lasted_s = 0.0
        """The time that requests take, the later ones weighing more."""

    async def __call__(self, scope: Scope, receive: Receive, send: AsgiSend) -> None:
        if scope["type"] == "websocket" and b"call_id=" not in scope["query_string"]:
            await self._converse(scope, receive, send)
        elif scope["type"] == "http" and scope["path"] in self._paths:
            await self._request(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _converse(self, scope: Scope, receive: Receive, send: AsgiSend) -> None:
        if not self._sessions.take():
            self._watch.count("refused")
            return await self._turn_away(scope, receive, send)
        try:
            await self._app(scope, receive, send)
        finally:
            self._sessions.leave()

    async def _request(self, scope: Scope, receive: Receive, send: AsgiSend) -> None:
        if self._taken >= self._most:
            self._watch.count("refused")
            return await self._busy(scope, send)
        self._taken += 1
        begun_s = self._now()
        try:
            await self._app(scope, receive, send)
        finally:
            self._taken -= 1
            self._lasted_s += (self._now() - begun_s - self._lasted_s) / 4

    async def _turn_away(self, scope: Scope, receive: Receive, send: AsgiSend) -> None:
        """An `error` event and a reason to close: of a refused upgrade clients show a number at most, 429, and neither
        its body nor its headers."""
        full = self._sessions.full()
        message = f"{full} The place of a client that is gone without a word is free after {GONE_S:.0f} s."
        error = error_event(ClientError("rate_limit_exceeded", message, type="rate_limit_error"))
        offered = SUBPROTOCOL in scope.get("subprotocols", ())
        if (await receive())["type"] != "websocket.connect":
            return
        await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL if offered else None})
        await send({"type": "websocket.send", "text": json.dumps({"event_id": random_id("event"), **error})})
        await send({"type": "websocket.close", "code": TRY_AGAIN_LATER, "reason": full})

    async def _busy(self, scope: Scope, send: AsgiSend) -> None:
        """A place is free once one of the requests is done: the last ones took so long, divided by their number."""
        wait_s = max(1, round(self._lasted_s / self._most))
        message = "The server is busy with other requests."
        await refuse(scope, send, ApiError(429, "rate_limit_exceeded", message, headers={"retry-after": str(wait_s)}))

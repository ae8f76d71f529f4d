"""How many are served at the same time. Who finds no place is told so at once, where clients show it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable

from edge_agent.host.gauges import Unwatched, Watch
from edge_agent.serve.budget import Budget, part_of
from edge_agent.serve.headers import came_from, network
from edge_agent.serve.http_errors import ApiError, AsgiApp, AsgiSend, Receive, Scope, refuse
from edge_agent.serve.realtime import SUBPROTOCOL
from edge_agent.serve.realtime_protocol.errors import ClientError, error_event
from edge_agent.serve.realtime_protocol.ids import random_id
from edge_agent.serve.server import GONE_S

TRY_AGAIN_LATER = 1013
"""The close code of a server that is full (RFC 6455's registry)."""


class Places:
    """The places for conversations: of sockets and of calls, which share them. A client is an address, or a call by
    telephone."""

    def __init__(self, most: int, watch: Watch | None = None) -> None:
        """`most`: in all, of which one client may have its part."""
        watch = watch or Unwatched()
        self._most, self._each = most, part_of(most)
        self._taken = Budget(most, self._each, lambda taken: watch.hold("sessions", taken))

    def take(self, client: str) -> bool:
        """Whether there was one for it; it is to be left again."""
        return self._taken.take(network(client))

    def leave(self, client: str) -> None:
        self._taken.give(network(client))

    def full(self, client: str) -> str:
        """The sentence for a client that found none."""
        if self._taken.used_by(network(client)) >= self._each < self._most:
            taken = f"{self._each} of the {self._most} places for Realtime sessions are taken from this address"
            return f"{taken}, as many as one may have (serve.max_sessions)."
        places = "The one place" if self._most == 1 else f"Each of the {self._most} places"
        return f"{places} for a Realtime session is taken (serve.max_sessions)."


class SessionLimit:
    """ASGI middleware: a place for each socket, and `requests` at once on `paths`, all of which use the engines, of
    which one address may have its part. A socket that looks on at a call (`?call_id=`) needs none."""

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
        self._sessions, self._most, self._requests = sessions, requests, Budget(requests, part_of(requests))
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
        client = came_from(scope)
        if not self._sessions.take(client):
            self._watch.count("refused")
            return await self._turn_away(self._sessions.full(client), scope, receive, send)
        try:
            await self._app(scope, receive, send)
        finally:
            self._sessions.leave(client)

    async def _request(self, scope: Scope, receive: Receive, send: AsgiSend) -> None:
        client = network(came_from(scope))
        if not self._requests.take(client):
            self._watch.count("refused")
            return await self._busy(scope, send)
        begun_s = self._now()
        try:
            await self._app(scope, receive, send)
        finally:
            self._requests.give(client)
            self._lasted_s += (self._now() - begun_s - self._lasted_s) / 4

    async def _turn_away(self, full: str, scope: Scope, receive: Receive, send: AsgiSend) -> None:
        """An `error` event and a reason to close: of a refused upgrade clients show a number at most, 429, and neither
        its body nor its headers."""
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

"""Refusals in the shape of the OpenAI API: a status and {"error": {message, type, param, code}}."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
AsgiSend = Callable[[MutableMapping[str, Any]], Awaitable[None]]
AsgiApp = Callable[[Scope, Receive, AsgiSend], Awaitable[None]]


class ApiError(Exception):
    """Ends a request. `headers` go with the answer (`retry-after`, ...)."""

    def __init__(
        self,
        status: int,
        code: str | None,
        message: str,
        *,
        param: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.param, self.headers = status, code, param, headers or {}

    def body(self) -> dict[str, Any]:
        kind = "server_error" if self.status >= 500 else "invalid_request_error"
        return {"error": {"message": str(self), "type": kind, "param": self.param, "code": self.code}}


async def refuse(scope: Scope, send: AsgiSend, error: ApiError) -> None:
    """Answer a request, or an upgrade to WebSocket that was not accepted yet (ASGI's websocket.http.response)."""
    kind = "websocket.http.response" if scope["type"] == "websocket" else "http.response"
    body = json.dumps(error.body()).encode()
    headers = {"content-type": "application/json", "content-length": str(len(body)), **error.headers}
    if scope["type"] == "http":
        headers["connection"] = "close"  # what is left of the request's body is not read
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": f"{kind}.start", "status": error.status, "headers": raw})
    await send({"type": f"{kind}.body", "body": body})

"""What the page shows of the device: what is kept, what was said, a few settings. JSON, never cached.

Timers and lists are for whoever may use the server, who could ask for them aloud as well. What was said and the
settings are for the owner: for whoever has the key, devices of the house that are paired, and, where no key is set,
programs of the same user of this machine.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from edge_agent.errors import EdgeAgentError
from edge_agent.serve.http_body import json_answer, json_object
from edge_agent.serve.http_errors import ApiError
from edge_agent.serve.keys import DEVICE
from edge_agent.serve.same_user import is_same_user
from edge_agent.types import Json

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response


class Own(Protocol):
    """What the device has to show. All of it reads files: not on the loop. Raises EdgeAgentError."""

    def records(self) -> Json: ...
    def history(self) -> Json: ...
    def settings(self) -> Json: ...
    def change(self, name: str, value: str) -> Json:
        """Raises ConfigError: nothing is changed."""


class DeviceDoors:
    def __init__(self, own: Own, *, keyed: bool) -> None:
        """`keyed`: whether the guard lets only those in who have the key."""
        self._own, self._keyed = own, keyed

    async def records(self, request: Request) -> Response:
        """`GET /v1/device/records`: timers, alarms, reminders, lists."""
        return await _told(self._own.records)

    async def history(self, request: Request) -> Response:
        """`GET /v1/device/history`: the last turns, if the history is on."""
        self._check_owner(request)
        return await _told(self._own.history)

    async def settings(self, request: Request) -> Response:
        """`GET /v1/device/settings`: what people look for, and what may be chosen."""
        self._check_owner(request)
        return await _told(self._own.settings)

    async def change(self, request: Request) -> Response:
        """`POST /v1/device/settings` with `name` and `value`, a string."""
        self._check_owner(request)
        asked = await json_object(request)
        name, value = asked.get("name"), asked.get("value")
        if not isinstance(name, str) or not isinstance(value, str):
            raise ApiError(400, "invalid_type", "'name' and 'value' must be strings.")
        return await _told(lambda: self._own.change(name, value))

    def _check_owner(self, request: Request) -> None:
        client, server = request.scope.get("client"), request.scope.get("server")
        if self._keyed or DEVICE in request.scope or (client and server and is_same_user(tuple(client), tuple(server))):
            return
        raise ApiError(
            403, "not_the_owner", "Another user of this machine runs the server: set serve.token, and use that key."
        )


async def _told(ask: Callable[[], Any]) -> Response:
    try:
        found = await asyncio.to_thread(ask)
    except EdgeAgentError as error:
        raise ApiError(400, "not_possible", str(error).replace("\n ", "")) from None
    return json_answer(found, headers={"cache-control": "no-store"})

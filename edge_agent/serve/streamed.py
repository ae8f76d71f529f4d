"""Streamed: an answer that is sent while it is made, and given up the moment its client is."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from edge_agent.serve.http_errors import AsgiSend, Receive, Scope


@dataclass(frozen=True, slots=True)
class Streamed:
    """What a route may return. Starlette's own response leaves to the garbage collector what was broken off:
    a client that had stopped reading kept its job on the engines.
    """

    pieces: AsyncGenerator[str] | AsyncGenerator[bytes]
    media_type: str

    async def __call__(self, scope: Scope, receive: Receive, send: AsgiSend) -> None:
        from starlette.responses import StreamingResponse

        async with contextlib.aclosing(self.pieces):
            await StreamingResponse(self.pieces, media_type=self.media_type)(scope, receive, send)

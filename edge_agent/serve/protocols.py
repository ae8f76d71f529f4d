"""Protocols: HTTP and WebSocket as uvicorn (0.54), h11 and websockets speak them, within the limits that those lack.

What would be reported upstream is in docs/decisions/0015-connections.md.
"""

from __future__ import annotations

import json
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from edge_agent.serve.crowd import Crowd
from edge_agent.serve.http_errors import ApiError, AsgiApp, AsgiSend, Receive, Scope, refuse

MOST_FRAGMENTS = 4096
"""Frames of one WebSocket message: of 22 million frames of a byte, Python made half a gigabyte."""
MOST_PINGS = 200
"""Pings of a client between two of the server's own, 20 s. Clients send one in that time; while one sent as many as it
could, others waited for their answers three times as long."""
CLOSE = (b"connection", b"close")
FULL = ApiError(503, "too_many_connections", "The server has too many open connections: close some, or try again.")
BAD_HEAD = ApiError(400, "invalid_upgrade", "An upgrade is a GET without a body, of 128 headers of 8 KiB at most.")
TWO_LENGTHS = ApiError(400, "invalid_length", "A request has Content-Length or Transfer-Encoding, not both.")


def http_protocol(crowd: Crowd) -> Any:
    """The class that uvicorn makes for each connection."""
    import h11
    from uvicorn.protocols.http.h11_impl import H11Protocol

    class BoundedHttp(H11Protocol):
        """uvicorn limits neither how many connections there are, nor the head of a request, nor how long a client may
        take to send what nobody reads, or to read what it was sent."""

        def __init__(self, *args: Any, **state: Any) -> None:
            super().__init__(*args, **state)
            self._running = 0
            self.app = self._attended(self.app)

        def connection_made(self, transport: Any) -> None:
            entered = crowd.enter(transport)
            super().connection_made(transport)  # it fails where the client has gone again
            if not entered:
                transport.write(_raw(FULL))
                transport.close()

        def connection_lost(self, exc: Exception | None) -> None:
            crowd.leave(self.transport)
            super().connection_lost(exc)

        def send_400_response(self, msg: str) -> None:
            """Found by fuzzing: a HEAD with a bad chunk. h11 refuses the body that uvicorn would answer it with."""
            with suppress(h11.LocalProtocolError):
                super().send_400_response(msg)
            self.transport.close()

        def _attended(self, app: AsgiApp) -> Any:
            """The application, while which runs the connection does not wait."""

            async def attended(scope: Scope, receive: Receive, send: AsgiSend) -> None:
                self._running += 1
                crowd.attend(self.transport)
                try:
                    if {b"content-length", b"transfer-encoding"} <= {name for name, _ in scope["headers"]}:
                        return await refuse(scope, send, TWO_LENGTHS)  # h11 takes the latter, a proxy may the former
                    await app(scope, receive, _closing(self, send, h11.SEND_BODY))
                finally:
                    self._running -= 1
                    if not self._running:  # of two that came together, the next one has begun
                        crowd.wait(self.transport)

            return attended

    return BoundedHttp


def _closing(protocol: Any, send: AsgiSend, sends_body: object) -> AsgiSend:
    """`send`, after which the connection closes if the body is still to come: nobody reads it then."""

    async def answer(message: Any) -> None:
        if message["type"] == "http.response.start" and protocol.conn.their_state is sends_body:
            others = [pair for pair in message.get("headers", ()) if pair[0] != CLOSE[0]]
            message = {**message, "headers": [*others, CLOSE]}
        await send(message)

    return answer


def socket_protocol(crowd: Crowd) -> Any:
    """The class that uvicorn makes for each upgrade, in the place of the other."""
    from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
    from websockets.exceptions import InvalidState

    class BoundedSocket(_with_few_pings(WebSocketsSansIOProtocol)):  # type: ignore[misc]
        """uvicorn does not answer a head that websockets cannot read, writes pongs to whoever does not read them, and
        closes, but does not abort, whom it does not reach."""

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            if self.conn.handshake_exc and not self.handshake_initiated and not self.transport.is_closing():
                self.transport.write(_raw(BAD_HEAD))
                self.transport.close()

        def handle_cont(self, event: Any) -> None:
            super().handle_cont(event)
            if len(self.frames) > MOST_FRAGMENTS:
                self._refuse_more(1009, f"A message may have {MOST_FRAGMENTS} frames.")

        def send_receive_event_to_app(self) -> None:
            """Found by fuzzing: a text that is no UTF-8, with a close behind it in one packet. uvicorn wants to close
            for the former what websockets has closed for the latter."""
            with suppress(InvalidState):
                super().send_receive_event_to_app()

        def start_keepalive(self) -> None:
            """It was accepted."""
            crowd.attend(self.transport)
            super().start_keepalive()

        async def run_asgi(self) -> None:
            try:
                await super().run_asgi()
            finally:
                crowd.wait(self.transport)

        def keepalive_timeout(self) -> None:
            super().keepalive_timeout()
            self.transport.abort()  # what it has not read it will not

        def connection_lost(self, exc: Exception | None) -> None:
            crowd.leave(self.transport)
            super().connection_lost(exc)

    return BoundedSocket


def _with_few_pings(protocol: Any) -> Any:
    class FewPings(protocol):  # type: ignore[misc]
        pings = 0
        """Since the server's own last one."""

        def handle_ping(self) -> None:
            self.pings += 1
            pongs = b"".join(self.conn.data_to_send())
            if self.pings > MOST_PINGS:
                self._refuse_more(1008, f"A client may send {MOST_PINGS} pings between two of ours.")
            elif self.writable.is_set():
                self.transport.write(pongs)

        def send_keepalive_ping(self) -> None:
            self.pings = 0
            super().send_keepalive_ping()

        def _refuse_more(self, code: int, why: str) -> None:
            if not self.close_sent:
                self.conn.fail(code, why)
                self.handle_parser_exception()

    return FewPings


def _raw(error: ApiError) -> bytes:
    """A refusal where there is no application to make it."""
    body = json.dumps(error.body()).encode()
    head = f"HTTP/1.1 {error.status} {HTTPStatus(error.status).phrase}\r\ncontent-type: application/json\r\n"
    return f"{head}content-length: {len(body)}\r\nconnection: close\r\n\r\n".encode() + body

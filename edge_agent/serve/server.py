"""The listening socket and the HTTP server (uvicorn) behind it, on one asyncio loop."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import logging
import socket
import ssl
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from edge_agent.errors import ConfigError, ServeError
from edge_agent.host.gauges import Unwatched, Watch
from edge_agent.serve.crowd import MOST_OPEN, Crowd
from edge_agent.serve.http_errors import AsgiApp
from edge_agent.serve.protocols import http_protocol, socket_protocol
from edge_agent.state import open_regular

if TYPE_CHECKING:
    import uvicorn

MOST_IN = 22 * 1024 * 1024
"""Bytes of an incoming WebSocket message: 15 MiB of audio in base64, and more."""
HEADERS_S = 10.0
"""The longest that the head of a request may take, or anything else with which nothing is done."""
BACKLOG = 128
"""Connections that the system keeps until they are accepted."""
AT_ONCE = 8
"""Connections that are accepted before it is known whether there is a place for them."""
PING_S = 20
"""The time between two pings of a socket, and the longest that its client may take to answer one."""
GONE_S = 2 * PING_S + 1
"""The longest that a client which is gone without a word holds its place."""
LAST_S = 5
"""The longest that requests may go on when the server stops."""


class HttpServer(Protocol):
    """A server that runs, as far as others need it."""

    should_exit: bool

    def run(self, sockets: list[socket.socket] | None = None) -> None: ...
    async def listen(self, sock: socket.socket, tls: ssl.SSLContext | None) -> asyncio.Server: ...


def bound(host: str, port: int) -> socket.socket:
    """A socket of its own at this address, where nobody else can listen from now on; whoever comes waits until it is
    given to a server. Raises ServeError."""
    family = socket.AF_INET6 if ipaddress.ip_address(host).version == 6 else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # soon after a restart, too
    try:
        sock.bind((host, port))
        sock.listen(BACKLOG)  # with SO_REUSEADDR others may bind it, too, as long as nobody listens
    except OSError as error:
        sock.close()
        if error.errno == errno.EADDRINUSE:
            message = f"Port {port} of {host} is in use by another program."
            raise ServeError(message, fix=f"edge-agent serve --port {port + 1 if port < 65535 else 0}") from None
        raise ServeError(f"Cannot listen on {host}, port {port}: {error.strerror}.") from None
    return sock


def url(sock: socket.socket, scheme: str) -> str:
    """The address of a socket, such as ws://127.0.0.1:8765."""
    host, port = sock.getsockname()[:2]
    return f"{scheme}://[{host}]:{port}" if sock.family == socket.AF_INET6 else f"{scheme}://{host}:{port}"


def check_certificate(cert: Path, key: Path) -> None:
    """Raises ConfigError for files that are no certificate and key."""
    try:
        for file in (cert, key):
            open_regular(file).close()  # a pipe would be waited for
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(cert, key, password=lambda: "")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigError(f"{cert} and {key} are no certificate and its key: {reason}.") from None


def server(
    app: AsgiApp,
    *,
    on_ready: Callable[[], object],
    on_stop: Callable[[], Awaitable[object]],
    on_tick: Callable[[], object] = lambda: None,
    tls: tuple[Path, Path] | None = None,
    most: int = MOST_OPEN,
    watch: Watch | None = None,
) -> HttpServer:
    """A server to be run with `sockets`. Ctrl-C and SIGTERM stop it: `on_stop` says goodbye, then the connections are
    closed, and the signal is raised again. `on_tick` is called each second or two while the loop turns. `most`:
    connections at once, whose number is told to `watch`."""
    import uvicorn

    crowd = Crowd(HEADERS_S, most, partial((watch or Unwatched()).hold, "connections"))
    logging.getLogger("uvicorn.error").addFilter(_is_no_refusal)

    async def tick() -> None:
        on_tick()

    class Server(uvicorn.Server):
        async def listen(self, sock: socket.socket, tls: ssl.SSLContext | None) -> asyncio.Server:
            """Serves at one more socket, until that or the server is closed. Its own TLS, or none."""
            state = {"config": self.config, "server_state": self.server_state, "app_state": {}}
            protocol: Any = partial(self.config.http_protocol_class, **state)
            patience = HEADERS_S if tls else None
            loop = asyncio.get_running_loop()
            listening = await loop.create_server(
                protocol, sock=sock, ssl=tls, ssl_handshake_timeout=patience, backlog=AT_ONCE
            )
            sock.listen(BACKLOG)  # asyncio's number is also that of those accepted before any of them is looked at
            self.servers.append(listening)
            return listening

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup([])
            for sock in sockets or ():
                await self.listen(sock, self.config.ssl)
            on_ready()

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            await on_stop()
            await super().shutdown(sockets)

    return Server(_config(app, crowd, tick, tls))


def _config(
    app: AsgiApp, crowd: Crowd, on_tick: Callable[[], Awaitable[None]], tls: tuple[Path, Path] | None
) -> uvicorn.Config:
    import uvicorn

    return uvicorn.Config(
        app,
        http=http_protocol(crowd),
        ws=socket_protocol(crowd),
        ws_max_size=MOST_IN,
        ws_per_message_deflate=False,  # base64 of noise: all cost and little gain
        ws_ping_interval=PING_S,
        ws_ping_timeout=PING_S,
        timeout_graceful_shutdown=LAST_S,
        lifespan="off",
        callback_notify=on_tick,
        timeout_notify=0,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # anybody could claim to come from elsewhere
        ssl_certfile=tls[0] if tls else None,
        ssl_keyfile=tls[1] if tls else None,
    )


def _is_no_refusal(record: logging.LogRecord) -> bool:
    """uvicorn (0.54) logs each upgrade that was refused as an error of ours, after it has sent the answer, and, with a
    traceback, each text that is no UTF-8."""
    return not any(words in str(record.msg) for words in ("without completing handshake", "Invalid UTF-8"))

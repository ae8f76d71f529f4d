"""Listeners: two sockets at each address of the house, for as long as it is there: the page's, and the authority's."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable, Sequence

from edge_agent.errors import EdgeAgentError
from edge_agent.serve.lan.authority import Authority
from edge_agent.serve.server import HttpServer, bound

log = logging.getLogger(__name__)

LOOK_S = 2.0
"""The time between two looks at the addresses. Each costs the kernel two lists."""


class Listeners:
    """Each address is bound by itself, and not 0.0.0.0: a public one stays shut, and loopback keeps what it has."""

    def __init__(
        self, authority: Authority, addresses: Callable[[], Sequence[str]], *, page_port: int, ca_port: int
    ) -> None:
        self._authority, self._addresses, self._ports = authority, addresses, (page_port, ca_port)
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.minimum_version = ssl.TLSVersion.TLSv1_2
        self._loaded = False
        self._sockets: dict[str, tuple[socket.socket, socket.socket]] = {}
        self._servers: dict[str, list[asyncio.Server]] = {}
        self._following: asyncio.Task[None] | None = None
        self.addresses: tuple[str, ...] = ()
        """Where it is reached, the best first."""

    @property
    def ca_port(self) -> int:
        """The port of the authority, which is not TLS: whoever comes for it trusts nothing here yet."""
        first = next(iter(self._sockets.values()), None)
        return int(first[1].getsockname()[1]) if first else self._ports[1]

    def look(self) -> bool:
        """Binds what is new, closes what is gone, and has a certificate for what is there. Returns whether anything
        has changed. Raises ServeError."""
        found = tuple(self._addresses())
        if found and (self._authority.renew(found) or not self._loaded):
            self._tls.load_cert_chain(self._authority.server_file)  # for handshakes from now on
            self._loaded = True
        for gone in self._sockets.keys() - set(found):
            self._leave(gone)
        for new in (each for each in found if each not in self._sockets):
            self._sockets[new] = self._bound(new)
        changed, self.addresses = found != self.addresses, found
        return changed

    async def serve(self, server: HttpServer) -> None:
        """Lets people in at the addresses of the last look. Must run on the server's loop."""
        for address, (page, ca) in self._sockets.items():
            if address not in self._servers:
                self._servers[address] = [await server.listen(page, self._tls), await server.listen(ca, None)]

    def follow(self, server: HttpServer, on_change: Callable[[], object]) -> None:
        """Serves at whatever addresses there are, from now on until `close`. Must run on the server's loop."""
        self._following = asyncio.create_task(self._follow(server, on_change))

    async def _follow(self, server: HttpServer, on_change: Callable[[], object]) -> None:
        said = ""
        while True:
            try:
                await self.serve(server)
                if self.look():
                    await self.serve(server)
                    on_change()
                said = ""
            except (EdgeAgentError, OSError) as error:
                if str(error) != said:
                    log.warning("The page cannot be reached from other devices: %s", error)
                said = str(error)
            await asyncio.sleep(LOOK_S)

    def close(self) -> None:
        """Nobody comes in any more. Who is in stays until the server ends."""
        if self._following:
            self._following.cancel()
        for address in list(self._sockets):
            self._leave(address)

    def _bound(self, address: str) -> tuple[socket.socket, socket.socket]:
        page = bound(address, self._ports[0])
        try:
            return page, bound(address, self.ca_port)
        except BaseException:
            page.close()
            raise

    def _leave(self, address: str) -> None:
        for server in self._servers.pop(address, []):
            server.close()
        for sock in self._sockets.pop(address):
            sock.close()

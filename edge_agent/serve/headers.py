"""Headers: those of a request as ASGI hands them over, and what a Host header names."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from edge_agent.serve.http_errors import Scope


class Headers:
    """The headers of an ASGI scope, by lower-case name."""

    def __init__(self, scope: Scope) -> None:
        self._raw: list[tuple[bytes, bytes]] = list(scope["headers"])

    def all(self, name: str) -> list[str]:
        return [value.decode("latin-1").strip() for key, value in self._raw if key.lower() == name.encode()]

    def first(self, name: str) -> str | None:
        return next(iter(self.all(name)), None)


def host_name(header: str) -> str | None:
    """ "[::1]:80" -> "::1"; "LocalHost.:80" -> "localhost"; None for what is no host."""
    try:
        parts = urlsplit(f"//{header}")
        _ = parts.port
    except ValueError:
        return None
    name = (parts.hostname or "").rstrip(".")
    return name if name and parts.netloc == header and "@" not in header else None


def is_loopback(name: str) -> bool:
    """Whether it is an address that only this machine reaches."""
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def reached(scope: Scope) -> str:
    """The address of this machine at which the request came in, which no client can make up; "" for none."""
    return str((scope.get("server") or ("",))[0])


def came_from(scope: Scope) -> str:
    """The address that the request comes from; "" for none."""
    return str((scope.get("client") or ("",))[0])


def network(client: str) -> str:
    """Where a client comes from: its address, or all of an IPv6 network of 64 bits: one machine may have all of
    those."""
    try:
        address = ipaddress.ip_address(client)
    except ValueError:
        return client
    return client if address.version == 4 else str(ipaddress.ip_network((address, 64), strict=False))

"""Networks: which addresses are those of a house, and what this machine is called in it."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Sequence
from pathlib import Path

from edge_agent.rtc.addresses import named_addresses

PRIVATE = (
    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",  # RFC 1918
    "169.254.0.0/16",  # of two machines with a cable between them
    "192.0.2.0/24",  # RFC 5737: documentation; virtual machines are given them
    "fc00::/7",
)  # fmt: skip
"""What no router of the internet leads to. Of a machine that has a public address, too, that one stays shut."""
NETWORKS = tuple(map(ipaddress.ip_network, PRIVATE))
LOCAL = "local"
"""The domain of names that machines of a network answer for themselves (mDNS)."""
ROUTES = Path("/proc/net/route")
DEFAULT = "00000000"


def of_the_house(found: Sequence[tuple[str, str]], routed: str | None) -> list[str]:
    """The private ones of (interface, address); those of the interface `routed`, and of IPv4, first."""
    private = [each for each in found if any(ipaddress.ip_address(each[1]) in network for network in NETWORKS)]
    return [address for name, address in sorted(private, key=lambda each: (each[0] != routed, ":" in each[1]))]


def lan_addresses() -> list[str]:
    """The addresses of this machine that others of the house reach, best first. None while there is no network."""
    return of_the_house(named_addresses(), _routed())


def host_label() -> str:
    """The first part of this machine's name, fit for a certificate; nobody is asked for it."""
    label = re.sub(r"[^a-z0-9-]", "-", socket.gethostname().partition(".")[0].lower()).strip("-")[:63]
    return label or "edge-agent"


def _routed() -> str | None:
    """The interface that leads out of the house: the one that the house is on, among those of containers."""
    try:
        rows = [line.split() for line in ROUTES.read_text().splitlines()[1:]]
    except OSError:
        return None
    return next((row[0] for row in rows if len(row) > 1 and row[1] == DEFAULT), None)

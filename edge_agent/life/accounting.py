"""Accounting: what the kernel has counted of a service's network (systemd.resource-control)."""

from __future__ import annotations

import ipaddress
import subprocess
from contextlib import suppress

_ASKED = ("ActiveState", "IPAccounting", "IPEgressBytes", "IPIngressBytes", "IPAddressAllow", "PrivateNetwork")
_WITHIN_S = 5.0


def sent(unit: str) -> str | None:
    """A sentence on the bytes of a system service since its start; None where it does not run, or nobody counts."""
    command = ["systemctl", "show", *(f"--property={name}" for name in _ASKED), unit]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_WITHIN_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return said_of(dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line))


def said_of(shown: dict[str, str]) -> str | None:
    """The same, of what `systemctl show` has told.

    The kernel counts loopback, too, and counts nothing that it drops. So what has left the machine is 0 where only
    addresses of this machine pass, and at most the count where others do.
    """
    if shown.get("ActiveState") != "active":
        return None
    if shown.get("PrivateNetwork") == "yes":
        return "0 bytes beyond this machine: it has no network at all."
    egress = shown.get("IPEgressBytes", "")
    if shown.get("IPAccounting") != "yes" or not egress.isdecimal() or int(egress) >= 2**63:  # 2**64-1: not counted
        return None
    allowed = shown.get("IPAddressAllow", "").split()
    if allowed and all(_is_of_this_machine(each) for each in allowed):
        return f"0 bytes beyond this machine, as the kernel lets none pass; {int(egress):,} within it."
    return f"at most {int(egress):,} bytes beyond this machine since its start, loopback counted in."


def _is_of_this_machine(network: str) -> bool:
    with suppress(ValueError):
        return ipaddress.ip_network(network, strict=False).is_loopback
    return False

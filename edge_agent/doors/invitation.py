"""Invitation: what a terminal shows so that another device of the house finds the page: addresses, fingerprint, key."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

BORDER = 2
"""Modules of white around a QR code; the standard asks for 4, and every phone that was tried is content with 2."""
COLOURS, PLAIN = "\x1b[38;5;16;48;5;231m", "\x1b[0m"
"""Black on white, whatever colours the terminal has."""
HALVES = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}


@dataclass(frozen=True, slots=True)
class Invitation:
    addresses: Sequence[str]
    """Where the machine is reached, the best first; at least one."""
    name: str
    """What it is called where names are answered, such as "pi.local"."""
    ports: tuple[int, int]
    """The ports of the page and of the certificate."""
    fingerprint: str
    """The SHA-256 of the authority."""
    pairing: str
    """The command that shows a key."""
    key: str | None = None
    """A one-time key; None where others could read along."""

    @property
    def page(self) -> str:
        return f"https://{bracketed(self.addresses[0])}:{self.ports[0]}/"

    @property
    def link(self) -> str:
        """The address of the page with the key, which is behind a # and so is sent to nobody."""
        return f"{self.page}#pair={self.key}" if self.key else self.page

    def text(self, *, colours: bool = False) -> str:
        """Some lines, the last of which are the link as a QR code, if there is a key."""
        first, *others = (f"{bracketed(each)}:{self.ports[0]}" for each in (*self.addresses, self.name))
        half = len(self.fingerprint) // 2 + 1
        rows = [
            ("once, its certificate:", f"http://{bracketed(self.addresses[0])}:{self.ports[1]}/ca"),
            ("with the SHA-256", self.fingerprint[:half]),
            ("", self.fingerprint[half:]),
            ("then the page:", f"https://{first}/"),
            ("or:", ", ".join(others)),
            *([("with the key:", f"{self.key}   (good once, and for ten minutes)")] if self.key else []),
            ("another key:" if self.key else "with a key:", self.pairing),
        ]
        lines = ["From another device of the house:", *(f"  {what:<22}  {told}" for what, told in rows)]
        return "\n".join([*lines, "", *qr(self.link, colours=colours)] if self.key else lines)


def qr(text: str, *, colours: bool) -> list[str]:
    """The lines of a QR code, two modules in each character. Without `colours` it is dark on the terminal's ground."""
    import segno

    rows = [[bool(module) for module in row] for row in segno.make(text, error="l", micro=False).matrix_iter(1, BORDER)]
    rows += [[False] * len(rows[0])] * (len(rows) % 2)
    lines = [
        "".join(HALVES[pair] for pair in zip(upper, lower, strict=True))
        for upper, lower in zip(rows[::2], rows[1::2], strict=True)
    ]
    return [f"  {COLOURS}{line}{PLAIN}" for line in lines] if colours else [f"  {line}" for line in lines]


def bracketed(address: str) -> str:
    """The address as it stands in a URL."""
    try:
        return f"[{address}]" if ipaddress.ip_address(address).version == 6 else address
    except ValueError:
        return address

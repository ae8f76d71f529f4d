"""Authority: the certificate authority of this device, made once, and the certificate that its server shows."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from edge_agent.errors import ServeError
from edge_agent.rtc.stack import INSTALL
from edge_agent.serve.lan import certificates
from edge_agent.serve.lan.certificates import Certified
from edge_agent.serve.lan.networks import LOCAL
from edge_agent.state import mend, sync, write_whole

FILE = "authority.pem"
RENEWED = timedelta(days=30)
"""How long before its end the server has a new certificate."""
FIRST_YEAR = 2026
"""The year of this file: a clock that is before it is that of a board without a battery."""


class Authority:
    """`authority.pem` and `server.pem` in a folder of the state directory, each with its key, for their owner alone."""

    def __init__(self, folder: Path, label: str, now: Callable[[], datetime], *, make: bool = True) -> None:
        """Reads the authority, or makes it. `label`: what this machine is called. `now`: with a zone. Raises
        ServeError; without `make`, also where there is no authority yet."""
        check()
        self._file, self._label, self._now = folder / FILE, label, now
        self.server_file = folder / "server.pem"
        """What the server shows, and its key."""
        self._own = self._read() or self._made(make)
        self._server: Certified | None = None
        with suppress(OSError, ValueError):  # another one is made
            self._server = certificates.from_pem(self.server_file.read_text("ascii"))

    @property
    def certificate(self) -> bytes:
        """What is installed on other devices (DER)."""
        return certificates.der(self._own)

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of its certificate as "AB:CD:...", for people to compare."""
        return hashlib.sha256(self.certificate).digest().hex(":").upper()

    @property
    def ends(self) -> datetime:
        return self._own.certificate.not_valid_after_utc

    def names(self) -> frozenset[str]:
        """What this machine is called in the house, as far as the authority vouches for it."""
        return certificates.vouched(self._own, (self._label, f"{self._label}.{LOCAL}"))

    def renew(self, addresses: Iterable[str]) -> bool:
        """Makes the server's certificate anew, unless that which is there is for these addresses and no others, and
        lasts. Returns whether it did. Raises ServeError."""
        wanted = self.names() | certificates.vouched(self._own, addresses)
        if self._server and self._lasts(self._server, wanted):
            return False
        if self.ends <= self._now():
            raise ServeError(f"The authority of this device ended on {self.ends:%Y-%m-%d}.", fix=f"rm {self._file}")
        self._server = certificates.new_server(self._own, wanted, self._now())
        self._write(self.server_file, self._server)
        return True

    def _lasts(self, server: Certified, wanted: frozenset[str]) -> bool:
        ends = min(server.certificate.not_valid_after_utc, self.ends)
        begun = server.certificate.not_valid_before_utc <= self._now()  # it is not, if the clock was set back
        return (
            begun
            and (self._now() + RENEWED < ends or ends == self.ends > self._now())
            and certificates.names_of(server.certificate) == wanted
            and certificates.is_issued_by(server.certificate, self._own)
        )

    def _read(self) -> Certified | None:
        try:
            return certificates.from_pem(self._file.read_text("ascii"))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise ServeError(f"{self._file} cannot be read ({error.strerror}).") from None
        except ValueError:
            message = f"{self._file} is no authority. Without it, devices have to install a new one."
            raise ServeError(message, fix=f"rm {self._file}") from None

    def _made(self, make: bool) -> Certified:
        if not make:
            raise ServeError("There is no certificate for other devices yet.", fix="edge-agent serve --lan")
        if self._now().year < FIRST_YEAR:
            raise ServeError(f"The clock of this machine says {self._now():%Y-%m-%d}: certificates need the right day.")
        made = certificates.new_authority(self._label, self._now())
        self._write(self._file, made)
        return made

    def _write(self, file: Path, certified: Certified) -> None:
        """Raises ServeError: there is what was there before."""
        try:
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_whole(file, certificates.to_pem(certified))
            sync(file.parent)
        except OSError as error:
            fix = mend(error, file.parent.parent, "serve --lan")
            raise ServeError(f"{file} cannot be written ({error.strerror}).", fix=fix) from None


def check() -> None:
    """Raises ServeError without the packages for the page on other devices: those of the extra `webrtc`."""
    try:
        import cryptography  # noqa: F401
        import segno  # noqa: F401
    except ImportError as error:
        message = f"The page on other devices needs the extra `webrtc`: the package {error.name} is missing."
        raise ServeError(message, fix=f"{INSTALL} segno") from None

"""One-time keys: short enough to be typed, good once and for ten minutes; whoever has one may pair a device."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from edge_agent.errors import StateError
from edge_agent.state import mend

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Letters and digits, less those that look alike on a screen."""
LENGTH = 8
"""39 bits: of whoever tries 1,000 a second for as long as a key is good, one in a million finds it."""
GOOD_S = 600.0


class OneTimeKeys:
    """An empty file each, whose name is the SHA-256 of the key: what deletes it has used it, and nobody else has.
    `edge-agent devices pair` and the server share them."""

    def __init__(self, folder: Path, now: Callable[[], float]) -> None:
        """`now`: Unix time in seconds."""
        self._folder, self._now = folder, now

    def issue(self) -> str:
        """A new key, as "K7QX-29FM". Raises StateError."""
        key = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
        file, now = self._file(key), self._now()
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._drop_ended()
            file.touch(mode=0o600)
            os.utime(file, (now, now))
        except OSError as error:
            fix = mend(error, self._folder.parent.parent, "devices pair")
            raise StateError(f"No key can be made: {self._folder} ({error.strerror}).", fix=fix) from error
        return f"{key[:4]}-{key[4:]}"

    def redeem(self, key: str) -> bool:
        """Whether the key is good; now it is no more. Small letters, blanks and the hyphen do not matter.

        Looked up by its hash: how long that takes tells nothing of a key.
        """
        file = self._file("".join(key.upper().replace("-", "").split()))
        try:
            good = self._is_good(file)
            file.unlink()  # of two that come at once, this fails for one
        except OSError:
            return False
        return good

    def _is_good(self, file: Path) -> bool:
        """A clock that was set back makes no key good again."""
        return 0 <= self._now() - file.stat().st_mtime < GOOD_S

    def _drop_ended(self) -> None:
        for file in self._folder.iterdir():
            with suppress(OSError):  # used by now
                if not self._is_good(file):
                    file.unlink()

    def _file(self, key: str) -> Path:
        return self._folder / hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()

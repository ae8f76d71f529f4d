"""Client secrets (`ek_...`): keys of a short life that a trusted program hands to a page or an app."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

PREFIX = "ek_"
MIN_S, DEFAULT_S, MAX_S = 10, 600, 7200
"""Seconds of life, as in the OpenAI API."""


@dataclass(frozen=True, slots=True)
class ClientSecret:
    value: str
    expires_at: int
    """Unix time in seconds."""


@dataclass(frozen=True, slots=True)
class _Issued:
    expires_at: int
    session: dict[str, Any]


class ClientSecrets:
    """At most `limit` secrets live at a time; the oldest goes first. They are kept as SHA-256, so that memory holds no
    key that works.

    Looked up by its hash: how long that takes tells nothing of a key, which has 192 random bits.
    """

    def __init__(self, now: Callable[[], float], *, limit: int = 256) -> None:
        self._now, self._limit = now, limit
        self._issued: dict[bytes, _Issued] = {}

    def issue(self, session: dict[str, Any], seconds: int = DEFAULT_S) -> ClientSecret:
        """A new secret for sockets that begin with this `session` (the body of a `session.update`)."""
        self._drop_expired()
        while len(self._issued) >= self._limit:
            del self._issued[next(iter(self._issued))]
        value = PREFIX + secrets.token_urlsafe(24)
        secret = ClientSecret(value, int(self._now()) + seconds)
        self._issued[_digest(value)] = _Issued(secret.expires_at, session)
        return secret

    def session_of(self, value: str) -> dict[str, Any] | None:
        """What the secret was issued for; None if it is unknown or has expired."""
        self._drop_expired()
        issued = self._issued.get(_digest(value))
        return issued.session if issued else None

    def _drop_expired(self) -> None:
        now = self._now()
        self._issued = {key: issued for key, issued in self._issued.items() if issued.expires_at > now}


def _digest(value: str) -> bytes:
    return hashlib.sha256(value.encode("utf-8", "surrogateescape")).digest()

"""Client secrets (`ek_...`): keys of a short life that a trusted program hands to a page or an app."""

from __future__ import annotations

import hashlib
import json
import math
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from edge_agent.serve.budget import Budget
from edge_agent.serve.http_errors import ApiError

PREFIX = "ek_"
MIN_S, DEFAULT_S, MAX_S = 10, 600, 7200
"""Seconds of life, as in the OpenAI API."""
MOST_SESSION = 64 * 1024
"""Bytes of JSON that one secret may keep."""
MOST_KEPT = 2**20
"""Bytes of JSON that all secrets may keep."""


@dataclass(frozen=True, slots=True)
class ClientSecret:
    value: str
    expires_at: int
    """Unix time in seconds."""


@dataclass(frozen=True, slots=True)
class _Issued:
    ends: float
    session: bytes
    """JSON: of a MB of empty lists Python made 23 MB."""


class ClientSecrets:
    """At most `limit` secrets live at a time. They are kept as SHA-256, so that memory holds no key that works.

    Looked up by its hash: how long that takes tells nothing of a key, which has 192 random bits.
    """

    def __init__(
        self,
        unix: Callable[[], float],
        monotonic: Callable[[], float],
        told: Callable[[int], object] = lambda used: None,
        *,
        limit: int = 256,
    ) -> None:
        """Both clocks in seconds: a secret ends by the one that nobody sets. `told`: hears how many bytes are kept."""
        self._unix, self._now, self._limit = unix, monotonic, limit
        self._kept = Budget(MOST_KEPT, MOST_SESSION, told)
        self._issued: dict[bytes, _Issued] = {}

    def issue(self, session: dict[str, Any], seconds: int = DEFAULT_S) -> ClientSecret:
        """A new secret for sockets that begin with this `session` (the body of a `session.update`). Raises ApiError:
        413 for a session that is too long, 429 where there are too many; none that lives is pushed out."""
        self._drop_expired()
        value, kept = PREFIX + secrets.token_urlsafe(24), _compact(session)
        if len(kept) > MOST_SESSION:
            message = f"The session of a client secret may have {MOST_SESSION} bytes at most."
            raise ApiError(413, "request_too_large", message, param="session")
        if len(self._issued) >= self._limit or not self._kept.take(_digest(value), len(kept)):
            raise self._full()
        self._issued[_digest(value)] = _Issued(self._now() + seconds, kept)
        return ClientSecret(value, int(self._unix()) + seconds)

    def session_of(self, value: str) -> dict[str, Any] | None:
        """What the secret was issued for; None if it is unknown or has expired."""
        self._drop_expired()
        issued = self._issued.get(_digest(value))
        return json.loads(issued.session) if issued else None

    def _full(self) -> ApiError:
        wait_s = math.ceil(min(issued.ends for issued in self._issued.values()) - self._now())
        message = f"Too many client secrets live. The first of them ends in {wait_s} s; ask for shorter lives."
        return ApiError(429, "rate_limit_exceeded", message, headers={"retry-after": f"{wait_s}"})

    def _drop_expired(self) -> None:
        now = self._now()
        for key in [key for key, issued in self._issued.items() if issued.ends <= now]:
            del self._issued[key]
            self._kept.give_all(key)


def _digest(value: str) -> bytes:
    return hashlib.sha256(value.encode("utf-8", "surrogateescape")).digest()


def _compact(session: dict[str, Any]) -> bytes:
    return json.dumps(session, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")

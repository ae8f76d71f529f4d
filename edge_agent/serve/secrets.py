"""Client secrets (`ek_...`): keys of a short life that a trusted program hands to a page or an app."""

from __future__ import annotations

import hashlib
import json
import math
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from edge_agent.serve.budget import Budget, part_of
from edge_agent.serve.headers import network
from edge_agent.serve.http_errors import ApiError

PREFIX = "ek_"
MIN_S, DEFAULT_S, MAX_S = 10, 600, 7200
"""Seconds of life, as in the OpenAI API."""
MOST_SESSION = 64 * 1024
"""Bytes of JSON that one secret may keep."""
MOST_KEPT = 2**20
"""Bytes of JSON that all secrets may keep; those of one address keep its part of them."""


@dataclass(frozen=True, slots=True)
class ClientSecret:
    value: str
    expires_at: int
    """Unix time in seconds."""


@dataclass(frozen=True, slots=True)
class _Issued:
    client: str
    ends: float
    session: bytes
    """JSON: of a MB of empty lists Python made 23 MB."""


class ClientSecrets:
    """At most `limit` secrets live at a time, of which one address may have its part. They are kept as SHA-256, so
    that memory holds no key that works.

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
        self._unix, self._now = unix, monotonic
        self._live = Budget(limit, part_of(limit))
        self._kept = Budget(MOST_KEPT, part_of(MOST_KEPT), told)
        self._issued: dict[bytes, _Issued] = {}

    def issue(self, session: dict[str, Any], seconds: int = DEFAULT_S, *, address: str = "") -> ClientSecret:
        """A new secret for sockets that begin with this `session` (the body of a `session.update`), asked for from
        `address`. Raises ApiError: 413 for a session that is too long, 429 where there are too many; none that lives
        is pushed out."""
        self._drop_expired()
        client = network(address)
        value, kept = PREFIX + secrets.token_urlsafe(24), _compact(session)
        if len(kept) > MOST_SESSION:
            message = f"The session of a client secret may have {MOST_SESSION} bytes at most."
            raise ApiError(413, "request_too_large", message, param="session")
        if not self._live.take(client):
            raise self._full(client)
        if not self._kept.take(client, len(kept)):
            self._live.give(client)
            raise self._full(client)
        self._issued[_digest(value)] = _Issued(client, self._now() + seconds, kept)
        return ClientSecret(value, int(self._unix()) + seconds)

    def session_of(self, value: str) -> dict[str, Any] | None:
        """What the secret was issued for; None if it is unknown or has expired."""
        self._drop_expired()
        issued = self._issued.get(_digest(value))
        return json.loads(issued.session) if issued else None

    def _full(self, client: str) -> ApiError:
        """One of the client's own makes room for it, where it has any."""
        issued = self._issued.values()
        ends = [each.ends for each in issued if each.client == client] or [each.ends for each in issued]
        wait_s = math.ceil(min(ends) - self._now())
        message = f"Too many client secrets live. The first of them ends in {wait_s} s; ask for shorter lives."
        return ApiError(429, "rate_limit_exceeded", message, headers={"retry-after": f"{wait_s}"})

    def _drop_expired(self) -> None:
        now = self._now()
        for key in [key for key, issued in self._issued.items() if issued.ends <= now]:
            gone = self._issued.pop(key)
            self._live.give(gone.client)
            self._kept.give(gone.client, len(gone.session))


def _digest(value: str) -> bytes:
    return hashlib.sha256(value.encode("utf-8", "surrogateescape")).digest()


def _compact(session: dict[str, Any]) -> bytes:
    return json.dumps(session, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")

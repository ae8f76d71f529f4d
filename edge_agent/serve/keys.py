"""Keys: who is let in: whoever has the server's key, a client secret, or a device that is paired; and who must wait."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from http import HTTPStatus
from typing import Protocol

from edge_agent.serve.headers import Headers, came_from, is_loopback, network, reached
from edge_agent.serve.http_errors import ApiError, Scope
from edge_agent.serve.key_backoff import KeyBackoff
from edge_agent.serve.secrets import PREFIX, ClientSecrets

KEY_PROTOCOL = "openai-insecure-api-key."
"""How a browser, which can set no header, sends its key: as a subprotocol."""
SESSION = "edge_agent.session"
"""The key under which the scope of a socket keeps the session that its client secret was issued for."""
DEVICE = "edge_agent.device"
"""The key under which the scope of a request keeps the id of the paired device that it is from."""
OPEN_TO_ALL = {"/health", "/", "/ca"}
OPEN_FOLDERS = ("/page/", "/ca/")
"""The places of files that tell nothing."""
OWN_PATHS = "/v1/device/"
"""The beginning of what a paired device may ask for: what the page shows, and its calls."""
UNGUESSABLE = 20
"""Characters of a key that nobody finds by trying: whoever has it need not wait for those who guess."""
PAIR_PATH = "/v1/device/pair"
REALTIME_PATHS = ("/v1/realtime", "/realtime", "/openai/realtime", "/openai/v1/realtime")


class Pairing(Protocol):
    """What is known of the devices of the house (serve/lan)."""

    def device_of(self, headers: Headers) -> str | None:
        """The id of the paired device that these headers are from."""
        ...

    def redeem(self, key: str) -> bool:
        """Whether it was a one-time key that is good. From now on it is not."""
        ...


class Keys:
    def __init__(
        self, token: str | None, secrets: ClientSecrets, now: Callable[[], float], pairing: Pairing | None = None
    ) -> None:
        """`token`: what all clients must have; None: any key, or none, on loopback. `now` in seconds, for the tries."""
        self._token, self._secrets, self._pairing = token, secrets, pairing
        self._backoff = KeyBackoff(now)

    def check(self, scope: Scope, headers: Headers) -> None:
        """Raises ApiError for a wrong or missing key, and for whoever has tried too many.

        A client secret is no try: none can be guessed, and a page whose own has expired shares its address with others.
        Neither is what a device has been given, for the same reasons.
        """
        path = scope["path"]
        if path in OPEN_TO_ALL or path.startswith(OPEN_FOLDERS):
            return
        if self._pairing and path.startswith(OWN_PATHS) and (device := self._pairing.device_of(headers)):
            scope[DEVICE] = device
            return
        key = key_of(scope, headers)
        if self._pairing and path == PAIR_PATH:
            redeem = self._pairing.redeem
            self._try(scope, key, lambda given: self._is_token(given) or redeem(given))
        elif key and key.startswith(PREFIX) and _converses(scope):
            scope[SESSION] = self._secrets.session_of(key)
            if scope[SESSION] is None:
                raise _wrong(key)
        elif self._token is not None or (self._pairing and not is_loopback(reached(scope))):
            self._try(scope, key, self._is_token)

    def _try(self, scope: Scope, key: str | None, is_good: Callable[[str], bool]) -> None:
        address = network(came_from(scope))
        if key and len(key) >= UNGUESSABLE and self._is_token(key):
            return  # at any time: on loopback all programs are one address, and one that guesses locked out the others
        if wait_s := self._backoff.wait_s(address):
            raise ApiError(
                HTTPStatus.TOO_MANY_REQUESTS,
                "rate_limit_exceeded",
                f"Too many wrong keys. Try again in {wait_s:.0f} s.",
                headers={"retry-after": f"{wait_s:.0f}"},
            )
        if key is None:
            raise _wrong(key)
        if not is_good(key):
            self._backoff.wrong(address)
            raise _wrong(key)
        self._backoff.right(address)

    def _is_token(self, key: str) -> bool:
        if self._token is None:
            return False
        wanted, given = (text.encode("utf-8", "surrogateescape") for text in (self._token, key))
        return hmac.compare_digest(wanted, given)


def key_of(scope: Scope, headers: Headers) -> str | None:
    """The key of a request: from Authorization, `api-key` (Azure), or a subprotocol (browsers)."""
    kind, _, key = (headers.first("authorization") or "").partition(" ")
    if kind.lower() == "bearer" and key.strip():
        return key.strip()
    if azure := headers.first("api-key"):
        return azure
    offered = (name for name in scope.get("subprotocols", ()) if name.startswith(KEY_PROTOCOL))
    return next((name.removeprefix(KEY_PROTOCOL) for name in offered), None) or None


def _wrong(key: str | None) -> ApiError:
    return ApiError(
        HTTPStatus.UNAUTHORIZED,
        "invalid_api_key",
        "The API key is wrong or has expired." if key else "An API key is needed.",
        headers={"www-authenticate": "Bearer"},
    )


def _converses(scope: Scope) -> bool:
    """Whether it is the beginning of a conversation, which a client secret opens: a socket, or an offer of WebRTC."""
    if scope["type"] == "websocket":
        return scope["path"] in REALTIME_PATHS
    return scope["method"] == "POST" and scope["path"].removesuffix("/calls") in REALTIME_PATHS

"""Guard: who may speak to the server at all. Host, Origin, key, tries, size and pace of uploads, on every route.

A server on loopback is reached by any web page: through its browser (Origin), or through a name of the page's own that
is suddenly said to be 127.0.0.1 (DNS rebinding; Host).
"""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from edge_agent.errors import ConfigError
from edge_agent.host.gauges import Unwatched, Watch
from edge_agent.serve.http_errors import ApiError, AsgiApp, AsgiSend, Receive, Scope, refuse
from edge_agent.serve.key_backoff import KeyBackoff
from edge_agent.serve.secrets import PREFIX, ClientSecrets

log = logging.getLogger(__name__)

KEY_PROTOCOL = "openai-insecure-api-key."
"""How a browser, which can set no header, sends its key: as a subprotocol."""
SESSION = "edge_agent.session"
"""The key under which the scope of a socket keeps the session that its client secret was issued for."""
OPEN_TO_ALL = {"/health", "/"}
REALTIME_PATHS = ("/v1/realtime", "/realtime", "/openai/realtime", "/openai/v1/realtime")


@dataclass(frozen=True, slots=True)
class Rules:
    token: str | None = None
    """The key that all clients must have; None: any key, or none."""
    allowed_hosts: frozenset[str] = frozenset()
    """Names that clients may reach it under, besides those of loopback."""
    allowed_origins: frozenset[str] = frozenset()
    """Web pages that may use it, as `http://localhost:3000`."""
    max_body: int = 26 * 1024 * 1024
    """Bytes of an upload. The OpenAI API takes files of 25 MB."""
    upload_s: float = 60.0
    """The longest that an upload may take."""
    write_s: float = 30.0
    """The longest that a client may take to read a piece of an answer."""
    preflight: dict[str, str] = field(
        default_factory=lambda: {
            "access-control-allow-methods": "GET, POST",
            "access-control-allow-headers": "authorization, *",  # openai-node adds a dozen of its own
            "access-control-max-age": "600",
        }
    )


def check_exposure(host: str, *, token: str | None, tls: bool) -> None:
    """Raises ConfigError for an address that others on the network reach, unless there are both a key and TLS."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        raise ConfigError(
            f"The server listens on an address such as 127.0.0.1, or on localhost, not on '{host}'."
        ) from None
    missing = [name for name, there in (("a key (serve.token)", token), ("TLS (serve.tls_cert)", tls)) if not there]
    if not address.is_loopback and missing:
        raise ConfigError(
            f"On {host} others on the network could listen and speak to it: {' and '.join(missing)} must be set.",
            fix="edge-agent serve --host 127.0.0.1, or --token, --tls-cert and --tls-key: see docs/server.md",
        )


class Guard:
    """ASGI middleware around all of the application. `now` in seconds, for the tries."""

    def __init__(
        self,
        app: AsgiApp,
        rules: Rules,
        secrets: ClientSecrets,
        now: Callable[[], float],
        watch: Watch | None = None,
    ) -> None:
        self._app, self._rules, self._secrets = app, rules, secrets
        self._names = {"localhost", *(name.lower() for name in rules.allowed_hosts)}
        self._pages = {page.lower().rstrip("/") for page in rules.allowed_origins}
        self._backoff = KeyBackoff(now)
        self._watch = watch or Unwatched()

    async def __call__(self, scope: Scope, receive: Receive, send: AsgiSend) -> None:
        if scope["type"] == "lifespan":
            return await self._app(scope, receive, send)
        headers = Headers(scope)
        answer = self._paced(send) if scope["type"] == "http" else send
        try:
            self._check_host(scope, headers)
            if origin := self._checked_origin(scope, headers):
                answer = _with_cors(answer, origin)
                if scope["type"] == "http" and scope["method"] == "OPTIONS":
                    return await _preflight(answer, self._rules.preflight)
            self._check_key(scope, headers)
            receive = self._bounded(headers, receive) if scope["type"] == "http" else receive
        except ApiError as refusal:
            self._watch.count("refused")
            return await refuse(scope, answer, refusal)
        try:
            await self._app(scope, receive, answer)
        except SlowReader:
            log.warning("A client did not read its answer and was left.")

    def _check_host(self, scope: Scope, headers: Headers) -> None:
        """Raises ApiError unless Host is a name of loopback, the address that was reached, or allowed."""
        given = headers.all("host")
        if len(given) != 1 or (name := host_name(given[0])) is None:
            raise ApiError(400, "invalid_host", "A request must have one Host header.")
        reached = (scope.get("server") or ("",))[0]  # an address, which no page can make its own
        if name not in self._names and name != reached and not _is_loopback(name):
            raise ApiError(
                HTTPStatus.FORBIDDEN, "host_not_allowed", f"Not under the name {name!r}: see serve.allowed_hosts."
            )

    def _checked_origin(self, scope: Scope, headers: Headers) -> str | None:
        """The Origin of another page, if a browser sent one. Raises ApiError for a page that is not allowed."""
        given = headers.all("origin")
        crossed = headers.first("sec-fetch-site") in ("cross-site", "same-site")
        if not given and not crossed:
            return None
        if given == [f"{_scheme(scope)}://{headers.first('host')}"] and not crossed:
            return None  # a page of this server
        if len(given) == 1 and given[0] in self._pages:
            return given[0]
        page = repr(given[0]) if given else "another site"
        raise ApiError(
            HTTPStatus.FORBIDDEN, "origin_not_allowed", f"Not from a page of {page}: see serve.allowed_origins."
        )

    def _check_key(self, scope: Scope, headers: Headers) -> None:
        """Raises ApiError for a wrong or missing key, and for whoever has tried too many.

        A client secret is no try: none can be guessed, and a page whose own has expired shares its address with others.
        """
        if scope["path"] in OPEN_TO_ALL or scope["path"].startswith("/page/"):  # whose files tell nothing
            return
        key = key_of(scope, headers)
        if key and key.startswith(PREFIX) and _converses(scope):
            scope[SESSION] = self._secrets.session_of(key)
            if scope[SESSION] is None:
                raise _wrong(key)
        elif self._rules.token is not None:
            self._check_token(self._rules.token, key, (scope.get("client") or ("",))[0])

    def _check_token(self, token: str, key: str | None, address: str) -> None:
        if wait_s := self._backoff.wait_s(address):
            raise ApiError(
                HTTPStatus.TOO_MANY_REQUESTS,
                "rate_limit_exceeded",
                f"Too many wrong keys. Try again in {wait_s:.0f} s.",
                headers={"retry-after": f"{wait_s:.0f}"},
            )
        if key is None:
            raise _wrong(key)
        wanted, given = (text.encode("utf-8", "surrogateescape") for text in (token, key))
        if not hmac.compare_digest(wanted, given):
            self._backoff.wrong(address)
            raise _wrong(key)
        self._backoff.right(address)

    def _bounded(self, headers: Headers, receive: Receive) -> Receive:
        """`receive`, which raises ApiError once the body is too large or too slow. Promised: at once."""
        too_large = ApiError(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            "request_too_large",
            f"A request may have {self._rules.max_body} bytes at most.",
            headers={"connection": "close"},
        )
        promised = headers.first("content-length") or "0"
        if not (promised.isdecimal() and int(promised) <= self._rules.max_body):
            raise too_large
        deadline = asyncio.get_running_loop().time() + self._rules.upload_s
        left: int | None = self._rules.max_body
        """None: all of it is there, and what may still come is the end of the connection."""

        async def bounded() -> Any:
            nonlocal left
            if left is None:
                return await receive()
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError:
                late = "The request did not arrive in time."
                raise ApiError(408, "request_timeout", late, headers={"connection": "close"}) from None
            left -= len(message.get("body", b""))
            if left < 0:
                raise too_large
            if not message.get("more_body", False):
                left = None
            return message

        return bounded

    def _paced(self, send: AsgiSend) -> AsgiSend:
        """`send`, which ends the request of a client that does not read: it would hold the engines."""

        async def paced(message: Any) -> None:
            try:
                async with asyncio.timeout(self._rules.write_s):
                    await send(message)
            except TimeoutError:
                raise SlowReader from None

        return paced


class SlowReader(Exception):
    """The client does not read."""


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


def _scheme(scope: Scope) -> str:
    """The scheme of a page of this server: "http", or "https" where it has a certificate."""
    return "https" if scope.get("scheme") in ("https", "wss") else "http"


def _is_loopback(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _with_cors(send: AsgiSend, origin: str) -> AsgiSend:
    async def answer(message: Any) -> None:
        if message["type"].endswith("response.start"):
            extra = {
                "access-control-allow-origin": origin,
                "access-control-expose-headers": "Location",
                "vary": "Origin",
            }
            message["headers"] = [*message["headers"], *((k.encode(), v.encode()) for k, v in extra.items())]
        await send(message)

    return answer


async def _preflight(send: AsgiSend, headers: dict[str, str]) -> None:
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": HTTPStatus.NO_CONTENT, "headers": raw})
    await send({"type": "http.response.body", "body": b""})

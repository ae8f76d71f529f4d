"""Guard: who may speak to the server at all. Host, Origin, key, tries, size and pace of uploads, on every route.

A server on loopback is reached by any web page: through its browser (Origin), or through a name of the page's own that
is suddenly said to be 127.0.0.1 (DNS rebinding; Host).
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from edge_agent.errors import ConfigError
from edge_agent.host.gauges import Unwatched, Watch
from edge_agent.serve.headers import Headers, host_name, is_loopback, reached
from edge_agent.serve.http_errors import ApiError, AsgiApp, AsgiSend, Receive, Scope, refuse
from edge_agent.serve.keys import UNGUESSABLE, Keys, Pairing
from edge_agent.serve.secrets import ClientSecrets

log = logging.getLogger(__name__)

PAGES = {"/", "/ca"}
"""What other pages may link to. Neither lets itself be shown inside another page."""


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
    pairing: Pairing | None = None
    """The devices of the house, if they may come in; whoever comes by way of the LAN then needs a key or is one."""
    preflight: dict[str, str] = field(
        default_factory=lambda: {
            "access-control-allow-methods": "GET, POST",
            "access-control-allow-headers": "authorization, *",  # openai-node adds a dozen of its own
            "access-control-max-age": "600",
        }
    )


def check_exposure(host: str, *, token: str | None, tls: bool) -> None:
    """Raises ConfigError for an address that others on the network reach, unless there are TLS and a key that nobody
    finds by trying."""
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
    if not address.is_loopback and token and len(token) < UNGUESSABLE:
        raise ConfigError(
            f"On {host} others on the network may try keys: serve.token has {UNGUESSABLE} characters at least.",
            fix="export EDGE_AGENT_SERVE__TOKEN=$(openssl rand -hex 20)",
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
        self._app, self._rules = app, rules
        self._names = {"localhost", *(name.lower() for name in rules.allowed_hosts)}
        self._pages = {page.lower().rstrip("/") for page in rules.allowed_origins}
        self._keys = Keys(rules.token, secrets, now, rules.pairing)
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
            self._keys.check(scope, headers)
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
        if name not in self._names and name != reached(scope) and not is_loopback(name):
            raise ApiError(
                HTTPStatus.FORBIDDEN, "host_not_allowed", f"Not under the name {name!r}: see serve.allowed_hosts."
            )

    def _checked_origin(self, scope: Scope, headers: Headers) -> str | None:
        """The Origin of another page, if a browser sent one. Raises ApiError for a page that is not allowed."""
        given = headers.all("origin")
        crossed = headers.first("sec-fetch-site") in ("cross-site", "same-site")
        if not given and not crossed:
            return None
        if not given and _is_link(scope, headers):
            return None
        if given == [f"{_scheme(scope)}://{headers.first('host')}"] and not crossed:
            return None  # a page of this server
        if len(given) == 1 and given[0] in self._pages:
            return given[0]
        page = repr(given[0]) if given else "another site"
        raise ApiError(
            HTTPStatus.FORBIDDEN, "origin_not_allowed", f"Not from a page of {page}: see serve.allowed_origins."
        )

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


def _is_link(scope: Scope, headers: Headers) -> bool:
    """Whether somebody has followed a link of another page to one of ours: it shows itself, and to them alone."""
    to_page = scope["type"] == "http" and scope["method"] == "GET" and scope["path"] in PAGES
    return to_page and [headers.first(f"sec-fetch-{name}") for name in ("mode", "dest")] == ["navigate", "document"]


def _scheme(scope: Scope) -> str:
    """The scheme of a page of this server: "http", or "https" where it has a certificate."""
    return "https" if scope.get("scheme") in ("https", "wss") else "http"


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

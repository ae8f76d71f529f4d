"""The authority over HTTP: its certificate, and what to do with it on a phone; by plain HTTP that and nothing else."""

from __future__ import annotations

import html
import ssl
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from edge_agent.serve.headers import Headers, host_name, is_loopback, reached
from edge_agent.serve.http_errors import ApiError, AsgiApp, AsgiSend, Receive, Scope, refuse
from edge_agent.serve.http_page import HEADERS
from edge_agent.serve.lan.authority import Authority

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

FOLDER = Path(__file__).parent
FRONT = "/ca"
PLAIN = ("http", "ws")


class CaDoor:
    """Its files, for whoever asks: a certificate is no secret. `before` has plain HTTP from beyond loopback see nothing
    but them."""

    def __init__(self, authority: Authority, names: Collection[str], port: int) -> None:
        """`names`: what this machine is called in the house; `port`: of the page."""
        self._names, self._port = names, port
        der = authority.certificate
        style = (FOLDER / "ca.css").read_bytes()
        page = (FOLDER / "ca.html").read_text("utf-8")
        self._page = page.replace("@FINGERPRINT@", authority.fingerprint.replace(":", ":<wbr>"))
        self._files = {
            "edge_agent.crt": (der, "application/x-x509-ca-cert"),
            "edge_agent.pem": (ssl.DER_cert_to_PEM_cert(der).encode(), "application/x-pem-file"),
            "ca.css": (style, "text/css; charset=utf-8"),
        }

    async def get(self, request: Request) -> Response:
        """`GET /ca` and `/ca/NAME`. Raises ApiError."""
        return self._answer(request.scope)

    def before(self, app: AsgiApp) -> AsgiApp:
        """Has `app` hear of nothing that came in plain from another machine: keys would be read on the way."""

        async def call(scope: Scope, receive: Receive, send: AsgiSend) -> None:
            if scope["type"] == "lifespan" or scope.get("scheme") not in PLAIN or is_loopback(reached(scope)):
                return await app(scope, receive, send)
            try:
                await self._plain(scope)(scope, receive, send)
            except ApiError as refusal:
                await refuse(scope, send, refusal)

        return call

    def _plain(self, scope: Scope) -> Response:
        from starlette.responses import RedirectResponse

        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            raise ApiError(403, "only_over_https", "Here is the certificate alone; all else is asked over https.")
        self._host(scope)
        if scope["path"] == FRONT or scope["path"].startswith(f"{FRONT}/"):
            return self._answer(scope)
        return RedirectResponse(FRONT)

    def _answer(self, scope: Scope) -> Response:
        _, _, name = scope["path"].removeprefix("/").partition("/")
        if name == "":
            link = html.escape(f"https://{self._host(scope)}:{self._port}/")
            return _file(self._page.replace("@PAGE@", link).encode(), "text/html; charset=utf-8")
        if (found := self._files.get(name)) is None:
            raise ApiError(404, "unknown_url", f"There is no file '{name:.80}' here.")
        return _file(*found)

    def _host(self, scope: Scope) -> str:
        """What it was asked under, as addresses have it. Raises ApiError for a name that is none of this machine."""
        name = host_name(Headers(scope).first("host") or "")
        if name is None or (name != reached(scope) and name not in self._names and not is_loopback(name)):
            raise ApiError(403, "host_not_allowed", "This machine has another name.")
        return f"[{name}]" if ":" in name else name


def _file(body: bytes, kind: str) -> Response:
    from starlette.responses import Response

    return Response(body, headers={**HEADERS, "content-type": kind})

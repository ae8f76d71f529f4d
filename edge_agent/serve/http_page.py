"""The page: its static files, each with the policy that keeps it from reaching beyond this device (docs/page.md)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from edge_agent.serve.http_errors import ApiError

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

FOLDER = Path(__file__).parent / "page"
FRONT = "index.html"
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}
"""The kinds of files that are served. Other files of the folder are not."""
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "media-src 'self' blob:",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "microphone=(self), camera=(), geolocation=()",
    "cache-control": "no-cache",  # asked for again each time, and answered by 304: a new version is there at once
}


@dataclass(frozen=True, slots=True)
class _File:
    body: bytes
    headers: dict[str, str]


class PageDoor:
    """Everything is read once: nothing that is asked for becomes a path."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._files = {path.name: _file(path) for path in sorted(folder.iterdir()) if path.suffix in TYPES}

    async def get(self, request: Request) -> Response:
        """`GET /` and `/page/NAME`. Raises ApiError."""
        from starlette.responses import Response

        name = request.path_params.get("name", FRONT)
        if (found := self._files.get(name)) is None:
            raise ApiError(404, "unknown_url", f"There is no file '{name:.80}' of the page.")
        if found.headers["etag"] in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=found.headers)
        return Response(found.body, headers=found.headers)


def _file(path: Path) -> _File:
    body = path.read_bytes()
    etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    return _File(body, {**HEADERS, "content-type": TYPES[path.suffix], "etag": etag})

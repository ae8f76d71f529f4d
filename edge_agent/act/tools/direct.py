"""Direct: HTTP that goes where the owner said and to nobody else: by no proxy, and nowhere by a redirect."""

from __future__ import annotations

import urllib.request
from email.message import Message
from typing import IO


def direct_opener() -> urllib.request.OpenerDirector:
    """An opener of that kind; a redirect is an HTTPError."""
    return urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect())


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> None:
        return None

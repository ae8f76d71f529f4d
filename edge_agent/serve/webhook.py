"""Webhook: an event that is told to a program of this machine by HTTP, signed so that it knows who tells it.

The signature is that of Standard Webhooks (standardwebhooks.com), as OpenAI's clients check it (`webhooks.unwrap`).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

from edge_agent.errors import ConfigError
from edge_agent.types import Json

PREFIX = "whsec_"
POST_S = 5.0
"""The longest that one attempt may wait for the program."""


class WebhookError(Exception):
    """The program was not reached, or did not take the event."""


class Webhook:
    def __init__(self, url: str, secret: str, unix: Callable[[], float]) -> None:
        """`url`: on this machine, by http; `secret`: "whsec_" and a key in base64; `unix`: the time, in seconds. Raises
        ConfigError for a secret that is none."""
        self._url, self._key, self._unix = urlsplit(url), _key(secret), unix

    def post(self, event: Json) -> None:
        """Tells an event, which has an `id`. The same one may be told again: its id says so. Raises WebhookError."""
        body = json.dumps(event).encode()
        host = "127.0.0.1" if self._url.hostname == "localhost" else self._url.hostname or ""  # no name is looked up
        connection = HTTPConnection(host, self._url.port or 80, timeout=POST_S)
        try:
            path = (self._url.path or "/") + (f"?{self._url.query}" if self._url.query else "")
            connection.request("POST", path, body, self._headers(str(event["id"]), body))
            status = connection.getresponse().status
        except (OSError, HTTPException) as error:
            raise WebhookError(type(error).__name__) from None
        finally:
            connection.close()
        if not 200 <= status < 300:
            raise WebhookError(f"status {status}")

    def _headers(self, id: str, body: bytes) -> dict[str, str]:
        at = str(int(self._unix()))
        signed = hmac.new(self._key, f"{id}.{at}.".encode() + body, hashlib.sha256).digest()
        return {
            "content-type": "application/json",
            "user-agent": "edge-agent",
            "webhook-id": id,
            "webhook-timestamp": at,
            "webhook-signature": f"v1,{base64.b64encode(signed).decode()}",
        }


def _key(secret: str) -> bytes:
    try:
        if not secret.startswith(PREFIX):
            raise ValueError
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
        if len(key) < 16:
            raise ValueError
    except (ValueError, binascii.Error):
        raise ConfigError(
            "The secret of phone.webhook is none: it is whsec_ and a key of 16 bytes or more in base64.",
            fix='echo "whsec_$(openssl rand -base64 24)" > FILE; edge-agent config set phone.webhook_secret_file FILE',
        ) from None
    return key

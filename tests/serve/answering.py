"""A program that answers telephone calls, as users of OpenAI's package write it: webhook in, calls by its client."""

from __future__ import annotations

import base64
import contextlib
import queue
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from openai import OpenAI
from openai.types.webhooks import RealtimeCallIncomingWebhookEvent

SECRET = "whsec_" + base64.b64encode(b"sixteen bytes are enough").decode()


class Program:
    def __init__(self, secret: str = SECRET) -> None:
        self.secret = secret
        self.incoming: queue.Queue[RealtimeCallIncomingWebhookEvent] = queue.Queue()
        """The calls that were announced to it."""
        self.refused: list[Exception] = []
        self.ids: list[str] = []
        """The webhook-id of all that came."""
        self.status = 200
        """What it answers the webhook with."""
        self._server: Any = None
        self._client: OpenAI | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/calls?from=phone"

    def client(self, port: int) -> OpenAI:
        """OpenAI's own, for the server at this port."""
        url = f"http://127.0.0.1:{port}/v1"
        self._client = self._client or OpenAI(api_key="any", base_url=url, max_retries=0, timeout=30)
        return self._client

    @contextlib.contextmanager
    def listening(self) -> Iterator[Program]:
        program = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                self.send_response(program.take(self.path, body, dict(self.headers.items())))
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            thread.join()
            self._server.server_close()
            if self._client:
                self._client.close()

    def take(self, path: str, body: bytes, headers: dict[str, str]) -> int:
        assert path == "/calls?from=phone"
        self.ids.append(headers["webhook-id"])
        try:
            with OpenAI(api_key="any") as client:
                event = client.webhooks.unwrap(body, headers, secret=self.secret)
        except Exception as error:
            self.refused.append(error)
            return 400
        assert isinstance(event, RealtimeCallIncomingWebhookEvent)
        if self.status == 200:
            self.incoming.put(event)
        return self.status

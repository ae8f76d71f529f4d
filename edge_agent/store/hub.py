"""A model hub: one file of a repository over HTTP, resumed where it broke off."""

from __future__ import annotations

import http.client
import os
import queue
import re
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from urllib.parse import quote

from edge_agent.errors import ConfigError
from edge_agent.store.manifest import HubRepo
from edge_agent.store.partial import PartialFile, SourceError

DEFAULT_ENDPOINT = "https://huggingface.co"
_CHUNK = 1 << 18


class Hub:
    """The hub is read with urllib: huggingface_hub asks a silent one for minutes and resumes nothing.

    docs/decisions/0010-fetching.md has the measurements. `timeout_s` bounds the wait for the first answer
    (name look-up, every address, TLS, redirects) and for each later read. Once a hub did not answer it is not
    asked again.
    """

    def __init__(self, endpoint: str | None = None, *, timeout_s: float = 8.0) -> None:
        named = os.environ.get("EDGE_AGENT_HUB") or os.environ.get("HF_ENDPOINT") or DEFAULT_ENDPOINT
        self.endpoint = (endpoint or named).rstrip("/")
        if not self.endpoint.startswith(("http://", "https://")):
            raise ConfigError(f'The hub "{self.endpoint}" is not an http or https address.')
        self.timeout_s = timeout_s
        self._silent: str | None = None

    def fetch(self, repo: HubRepo, partial: PartialFile, report: Callable[[int], None]) -> None:
        """Append what is missing to `partial`, calling `report` after each piece. Raises SourceError.

        A connection that breaks is made again at once as long as each one brings something; one that stalls
        is not, or a dying hub could hold up the next source for minutes.
        """
        path = quote(partial.file.hub_path or partial.file.name)
        url = f"{self.endpoint}/{repo.repo}/resolve/{repo.revision}/{path}"
        while not partial.complete:
            before = partial.size
            try:
                self._stream(url, partial, report)
                broke: Exception | None = None
            except (OSError, http.client.HTTPException) as error:  # URLError and time-outs are OSErrors
                broke = error
            if partial.size == before or isinstance(broke, TimeoutError):
                raise SourceError(f"{self.endpoint} {_said(broke)}") from broke

    def _stream(self, url: str, partial: PartialFile, report: Callable[[int], None]) -> None:
        size = partial.size
        request = urllib.request.Request(url, headers={"User-Agent": "edge-agent", "Accept-Encoding": "identity"})
        if size:
            request.add_header("Range", f"bytes={size}-")
        with self._open(request) as response:
            start, total = _extent(response)
            if total is not None and total != partial.file.bytes:
                raise SourceError(f"{self.endpoint} has {total} bytes instead of {partial.file.bytes}")
            if start > size:
                raise SourceError(f"{self.endpoint} answered from byte {start} instead of {size}")
            partial.cut_to(start)
            while data := response.read1(_CHUNK):
                partial.append(data)
                report(0)

    def _open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        """urlopen within `timeout_s` in all: its own time-out is per address and leaves out the look-up."""
        if self._silent:
            raise SourceError(self._silent)
        answer: queue.SimpleQueue[http.client.HTTPResponse | Exception] = queue.SimpleQueue()
        too_late = threading.Event()

        def ask() -> None:
            try:
                response = urllib.request.urlopen(request, timeout=self.timeout_s)
            except Exception as error:
                answer.put(error)
                return
            if too_late.is_set():
                response.close()
            answer.put(response)

        threading.Thread(target=ask, name="hub", daemon=True).start()
        try:
            result = answer.get(timeout=self.timeout_s + 1)
        except queue.Empty:
            too_late.set()
            result = TimeoutError("timed out")
        if isinstance(result, urllib.error.HTTPError):
            result.close()
            reason = str(result.reason).partition("\n")[0]  # a redirect loop's goes on for three lines
            raise SourceError(f"{self.endpoint} answered {result.code} {reason}") from result
        if isinstance(result, Exception):
            self._silent = f"{self.endpoint} {_said(result)}"
            raise SourceError(self._silent) from result
        return result


def _extent(response: http.client.HTTPResponse) -> tuple[int, int | None]:
    """The start of the body in the file, and the length of the whole file if the server tells it."""
    if response.status == 206:
        match = re.match(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("Content-Range", ""))
        if match is None:
            raise SourceError("answered 206 without saying which bytes")
        return int(match[1]), None if match[2] == "*" else int(match[2])
    length = response.headers.get("Content-Length")
    return 0, int(length) if length and length.isdigit() else None


def _said(error: Exception | None) -> str:
    reason = getattr(error, "reason", error)
    if isinstance(reason, TimeoutError):
        return "did not answer in time"
    return f"cannot be reached ({reason})" if error else "sent nothing"

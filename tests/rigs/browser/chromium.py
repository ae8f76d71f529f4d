"""One call of a headless Chromium: a page is served to it on loopback, and posts back what it heard and was told."""

from __future__ import annotations

import json
import queue
import shutil
import subprocess
import tempfile
import threading
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np

from edge_agent.errors import InputError
from edge_agent.lines.pcm import to_int16
from edge_agent.types import Json, Samples

PAGE = Path(__file__).parent
RATE_HZ = 48_000
LEAD_S = 2.0
"""Silence before what the microphone hears: the call is made meanwhile."""
KINDS = {".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript"}
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-background-networking",
    "--disable-component-update",
)
INSTALL = "sudo apt-get install chromium"


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of a call."""

    told: Json
    """Events, marks (seconds of the page's clock), offer and answer, statistics; `error` if it failed."""
    microphone: Samples
    """At 48 kHz, side by side with `remote`."""
    remote: Samples


def chromium() -> str:
    """The program. Raises InputError if it is not there."""
    if found := shutil.which("chromium") or shutil.which("chromium-browser"):
        return found
    raise InputError("There is no Chromium.", fix=INSTALL)


@contextmanager
def page(more: Path = PAGE) -> Iterator[tuple[str, queue.Queue[tuple[str, bytes]]]]:
    """The address of the pages, and what is posted to it: (name, body). `more`: a folder with other files."""
    posted: queue.Queue[tuple[str, bytes]] = queue.Queue()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, posted, (PAGE, more)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", posted
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def call(
    origin: str, posted: queue.Queue[tuple[str, bytes]], server: str, sound: Samples | None, **asked: Any
) -> Heard:
    """Calls `server` (http://...) from the page at `origin`. `sound`: what the microphone hears at 48 kHz, behind
    LEAD_S of silence. `asked`: `door`, `label`, `last` (the event that ends it), `seconds` (the longest), `say`; `page`
    is another one than page.html."""
    seconds = float(asked.setdefault("seconds", 20.0))
    name = asked.pop("page", "page.html")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:  # its processes outlive it a little
        file = Path(folder, "microphone.wav")
        heard = np.zeros(0, np.float32) if sound is None else sound
        _write(file, np.concatenate([np.zeros(round(LEAD_S * RATE_HZ), np.float32), heard]))
        flags = [f"--user-data-dir={folder}/profile", f"--use-file-for-fake-audio-capture={file}%noloop"]
        query = urlencode({"server": server, **asked})
        command = [chromium(), *FLAGS, *flags, f"{origin}/{name}?{query}"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as browser:
            try:
                came = dict[str, bytes]()
                while "told" not in came:
                    what, body = posted.get(timeout=seconds + 30)
                    came[what] = body
            finally:
                browser.terminate()
    both = np.frombuffer(came.get("sound", b""), np.float32).reshape(-1, 2)
    return Heard(json.loads(came["told"]), both[:, 0], both[:, 1])


def _write(file: Path, samples: Samples) -> None:
    with wave.open(str(file), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE_HZ)
        out.writeframes(to_int16(samples).tobytes())


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, posted: queue.Queue[tuple[str, bytes]], folders: tuple[Path, ...], *given: Any) -> None:
        self._posted, self._folders = posted, folders
        super().__init__(*given)

    def do_GET(self) -> None:
        name = Path(self.path.partition("?")[0]).name
        file = next((folder / name for folder in self._folders if (folder / name).is_file()), PAGE / name)
        body = file.read_bytes() if file.suffix in KINDS and file.is_file() else b""
        self._answer(body, KINDS.get(file.suffix, "text/plain"))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self._answer(b"", "text/plain")
        self._posted.put((self.path.strip("/"), body))

    def _answer(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is logged."""

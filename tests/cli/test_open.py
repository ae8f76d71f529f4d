"""`edge-agent open`: the address of the page where a server answers, else how one is started."""

from __future__ import annotations

import http.server
import threading
import webbrowser
from collections.abc import Iterator

import pytest
from typer.testing import CliRunner

from edge_agent.cli import app
from edge_agent.errors import ServeError


class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b'{"status":"ok"}'
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    with http.server.HTTPServer(("127.0.0.1", 0), Health) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    found: list[str] = []
    monkeypatch.setattr(webbrowser, "open", found.append)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    return found


def test_it_is_shown_where_there_is_a_screen(port: int, opened: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":0")
    answer = CliRunner().invoke(app, ["open", "--set", f"serve.port={port}"])
    assert answer.output == f"http://127.0.0.1:{port}/\n"
    assert opened == [f"http://127.0.0.1:{port}/"]


def test_its_address_is_printed_where_there_is_none(
    port: int, opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    answer = CliRunner().invoke(app, ["open", "--set", f"serve.port={port}", "--set", "serve.host=localhost"])
    assert answer.output == f"http://127.0.0.1:{port}/\n"
    assert opened == []


@pytest.mark.parametrize("port", [0, 1])
def test_where_no_server_runs_it_says_how_to_start_one(port: int, opened: list[str]) -> None:
    answer = CliRunner().invoke(app, ["open", "--set", f"serve.port={port}"])
    assert isinstance(answer.exception, ServeError)
    assert str(answer.exception.fix).startswith("edge-agent serve")
    assert opened == []

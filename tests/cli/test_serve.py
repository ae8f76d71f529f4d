"""`edge-agent serve`: where it refuses to start, before any model is loaded."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from tiers import fast_first
from typer.testing import CliRunner

from edge_agent.cli import app
from edge_agent.settings import Settings

LAN = "others on the network could listen"
REFUSED = [
    (2, "--host 0.0.0.0", LAN),
    (2, "--host 192.168.1.5 --token s3cret", "TLS (serve.tls_cert) must be set"),
    (2, "--host example.org", "not on 'example.org'"),
    (2, "--tls-cert cert.pem", "tls_cert and tls_key go together"),
    (2, "--tls-cert cert.pem --tls-key cert.pem", "are no certificate and its key"),
    (2, "--host 192.168.1.5 --token s3cret --tls-cert cert.pem --tls-key cert.pem", "are no certificate and its key"),
    (2, "--port 65536", "serve.port on the command line is wrong"),
    (2, "--max-sessions 0", "serve.max_sessions on the command line is wrong"),
    (2, "--dialect alpha", "'ga' or 'beta'"),
    (1, "--host localhost --port 0 --profile tiny", "is not installed"),
]


def serve(place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """No settings and no models but those in `place`."""
    return subprocess.run(
        [sys.executable, "-m", "edge_agent", "serve", *arguments],
        cwd=place,
        env={"PATH": os.environ["PATH"], "HOME": str(place), "EDGE_AGENT_MODELS__DIR": str(place / "models")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(("code", "line", "said"), fast_first(REFUSED, 5), ids=[line for _, line, _ in REFUSED])
def test_what_cannot_be_is_one_sentence(tmp_path: Path, code: int, line: str, said: str) -> None:
    (tmp_path / "cert.pem").write_text("no certificate")
    run = serve(tmp_path, *line.split())
    assert (run.returncode, run.stdout) == (code, "")
    assert said in run.stderr
    assert "Traceback" not in run.stderr


def test_what_may_use_it_is_named_once_or_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Settings] = []
    monkeypatch.setattr("edge_agent.cli.serve._serve", asked.append)
    line = "serve --allowed-origins http://a:1,http://b:2 --allowed-origins http://c:3 --allowed-hosts me"
    assert CliRunner().invoke(app, line.split()).exit_code == 0
    [chosen] = asked
    assert set(chosen.serve.allowed_origins) == {"http://a:1", "http://b:2", "http://c:3"}
    assert set(chosen.serve.allowed_hosts) == {"me"}


def test_a_port_that_is_in_use_is_said_at_once_with_another(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        run = serve(tmp_path, "--port", str(port))
    assert run.returncode == 1
    assert f"Port {port} of 127.0.0.1 is in use" in run.stderr
    assert f"edge-agent serve --port {port + 1}" in run.stderr

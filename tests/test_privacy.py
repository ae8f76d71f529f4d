"""Words that nobody else uses, through every path of a whole process: they are where somebody asked for them, and
nowhere else; and whatever holds words or sound is for its owner alone."""

from __future__ import annotations

import base64
import json
import logging
import os
import re
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import pytest
from scripted_agent import CANARY, DEFECT, speech
from tiers import fast_first
from websockets.sync.client import connect

from edge_agent.act.records import FILE
from edge_agent.errors import EngineError, EngineLost
from edge_agent.lines.audio_file import write_wav
from edge_agent.types import HEAR_RATE_HZ
from edge_agent.workers.supervisor import Bounds
from edge_agent.workers.worker import Worker

AGENT = (sys.executable, str(Path(__file__).with_name("scripted_agent.py")))
KEY = f"key-{CANARY}"


@dataclass
class Device:
    """A machine of the agent's own: home, state, temporary folder, and systemd's ear. All else it has is in `given`."""

    root: Path
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name in ("home", "state", "tmp", "work"):
            (self.root / name).mkdir(mode=0o700, parents=True)
        self._ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._ear.bind(str(self.root / "systemd"))
        self._ear.setblocking(False)

    def environment(self, *, service: bool) -> dict[str, str]:
        own = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.root / "home"),
            "TMPDIR": str(self.root / "tmp"),
            "STATE_DIRECTORY": str(self.root / "state"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "EDGE_AGENT_SERVE__TOKEN": KEY,
        }
        return {**own, "NOTIFY_SOCKET": str(self.root / "systemd")} if service else own

    def run(self, *words: str, service: bool = False) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*AGENT, *words], cwd=self.root / "work", env=self.environment(service=service), umask=0o022,
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    @contextmanager
    def started(self, *words: str) -> Iterator[subprocess.Popen[str]]:
        """As a service."""
        with subprocess.Popen(
            [*AGENT, *words], cwd=self.root / "work", env=self.environment(service=True), umask=0o022,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        ) as process:  # fmt: skip
            try:
                yield process
            finally:
                process.kill()

    def say(self, *names: str) -> str:
        write_wav(self.root / "said.wav", speech(*names), HEAR_RATE_HZ)
        return str(self.root / "said.wav")

    def status(self) -> str:
        """All that systemd was told."""
        told = []
        try:
            while True:
                told.append(self._ear.recv(65536).decode())
        except BlockingIOError:
            return "\n".join(told)

    def close(self) -> None:
        self._ear.close()

    def files(self) -> list[Path]:
        return [path for path in self.root.rglob("*") if path.is_file() and path.name != "said.wav"]

    def holding_words(self) -> set[str]:
        words = CANARY.encode()
        return {str(path.relative_to(self.root)) for path in self.files() if words in path.read_bytes()}

    def holding_sound(self) -> set[str]:
        """Half a second of sound has 8,000 samples, of which no codec makes less than 1 KB; or it has a name. The file
        of timers and lists is larger when it is empty; whether it holds words is asked of it as of the others."""
        names = re.compile(r"(?i)wav|flac|ogg|opus|mp3|aac|pcm|raw|audio")
        files = [path for path in self.files() if path.name != FILE]
        found = {path for path in files if path.stat().st_size > 1000 or names.search(path.name)}
        return {str(path.relative_to(self.root)) for path in found}

    def modes(self) -> dict[str, str]:
        """Of what it has made, if others may read it."""
        made = [path for path in self.root.rglob("*") if path.name not in ("said.wav", "systemd")]
        open_ = [path for path in made if stat.S_IMODE(path.stat().st_mode) & 0o077]
        return {str(path.relative_to(self.root)): oct(path.stat().st_mode) for path in open_}


@pytest.fixture
def device(tmp_path: Path) -> Any:
    made = Device(tmp_path / "device")
    yield made
    made.close()


TALK = ("plain", "long", "plain", "unspeakable", "mind fails", "plain")


def test_a_conversation_as_a_service_leaves_no_word_behind(device: Device) -> None:
    ended = device.run("talk", "--input", device.say(*TALK), "--fast", service=True)
    assert ended.returncode == 0, ended.stderr
    assert CANARY not in ended.stdout + ended.stderr + device.status()
    for failure in ("the voice is broken", "the mind is broken"):
        assert f"no answer: {failure}" in ended.stderr, "that far it came"
    assert device.holding_words() == set()
    assert device.holding_sound() == set()


@pytest.mark.parametrize("name", fast_first(["mind defect", "ears defect"], 1))
def test_nor_does_one_that_ends_with_a_defect(device: Device, name: str) -> None:
    """The third start that fails ends in safe mode, which tells the cause to the log and to systemd."""
    said = device.say("plain", name)
    for _ in range(3):
        ended = device.run("talk", "--input", said, "--fast", service=True)
        assert ended.returncode == 1
        assert "ValueError" in ended.stderr
        assert CANARY not in ended.stdout + ended.stderr
    assert device.holding_words() == set()
    with device.started("talk", "--input", said) as safe:
        assert safe.stdout
        line = safe.stdout.readline()
        safe.send_signal(signal.SIGTERM)
        line += safe.communicate(timeout=30)[0]
    assert "safe mode" in line
    assert CANARY not in line + device.status()


@pytest.mark.slow
def test_with_the_history_on_the_words_are_in_it_alone_and_gone_after_clear(device: Device) -> None:
    said = device.say(*TALK)
    device.run("talk", "--input", said, "--fast")
    assert device.holding_words() == set(), "off at first"
    device.run("history", "on")
    device.run("talk", "--input", said, "--fast")
    (day,) = (device.root / "state" / "history").iterdir()
    assert device.holding_words() == {str(day.relative_to(device.root))}
    assert day.read_text().count("\n") == len(TALK)
    device.run("history", "off")
    kept = day.read_bytes()
    device.run("talk", "--input", said, "--fast")
    assert day.read_bytes() == kept
    device.run("history", "clear")
    assert device.holding_words() == set()
    assert device.modes() == {}


@pytest.mark.slow
def test_files_that_were_asked_for_are_for_their_owner_alone(device: Device) -> None:
    words = ["--record", "kept", "--events", "e.jsonl", "--output", "o.wav"]
    ended = device.run("talk", "--input", device.say(*TALK), "--fast", *words)
    assert ended.returncode == 0, ended.stderr
    for command in ("mute", "unmute", "config init"):
        assert device.run(*command.split()).returncode == 0
    assert device.holding_words() == {"work/e.jsonl", "work/kept/events.jsonl"}
    assert device.holding_sound() >= {"work/o.wav", "work/kept/mic.wav"}, "it would be found"
    assert {path.name for path in device.files() if path.suffix == ".wav"} == {"o.wav", "mic.wav"}
    loose = {name: mode for name, mode in device.modes().items() if name != "home/.config"}  # it is not ours alone
    assert loose == {}
    assert (device.root / "home/.config/edge_agent/config.toml").stat().st_mode & 0o077 == 0


def test_an_engine_that_crashes_over_words_takes_them_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """No core file, and of what was asked for only a digest is remembered."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    engine = Path(__file__).parent / "workers" / "fake_engine.py"
    worker = Worker("tts", {}, Bounds(10.0, 512), command=[sys.executable, str(engine)])
    try:
        with caplog.at_level(logging.WARNING):
            worker.facts()
            for again in (EngineLost, EngineError):
                with pytest.raises(again) as raised:
                    worker.call("crash", {"by": "null", "text": CANARY})
                assert CANARY not in str(raised.value)
    finally:
        worker.close()
    assert "SIGSEGV" in caplog.text
    assert CANARY not in caplog.text
    assert CANARY.encode() not in b"".join(worker._killers)
    assert list(tmp_path.iterdir()) == []


# --- serve ----------------------------------------------------------------------------------------------------------

TOOL = {"type": "function", "function": {"name": CANARY, "parameters": {"type": "object", "properties": {"a": {}}}}}
REALTIME_TOOL = {"type": "function", "name": CANARY, "parameters": {"type": "object"}}


def chat(text: str, **fields: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": text}], **fields}


CHATS = [
    (chat(CANARY), 200),
    (chat(CANARY, tools=[TOOL]), 200),
    (chat(CANARY, tools=[TOOL], stream=True), 200),
    (chat(DEFECT), 500),
    (chat(DEFECT, stream=True), 500),
    (chat(f"{CANARY} fails"), 500),
    (chat(CANARY, tools=[{**TOOL, "function": {"name": f"{CANARY} not a name"}}]), 400),
    (chat(CANARY, tool_choice={"type": "function", "function": {"name": CANARY}}), 400),
    (chat(CANARY, response_format={"type": CANARY}), 400),
]
SPEECHES = [
    (CANARY, "scripted", 200),
    (CANARY, CANARY, 400),
    (f"unspeakable {CANARY}", "echo", 500),
    (DEFECT, "echo", 500),
]
HEARD = [("plain", 200), ("ears defect", 500)]


def knock(client: httpx2.Client, said: Callable[[str], bytes]) -> None:
    for body, status in CHATS:
        assert client.post("chat/completions", json=body).status_code == status, body
    for text, voice, status in SPEECHES:
        answer = client.post("audio/speech", json={"input": text, "voice": voice, "response_format": "pcm"})
        assert answer.status_code == status, text
    for name, status in HEARD:
        sound = {"file": (f"{CANARY}.wav", said(name), "audio/wav")}
        answer = client.post("audio/transcriptions", files=sound, data={"model": CANARY, "prompt": CANARY})
        assert (answer.status_code, CANARY in answer.text) == (status, status == 200)
    secret = {"session": {"type": "realtime", "instructions": CANARY, "tools": [REALTIME_TOOL]}}
    assert client.post("realtime/client_secrets", json=secret).status_code == 200
    assert client.get(f"{CANARY}/{CANARY}").status_code == 404
    assert client.get("models", headers={"Authorization": f"Bearer {CANARY}"}).status_code == 401
    assert client.get("models", headers={"Origin": f"http://{CANARY}.example"}).status_code == 403
    assert client.get("models", headers={"Host": f"{CANARY}.example"}).status_code == 403


def converse(socket: Any, *, beta: bool) -> None:
    """Instructions, an item, a call and its result, an answer that fails, nonsense."""
    session: dict[str, Any] = {"instructions": CANARY, "tools": [REALTIME_TOOL]}
    item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": CANARY}]}
    bad = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": DEFECT}]}
    result = {"type": "function_call_output", "call_id": CANARY, "output": CANARY}
    events: list[Any] = [
        {"type": "session.update", "session": session if beta else {**session, "type": "realtime"}},
        {"type": "conversation.item.create", "item": item},
        {"type": "response.create"},
        {"type": "conversation.item.create", "item": result},
        {"type": "response.create", "response": {"instructions": CANARY}},
        {"type": "conversation.item.create", "item": bad},
        {"type": "response.create"},
        {"type": CANARY, CANARY: CANARY},
        {"type": "session.update", "session": {"type": "realtime", "instructions": f"{DEFECT}: prepare"}},
        {"type": "input_audio_buffer.append", "audio": f"{CANARY}!"},
        {"type": "conversation.item.delete", "item_id": CANARY},
    ]
    for event in events:
        socket.send(json.dumps(event))
        if event["type"] == "response.create":
            while json.loads(socket.recv(timeout=20))["type"] != "response.done":
                pass
    socket.send("{" + CANARY)
    socket.send(json.dumps({"type": "response.cancel", "event_id": "last"}))
    while json.loads(socket.recv(timeout=20)).get("error", {}).get("event_id") != "last":
        pass


def speak(socket: Any, name: str) -> None:
    """A turn aloud, which the ears end."""
    at_24_khz = np.repeat(speech(name), 3)[::2]
    sound = base64.b64encode((at_24_khz * 32767).astype("<i2").tobytes()).decode()
    socket.send(json.dumps({"type": "session.update", "session": {
        "type": "realtime", "audio": {"input": {"transcription": {"model": CANARY}}}}}))  # fmt: skip
    socket.send(json.dumps({"type": "input_audio_buffer.append", "audio": sound}))
    while json.loads(socket.recv(timeout=20))["type"] != "response.done":
        pass


def test_a_server_leaves_no_word_of_its_clients_behind(device: Device) -> None:
    def said(name: str) -> bytes:
        return Path(device.say(name)).read_bytes()

    authorized = {"Authorization": f"Bearer {KEY}"}
    with device.started("serve", "--port", "0") as server:
        assert server.stdout
        lines = []
        while not (found := re.search(r"http://127\.0\.0\.1:\d+/v1", lines[-1] if lines else "")):
            lines.append(server.stdout.readline())
            assert lines[-1], lines
        with httpx2.Client(base_url=found[0], trust_env=False, timeout=30, headers=authorized) as client:
            knock(client, said)
            place = f"{found[0].replace('http', 'ws')}/realtime?model={CANARY}"
            with connect(place, additional_headers=authorized) as socket:
                converse(socket, beta=False)
            with connect(place, additional_headers={**authorized, "OpenAI-Beta": "realtime=v1"}) as socket:
                converse(socket, beta=True)
            with connect(place, additional_headers=authorized) as socket:
                speak(socket, "plain")
            counted = client.get(found[0].replace("/v1", "/metrics")).text
        server.send_signal(signal.SIGUSR1)
        server.send_signal(signal.SIGTERM)
        lines.append(server.communicate(timeout=30)[0])
    assert server.returncode == 0
    assert "turns" in counted
    log = "".join(lines)
    assert "ValueError" in log, "the defects were reached"
    assert CANARY not in log + device.status() + counted
    assert device.holding_words() == set()
    assert device.holding_sound() == set()
    assert device.modes() == {}

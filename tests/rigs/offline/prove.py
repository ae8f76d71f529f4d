"""`scripts/prove-offline`: every command under strace, with a clean environment; a table of what left the device.

Not seen: what the operating system does by itself, and the inside of programs that are asked over a local socket
(PulseAudio, systemd). `models pull` is left out: fetching models is all it does.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
import wave
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from edge_agent.act.tools.direct import direct_opener
from edge_agent.cores import TRACEABLE
from tests.rigs.conformance import QUESTION
from tests.rigs.offline.syscalls import STRACE, Call, findings

QUESTIONS = "questions.wav"
IDLE_S = 60
"""ONNX Runtime's telemetry opens its first socket after 7-12 s."""
LIMIT_S = 300
TURNS = 50
PAUSE_S = 4
"""Between two of them; answers of the small profiles are over by then, or are interrupted."""
SESSION = ("text-turn", "spoken-turn")
RECORDS = (
    "timers add 10m", "timers list", "timers rm 1", "alarms add 07:00 --days daily", "alarms list", "alarms rm 1",
    "reminders add 2099-12-24T18:30 candles --repeat FREQ=YEARLY", "reminders list", "reminders rm 2",
    "lists add shopping milk", "lists list", "lists rm shopping milk", "lists clear shopping",
    "memory add milk", "memory list", "memory export facts.json", "memory rm --all",
)  # fmt: skip
"""Alarms and reminders are numbered together."""
MAY_FAIL = ("devices list", "devices test", "devices forget phone", "doctor", "service status --user")
"""On a machine without a sound card, or without the service."""
AGENT = (sys.executable, "-m", "edge_agent")
BENCH = (sys.executable, "-m", "tests.rigs.bench")
"""The rigs of this checkout: they are found as the agent is, which is installed in place."""


@dataclass(frozen=True, slots=True)
class Place:
    """The only folder where a traced process may write: working directory, home, and models (linked)."""

    folder: Path
    profile: str = "tiny"
    models: dict[str, Path] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("home", "tmp", "models"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        for name, path in self.models.items():
            (self.folder / "models" / name).symlink_to(path)

    @property
    def environment(self) -> dict[str, str]:
        """Nothing of the caller's, `CI` above all: it hides telemetry. Bytecode beside its source is not what is
        tested."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder / "home"),
            "TMPDIR": str(self.folder / "tmp"),
            "EDGE_AGENT_MODELS__DIR": str(self.folder / "models"),
            "EDGE_AGENT_MODELS__PROFILE": self.profile,
            "PYTHONDONTWRITEBYTECODE": "1",
            TRACEABLE: "1",
        }


class Row(NamedTuple):
    name: str
    seconds: float
    code: int
    found: list[Call]

    @property
    def passed(self) -> bool:
        return not self.found and (self.code == 0 or (0 < self.code < 128 and self.name in MAY_FAIL))

    def __str__(self) -> str:
        seen = f"{len(self.found)} calls that leave" if self.found else "nothing left"
        seen += "" if self.code == 0 else f"; it ended with {self.code}"
        return f"{self.name:34} {self.seconds:6.1f} s  {seen:36} {'pass' if self.passed else 'FAIL'}"


@contextmanager
def _running(place: Place, command: Iterable[str], log: Path) -> Iterator[subprocess.Popen[str]]:
    strace = [*STRACE, "-o", str(log), *command]
    with subprocess.Popen(
        strace, cwd=place.folder, env=place.environment, text=True, errors="replace",
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def traced(place: Place, name: str, command: Iterable[str], stdin: str = "") -> Row:
    """One process from its start to its end. A code other than 0 fails: what did not run proves nothing."""
    log, begun = place.folder.parent / "strace.log", time.monotonic()
    with _running(place, command, log) as process:
        process.communicate(stdin, timeout=LIMIT_S)
    return Row(name, time.monotonic() - begun, process.returncode, findings(log, place.folder))


def served(place: Place, idle_s: float) -> Row:
    """`serve` while it is idle, answers clients on loopback through each of its doors, and is told to end."""
    log, begun = place.folder.parent / "strace.log", time.monotonic()
    command = [*AGENT, "serve", "--port", "0"]
    with _running(place, command, log) as process:
        assert process.stdout
        url = next((found[0] for line in process.stdout if (found := re.search(r"ws://127\.\S+", line))), None)
        code = 1
        if url:
            time.sleep(idle_s)
            client = [sys.executable, "-m", "tests.rigs.conformance", "--url", url, "--dialect", "ga"]
            client += [part for turn in SESSION for part in ("--only", turn)]
            nowhere = subprocess.DEVNULL
            code = subprocess.run(client, stdout=nowhere, stderr=nowhere, timeout=LIMIT_S, check=False).returncode
            code = code or not all(_posts(re.sub(r"ws://([^/]+).*", r"http://\1", url)))
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            os.kill(int(children[0]), 15)
        process.communicate(timeout=LIMIT_S)
    row = Row("serve, all its doors", time.monotonic() - begun, process.returncode or code, [])
    return row._replace(found=findings(log, place.folder, loopback=True))


def _posts(address: str) -> Iterator[bool]:
    """Whether each of the doors beside the Realtime API answers."""
    turn = {"model": "any", "messages": [{"role": "user", "content": "Hello."}]}
    yield _answered(f"{address}/v1/chat/completions", json.dumps(turn).encode())
    spoken = {"model": "any", "voice": "alloy", "input": "It is half past three."}
    yield _answered(f"{address}/v1/audio/speech", json.dumps(spoken).encode())
    head = '--part\r\nContent-Disposition: form-data; name="file"; filename="question.wav"\r\n\r\n'
    form = head.encode() + QUESTION.read_bytes() + b"\r\n--part--\r\n"
    yield _answered(f"{address}/v1/audio/transcriptions", form, "multipart/form-data; boundary=part")
    yield _answered(f"{address}/metrics")


def _answered(url: str, body: bytes | None = None, kind: str = "application/json") -> bool:
    try:
        with direct_opener().open(urllib.request.Request(url, body, {"Content-Type": kind}), timeout=LIMIT_S) as answer:
            return bool(answer.read())
    except OSError:
        return False


def write_tool(place: Place) -> None:
    """A tool in the owner's folder."""
    folder = place.folder / "home" / ".config" / "edge_agent" / "tools"
    folder.mkdir(parents=True, exist_ok=True)
    tool = 'def lamp(room: str) -> str:\n    """Tell whether the lamp of a room is on."""\n    return "It is on."\n'
    (folder / "lamp.py").write_text(tool)


def ask_often(place: Place) -> None:
    """The question, TURNS times, in QUESTIONS."""
    file = str(place.folder / QUESTIONS)
    with wave.open(str(QUESTION)) as once, wave.open(file, "wb") as often:
        sound = once.readframes(once.getnframes())
        often.setparams(once.getparams())
        often.writeframes((sound + bytes(PAUSE_S * once.getframerate() * once.getsampwidth())) * TURNS)


def commands(idle_s: float) -> Iterator[tuple[str, list[str], str]]:
    """Name, arguments and input of all that ends by itself, `bench` for all of its engines."""
    spoken = f"talk --output out.wav --events events.jsonl --record kept --linger {idle_s} --input".split()
    yield "talk, a spoken turn and idle", [*spoken, str(QUESTION)], ""
    yield f"talk, {TURNS} spoken turns", ["talk", "--fast", "--events", "turns.jsonl", "--input", QUESTIONS], ""
    yield "transcribe", ["transcribe", str(QUESTION)], ""
    yield "say", ["say", "It is half past three.", "-o", "said.wav"], ""
    yield "chat", ["chat"], "How old is the Brooklyn Bridge?\nThank you.\n"
    yield "tools call", ["tools", "call", "lamp", '{"room": "hall"}'], ""
    yield "tools try", ["tools", "try", "Is the lamp in the hall on?"], ""
    yield "history on", ["history", "on"], ""
    yield "talk, a turn that is kept", ["talk", "--fast", "--input", str(QUESTION)], ""
    yield "agents new", ["agents", "new", "receptionist", "clinic", "--yes"], ""
    for words in ("agents check clinic", "agents test clinic", "agents calendar clinic"):
        yield words, words.split(), ""
    yield "agents try", ["agents", "try", "clinic", "--json"], '{"say": "When are you open?"}\n'
    for words in (
        "history show", "history off", "history clear", "replay kept",
        "bench llm --repeat 1", "bench tts --repeat 1", "doctor",
        "models list", "models show silero-vad", "models verify", "models tune smollm2-135m --undo",
        "models path", "devices list", "devices test",
        "devices paired", "devices forget phone",
        "config init", "config set turns.eagerness high", "config show", "config path",
        "mute", "unmute", "when tomorrow", "tools list", "wake list", "voice list",
        "service status --user", "service install serve --user --print", "--version", "--help",
    ):  # fmt: skip
        yield words, words.split(), ""
    for words in RECORDS:
        yield words, words.split(), ""


def prove(place: Place, idle_s: float = IDLE_S) -> Iterator[Row]:
    ask_often(place)
    write_tool(place)
    for name, arguments, stdin in commands(idle_s):
        yield traced(place, name, [*AGENT, *arguments], stdin)
    yield traced(place, "workers that are killed", [*BENCH, "workers", "--repeat", "1"])
    yield served(place, idle_s)


def main() -> int:
    """Exit code: 0 nothing leaves, 1 something does or did not run, 2 it cannot be tried."""
    parser = argparse.ArgumentParser(prog="scripts/prove-offline", description=__doc__)
    parser.add_argument("--profile", default="tiny", help="whose models are used (tiny)")
    parser.add_argument("--idle", type=float, default=IDLE_S, metavar="S", help=f"s without a turn ({IDLE_S})")
    options = parser.parse_args()
    if not shutil.which("strace"):
        sys.stderr.write("strace is missing: sudo apt-get install strace\n")
        return 2
    from edge_agent import build
    from edge_agent.config import load
    from edge_agent.doctor.tools import calendars
    from edge_agent.settings.tools import on_network

    settings = load({"models": {"profile": options.profile}})
    models = build.choose(settings).all()
    for name, where in (on_network(settings.mcp, settings.home_assistant) | calendars(settings)).items():
        _write(f"Not tried: {name} at {where}, which your settings allow to be asked (allow_network).")
    if settings.phone.webhook:
        _write(f"Not tried: calls by telephone, which are announced at {settings.phone.webhook} of this machine.")
    with tempfile.TemporaryDirectory() as folder:
        place = Place(Path(folder).resolve() / "own", options.profile, {model.name: model.path for model in models})
        return shown(prove(place, options.idle), _write)


def _write(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def shown(rows: Iterable[Row], write: Callable[[str], object]) -> int:
    """A line for each as it ends, and below it what was found. Returns the exit code."""
    failed = 0
    for row in rows:
        failed += not row.passed
        write(str(row))
        for call in row.found[:10]:
            write(f"    {call}")
    write("Nothing leaves this device." if not failed else f"{failed} of the commands FAILED.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

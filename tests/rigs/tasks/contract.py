"""Contract: an agent as an outsider has it: a line of JSON in, a line out (`agents try --json`), and its calendar."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from edge_agent.types import Json

if TYPE_CHECKING:
    from edge_agent.desk.extracting import Extractor


class Agent(Protocol):
    """One conversation."""

    def turn(self, line: Json) -> Json:
        """The answer to `{"say": ...}`, `{"dtmf": ...}`, `{"hangup": true}` or `{"pass_s": ...}`."""

    def calendar(self) -> list[Json]:
        """What is booked, by whomever."""


class InProcess:
    """The same without a process, for what has to be fast."""

    def __init__(self, folder: Path, state: Path, now: str, llm: str = "off") -> None:
        from edge_agent.desk.desk import Desk
        from edge_agent.desk.reading import read

        self._agent, self._state = read(folder), state
        begun = datetime.fromisoformat(now).replace(tzinfo=self._agent.business.timezone)
        self._desk = Desk(self._agent, state, lambda: begun)
        self._desk.extractor = None if llm == "off" else _extractor(llm)

    def turn(self, line: Json) -> Json:
        if "dtmf" in line:
            reply = self._desk.digits(line["dtmf"])
        elif line.get("hangup"):
            reply = self._desk.hung_up()
        elif "pass_s" in line:
            reply = self._desk.passed(line["pass_s"])
        else:
            reply = self._desk.hear(line["say"])
        return reply.to_json()

    @property
    def expects(self) -> str:
        """What the agent tells its ASR."""
        return self._desk.expects

    def calendar(self) -> list[Json]:
        return [each.to_json() for each in self._desk.ledger.bookings()]

    def close(self) -> None:
        """Lets go of the file."""
        self._desk.ledger.close()


@cache
def _extractor(llm: str) -> Extractor:
    """The LLM of that name, once for all dialogues."""
    from edge_agent import build, config

    return build.extractor(config.load({"models": {"llm": llm}}))


class Subprocess:
    """The command itself."""

    def __init__(self, folder: Path, state: Path, now: str, llm: str = "off") -> None:
        self._folder, self._state = folder, state
        order = ["agents", "try", str(folder), "--json", "--now", now, "--state", str(state), "--llm", llm]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "edge_agent", *order], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def turn(self, line: Json) -> Json:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(line) + "\n")
        self._process.stdin.flush()
        answer: Json = json.loads(self._process.stdout.readline())
        return answer

    def calendar(self) -> list[Json]:
        order = ["agents", "calendar", str(self._folder), "--state", str(self._state), "--json"]
        done = subprocess.run(
            [sys.executable, "-m", "edge_agent", *order], capture_output=True, text=True, check=True, timeout=60
        )
        return rows_of(json.loads(done.stdout))

    def close(self) -> None:
        self._process.communicate(timeout=60)


def rows_of(told: Json | list[Json]) -> list[Json]:
    """The bookings of what `agents calendar --json` says."""
    return told if isinstance(told, list) else list(told["booked"])


@contextmanager
def opened(folder: Path, state: Path, now: str, llm: str = "off", *, by_command: bool = False) -> Iterator[Agent]:
    """A conversation: in this process, or with the command."""
    agent = (Subprocess if by_command else InProcess)(folder, state, now, llm)
    try:
        yield agent
    finally:
        agent.close()

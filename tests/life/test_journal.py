"""No word that was said, no argument, no key in what the program logs; and the same line once in ten minutes."""

from __future__ import annotations

import ast
import logging
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import edge_agent
from edge_agent.errors import EngineError
from edge_agent.events import HeardText, Interrupted, Saying, TurnFailed
from edge_agent.life.journal import KINDS, QUIET_S, Seldom, Wordless
from edge_agent.line import Line
from edge_agent.lines.audio_file import write_wav
from edge_agent.speak.piper import Piper
from edge_agent.watch.captions import Captions
from edge_agent.watch.log import EventFile
from edge_agent.watch.recorder import Recorder
from edge_agent.watch.screen import Screen
from tests.rigs.fakes import Tape

CANARY = "wombat-4711"
PACKAGE = Path(edge_agent.__file__).parent


@pytest.fixture
def journal() -> Iterator[StringIO]:
    """The handler that `install` sets up, on a logger of its own."""
    written = StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(Wordless("%(name)s: %(message)s"))
    log = logging.getLogger("edge_agent.canary")
    log.addHandler(handler)
    log.propagate = False
    yield written
    log.removeHandler(handler)
    log.propagate = True


def test_an_exception_is_named_and_placed_without_its_words(journal: StringIO) -> None:
    try:
        try:
            raise ValueError(CANARY)
        except ValueError as error:
            raise RuntimeError(f"again {CANARY}") from error
    except RuntimeError:
        logging.getLogger("edge_agent.canary").exception("The voice failed.")
    said = journal.getvalue()
    assert CANARY not in said
    assert "The voice failed." in said
    assert said.index("ValueError") < said.index("RuntimeError")
    assert "test_journal.py" in said


def test_what_asyncio_adds_to_its_message_is_left_out() -> None:
    message = f"Task exception was never retrieved\nfuture: <Task exception=ValueError({CANARY!r})>"
    record = logging.LogRecord("asyncio", logging.ERROR, "", 0, message, (), None)
    assert Wordless("%(message)s").format(record) == "Task exception was never retrieved"


DEFECTS = """
import sys, threading
from edge_agent.life import journal
journal.install()
def fail(): raise ValueError(sys.argv[1])
thread = threading.Thread(target=fail); thread.start(); thread.join()
fail()
"""


def test_a_defect_that_nobody_catches_is_logged_without_its_words() -> None:
    ended = subprocess.run([sys.executable, "-c", DEFECTS, CANARY], capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert ended.stderr.count("ValueError") == 2
    assert CANARY not in ended.stderr


def test_the_same_line_comes_once_in_ten_minutes_and_is_counted() -> None:
    clock = SimpleNamespace(now=0.0)
    seldom = Seldom(lambda: clock.now)

    def line(text: str = "%s failed", name: str = "edge_agent.a") -> str | None:
        record = logging.LogRecord(name, logging.ERROR, "", 0, text, ("It",), None)
        return record.getMessage() if seldom.filter(record) else None

    assert line() == "It failed"
    assert [line() for _ in range(10_000)] == [None] * 10_000
    assert line("%s fell") == "It fell"
    assert line(name="edge_agent.b") == "It failed"
    clock.now = QUIET_S
    assert line() == "It failed (10000 more since the last of these lines)"
    assert line() is None


REPEATS = 10_000


@cache
def templates() -> set[str]:
    """What the program can log, as it stands in its source."""
    calls = (
        node
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) == "log"
    )
    return {call.args[0].value for call in calls if isinstance(call.args[0], ast.Constant)}


def test_ten_thousand_of_each_error_are_one_line_each() -> None:
    assert len(templates()) > 15
    written = StringIO()
    handler = logging.StreamHandler(written)
    handler.addFilter(Seldom(lambda: 0.0))
    for template in templates():
        args = tuple(range(template.count("%")))
        record = logging.LogRecord("edge_agent", logging.ERROR, "", 0, template, args, None)
        for _ in range(REPEATS):
            handler.handle(record)
    assert written.getvalue().count("\n") == len(templates())
    assert len(written.getvalue()) < 4000


def test_a_device_that_goes_again_and_again_is_one_line_of_a_service_and_all_of_them_of_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    program = f"""
from edge_agent.life import journal
from edge_agent.doors.microphone import _say
journal.install()
for _ in range({REPEATS}):
    _say("The microphone 'USB' was lost. Waiting for it.")
    _say("The microphone 'USB' is there.")
"""
    subprocess.run([sys.executable, "-c", program], env={**os.environ, "NOTIFY_SOCKET": "/nowhere"}, check=True)
    assert len(capfd.readouterr().err.splitlines()) == 2
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    subprocess.run([sys.executable, "-c", program], check=True)
    assert len(capfd.readouterr().err.splitlines()) == 2 * REPEATS


def test_a_storm_of_different_lines_is_not_remembered_for_ever() -> None:
    seldom = Seldom(lambda: 0.0)

    def record(i: int) -> logging.LogRecord:
        return logging.LogRecord("edge_agent", logging.ERROR, "", 0, f"kind {i}", (), None)

    assert all(seldom.filter(record(i)) for i in range(KINDS + 1))
    assert not seldom.filter(record(KINDS)), "still known"
    assert seldom.filter(record(0)), "forgotten, and said again"


def test_captions_in_a_journal_hold_no_words() -> None:
    written = list[str]()
    captions = Captions(Screen(written.append), words=False)
    captions(HeardText(1, 0.0, CANARY, 0.0))
    captions(Saying(1, 0.0, 0, CANARY))
    captions(Interrupted(1, 0.0, CANARY, 0.5))
    captions(TurnFailed(1, 0.0, "The voice failed."))
    assert written == ["       (no answer: The voice failed.)"]


def test_what_could_not_be_said_is_not_in_the_error() -> None:
    class Dead:
        def _begin(self, text: str, speed: float) -> None:
            raise ValueError(text)

    with pytest.raises(EngineError) as raised:
        list(Piper._chunks(Dead(), CANARY))  # type: ignore[arg-type]
    assert CANARY not in str(raised.value)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_holds_words_or_sound_is_for_its_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        line: Line = Tape(np.zeros(1600, np.float32))
        with Recorder(tmp_path / "kept", line) as recorder:
            recorder.line.source.read()
        with EventFile(tmp_path / "events.jsonl"):
            pass
        write_wav(tmp_path / "out.wav", np.zeros(10, np.float32), 16_000)
    finally:
        os.umask(before)
    assert mode(tmp_path / "kept") == 0o700
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) == 4
    assert {mode(path) for path in files} == {0o600}

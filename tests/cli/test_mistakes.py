"""Mistakes of honest people: each is a sentence, at once, with the code of wrong usage, and never a traceback."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
import typing
from collections.abc import Iterator
from pathlib import Path

import annotated_types
import pytest
from pydantic import BaseModel
from tiers import fast_first
from typer.testing import CliRunner

from edge_agent.__main__ import _as_given
from edge_agent.cli import app
from edge_agent.config import load
from edge_agent.errors import ConfigError, EdgeAgentError, InputError
from edge_agent.lines.audio_file import read_audio
from edge_agent.lines.mute import Mute
from edge_agent.serve.server import check_certificate
from edge_agent.settings import Settings
from edge_agent.watch.history import History

ENDLESS = Path("/dev/zero")


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    """A pipe that nobody ever writes to."""
    os.mkfifo(tmp_path / "pipe")
    return tmp_path / "pipe"


def reads(kind: str, file: Path) -> None:
    if kind == "settings":
        load(path=file)
    elif kind == "sound":
        read_audio(file)
    else:
        check_certificate(file, file)


@pytest.mark.parametrize("kind", ["settings", "sound", "certificate"])
def test_what_cannot_be_read_is_not_waited_for(kind: str, pipe: Path, tmp_path: Path) -> None:
    for file in (pipe, ENDLESS, tmp_path, tmp_path / "none", tmp_path / "none" / "deeper"):
        with pytest.raises((ConfigError, InputError)) as refused:
            reads(kind, file)
        assert str(file) in str(refused.value)
        assert refused.value.exit_code == 2


@pytest.mark.parametrize(
    "words",
    [
        "say hi -o {}", "talk --output {}", "talk --events {}", "replay {}", "transcribe {}", "wake test --input {}",
        "serve --tls-cert {0} --tls-key {0} --host 127.0.0.1", "config show --config {}", "agents try {}",
        "memory export {}", "chat --config {}", "chat --script {}", "voice enroll anna --from {}",
    ],
)  # fmt: skip
def test_each_option_with_a_path_says_what_it_cannot_use(words: str, pipe: Path) -> None:
    for file in (pipe, ENDLESS):
        error = CliRunner().invoke(app, words.format(file).split()).exception
        assert isinstance(error, EdgeAgentError), (file, error)
        assert error.exit_code == 2, (file, error)


@pytest.mark.parametrize("mode", [0o600, 0o664, 0o646])
def test_settings_that_anybody_can_write_are_named(mode: int, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / "my settings.toml"
    file.touch()
    file.chmod(mode)
    load(path=file)
    told = "Anybody on this machine can write" in caplog.text and f"chmod o-w '{file}'" in caplog.text
    assert told is bool(mode & 0o002)


def numbers(group: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, bool]]:
    """Each setting that is a number, and whether it has both bounds."""
    for name, field in group.model_fields.items():
        kinds = [field.annotation, *typing.get_args(field.annotation)]
        for kind in kinds:
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from numbers(kind, f"{prefix}{name}.")
        if any(kind in (int, float) for kind in kinds):
            low = any(isinstance(each, annotated_types.Ge | annotated_types.Gt) for each in field.metadata)
            yield (
                prefix + name,
                low and any(isinstance(each, annotated_types.Le | annotated_types.Lt) for each in field.metadata),
            )


def test_every_number_has_bounds() -> None:
    found = dict(numbers(Settings))
    assert len(found) > 30
    assert [name for name, bounded in found.items() if not bounded] == []
    with pytest.raises(ConfigError, match="less than or equal to 1024"):
        load({"speak": {"threads": 10**20}})


def test_a_deeply_nested_settings_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "deep.toml").write_text("a = " + "[" * 100_000)
    with pytest.raises(ConfigError, match="is not TOML"):
        load(path=tmp_path / "deep.toml")


def test_where_there_is_no_home_a_command_mends_it() -> None:
    for attempt in (Mute(Path("/dev/null/state")).turn_on, History(Path("/dev/null/state")).turn_on):
        with pytest.raises(EdgeAgentError) as failed:
            attempt()
        assert "XDG_STATE_HOME" in str(failed.value.fix)


def test_the_name_of_a_file_is_shown_as_it_was_given() -> None:
    """With LC_ALL=C: bytes that are not ASCII are half surrogates by then."""
    for given, shown in (("\udcc3\udcbc", "ü".encode()), ("ü", b"\\u00fc"), ("🐟", b"\\U0001f41f")):
        parts = []
        while given:
            part, end = _as_given(UnicodeEncodeError("ascii", given, 0, 1, ""))
            parts.append(part if isinstance(part, bytes) else part.encode())
            given = given[end:]
        assert b"".join(parts) == shown


def test_in_a_terminal_without_a_locale(tmp_path: Path) -> None:
    environment = {**os.environ, "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    command = [sys.executable, "-m", "edge_agent", "say", "x", "-o", "ü/x.wav"]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, check=False)
    assert "Cannot write ü/x.wav".encode() in done.stderr


# --- Ctrl-C -------------------------------------------------------------------------------------------------------

BEFORE_MAIN = "import sys, os, signal; sys.argv = ['-m']; import edge_agent; os.kill(os.getpid(), signal.SIGINT)"


def test_before_anything_has_begun_it_ends_without_a_word() -> None:
    done = subprocess.run([sys.executable, "-c", BEFORE_MAIN], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (-signal.SIGINT, "")


def test_who_imports_the_package_keeps_ctrl_c() -> None:
    code = BEFORE_MAIN.replace("'-m'", "'other'")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "KeyboardInterrupt" in done.stderr


@pytest.mark.parametrize("moment", fast_first(range(100), 3))
def test_at_a_random_moment_it_leaves_no_traceback(moment: int, tmp_path: Path) -> None:
    """From 0 ms on. Until the interpreter comes to our first line, it says what it likes."""
    command = [sys.executable, "-m", "edge_agent", "say", "hi", "-o", str(tmp_path / "x.wav")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        time.sleep(random.Random(moment).uniform(0, 2))  # the moment is what is tested
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=20)
    assert process.returncode in (0, 130, -signal.SIGINT, 1), said
    assert "Traceback" not in said or "edge_agent" not in said, said
    assert process.returncode != 1 or "edge_agent" not in said, said

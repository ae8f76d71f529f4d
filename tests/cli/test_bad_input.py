"""Whatever is typed: one sentence, a stable exit code, no traceback, nothing half-written."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from tiers import fast_first

EDGE_AGENT = [sys.executable, "-m", "edge_agent"]
QUESTION = Path(__file__).parents[2] / "examples" / "question.wav"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A working directory with the files that the cases name, and nothing else."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "models").mkdir()
    (tmp_path / "empty.wav").touch()
    (tmp_path / "text.wav").write_text("This is no sound.")
    (tmp_path / "riff.wav").write_bytes(b"RIFF\xff\xff\xff\xffWAVE")
    (tmp_path / "list.m3u8").write_text("#EXTM3U\n#EXTINF:1,\nhttp://192.0.2.1/a.ts\n")
    (tmp_path / "question.wav").write_bytes(QUESTION.read_bytes())
    (tmp_path / "secret.wav").write_bytes(QUESTION.read_bytes())
    (tmp_path / "secret.wav").chmod(0)
    return tmp_path


def environment(home: Path) -> dict[str, str]:
    """No settings and no models but those in `home`."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "XDG_STATE_HOME": f"{home}-state",  # where `chat` keeps what it is told
        "EDGE_AGENT_MODELS__DIR": str(home / "models"),
        "LC_ALL": "C.UTF-8",
    }


def edge_agent(place: Path, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*EDGE_AGENT, *arguments],
        cwd=place,
        env=environment(place),
        input=stdin,
        capture_output=True,
        timeout=60,
        check=False,
    )


def refuses(
    place: Path, arguments: Sequence[str], code: int, *words: str, stdin: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    """The command ends with `code`, says `words`, and leaves no file behind."""
    before = sorted(place.rglob("*"))
    run = edge_agent(place, *arguments, stdin=stdin)
    said = run.stderr.decode(errors="replace")  # the name of a file is said as it was given
    assert run.returncode == code, said
    assert "Traceback" not in said
    for word in words:
        assert word in said
    assert sorted(place.rglob("*")) == before
    return run


SOUND = [
    (2, "missing.wav", "Cannot read missing.wav: no such file or directory."),
    (2, "folder", "Cannot read folder: is a directory."),
    (2, "empty.wav", "empty.wav holds no sound"),
    (2, "text.wav", "text.wav holds no sound"),
    (2, "riff.wav", "riff.wav holds no sound"),
    (2, "list.m3u8", "list.m3u8 holds no sound"),
    (2, "\udcff.wav", "no such file"),
]


@pytest.mark.parametrize("command", fast_first([["talk", "--input"], ["transcribe"], ["talk", "--fast", "--input"]], 1))
@pytest.mark.parametrize(("code", "file", "said"), SOUND, ids=[file for _, file, _ in SOUND])
def test_what_is_no_sound_is_said_before_models_are_looked_for(
    place: Path, command: list[str], code: int, file: str, said: str
) -> None:
    refuses(place, [*command, file], code, said)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_file(place: Path) -> None:
    refuses(place, ["transcribe", "secret.wav"], 2, "Cannot read secret.wav: permission denied.")


USAGE = [
    ("--nosuch", "No such option: --nosuch"),
    ("transcribe", "Missing argument"),
    ("talk --linger -1 --input question.wav", "--linger"),
    ("talk --output x.wav", "--fast and --output go with --input."),
    ("talk --set hear.langage=de --input question.wav", "did you mean 'language'?"),
    ("talk --config missing.toml --input question.wav", "missing.toml cannot be read"),
    ("talk --input question.wav --output none/x.wav", "none/x.wav: there is no such directory."),
    ("talk --input question.wav --events none/x.jsonl", "none/x.jsonl: there is no such directory."),
    ("talk --input question.wav --record empty.wav/new", "empty.wav is a file."),
    ("talk --input question.wav --set models.asr=silero-vad", "silero-vad is a model for vad, not for asr."),
    ("say hello -o none/x.wav", "Cannot write none/x.wav: there is no such directory."),
    ("replay folder", "folder holds no mic.wav."),
    ("models pull nosuch", 'no model or profile "nosuch"'),
    ("bench turns missing.jsonl", "missing.jsonl"),
    ("nosuch", "No such command 'nosuch'"),
    ("talk --linger soon --input question.wav", "should be a valid number"),
    ("talk --fast", "--fast and --output go with --input."),
    ("talk --profile huge --input question.wav", "'desktop', 'gpu-4gb' or 'gpu-8gb' (it is 'huge')"),
    ("talk --set hear.threads=x --input question.wav", "hear.threads on the command line is wrong"),
    ("talk --config text.wav --input question.wav", "text.wav is not TOML"),
    ("talk --input question.wav --output folder", "Cannot write folder: it is a directory."),
    ("talk --input question.wav --record empty.wav", "Nothing can be recorded in empty.wav: empty.wav is a file."),
    ("talk --input question.wav --set models.asr=whisper-bass", 'no model "whisper-bass"'),
    ("transcribe question.wav --language English", "hear.language on the command line is wrong"),
    ("say -", "There is nothing to say."),
    ("models show nosuch", 'no model "nosuch"'),
    ("models pull --source ftp", "ftp is neither hub nor index"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "said"), fast_first(USAGE, 3), ids=[line for line, _ in USAGE])
def test_wrong_usage_is_exit_code_2(place: Path, line: str, said: str) -> None:
    refuses(place, line.split(), 2, said)


@pytest.mark.parametrize(("command", "text"), [("say", ""), ("say", " \n"), ("chat", "")])
def test_an_empty_text_is_refused(place: Path, command: str, text: str) -> None:
    refuses(place, [command, text], 2, "There is nothing to")


MISSING = [
    ("talk --profile small --input question.wav", "whisper-base"),
    ("transcribe --profile tiny question.wav", "whisper-tiny.en"),
    ("say hello -o out.wav", "en_US-joe-medium"),
    ("chat --profile tiny Lovelace", "smollm2-135m"),
    ("talk --profile small --input question.wav --fast --output out.wav --events e.jsonl", "whisper-base"),
    ("say hello", "en_US-joe-medium"),
]


@pytest.mark.parametrize(("line", "model"), fast_first(MISSING, 2), ids=[line for line, _ in MISSING])
def test_a_missing_model_is_exit_code_1_with_the_command_that_pulls_it(place: Path, line: str, model: str) -> None:
    refuses(place, line.split(), 1, f"The model {model} is not installed", "edge-agent models pull")


@pytest.mark.slow
def test_a_chat_says_that_its_model_is_missing_once_it_is_needed(place: Path) -> None:
    """What code answers needs none."""
    asked = b"what is 2 plus 3\nWho was Ada Lovelace?\n"
    said = "The model smollm2-135m is not installed"
    refuses(place, ["chat", "--profile", "tiny"], 1, said, "edge-agent models pull", stdin=asked)


def test_text_that_is_not_utf_8_is_read_all_the_same(place: Path) -> None:
    refuses(place, ["say", "-"], 1, "en_US-joe-medium is not installed", stdin=b"Gr\xfc\xdfe")


def test_an_unknown_device_is_refused_in_words(place: Path) -> None:
    """Exit code 1 and a sentence: of the device, or of the models where no device is and it may yet be plugged in."""
    run = edge_agent(place, "talk", "--microphone", "no such device")  # (libpulse may leave a cookie in $HOME)
    assert run.returncode == 1
    assert run.stderr.startswith(b"edge-agent: ")
    assert b"Traceback" not in run.stderr


def test_a_setting_of_the_environment_is_named(place: Path) -> None:
    wrong = environment(place) | {"EDGE_AGENT_SPEAK__PASE": "2"}
    run = subprocess.run(
        [*EDGE_AGENT, "config", "show"], env=wrong, capture_output=True, text=True, timeout=60, check=False
    )
    assert run.returncode == 2
    assert "no setting 'pase' under [speak] in the environment; did you mean 'pace'?" in run.stderr


def shell(place: Path, line: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", line.replace("edge-agent", " ".join(EDGE_AGENT))],
        cwd=place,
        env=environment(place),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_pipe_whose_reader_has_gone(place: Path) -> None:
    run = shell(place, "edge-agent models list | head -n 1")
    assert run.stdout.startswith("NAME")
    assert run.stdout.count("\n") == 1
    assert run.stderr == ""


def test_a_closed_input_is_an_empty_one(place: Path) -> None:
    run = shell(place, "edge-agent say - <&-")
    assert (run.returncode, run.stderr) == (2, "edge-agent: There is nothing to say.\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux only")
def test_a_full_disk_is_one_sentence(place: Path) -> None:
    run = shell(place, "edge-agent models list > /dev/full")
    assert run.returncode == 1
    first, mend = run.stderr.splitlines()
    assert first == "edge-agent: The command could not go on (No space left on device)."
    assert mend.startswith("  To mend it: make room")

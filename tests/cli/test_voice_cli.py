"""`edge-agent voice`: voices come from files here, and are told by a fake; `talk` refuses to be deaf."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from edge_agent import build, doctor
from edge_agent.cli import app
from edge_agent.config import load
from edge_agent.errors import ConfigError, EdgeAgentError, InputError, ModelError
from edge_agent.hear.enrolling import Utterances
from edge_agent.lines.audio_file import write_wav
from edge_agent.types import HEAR_RATE_HZ
from tests.rigs.fakes import LevelVad
from tests.rigs.fakes.voices import LevelEncoder, spoken

Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("EDGE_AGENT_MODELS__DIR", str(tmp_path / "models"))


@pytest.fixture
def engines(monkeypatch: pytest.MonkeyPatch) -> None:
    made = lambda chosen: (LevelEncoder(), Utterances(LevelVad(), 0.5))  # noqa: E731
    monkeypatch.setattr("edge_agent.cli.voice._engines", made)


def voice(*words: str) -> str:
    """What the command prints on both streams. Raises what it raised."""
    result = CliRunner().invoke(app, ["voice", *words])
    if isinstance(result.exception, Exception):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def recording(folder: Path, *parts: tuple[int, float]) -> str:
    """A file in which these voices speak for so many seconds, with pauses of a second."""
    pause = np.zeros(HEAR_RATE_HZ, np.float32)
    file = folder / "recording.wav"
    write_wav(file, np.concatenate([each for part in parts for each in (spoken(*part), pause)]), HEAR_RATE_HZ)
    return str(file)


@pytest.mark.usefixtures("engines")
def test_a_voice_is_enrolled_listed_told_and_forgotten(tmp_path: Path) -> None:
    assert "Nobody is enrolled." in voice("list")
    printed = voice("enroll", "anna", "--from", recording(tmp_path, (0, 6.0), (0, 6.0)))
    assert "anna is enrolled, from 12.1 s of speech." in printed
    assert "hear.only_enrolled" in printed
    (row,) = json.loads(voice("list", "--json"))
    assert (row["name"], row["seconds"]) == ("anna", 12.1)
    told = voice("test", "--from", recording(tmp_path, (0, 2.0), (1, 2.0), (0, 0.2))).splitlines()
    assert [line.split("speech: ")[1].split(" (")[0] for line in told if "speech: " in line] == [
        "anna",
        "nobody",
        "too little to tell",
    ]
    assert "anna is forgotten." in voice("rm", "anna")
    assert voice("list", "--json") == "[]\n"


@pytest.mark.usefixtures("engines")
@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("rm", "ben"), 'No voice is called "ben"; enrolled: nobody'),
        (("test",), "Nobody is enrolled"),
        (("enroll", " "), "1 to 40 letters"),
        (("enroll", "a\nb"), None),
        (("enroll", "x" * 41), "1 to 40 letters"),
        (("enroll", "anna", "--from", "none.wav"), "none.wav"),
    ],
)
def test_what_cannot_be_is_one_sentence(words: tuple[str, ...], why: str | None, tmp_path: Path) -> None:
    if why is None:
        assert "a b is enrolled" in voice(*words, "--from", recording(tmp_path, (0, 12.0)))
        return
    with pytest.raises(InputError, match=why):
        voice(*words)


@pytest.mark.usefixtures("engines")
def test_nothing_is_kept_of_what_is_no_voice(tmp_path: Path) -> None:
    for parts, why in (((0, 4.0),), "Only 4.0 s"), (((0, 7.5), (1, 5.0)), "Two voices"):
        with pytest.raises(InputError, match=why):
            voice("enroll", "anna", "--from", recording(tmp_path, *parts))
    assert voice("list", "--json") == "[]\n"


def test_a_missing_model_is_named_with_the_command_that_pulls_it(tmp_path: Path) -> None:
    with pytest.raises(ModelError) as caught:
        voice("enroll", "anna", "--from", recording(tmp_path, (0, 12.0)))
    assert str(caught.value.fix).startswith("edge-agent models pull resemblyzer")


@pytest.mark.usefixtures("engines")
def test_to_forget_the_last_voice_is_told_of_where_it_makes_deaf(tmp_path: Path) -> None:
    voice("enroll", "anna", "--from", recording(tmp_path, (0, 12.0)))
    printed = voice("rm", "anna", "--set", "hear.only_enrolled=true")
    assert "Nobody is enrolled any more" in printed
    assert "edge-agent voice enroll" in printed


def test_a_conversation_with_nobody_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load({"hear": {"only_enrolled": True}})
    with pytest.raises(ConfigError, match="nobody is enrolled") as caught:
        build.engines(settings, None)  # type: ignore[arg-type]
    assert caught.value.fix == "edge-agent voice enroll NAME"


@pytest.mark.usefixtures("engines")
def test_doctor_tells_who_is_answered(tmp_path: Path) -> None:
    def line() -> tuple[str, str, str | None]:
        settings = load({"hear": {"only_enrolled": True}})
        (found,) = (each for each in doctor.examine(lambda: settings, quick=True) if each.check == "voices")
        return found.status, found.found, found.fix

    status, found, fix = line()
    assert (status, fix) == ("broken", "edge-agent voice enroll NAME")
    assert "nobody is enrolled" in found
    voice("enroll", "anna", "--from", recording(tmp_path, (0, 12.0)))
    status, found, fix = line()
    assert status == "broken"
    assert "models pull resemblyzer" in str(fix)
    assert all(each.check != "voices" for each in doctor.examine(lambda: load({}), quick=True))


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "voices.json").write_text("{")
    with pytest.raises(EdgeAgentError, match="is damaged"):
        voice("list")

"""Wake: the models of pymicro-wakeword in its own clips, and what is said about files that are none."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("pymicro_wakeword", reason="the extra room is not installed")

from edge_agent.doctor.wake import CLIPS, run_wake
from edge_agent.errors import ConfigError, EngineError
from edge_agent.hear.wake import MicroWake, Recognized
from edge_agent.lines.audio_file import read_audio
from edge_agent.settings import Settings
from edge_agent.settings.wake import BUILT_IN
from edge_agent.types import HEAR_FRAME, HEAR_RATE_HZ, Samples


def heard(engine: MicroWake, sound: Samples) -> list[Recognized]:
    cuts = range(0, len(sound) - HEAR_FRAME, HEAR_FRAME)
    return [found for at in cuts if (found := engine.push(sound[at : at + HEAR_FRAME]))]


def clip(name: str) -> Samples:
    quiet = np.zeros(HEAR_RATE_HZ, np.float32)
    return np.concatenate([quiet, read_audio(CLIPS / f"{name}.wav")[0], quiet])


@pytest.mark.parametrize("name", BUILT_IN)
def test_each_name_is_recognized_once_in_its_clip_and_no_other_is(name: str) -> None:
    engine = MicroWake(BUILT_IN)
    sure = [found for found in heard(engine, clip(name)) if found.sure]
    assert [found.name for found in sure] == [name.replace("_", " ")]


def test_it_is_said_twice() -> None:
    engine = MicroWake(["alexa"])
    assert len([found for found in heard(engine, np.tile(clip("alexa"), 2)) if found.sure]) == 2


def test_a_higher_cutoff_leaves_doubt() -> None:
    found = heard(MicroWake(["hey_jarvis"], cutoff=0.9999), clip("hey_jarvis"))
    assert found
    assert not any(each.sure for each in found)
    with pytest.raises(EngineError, match="not recognized in its own clip"):
        run_wake(Settings.model_validate({"hear": {"wake": "hey_jarvis", "wake_cutoff": 0.9999}}))


def test_the_doctor_hears_each() -> None:
    told = run_wake(Settings.model_validate({"hear": {"wake": "hey_jarvis,alexa,phrase:computer"}}))
    assert "hey jarvis heard" in told
    assert "alexa heard" in told


def test_without_the_package_the_command_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pymicro_wakeword", None)
    with pytest.raises(ConfigError, match="which is not installed") as refused:
        MicroWake(["alexa"])
    assert "pip install 'pymicro-wakeword" in str(refused.value.fix)


@pytest.mark.parametrize(
    ("config", "tflite", "said"),
    [
        (None, None, "There is no wake word model"),
        ("no json", None, "is no microWakeWord model"),
        ("{}", None, "it lacks 'model'"),
        ("own", None, "own.tflite is not beside it"),
        ("own", b"", "damaged"),
        ("own", b"\0" * 4000, "damaged"),
        ("own", "half", "damaged"),
    ],
)
def test_what_is_no_model_is_said_in_one_sentence(
    tmp_path: Path, config: str | None, tflite: bytes | str | None, said: str
) -> None:
    import pymicro_wakeword

    if config is not None:
        micro = {"probability_cutoff": 0.5, "sliding_window_size": 5}
        described = json.dumps({"wake_word": "Own", "model": "own.tflite", "micro": micro})
        (tmp_path / "own.json").write_text(described if config == "own" else config)
    if tflite is not None:
        alexa = Path(str(pymicro_wakeword.__file__)).parent / "models" / "alexa.tflite"
        whole = alexa.read_bytes()
        (tmp_path / "own.tflite").write_bytes(whole[: len(whole) // 2] if isinstance(tflite, str) else tflite)
    with pytest.raises(ConfigError, match=said):
        MicroWake([str(tmp_path / "own.json")])


def test_a_model_of_ones_own_is_loaded_from_its_file() -> None:
    import pymicro_wakeword

    own = Path(str(pymicro_wakeword.__file__)).parent / "models" / "alexa.json"
    engine = MicroWake([str(own)])
    assert engine.names == ("alexa",)
    assert [found.name for found in heard(engine, clip("alexa")) if found.sure] == ["alexa"]

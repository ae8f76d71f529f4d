"""Doctor: every fault is a line with its mend, and no fault hides another."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from edge_agent import OFFLINE_ENVIRONMENT, doctor
from edge_agent.build_cards import Placed, on_cpu
from edge_agent.cli import app
from edge_agent.config import load
from edge_agent.doctor import engines, languages, machine
from edge_agent.doctor.finding import Doubt, Finding, finding
from edge_agent.errors import ConfigError, DeviceError, EdgeAgentError, EngineError, ModelError
from edge_agent.settings import Settings
from edge_agent.store import Model
from edge_agent.store.machine import Machine

ROLES = ("asr", "llm", "tts", "vad", "endpoint")


def raising(error: Exception) -> Callable[[], str]:
    def check() -> str:
        raise error

    return check


def settings_with(folder: Path) -> Settings:
    return Settings.model_validate({"models": {"dir": folder, "profile": "tiny"}})


@pytest.mark.parametrize(
    ("check", "expected"),
    [
        (lambda: "fine", Finding("x", "ok", "fine")),
        (raising(Doubt("No fan.", fix="buy one")), Finding("x", "doubt", "No fan.", "buy one")),
        (raising(ModelError("Gone.", fix="pull")), Finding("x", "broken", "Gone.", "pull")),
        (raising(ZeroDivisionError("by zero")), Finding("x", "broken", "ZeroDivisionError: by zero")),
    ],
)
def test_whatever_a_check_does_becomes_a_line(check: Callable[[], str], expected: Finding) -> None:
    assert finding("x", check) == expected


def test_missing_models_are_named_with_the_command_that_pulls_them(tmp_path: Path) -> None:
    found = {each.check: each for each in doctor.examine(lambda: settings_with(tmp_path), quick=True)}
    for role in ROLES:
        model = found[f"model {role}"]
        assert model.status == "broken"
        assert model.fix is not None
        assert model.fix.startswith("edge-agent models pull ")
    assert "tiny" in found["memory"].found
    assert found["disk"].status == "ok"
    assert "run asr" not in found


def test_wrong_settings_do_not_hide_the_other_checks() -> None:
    def unreadable() -> Settings:
        raise ConfigError("The file is not TOML.")

    found = {each.check: each for each in doctor.examine(unreadable, quick=True)}
    assert found["settings"] == Finding("settings", "broken", "The file is not TOML.", "edge-agent config path")
    assert found["disk"].status == "ok"


def test_a_missing_device_is_only_a_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(kind: str, name: str | None) -> None:
        raise DeviceError("There is no microphone.", fix="edge-agent devices list")

    monkeypatch.setattr(machine.devices, "find_device", nothing)
    found = finding("microphone", lambda: machine.device("input", None))
    assert found == Finding("microphone", "doubt", "There is no microphone.", "edge-agent devices list")


def test_a_language_that_the_voice_does_not_speak_is_a_doubt(tmp_path: Path) -> None:
    voice = tmp_path / "voice.onnx"
    voice.with_name("voice.onnx.json").write_text('{"espeak": {"voice": "en-us"}}')
    assert languages.mismatch(load({"hear": {"language": "auto"}}), voice) is None
    assert languages.mismatch(load({"hear": {"language": "en"}}), voice) is None
    german = languages.mismatch(load({"hear": {"language": "de"}}), voice)
    assert german is not None
    assert german.startswith('hear.language is "de", and the voice speaks "en"')
    assert "own words" not in german
    assert "own words are not in fr" in str(languages.mismatch(load({"hear": {"language": "fr"}}), voice))
    assert languages.voice_language(tmp_path / "hibari.onnx") == "en"


def test_a_missing_portaudio_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine.devices, "portaudio", raising(DeviceError("missing", fix="apt-get")))
    assert finding("portaudio", machine.portaudio).status == "broken"


def test_an_engine_that_kills_its_process_is_a_line() -> None:
    with pytest.raises(EngineError, match="killed its process"):
        doctor._isolated(os.abort)


def test_an_error_with_its_mend_comes_out_of_the_other_process(tmp_path: Path) -> None:
    with pytest.raises(ModelError) as raised:
        doctor._isolated(engines.run_vad, settings_with(tmp_path))
    assert raised.value.fix == f"edge-agent models pull silero-vad --dir {tmp_path}"


def test_old_python_and_strange_platforms() -> None:
    assert machine.python().startswith(f"{sys.version_info.major}.{sys.version_info.minor}")
    with pytest.raises(EdgeAgentError, match=r"3\.10\.2 is older"):
        machine.python((3, 10, 2))
    assert machine.platform("aarch64", "glibc 2.36") == "aarch64, glibc 2.36"
    with pytest.raises(Doubt, match="armv7l"):
        machine.platform("armv7l", "glibc 2.36")
    with pytest.raises(Doubt, match=r"glibc 2\.28 or newer"):
        machine.platform("x86_64", "glibc 2.27")
    with pytest.raises(Doubt, match="glibc"):
        machine.platform("x86_64", " ")


def test_a_variable_that_would_let_something_out_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "ORT_DISABLE_TELEMETRY=1" in machine.offline()
    monkeypatch.setenv("ORT_DISABLE_TELEMETRY", "0")
    with pytest.raises(EdgeAgentError, match="ORT_DISABLE_TELEMETRY"):
        machine.offline()
    assert len(OFFLINE_ENVIRONMENT) == 4


def zone(folder: Path, millidegrees: str) -> Path:
    sensor = folder / f"thermal_zone{millidegrees.strip() or 'x'}" / "temp"
    sensor.parent.mkdir()
    sensor.write_text(millidegrees)
    return folder


def test_temperature_takes_the_hottest_sensor_that_answers(tmp_path: Path) -> None:
    assert machine.temperature(tmp_path, None) == "no sensor"
    assert machine.temperature(zone(zone(zone(tmp_path, "41000\n"), "55200\n"), ""), None) == "55 °C"
    with pytest.raises(Doubt, match="83 °C"):
        machine.temperature(zone(tmp_path, "83000\n"), None)


def test_a_raspberry_pi_that_is_or_was_throttled_says_so(tmp_path: Path) -> None:
    vcgencmd = tmp_path / "vcgencmd"
    vcgencmd.write_text("#!/bin/sh\necho throttled=0x50001\n")
    vcgencmd.chmod(0o755)
    with pytest.raises(Doubt, match="under-voltage now, under-voltage since boot, throttled since boot"):
        machine.temperature(tmp_path, str(vcgencmd))
    vcgencmd.write_text("#!/bin/sh\necho throttled=0x0\n")
    assert machine.temperature(tmp_path, str(vcgencmd)) == "no sensor"


def test_too_small_a_disk_and_too_little_memory(tmp_path: Path) -> None:
    settings = settings_with(tmp_path)
    with pytest.raises(EdgeAgentError, match="still to be pulled"):
        machine.disk(settings, free=10_000_000)
    with pytest.raises(Doubt, match=r"its models take 0\.\d GB"):
        machine.memory(settings, Machine(cores=2, available_mb=300, total_mb=2000))


def test_a_llama_build_without_what_the_cpu_has_is_a_doubt(tmp_path: Path) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("flags\t\t: fpu sse4_2 avx avx2 fma f16c\n")
    whole = "CPU : SSE3 = 1 | AVX2 = 1 | F16C = 1 | FMA = 1 | AVX512 = 0 | "
    assert "SSE3 AVX2 F16C FMA" in engines.llama_build(cpuinfo, whole)
    with pytest.raises(Doubt, match="without AVX2 FMA, which this CPU has"):
        engines.llama_build(cpuinfo, "CPU : SSE3 = 1 | AVX2 = 0 | F16C = 1 | ")


@pytest.mark.parametrize(
    ("settings", "on", "nvidia", "fix", "said"),
    [
        ({}, ("llm", "asr"), True, None, "29 layers; on the CPU: voice"),
        ({}, (), False, None, "on the CPU: LLM and ASR and voice"),
        ({}, (), True, "scripts/run --gpu cuda", "There is an NVIDIA GPU, but"),
        ({"engines": {"device": "cpu"}}, (), True, None, "on the CPU"),
        ({"engines": {"device": "vulkan"}}, (), False, "scripts/run --gpu vulkan", "want vulkan"),
        ({"hear": {"device": "cuda"}}, ("llm", "tts"), True, "scripts/run --gpu cuda", "want cuda"),
        ({"think": {"device": "metal"}}, (), False, "see docs/gpu.md", "want metal"),
    ],
)
def test_what_runs_on_a_gpu_and_what_mends_it(settings, on, nvidia, fix, said, monkeypatch, tmp_path: Path) -> None:
    models = {role: Model(role, role, "x", tmp_path, {}, None, "MIT", {}, 1) for role in ROLES}
    monkeypatch.setattr(engines.build, "choose_one", lambda settings, role: models[role])
    monkeypatch.setattr(engines, "builds", lambda: ("cuda",) if on else ())

    def place(settings: Settings, models: object) -> Placed:
        there = load({"think": {"gpu_layers": 29}, "hear": {"device": "cuda"}, "speak": {"device": "cuda"}})
        return Placed(on_cpu(there, *(role for role in ("llm", "asr", "tts") if role not in on)), "29 layers")

    cards = [tmp_path] if nvidia else []
    found = finding("gpu", lambda: engines.gpu(load(settings), ROLES, place=place, nvidia=cards))
    assert (found.status, found.fix) == ("doubt" if fix else "ok", fix)
    assert said in found.found


@pytest.mark.parametrize(("broken", "code"), [(False, 0), (True, 1)])
def test_lines_json_and_exit_code(broken: bool, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    findings = [Finding("microphone", "doubt", "There is none.", "edge-agent devices list")]
    if broken:
        findings.append(Finding("model asr", "broken", "Missing.", "edge-agent models pull whisper-base"))
    monkeypatch.setattr(doctor, "examine", lambda load, quick: iter(findings))
    lines = CliRunner().invoke(app, ["doctor"])
    assert lines.exit_code == code
    assert "doubt  microphone" in lines.stdout
    assert (
        "1 of 2 checks failed, 1 in doubt." if broken else "not for talking (no microphone), 1 in doubt."
    ) in lines.stdout
    assert ("edge-agent models pull whisper-base" in lines.stdout) == broken
    as_json = CliRunner().invoke(app, ["doctor", "--json"])
    assert as_json.exit_code == code
    rows = json.loads(as_json.stdout)
    assert [set(row) for row in rows] == [{"check", "status", "found", "fix"}] * len(findings)


@pytest.mark.slow
@pytest.mark.model
def test_every_engine_runs_once() -> None:
    found = {each.check: each for each in doctor.examine(lambda: load({"models": {"profile": "tiny"}}))}
    for role in ROLES:
        assert found[f"model {role}"].status == "ok", found[f"model {role}"]
        # Slower than speech on a busy machine is a doubt; broken is not.
        assert found[f"run {role}"].status != "broken", found[f"run {role}"]
    assert "Brooklyn" in found["run asr"].found


def test_what_the_line_gpu_tells_is_not_logged_beside_it(caplog: pytest.LogCaptureFixture) -> None:
    told = CliRunner().invoke(app, ["doctor", "--quick", "--profile", "tiny", "--set", "engines.device=cuda"])
    assert "The settings want cuda" in told.stdout
    assert "the CPU is used" not in caplog.text

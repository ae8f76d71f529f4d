"""What comes with the packages: all of it in the bill of materials, no unknown host in native code, an honest audit."""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import shutil
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]
TELEMETRY = (
    b"\0eventCollectorUri\0https://mobile.events.data.example/OneCollector/1.0/\0http://%s/\0https://127.0.0.1\0"
)


@pytest.fixture
def hosts() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hosts", ROOT / "scripts" / "hosts.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.skipif(not shutil.which("uv") and not (ROOT / ".venv/bin/uv").exists(), reason="uv is not installed")
def test_the_bill_of_materials_has_every_package_that_users_get(hosts: ModuleType) -> None:
    done = subprocess.run([ROOT / "scripts" / "sbom"], capture_output=True, text=True, check=True)
    bill = json.loads(done.stdout)
    named = {component["name"] for component in bill["components"]} | {bill["metadata"]["component"]["name"]}
    assert hosts.locked() <= named
    assert len(named) > 40
    assert {"onnxruntime", "llama-cpp-python", "piper-tts", "ctranslate2"} <= named
    assert all(component.get("version") and component.get("purl") for component in bill["components"])


@pytest.mark.slow
@pytest.mark.skipif(platform.machine() != "x86_64", reason="the wheels of other machines were not reviewed")
def test_every_host_in_native_code_was_reviewed(hosts: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert hosts.main() == 0, capsys.readouterr().out
    assert all(len(hosts.libraries(name)) > 0 for name in ("onnxruntime", "llama-cpp-python", "numpy", "av"))


def test_a_host_that_was_not_reviewed_is_named(
    hosts: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As a release of onnxruntime once brought its telemetry."""
    library = tmp_path / "libonnxruntime.so.1.29.0"
    library.write_bytes(b"\x7fELF" + TELEMETRY)
    monkeypatch.setattr(hosts, "locked", lambda: {"onnxruntime"})
    monkeypatch.setattr(hosts, "libraries", lambda package: [library])
    monkeypatch.setattr(hosts, "reviewed", lambda: {"127.0.0.1"})
    assert hosts.main() == 1
    assert capsys.readouterr().out.splitlines() == [
        "mobile.events.data.example: not in hosts.txt; named by onnxruntime (libonnxruntime.so.1.29.0)"
    ]


def test_a_package_that_is_not_installed_here_has_no_libraries(hosts: ModuleType) -> None:
    assert hosts.libraries("no-such-package-4711") == []


UV = """#!/bin/sh
case "$1" in tool) printf '%s\\n' "$SAID" >&2; exit "$CODE";; esac
"""


@pytest.mark.parametrize(
    ("said", "code", "hosts_code", "audit_code"),
    [
        ("No known vulnerabilities found", 0, 0, 0),
        ("No known vulnerabilities found", 0, 1, 1),
        ("Found 2 known vulnerabilities in 1 package", 1, 0, 1),
        ("ConnectionError: no network", 1, 0, 3),
        ("ConnectionError: no network", 1, 1, 1),
    ],
)
def test_the_audit_tells_none_from_nothing_found_out(
    tmp_path: Path, said: str, code: int, hosts_code: int, audit_code: int
) -> None:
    (tmp_path / "scripts").mkdir()
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    for name in ("audit", "setup.sh"):
        shutil.copy(ROOT / "scripts" / name, tmp_path / "scripts")
    programs = {"uv": UV, "python": f"#!/bin/sh\nexit {hosts_code}\n"}
    for name, text in programs.items():
        (tmp_path / ".venv" / "bin" / name).write_text(text)
        (tmp_path / ".venv" / "bin" / name).chmod(0o755)
    environment = {**os.environ, "SAID": said, "CODE": str(code)}
    done = subprocess.run([tmp_path / "scripts" / "audit"], capture_output=True, text=True, env=environment)
    assert done.returncode == audit_code, done.stderr
    assert ("nothing was found out" in done.stderr) is ("network" in said)

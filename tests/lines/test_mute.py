"""The mute switch: a file that outlives everything, and that nothing in reach of a model or a client can touch."""

from __future__ import annotations

import ast
import os
import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner

from edge_agent.cli import app
from edge_agent.errors import DeviceError
from edge_agent.lines import microphone
from edge_agent.lines.known import KnownNames
from edge_agent.lines.mute import Mute
from edge_agent.program import pasted

PACKAGE = Path(__file__).parents[2] / "edge_agent"


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "deep" / "state"
    monkeypatch.setenv("STATE_DIRECTORY", str(folder))
    return folder


def test_the_commands_turn_it_on_and_off_and_may_be_repeated(state: Path) -> None:
    for word, on in (("unmute", False), ("mute", True), ("mute", True), ("unmute", False)):
        answer = CliRunner().invoke(app, [word])
        assert answer.exit_code == 0
        assert "uted" in answer.output
        assert Mute(state).is_on() is on, "another process reads the same"


def test_only_the_owner_sees_the_state(state: Path) -> None:
    Mute(state).turn_on()
    KnownNames(state).add("input", "USB")
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (state, *state.iterdir())}
    assert modes == {"state": 0o700, "muted": 0o600, "devices": 0o600}


def test_a_link_does_not_lift_it_and_nothing_is_made_where_it_leads(state: Path, tmp_path: Path) -> None:
    state.mkdir(parents=True)
    (state / "muted").symlink_to(tmp_path / "elsewhere")
    mute = Mute(state)
    mute.turn_on()
    assert mute.is_on()
    assert not (tmp_path / "elsewhere").exists()
    mute.turn_off()
    assert not mute.is_on()


def test_the_switch_of_the_system_service_is_roots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The service sees it, and cannot lift it; one from before is obeyed, too."""
    service, roots = tmp_path / "edge-agent", tmp_path / "switches"
    monkeypatch.setattr("edge_agent.state.SYSTEM_STATE", service)
    monkeypatch.setattr("edge_agent.state.SYSTEM_SWITCHES", roots)
    service.mkdir()
    for given in (service, tmp_path / "private" / "edge-agent"):
        monkeypatch.setenv("STATE_DIRECTORY", str(given))
        CliRunner().invoke(app, ["mute", "--system"])
        assert Mute.own().is_on()
        assert "`sudo edge-agent unmute --system`" in microphone.muted()
        assert list(roots.iterdir()) == [roots / "muted"]
        assert stat.S_IMODE(roots.stat().st_mode) == 0o755
        (service / "muted").touch()
        CliRunner().invoke(app, ["unmute", "--system"])
        assert not Mute.own().is_on()
        assert not Mute(service).is_on()


def test_a_power_cut_does_not_lift_it(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced = []
    monkeypatch.setattr(
        os, "fsync", lambda file: synced.append((os.readlink(f"/proc/self/fd/{file}"), os.listdir(file)))
    )
    Mute(state).turn_on()
    assert synced == [(str(state), ["muted"])]


def test_in_doubt_it_is_on_and_a_failure_to_mute_is_loud(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    blocked = Mute(file)  # a file where the folder should be: the switch can be neither seen nor turned
    assert blocked.is_on()
    with pytest.raises(DeviceError, match="NOT muted"):
        blocked.turn_on()
    with pytest.raises(DeviceError, match="still muted"):
        blocked.turn_off()


def importers_of(module: str) -> set[str]:
    found = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
            parent = (node.module or "") if isinstance(node, ast.ImportFrom) else ""
            if any(module in (name, parent, f"{parent}.{name}") for name in names):
                found.add(path.relative_to(PACKAGE).as_posix())
    return found


def test_neither_a_model_nor_a_client_can_reach_the_switch() -> None:
    """The composition root only hands out `is_on`; only the two commands turn it."""
    assert importers_of("edge_agent.lines.mute") == {"build.py", "cli/mute.py"}
    build = (PACKAGE / "build.py").read_text()
    assert "turn_o" not in build


def test_names_that_were_found_once_are_remembered_by_kind(tmp_path: Path) -> None:
    known = KnownNames(tmp_path / "state")
    assert not known.has("input", "USB")
    known.add("input", "USB")
    known.add("input", "USB")
    assert KnownNames(tmp_path / "state").has("input", "USB")
    assert not known.has("output", "USB")
    assert not known.has("input", "US")
    assert (tmp_path / "state" / "devices").read_text() == "input USB\n"


def test_half_a_name_that_an_older_version_left_spoils_no_other(tmp_path: Path) -> None:
    (tmp_path / "devices").write_bytes(b"output Speaker\ninput US\xc3")
    known = KnownNames(tmp_path)
    known.add("input", "USB")
    assert known.has("input", "USB")
    assert known.has("output", "Speaker")


def test_a_name_cannot_be_remembered_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    known = KnownNames(tmp_path / "file")
    known.add("input", "USB")
    assert not known.has("input", "USB")


def test_permission_that_is_wanting_is_mended_by_a_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("edge_agent.lines.mute.switch_on", refused)
    monkeypatch.setattr(Path, "unlink", refused)
    monkeypatch.setattr("edge_agent.state.SYSTEM_SWITCHES", tmp_path)
    for word in ("mute", "unmute"):
        error = CliRunner().invoke(app, [word, "--system"]).exception
        assert isinstance(error, DeviceError)
        assert error.fix == f"sudo edge-agent {word} --system"


def test_mute_does_not_speak_for_a_system_service(state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge_agent.cli.service.SYSTEM", tmp_path)
    monkeypatch.setattr("edge_agent.state.SYSTEM_SWITCHES", tmp_path / "system")
    still = pasted("The system service is not muted by this: sudo edge-agent mute --system")
    assert still not in CliRunner().invoke(app, ["mute"]).output
    (tmp_path / "edge-agent.service").touch()
    assert still in CliRunner().invoke(app, ["mute"]).output
    assert still not in CliRunner().invoke(app, ["mute", "--system"]).output

"""The units of `edge-agent service`: what they run, what they show, and how systemd itself judges them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from edge_agent.cli import app, service
from edge_agent.cli.unit import TEMPLATES, hidden, quoted, unit
from edge_agent.errors import ConfigError, ServiceError
from edge_agent.settings.wake import SHIPPED

ROOT = Path(__file__).parents[2]

needs_systemd = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")


def write(folder: Path, text: str, *, sealed: bool = False) -> Path:
    file = folder / "edge-agent.service"
    file.write_text(text)
    if sealed:
        (folder / "edge-agent.service.d").mkdir()
        shutil.copy(TEMPLATES / "edge-agent-sealed.conf", folder / "edge-agent.service.d")
    return file


def analyzed(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["systemd-analyze", *map(str, words)], capture_output=True, text=True)


def system_unit() -> str:
    return unit(user=False, command=["talk", "--profile", "tiny"], models=Path("/srv/models"))


@needs_systemd
@pytest.mark.parametrize(("sealed", "tenths"), [(False, 12), (True, 5)])
def test_the_exposure_is_within_its_bounds(tmp_path: Path, sealed: bool, tenths: int) -> None:
    file = write(tmp_path, system_unit(), sealed=sealed)
    done = analyzed("security", "--offline=true", f"--threshold={tenths}", file)
    assert done.returncode == 0, done.stdout + done.stderr


@needs_systemd
@pytest.mark.parametrize("user", [False, True])
def test_systemd_understands_every_line(tmp_path: Path, user: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    text = unit(user=user, command=["serve", "--config", "/tmp/a $b %c.toml"], models=Path("/srv/my models"))
    done = analyzed("verify", *["--user"] * user, write(tmp_path, text))
    assert done.stdout + done.stderr == ""
    assert done.returncode == 0


@pytest.mark.parametrize("user", [True, False])
def test_it_is_watched_and_started_again_without_end(user: bool) -> None:
    """Safe mode is what ends a row of failed starts: systemd's own limit would end it in silence."""
    text = unit(user=user, command=["talk"], models=Path("/srv/models"))
    expected = {"Type=notify", "WatchdogSec=30", "Restart=on-failure", "StartLimitIntervalSec=0"}
    expected |= {"RuntimeDirectory=edge-agent", "RuntimeDirectoryPreserve=restart"}  # where starts are counted
    assert expected <= set(text.splitlines())


def test_it_runs_this_very_interpreter() -> None:
    lines = system_unit().splitlines()
    assert f"ExecStart={quoted(sys.executable)} -P -m edge_agent talk --profile tiny" in lines
    assert "Environment=EDGE_AGENT_MODELS__DIR=/srv/models" in lines
    assert not [line for line in lines if line.startswith("@")]


@pytest.mark.parametrize("user", [True, False])
def test_what_is_printed_does_not_speak_of_gaps_that_are_filled(user: bool) -> None:
    printed = unit(user=user, command=["talk"])
    assert "between two @" not in printed
    assert f"service install{' --user' * user}` wrote this file." in printed


def test_models_in_two_places_are_found_as_by_whoever_installs_it() -> None:
    data = Path("/", "root", "data")
    text = unit(user=False, command=["talk"], data=data, shown=[data / "m"])
    assert f"Environment=XDG_DATA_HOME={data}\n" in text
    assert "EDGE_AGENT_MODELS__DIR" not in text
    assert f"BindReadOnlyPaths={data}\n" not in text


def test_of_the_homes_only_what_it_reads_is_shown() -> None:
    models, other, scratch = Path("/", "home", "jo", "models"), Path("/", "root", "y"), Path("/tmp/z")
    text = unit(user=False, command=["talk"], models=models, shown=[Path("/srv/x"), other, scratch])
    shown = {line for line in text.splitlines() if line.startswith("BindReadOnlyPaths=")}
    assert {f"BindReadOnlyPaths={path}" for path in (models, other, scratch)} <= shown
    assert "BindReadOnlyPaths=/srv/x" not in shown


def test_a_checkout_in_a_home_or_in_tmp_is_shown_with_its_manifest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge_agent.cli.unit.HIDDEN", [ROOT])
    shown = {line for line in system_unit().splitlines() if line.startswith("BindReadOnlyPaths=")}
    for part in ("edge_agent", "pyproject.toml", "models/manifest.toml"):
        assert f"BindReadOnlyPaths={quoted(str(ROOT / part))}" in shown
    assert f"BindReadOnlyPaths={quoted(str(ROOT))}" not in shown


def test_a_home_that_is_a_link_to_another_disk_is_shown_by_both_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk, home = tmp_path / "disk", tmp_path / "home"
    disk.mkdir()
    home.symlink_to(disk)
    monkeypatch.setattr("edge_agent.cli.unit.HIDDEN", [home])
    assert hidden([home / "jo", tmp_path / "srv"]) == [disk / "jo", home / "jo"]
    assert hidden([disk / "jo"]) == [disk / "jo"]


def test_a_program_is_named_as_it_is_and_a_colon_separates_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/tmp/50% of $x/python")
    monkeypatch.setattr("edge_agent.cli.unit.HIDDEN", [Path("/srv")])
    lines = unit(user=False, command=["talk"], models=Path("/srv/models: mine")).splitlines()
    assert 'ExecStart="/tmp/50%% of $x/python" -P -m edge_agent talk' in lines
    assert 'BindReadOnlyPaths="/srv/models: mine"' in lines


@pytest.mark.parametrize(
    ("word", "written"), [("a", "a"), ("a b", '"a b"'), ("50%", "50%%"), ("$x", "$$x"), ('"', '"\\""')]
)
def test_words_are_quoted_as_systemd_wants_it(word: str, written: str) -> None:
    assert quoted(word, argument=True) == written


@pytest.mark.parametrize("words", ["uninstall", "status", "logs", "uninstall --user"])
def test_without_systemd_it_says_so(words: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(service, "RUNS", tmp_path / "none")
    done = CliRunner().invoke(app, ["service", *words.split()])
    assert "systemd does not run this machine" in str(done.exception)


def test_a_system_service_is_roots(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(service, "RUNS", tmp_path)
    monkeypatch.setattr(shutil, "which", lambda name: name)
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert "sudo" in str(CliRunner().invoke(app, ["service", "uninstall"]).exception)


def test_install_and_uninstall(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    ran: list[str] = []

    def run(command: list[str]) -> int:
        ran.append(" ".join(command[1:]))
        return 0

    monkeypatch.setattr(service, "RUNS", tmp_path)
    monkeypatch.setattr(service, "SYSTEM", tmp_path)
    monkeypatch.setattr(shutil, "which", lambda name: name)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr(service, "_text", lambda *choice: "[Unit]\n")
    monkeypatch.setattr(service, "_run", run)
    assert CliRunner().invoke(app, ["service", "install", "--sealed"]).exit_code == 0
    assert (tmp_path / "edge-agent.service").read_text() == "[Unit]\n"
    assert (tmp_path / "edge-agent.service.d" / "sealed.conf").exists()
    assert CliRunner().invoke(app, ["service", "install", "--no-sealed"]).exit_code == 0
    assert not (tmp_path / "edge-agent.service.d" / "sealed.conf").exists()
    assert CliRunner().invoke(app, ["service", "uninstall"]).exit_code == 0
    assert not (tmp_path / "edge-agent.service").exists()
    name = "edge-agent.service"
    starting = ["daemon-reload", f"enable {name}", f"restart --no-block {name}"]
    assert ran == [*starting, *starting, f"disable --now {name}", "daemon-reload"]


def test_a_server_that_also_talks_is_one_unit(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []
    monkeypatch.setattr(service, "_text", lambda words, *more: asked.append(words) or "[Unit]\n")
    assert CliRunner().invoke(app, ["service", "install", "serve", "--talk", "--print"]).exit_code == 0
    assert asked == [["serve", "--talk"]]
    done = CliRunner().invoke(app, ["service", "install", "talk", "--talk", "--print"])
    assert "--talk goes with `serve`" in str(done.exception)


def test_for_other_devices_the_house_and_nobody_else_may_come_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "_text", lambda words, *more: f"[Service] {' '.join(words)}\n")
    own, lan = tmp_path / "config.toml", "edge-agent.service.d/lan.conf"
    own.write_text("")
    printed = CliRunner().invoke(app, ["service", "install", "serve", "--lan", "--config", str(own), "--print"]).output
    assert "[Service] serve --lan\n" in printed
    (allowed,) = [line for line in printed.splitlines() if line.startswith("IPAddressAllow=")]
    assert {"192.168.0.0/16", "10.0.0.0/8", "fc00::/7"} < set(allowed.partition("=")[2].split())
    assert lan not in CliRunner().invoke(app, ["service", "install", "serve", "--config", str(own), "--print"]).output
    own.write_text("[serve]\nlan = true\n")
    assert lan in CliRunner().invoke(app, ["service", "install", "serve", "--config", str(own), "--print"]).output
    failed = CliRunner().invoke(app, ["service", "install", "talk", "--lan", "--print"]).exception
    assert "--lan goes with `serve`" in str(failed)


def test_the_phone_reaches_the_house_and_converses_at_no_microphone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[object, ...]] = []
    monkeypatch.setattr(service, "_text", lambda *given: asked.append(given) or "[Unit]\n")
    (tmp_path / "config.toml").write_text("")
    words = ["service", "install", "phone", "--config", str(tmp_path / "config.toml"), "--print"]
    printed = CliRunner().invoke(app, words).output
    assert "edge-agent.service.d/lan.conf" in printed
    (given,) = asked
    assert given[0] == ["phone", "run"]
    assert given[-1] is None, "nobody calls it by a name"
    for flag, message in (("--talk", "--talk goes with"), ("--lan", "--lan goes with"), ("--sealed", "is for `talk`")):
        assert message in str(CliRunner().invoke(app, [*words, flag]).exception)


@needs_systemd
def test_with_the_house_let_in_the_exposure_is_within_its_bounds(tmp_path: Path) -> None:
    (tmp_path / "edge-agent.service.d").mkdir()
    shutil.copy(TEMPLATES / "edge-agent-lan.conf", tmp_path / "edge-agent.service.d")
    done = analyzed("security", "--offline=true", "--threshold=15", write(tmp_path, system_unit()))
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_is_called_by_name_unless_the_settings_or_the_owner_say_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge_agent.build_called.wake", lambda settings: None)
    config = tmp_path / "config.toml"
    config.write_text("[hear]\n")
    assert service._wake(config, None) == SHIPPED
    assert service._wake(config, "alexa") == "alexa"
    assert service._wake(config, "off") == "off"
    config.write_text('[hear]\nwake = "off"\n')
    assert service._wake(config, None) is None
    with pytest.raises(ConfigError, match="'jarvis' is no name"):
        service._wake(config, "jarvis")
    assert "Environment=EDGE_AGENT_HEAR__WAKE=alexa\n" in unit(user=True, command=["talk"], wake="alexa")


def test_without_the_package_a_service_is_installed_that_says_that_it_has_no_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "pymicro_wakeword", None)
    config = tmp_path / "config.toml"
    config.write_text("")
    assert service._wake(config, None) is None
    told = capsys.readouterr().err
    assert "it answers whatever it hears" in told
    assert "pip install 'pymicro-wakeword" in told
    with pytest.raises(ConfigError, match="not installed"):
        service._wake(config, "alexa")


def test_talk_is_sealed_unless_it_asks_a_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "_text", lambda *_: "[Unit]\n")
    config = tmp_path / "config.toml"
    for text, words, is_sealed in (
        ("", "talk", True),
        ("", "talk --no-sealed", False),
        ("", "talk --user", False),
        ("", "serve --talk", False),
        ('[mcp.servers.house]\nurl = "http://127.0.0.1:8000/mcp"\n', "talk", False),
        ('[mcp.servers.house]\ncommand = "house"\n', "talk", True),
    ):
        config.write_text(text)
        words = ["service", "install", *words.split(), "--config", str(config), "--print"]
        done = CliRunner().invoke(app, words)
        assert done.exit_code == 0, done.output
        assert ("PrivateNetwork=yes" in done.output) is is_sealed, (text, words)


def test_of_run_it_sees_what_it_needs_and_the_kernel_refuses_the_rest() -> None:
    lines = system_unit().splitlines()
    assert "TemporaryFileSystem=/run:ro" in lines
    shown = [word for line in lines if line.startswith("Bind") for word in line.partition("=")[2].split()]
    of_run = {word.lstrip("-").partition(":")[0] for word in shown if "/run/" in word}
    assert of_run == {"/run/systemd/notify", "/run/systemd/journal"}
    (refused,) = [line for line in lines if "io_uring_setup" in line]
    assert refused.startswith("SystemCallFilter=~")


def test_secrets_that_root_lays_down_are_handed_over_by_systemd(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "CREDENTIALS", tmp_path)
    (tmp_path / "serve.token").write_text("k" * 20)
    (tmp_path / "phone.password").write_text("x")

    def printed(*words: str) -> str:
        done = CliRunner().invoke(app, ["service", "install", "serve", *words, "--profile", "tiny", "--print"])
        assert done.exit_code == 0, done.output
        return done.output

    lines = printed().splitlines()
    assert [line for line in lines if line.startswith("LoadCredential=")] == [
        f"LoadCredential={name}:{tmp_path / name}" for name in ("phone.password", "serve.token")
    ]
    assert "LoadCredential=" not in printed("--user")
    (tmp_path / "serve.toke").write_text("x")
    refused = CliRunner().invoke(app, ["service", "install", "serve", "--profile", "tiny", "--print"]).exception
    assert isinstance(refused, ServiceError)
    assert "serve.toke is no secret" in str(refused)


def test_sealed_is_for_talk_only() -> None:
    done = CliRunner().invoke(app, ["service", "install", "serve", "--sealed", "--print"])
    assert "--sealed is for `talk`" in str(done.exception)


def test_what_only_its_owner_may_read_is_named_with_the_mending_command(tmp_path: Path) -> None:
    config = tmp_path / "config toml"
    config.touch(0o600)
    with pytest.raises(ServiceError, match="config toml cannot be read by a service of the system") as refused:
        service._check_readable([config])
    assert refused.value.fix == f"chmod -R o+rX '{config}'"
    config.chmod(0o644)
    service._check_readable([config])
    (tmp_path / "models" / "asr").mkdir(mode=0o700, parents=True)
    (tmp_path / "models").chmod(0o755)
    with pytest.raises(ServiceError, match="asr cannot be read"):
        service._check_readable([tmp_path / "models"])


def test_no_path_adds_a_setting_to_a_unit() -> None:
    for word in ("/home/a\nExecStartPre=/bin/sh", "a\rb", "a\x00b", "a\x85b"):
        with pytest.raises(ServiceError, match="control character"):
            quoted(word)
    with pytest.raises(ServiceError, match="control character"):
        unit(user=True, command=["talk", "--input", "x\nExecStartPre=/bin/sh"])

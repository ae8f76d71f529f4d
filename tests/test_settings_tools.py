"""Settings of tools: nothing is asked on another machine unless the owner says so, and secrets are not shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from edge_agent import config
from edge_agent.cli import app
from edge_agent.config import as_toml, load
from edge_agent.doctor import tools as checks
from edge_agent.errors import ConfigError
from edge_agent.settings import Settings
from edge_agent.settings.tools import on_network

SERVERS = """
[mcp.servers.notes]
command = "notes-server"
args = ["--folder", "notes"]
env = { KEY = "s3cret" }
[mcp.servers.home]
url = "http://127.0.0.1:8000/mcp"
headers = { Authorization = "Bearer s3cret" }
kind = "act"
tools = ["lamp"]
[mcp.servers.away]
url = "https://example.org/mcp"
allow_network = true
[home_assistant]
url = "http://localhost:8123/"
token = "s3cret"
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(config, "system_file", lambda: tmp_path / "none.toml")
    return tmp_path / "config.toml"


def loaded(file: Path, text: str) -> Settings:
    file.write_text(text)
    return load(path=file)


def test_servers_are_tables_with_names_of_the_owners(file: Path) -> None:
    settings = loaded(file, SERVERS)
    assert settings.mcp.servers["notes"].args == ("--folder", "notes")
    assert settings.mcp.servers["home"].tools == ("lamp",)
    assert settings.home_assistant.url == "http://localhost:8123"
    assert loaded(file, as_toml(settings)) == settings


def test_what_is_on_the_network_is_named(file: Path) -> None:
    settings = loaded(file, SERVERS)
    assert on_network(settings.mcp, settings.home_assistant) == {"mcp away": "example.org"}
    assert checks.network(settings) == "other machines are asked, as the settings say: mcp away (example.org)"
    assert checks.network(Settings()) == "nothing on other machines is asked"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '[mcp.servers.x]\nurl = "http://192.168.1.5/mcp"',
            r"\[mcp\.servers\.x\] are wrong: 192\.168\.1\.5 is another machine, and nothing .* allow_network = true",
        ),
        ('[home_assistant]\nurl = "http://homeassistant.local:8123"', r"homeassistant\.local is another machine"),
        ('[home_assistant]\nurl = "http://127.0.0.1.example.org"', r"is another machine"),
        ('[home_assistant]\nurl = "http://127.0.0.1@example.org/"', r"example\.org is another machine"),
        ('[mcp.servers.x]\nurl = "file:///etc/passwd"', r"is no address such as"),
        ('[mcp.servers.x]\nurl = "http://[::1"', r"is no address such as"),
        ("[mcp.servers.x]\nallow_network = true", r"either a command or a url"),
        ('[mcp.servers.x]\ncomand = "y"', r"mcp\.servers\.x\.comand in .* is wrong"),
        (
            '[mcp.servers.x]\ncommand = "y"\nenv = { KEY = 47114711 }',
            r"\.x\.env\.KEY in .* valid string\.$",
        ),
        ('[home_assistant]\ntoken = "a"\ntoken_file = "b"', r"two places for one thing"),
    ],
)
def test_a_wrong_setting_is_one_sentence(file: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as raised:
        loaded(file, text)
    assert "47114711" not in str(raised.value)


def test_secrets_are_not_shown(file: Path) -> None:
    file.write_text(SERVERS)
    for words in ([], ["--json"]):
        shown = CliRunner().invoke(app, ["config", "show", "--config", str(file), *words])
        assert shown.exit_code == 0
        assert "s3cret" not in shown.output
        assert "example.org" in shown.stdout
        assert "home_assistant.token is set" in shown.stderr

"""MCP servers as they are: over stdio and loopback HTTP; one that hangs, dies, or is not there."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge_agent.act.tools import Toolbox
from edge_agent.act.tools.listing import McpServer
from edge_agent.act.tools.servers import Servers

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
FAKE = ("-m", "tests.rigs.fakes.mcp_server")
LONG_S = 60.0


def stdio(name: str = "fake") -> McpServer:
    return McpServer(name, command=sys.executable, args=FAKE, env={"PYTHONPATH": str(ROOT), "OWN": "given"})


@pytest.fixture
def box() -> Iterator[Toolbox]:
    nowhere = McpServer("nowhere", command="/no/such/program")
    servers = Servers([stdio(), nowhere], deadline_s=15, pause_s=0.01)
    servers.start()
    servers.wait(LONG_S)
    made = Toolbox(sources=[servers], deadline_s=20)
    yield made
    made.close()
    assert not servers._thread.is_alive()


def test_a_server_over_stdio(box: Toolbox, monkeypatch: pytest.MonkeyPatch) -> None:
    kinds = {tool.name: tool.kind for tool in box.tools()}
    assert kinds["temperature"] == "read"
    assert kinds["open_garage"] == "confirm"
    assert [tool.name for tool in box.offered("How warm is the hall, what temperature?")] == ["temperature"]
    assert box.call("temperature", '{"room": "hall"}').text == "It is 21 degrees in the hall."
    assert box.call("environment", '{"name": "OWN"}').text == "given"
    assert box.call("environment", '{"name": "EDGE_AGENT_X"}').text == "nothing", "it inherits nothing of the agent's"
    failed = box.call("broken", "{}")
    assert (failed.ok, "broken" in failed.text) == (False, True)
    assert len(box.call("novel", "{}").text) == 4000
    (problem,) = box.problems()
    assert problem.startswith("The MCP server nowhere cannot be reached (FileNotFoundError")


def test_a_server_that_dies_is_started_again(box: Toolbox) -> None:
    lost = "The MCP server fake was lost during the call; whether it did it is not known."
    for _ in range(2):
        died = box.call("die", "{}")
        assert (died.ok, died.text) == (False, lost)
        assert box.call("temperature", '{"room": "hall"}').ok


def test_a_server_that_hangs_is_one_sentence() -> None:
    servers = Servers([stdio()], deadline_s=1, pause_s=0.01)
    servers.start()
    servers.wait(LONG_S)
    box = Toolbox(sources=[servers], deadline_s=5)
    hung = box.call("sleeper", "{}")
    assert (hung.ok, hung.text) == (False, "The MCP server fake does not answer.")
    box.close()


def test_a_server_over_http_that_is_not_there_yet_is_found_when_it_is() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    servers = Servers([McpServer("web", url=f"http://127.0.0.1:{port}/mcp")], deadline_s=15, pause_s=0.05)
    servers.start()
    servers.wait(LONG_S)
    box = Toolbox(sources=[servers], deadline_s=20)
    assert box.tools() == ()
    assert "cannot be reached" in box.problems()[0]
    with subprocess.Popen([sys.executable, *FAKE, str(port)], cwd=ROOT, stderr=subprocess.DEVNULL) as process:
        try:
            until = time.monotonic() + LONG_S
            while not box.tools() and time.monotonic() < until:
                servers.wait(LONG_S)
                time.sleep(0.05)
            assert box.problems() == ()
            assert box.call("temperature", '{"room": "hall"}').text == "It is 21 degrees in the hall."
        finally:
            process.kill()
    gone = box.call("temperature", '{"room": "hall"}')
    assert not gone.ok
    assert gone.text.startswith("The MCP server web ")
    box.close()


def test_without_the_package_it_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mcp", None)
    servers = Servers([stdio()], deadline_s=1)
    servers.start()
    servers.wait(LONG_S)
    servers.close()
    assert servers.problems() == ("MCP servers need a package: pip install 'edge-agent[mcp]'.",)

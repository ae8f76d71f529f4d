"""The page from another device of the house: in a real browser that trusts the authority, over https at the address of
this machine in its network."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from page.axe import axe, violations
from page.chromium import PROGRAM, Tab, chromium
from page.conftest import said, serving

from edge_agent.serve.lan.networks import lan_addresses

CERTUTIL = shutil.which("certutil")
"""Debian has it in libnss3-tools."""
FORM = "!document.querySelector('#key').hidden"
IN = "!document.querySelector('#kept').innerText.startsWith('Loading')"
"""Whether what the device keeps is shown, which it is to those alone who may come in."""
pytestmark = [
    pytest.mark.model,
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(PROGRAM is None or CERTUTIL is None, reason="there is no Chromium, or no certutil"),
    pytest.mark.skipif(not lan_addresses(), reason="this machine is in no network of a house"),
]


@dataclass
class Machine:
    """The machine on which the server runs, and its owner's commands."""

    home: Path
    port: int

    def devices(self, *words: str) -> str:
        environment = {**os.environ, "STATE_DIRECTORY": str(self.home / "state")}
        command = [sys.executable, "-m", "edge_agent", "devices", *words]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout

    def invitation(self) -> tuple[str, str]:
        """The address of the certificate, and what the code says that the terminal shows."""
        told = self.devices("pair", "--set", f"serve.port={self.port}")
        found = [re.search(each, told) for each in (r"http://\S+/ca", r"https://\S+/", r"with the key: +(\S+)")]
        assert all(found), told
        certificate, page, key = found
        return certificate[0], f"{page[0]}#pair={key[1]}"

    def names(self) -> list[str]:
        return [device["name"] for device in json.loads(self.devices("paired", "--json"))]


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    home = tmp_path_factory.mktemp("home")
    with serving(home, "--lan", port=two_free_ports()) as served:
        yield Machine(home, served.port)


def two_free_ports() -> int:
    """The first of two ports beside each other that nobody has."""
    while True:
        with socket.create_server(("", 0)) as first, contextlib.suppress(OSError):
            port = int(first.getsockname()[1])
            with socket.create_server(("", port + 1)):
                return port


def trust(certificate: str, home: Path) -> None:
    """What the page of the certificate has a user do, with the file that it gives."""
    with urllib.request.urlopen(f"{certificate}/edge_agent.crt") as answer:
        (home / "edge_agent.crt").write_bytes(answer.read())
    store = home / ".pki" / "nssdb"
    store.mkdir(parents=True)
    base = [CERTUTIL, "-d", f"sql:{store}"]
    subprocess.run([*base, "-N", "--empty-password"], check=True)
    subprocess.run([*base, "-A", "-t", "C,,", "-n", "edge_agent", "-i", str(home / "edge_agent.crt")], check=True)


def enter(tab: Tab, key: str) -> None:
    tab.js(f"document.querySelector('#secret').value = {json.dumps(key)}")
    tab.js("document.querySelector('#key').requestSubmit()")


def test_a_device_that_scans_the_code_is_paired_and_answered_until_it_is_thrown_out(
    machine: Machine, tmp_path: Path
) -> None:
    certificate, link = machine.invitation()
    trust(certificate, tmp_path)
    with chromium(tmp_path, said(tmp_path, 1.0), home=tmp_path) as browser:
        tab = browser.tab()
        tab.open(link)
        tab.until(IN)
        assert tab.js("location.href") == link.partition("#")[0], "the key is not kept in the address"
        assert tab.js("isSecureContext")
        assert not tab.js(FORM)
        tab.type("set a pasta timer for ten minutes")
        tab.until("document.querySelector('.turn')?.innerText.includes('timer set: 10:00, pasta')")
        tab.click("#start")
        tab.until("['Listening', 'Speaking'].includes(document.querySelector('#words').innerText)")
        assert tab.faults() == []
        assert machine.names() == ["linux-chrome"]
        machine.devices("forget", "linux-chrome")
        tab.until(FORM, 5)
        assert "without a key" in tab.text("#notice")
        enter(tab, link.rpartition("=")[2])
        tab.until("document.querySelector('#notice').innerText.startsWith('This key is wrong, or was used')")


def test_the_page_of_the_certificate_leads_to_the_page(machine: Machine, tmp_path: Path) -> None:
    certificate, link = machine.invitation()
    trust(certificate, tmp_path)
    with chromium(tmp_path, said(tmp_path, 1.0), home=tmp_path) as browser:
        tab = browser.tab()
        tab.command("Page.navigate", url=certificate)
        tab.until("document.readyState === 'complete' && document.querySelector('.fingerprint')")
        assert tab.faults() == []
        assert tab.js("document.styleSheets[0].cssRules.length") > 5
        tab.click("p > a.button[href^='https:']")
        tab.until(FORM)
        enter(tab, link.rpartition("=")[2].lower())
        tab.until(IN)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_page_of_the_certificate_shuts_nobody_out(machine: Machine, tmp_path: Path, dark: bool) -> None:
    certificate, link = machine.invitation()
    trust(certificate, tmp_path)
    with chromium(tmp_path, said(tmp_path, 1.0), home=tmp_path) as browser:
        tab = browser.tab()
        tab.size(390, 900, dark=dark, mobile=True)
        tab.command("Page.navigate", url=certificate)
        tab.until("document.readyState === 'complete' && document.querySelector('.fingerprint')")
        tab.js("document.querySelectorAll('details').forEach((each) => { each.open = true })")
        tab.js(axe())
        assert violations(tab) == []
        assert tab.js("document.documentElement.scrollWidth") <= 390
        tab.command("Page.navigate", url=link.partition("#")[0])
        tab.until(FORM)
        tab.js(axe())
        assert violations(tab) == []


def test_a_browser_that_does_not_trust_the_authority_shows_nothing(machine: Machine, tmp_path: Path) -> None:
    _, link = machine.invitation()
    with chromium(tmp_path, said(tmp_path, 1.0), home=tmp_path) as browser:
        tab = browser.tab()
        assert tab.command("Page.navigate", url=link)["errorText"] == "net::ERR_CERT_AUTHORITY_INVALID"
        tab.command("Page.navigate", url="about:blank")
        tab.until("location.href === 'about:blank'")

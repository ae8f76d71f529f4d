"""What `serve --lan` refuses, and what it tells whoever sits at the terminal."""

from __future__ import annotations

import asyncio
import itertools
import re
import socket
from dataclasses import replace
from pathlib import Path

import pytest
import segno

from edge_agent.doctor.finding import Doubt
from edge_agent.doctor.lan import house
from edge_agent.doors import house as door
from edge_agent.doors.house import HouseDoor, authority, check, invitation, one_time_keys, paired_devices
from edge_agent.doors.http import HttpDoor
from edge_agent.doors.invitation import BORDER, HALVES, Invitation, qr
from edge_agent.errors import ConfigError, ServeError
from edge_agent.serve.lan import networks
from edge_agent.settings import ServeSettings, Settings
from edge_agent.state import SYSTEM_STATE

TOLD = Invitation(
    ("192.168.1.5", "fd00::5"), "pi.local", (8765, 8766), ":".join(["AB"] * 32), "edge-agent devices pair"
)


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    monkeypatch.setattr(networks, "named_addresses", lambda: [("eth0", "192.168.1.5")])
    return tmp_path


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"host": "0.0.0.0"}, "serve.host is one of loopback, not 0.0.0.0"),
        ({"host": "192.168.1.5"}, "not 192.168.1.5"),
        ({"tls_cert": "a.pem", "tls_key": "b.pem"}, "makes a certificate of its own"),
        ({"token": "short"}, "serve.token has 20 characters at least"),
        ({"port": 65535}, "65534 is the highest"),
    ],
)
def test_what_does_not_go_with_it_is_one_sentence(given: dict[str, object], said: str, state: Path) -> None:
    with pytest.raises(ConfigError, match=said):
        HttpDoor(Settings(serve=ServeSettings.model_validate({**given, "lan": True})))
    assert not (state / "lan").exists()


@pytest.mark.parametrize("given", [{}, {"host": "localhost"}, {"host": "::1"}, {"token": "x" * 20}, {"port": 0}])
def test_what_goes_with_it(given: dict[str, object]) -> None:
    check(ServeSettings.model_validate({**given, "lan": True}))


class Loop:
    """A server that runs; it lets nobody in."""

    async def listen(self, sock: socket.socket, tls: object) -> Loop:
        return self

    def close(self) -> None:
        pass


def test_the_address_is_told_anew_when_the_best_one_has_changed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    addresses: list[str] = []
    monkeypatch.setattr(door, "lan_addresses", lambda: addresses)
    monkeypatch.setattr("edge_agent.serve.lan.listeners.LOOK_S", 0)
    shown = []

    async def body() -> None:
        house = HouseDoor(ServeSettings(lan=True, port=0), 0)
        house.open(Loop())  # type: ignore[arg-type]
        for now in ([], ["127.0.0.2"], ["127.0.0.2", "127.0.0.3"], ["127.0.0.3"]):
            addresses[:] = now
            for _ in range(20):
                await asyncio.sleep(0)
            shown.append(re.findall(r"https://([\d.]+)|in no network", capsys.readouterr().out))
        house.close()

    asyncio.run(body())
    assert shown == [[""], ["127.0.0.2"], [], ["127.0.0.3"]]


def test_a_port_that_is_in_use_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "lan_addresses", lambda: ["127.0.0.2"])
    with socket.create_server(("127.0.0.2", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ServeError, match=f"Port {port} of 127.0.0.2 is in use"):
            HouseDoor(ServeSettings(lan=True, port=port), port)
        with pytest.raises(ServeError, match=f"Port {port} of 127.0.0.2 is in use"):
            HouseDoor(ServeSettings(lan=True, port=port - 1), port - 1)


def test_a_terminal_shows_where_it_is_whom_to_trust_and_a_key() -> None:
    lines = replace(TOLD, key="K7QX-29FM").text().split("\n")
    told = "\n".join(lines[:9])
    assert "http://192.168.1.5:8766/ca\n" in told
    assert "https://192.168.1.5:8765/\n" in told
    assert "[fd00::5]:8765, pi.local:8765\n" in told
    assert told.count("AB") == 32
    assert "K7QX-29FM   (good once, and for ten minutes)\n" in told
    assert "edge-agent devices pair" in told
    assert max(map(len, lines)) <= 80


def test_a_journal_shows_no_key() -> None:
    assert TOLD.text().endswith("with a key:             edge-agent devices pair")
    assert TOLD.link == "https://192.168.1.5:8765/"


def test_the_code_has_the_page_with_the_key_behind_the_hash() -> None:
    told = replace(TOLD, addresses=("fd00::5",), key="K7QX-29FM")
    assert told.link == "https://[fd00::5]:8765/#pair=K7QX-29FM"
    assert told.text().endswith("\n".join(qr(told.link, colours=False)))


@pytest.mark.parametrize("text", ["https://192.168.1.5:8765/#pair=K7QX-29FM", "a" * 200])
def test_each_character_of_the_code_is_two_of_its_modules(text: str) -> None:
    rows = itertools.chain.from_iterable(
        zip(*(next(pair for pair, half in HALVES.items() if half == sign) for sign in line[2:]), strict=True)
        for line in qr(text, colours=False)
    )
    wanted = [tuple(map(bool, row)) for row in segno.make(text, error="l", micro=False).matrix_iter(1, BORDER)]
    assert list(rows)[: len(wanted)] == wanted


def test_the_code_is_black_on_white_whatever_colours_the_terminal_has() -> None:
    assert all(line.strip().startswith("\x1b[38;5;16;48;5;231m") for line in qr("a", colours=True))


def test_whoever_owns_the_state_is_told_the_command_that_works_for_it(state: Path) -> None:
    own = authority(state)
    assert invitation(state, own, ["10.0.0.1"], (1, 2)).pairing.endswith("edge-agent devices pair")
    assert invitation(SYSTEM_STATE, own, ["10.0.0.1"], (1, 2)).pairing.endswith("edge-agent devices pair --system")


def test_doctor_says_who_may_come_in(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(serve=ServeSettings(lan=True))
    assert house(settings) == "on, at 192.168.1.5; its certificate is made at the first start"
    assert not (state / "lan").exists()
    own = authority(state)
    paired_devices(state).add("Mozilla/5.0 (iPhone) Safari")
    assert house(settings).startswith("on, at 192.168.1.5; one device is paired; SHA-256")
    assert house(settings).endswith(own.fingerprint)
    monkeypatch.setattr(networks, "named_addresses", lambda: [("lo", "127.0.0.1"), ("eth0", "203.0.113.5")])
    with pytest.raises(Doubt, match="in no network of a house"):
        house(settings)


def test_keys_of_the_command_are_keys_of_the_server(state: Path) -> None:
    key = one_time_keys(state).issue()
    assert one_time_keys(state).redeem(key)
    assert not one_time_keys(state).redeem(key)
    assert list((state / "lan" / "keys").iterdir()) == []

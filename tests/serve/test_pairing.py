"""The page for other devices of the house, over TLS: who comes in, as what, and who does not."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import ssl
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from loopback import Answered, Clock, Running, running

from edge_agent.errors import InputError
from edge_agent.serve.app import House
from edge_agent.serve.guard import Rules
from edge_agent.serve.lan.authority import Authority
from edge_agent.serve.lan.certificates import from_pem, names_of
from edge_agent.serve.lan.http_ca import CaDoor
from edge_agent.serve.lan.http_pair import COOKIE, PairDoor
from edge_agent.serve.lan.listeners import Listeners
from edge_agent.serve.lan.one_time_keys import GOOD_S, OneTimeKeys
from edge_agent.serve.lan.paired_devices import PairedDevices, called

OUTSIDE = "127.0.0.2"
"""The address of the house in these tests: the server is told that it is not loopback's."""
PHONE = "Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0 Mobile Safari/537"
TOKEN = "a-long-key-of-the-owner"


@dataclass
class Home:
    """A server on both sides, and what it keeps."""

    keys: OneTimeKeys
    devices: PairedDevices
    listeners: Listeners
    authority: Authority
    folder: Path
    clock: Clock
    ports: tuple[int, int]
    addresses: list[str]
    inside: Running | None = None
    told: list[str] = field(default_factory=list)

    def ask(self, method: str, path: str, *, plain: bool = False, **headers: str) -> Answered:
        """A request of another device, which trusts the authority and asks for box.local."""
        trusting = ssl.create_default_context(cadata=self.authority.certificate)
        sock = socket.create_connection((OUTSIDE, self.ports[plain]), timeout=10)
        connection = http.client.HTTPConnection("box.local", self.ports[plain])
        connection.sock = sock if plain else trusting.wrap_socket(sock, server_hostname="box.local")
        with contextlib.closing(connection):
            connection.request(method, path, headers={k.replace("_", "-"): v for k, v in headers.items()})
            response = connection.getresponse()
            return Answered(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())

    def pair(self, key: str, **headers: str) -> Answered:
        return self.ask("POST", "/v1/device/pair", Authorization=f"Bearer {key}", User_Agent=PHONE, **headers)

    def paired(self) -> str:
        """The cookie of a new device."""
        answer = self.pair(self.keys.issue())
        assert answer.status == 201, answer.body
        return answer.headers["set-cookie"].partition(";")[0]


@contextlib.contextmanager
def house(folder: Path, monkeypatch: pytest.MonkeyPatch, **given: Any) -> Iterator[Home]:
    for module in ("keys", "lan.http_ca"):
        monkeypatch.setattr(f"edge_agent.serve.{module}.is_loopback", lambda name: name == "127.0.0.1")
    clock, addresses = Clock(), [OUTSIDE]
    keys, devices = OneTimeKeys(folder / "keys", clock), PairedDevices(folder / "devices", clock)
    authority = Authority(folder, "box", lambda: datetime.now(UTC))
    with socket.create_server((OUTSIDE, 0)) as first, socket.create_server((OUTSIDE, 0)) as second:
        ports = first.getsockname()[1], second.getsockname()[1]
    listeners = Listeners(authority, lambda: addresses, page_port=ports[0], ca_port=ports[1])
    listeners.look()
    made = Home(keys, devices, listeners, authority, folder, clock, ports, addresses)
    pair = PairDoor(keys, devices, made.told.append)
    rules = Rules(pairing=pair, allowed_hosts=authority.names(), **given)
    doors = House(pair, CaDoor(authority, authority.names(), ports[0]))
    own = SimpleNamespace(records=dict, history=dict, settings=dict, change=lambda name, value: {name: value})
    with running(rules, own=own, house=doors, listeners=listeners) as made.inside:
        yield made


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    with house(tmp_path / "lan", monkeypatch) as made:
        yield made


# --- coming in ------------------------------------------------------------------------------------------------------


def test_the_page_shows_itself_and_nothing_of_the_device(home: Home) -> None:
    assert home.ask("GET", "/").status == home.ask("GET", "/page/main.js").status == 200
    for path in ("/v1/device/records", "/v1/models", "/metrics"):
        assert home.ask("GET", path).code == "invalid_api_key"
        assert home.ask("GET", path, Authorization="Bearer x").code == "invalid_api_key"
    assert home.inside.ask("GET", "/v1/models").status == 200, "programs of this machine come in as ever"


def test_a_one_time_key_pairs_a_device_which_then_is_as_the_owner_at_the_page(home: Home) -> None:
    answer = home.pair(home.keys.issue())
    assert (answer.status, answer.json()) == (201, {"paired": True, "name": "android-chrome"})
    cookie, *attributes = answer.headers["set-cookie"].split("; ")
    assert cookie.startswith(f"{COOKIE}=")
    assert {each.lower() for each in attributes} == {
        "httponly", "max-age=34560000", "path=/", "samesite=strict", "secure",
    }  # fmt: skip
    for path in ("records", "history", "settings"):
        assert home.ask("GET", f"/v1/device/{path}", Cookie=f"other=1; {cookie}").status == 200
    assert home.told == ["android-chrome"]


def test_a_paired_device_has_the_page_and_no_other_door(home: Home) -> None:
    cookie = home.paired()
    for path in ("/v1/models", "/metrics", "/v1/responses/x"):
        assert home.ask("GET", path, Cookie=cookie).code == "invalid_api_key"
    assert home.ask("POST", "/v1/chat/completions", Cookie=cookie).code == "invalid_api_key"


def test_a_key_is_good_once(home: Home) -> None:
    key = home.keys.issue()
    assert home.pair(key.lower().replace("-", " ")).status == 201
    assert home.pair(key).code == "invalid_api_key"
    assert len(home.devices.all()) == 1


def test_a_key_is_good_for_ten_minutes_whatever_the_clock_does(home: Home) -> None:
    early, late = home.keys.issue(), home.keys.issue()
    home.clock.now += GOOD_S - 1
    assert home.pair(early).status == 201
    home.clock.now += 1
    assert home.pair(late).code == "invalid_api_key"
    set_back = home.keys.issue()
    home.clock.now -= 60
    assert home.pair(set_back).code == "invalid_api_key"


def test_who_tries_keys_waits_longer_each_time(home: Home) -> None:
    for _ in range(5):
        assert home.pair("WRONG").code == "invalid_api_key"
    key = home.keys.issue()
    refused = home.pair(key)
    assert (refused.code, refused.headers["retry-after"]) == ("rate_limit_exceeded", "1")
    home.inside.clock.now += 1
    assert home.pair("WRONG").code == "invalid_api_key"
    assert home.pair(key).headers["retry-after"] == "2"
    home.inside.clock.now += 2
    assert home.pair(key).status == 201, "the wait used up no key"


def test_who_is_paired_is_not_paired_again_and_uses_up_no_key(home: Home) -> None:
    cookie, key = home.paired(), home.keys.issue()
    again = home.pair(key, Cookie=cookie)
    assert (again.status, again.json()) == (200, {"paired": True})
    assert again.headers["set-cookie"].startswith(f"{cookie}; "), "it is kept for longer"
    assert home.pair(key).status == 201


def test_the_owners_key_opens_all_doors_and_pairs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with house(tmp_path, monkeypatch, token=TOKEN) as home:
        assert home.ask("GET", "/v1/models", Authorization=f"Bearer {TOKEN}").status == 200
        assert home.pair(TOKEN).status == home.pair(TOKEN).status == 201
        assert [device.name for device in home.devices.all()] == ["android-chrome", "android-chrome-2"]
        assert home.inside.ask("GET", "/v1/models").status == 401


def test_programs_of_this_machine_pair_nothing_without_a_key(home: Home) -> None:
    """They may use the server without one; what is paired would outlast them, and come in from elsewhere."""
    assert home.inside.ask("POST", "/v1/device/pair").code == "invalid_api_key"
    key = home.keys.issue()
    assert home.inside.ask("POST", "/v1/device/pair", None, Authorization=f"Bearer {key}").code == "not_over_https"


def test_other_pages_may_link_to_it_and_ask_for_nothing(home: Home) -> None:
    """The page of the certificate, which is not TLS, is another one to a browser."""
    link = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "document"}
    assert home.ask("GET", "/", **link).status == home.ask("GET", "/ca", **link).status == 200
    cookie = home.paired()
    for changed in ({"Sec_Fetch_Dest": "iframe"}, {"Sec_Fetch_Mode": "cors"}, {"Origin": "https://box.local"}):
        assert home.ask("GET", "/", **{**link, **changed}).code == "origin_not_allowed"
    assert home.ask("GET", "/v1/device/records", **link, Cookie=cookie).code == "origin_not_allowed"


# --- being thrown out -----------------------------------------------------------------------------------------------


def test_of_a_credential_the_hash_alone_is_kept_for_the_owner_alone(home: Home) -> None:
    _, _, credential = home.paired().partition("=")
    (file,) = (home.folder / "devices").iterdir()
    assert credential not in file.read_text() + file.name
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert json.loads(file.read_text())["browser"] == PHONE


def test_who_is_thrown_out_has_nothing_more_at_the_next_request(home: Home) -> None:
    first, second = home.paired(), home.paired()
    home.devices.forget("android-chrome")
    assert home.ask("GET", "/v1/device/records", Cookie=first).code == "invalid_api_key"
    assert home.ask("GET", "/v1/device/records", Cookie=second).status == 200
    assert [device.name for device in home.devices.all()] == ["android-chrome-2"]
    with pytest.raises(InputError, match="called 'android-chrome'"):
        home.devices.forget("android-chrome")


def test_a_stale_cookie_is_no_try(home: Home) -> None:
    cookie = home.paired()
    home.devices.forget("android-chrome")
    for _ in range(10):
        assert home.ask("GET", "/v1/device/records", Cookie=cookie).code == "invalid_api_key"


def test_when_a_device_was_seen_is_known_to_the_hour(home: Home) -> None:
    cookie = home.paired()
    paired = home.clock.now
    for hours, seen in ((0.9, 0.0), (5.0, 5.0)):
        home.clock.now = paired + hours * 3600
        home.ask("GET", "/v1/device/records", Cookie=cookie)
        (device,) = home.devices.all()
        assert (device.paired.timestamp(), device.seen.timestamp()) == (paired, paired + seen * 3600)


@pytest.mark.parametrize(
    ("browser", "name"),
    [
        (PHONE, "android-chrome"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) Version/19.1 Safari/604",
            "iphone-safari",
        ),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/156.0 Safari/537.36 Edg/156.0", "windows-edge"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0", "linux-firefox"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/19 Safari/605", "mac-safari"),
        ("curl/9", "device"),
        ("../../etc", "device"),
    ],
)
def test_a_device_is_called_by_what_its_browser_says_that_it_is(browser: str, name: str) -> None:
    assert called(browser) == name


# --- the certificate --------------------------------------------------------------------------------------------------


def test_plain_http_gives_the_certificate_and_leads_to_it(home: Home) -> None:
    for path in ("/", "/v1/models", "/page/main.js", "/health"):
        answer = home.ask("GET", path, plain=True, Authorization=f"Bearer {TOKEN}")
        assert (answer.status, answer.headers["location"]) == (307, "/ca")
    page = home.ask("GET", "/ca", plain=True)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert home.authority.fingerprint in page.body.decode().replace("<wbr>", "")
    assert f'href="https://box.local:{home.ports[0]}/"' in page.body.decode()
    assert "default-src 'none'" in page.headers["content-security-policy"]


@pytest.mark.parametrize("plain", [True, False])
def test_the_certificate_is_as_phones_take_it(home: Home, plain: bool) -> None:
    crt = home.ask("GET", "/ca/edge_agent.crt", plain=plain)
    assert (crt.headers["content-type"], crt.body) == ("application/x-x509-ca-cert", home.authority.certificate)
    pem = home.ask("GET", "/ca/edge_agent.pem", plain=plain).body.decode()
    assert ssl.PEM_cert_to_DER_cert(pem) == home.authority.certificate
    assert "KEY" not in pem
    assert home.ask("GET", "/ca/ca.css", plain=plain).headers["content-type"] == "text/css; charset=utf-8"
    for name in ("authority.pem", "ca.html", "..%2fauthority.pem"):
        assert home.ask("GET", f"/ca/{name}", plain=plain).status == 404


def test_plain_http_takes_no_key_and_no_other_name(home: Home) -> None:
    key = home.keys.issue()
    refused = home.ask("POST", "/v1/device/pair", plain=True, Authorization=f"Bearer {key}")
    assert refused.code == "only_over_https"
    assert home.pair(key).status == 201, "it is still good"
    socket_ = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec_WebSocket_Version": "13"}
    upgrade = home.ask("GET", "/v1/realtime", plain=True, Sec_WebSocket_Key="dGhlIHNhbXBsZSBub25jZQ==", **socket_)
    assert upgrade.code == "only_over_https"
    assert home.ask("GET", "/ca", plain=True, Host="evil.example").code == "host_not_allowed"


# --- addresses that come and go ---------------------------------------------------------------------------------------


def test_a_new_address_gets_a_new_certificate_at_the_next_handshake(home: Home) -> None:
    home.ask("GET", "/health")
    before = from_pem((home.folder / "server.pem").read_text()).certificate.serial_number
    assert not home.listeners.look()
    home.addresses[:] = [OUTSIDE, "127.0.0.3"]
    home.authority.renew(["192.168.1.9"])  # which the certificate is no more for, as it is none of ours
    assert home.listeners.look()
    shown = from_pem((home.folder / "server.pem").read_text()).certificate
    assert shown.serial_number != before
    with socket.create_connection((OUTSIDE, home.ports[0]), timeout=10) as sock:
        trusting = ssl.create_default_context(cadata=home.authority.certificate)
        with trusting.wrap_socket(sock, server_hostname="box.local") as secure:
            assert int(secure.getpeercert()["serialNumber"], 16) == shown.serial_number
    assert names_of(shown) == {"box", "box.local"}


def test_at_an_address_that_is_gone_nobody_is_heard_any_more(home: Home) -> None:
    home.ask("GET", "/health")
    home.addresses.clear()
    home.inside.on_loop(home.listeners.look)
    with pytest.raises(ConnectionRefusedError):
        home.ask("GET", "/health")
    assert home.inside.ask("GET", "/health").status == 200

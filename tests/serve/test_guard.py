"""Who may speak to the server: names, pages, keys, tries, sizes, places; over a real loopback socket."""

from __future__ import annotations

import hmac
import socket
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from loopback import Answered, Clock, Running, running

from edge_agent.errors import ConfigError
from edge_agent.serve.guard import Rules, check_exposure
from edge_agent.serve.headers import host_name
from edge_agent.serve.http_errors import ApiError
from edge_agent.serve.key_backoff import KeyBackoff
from edge_agent.serve.keys import KEY_PROTOCOL
from edge_agent.serve.secrets import ClientSecrets

PAGE = "http://localhost:3000"
ROUTES = ["/health", "/metrics", "/v1/models", "/nowhere"]


@pytest.fixture(scope="module")
def free() -> Iterator[Running]:
    """Any key or none; one page and one name are allowed."""
    with running(Rules(allowed_origins=frozenset({PAGE}), allowed_hosts=frozenset({"box.lan"}))) as server:
        yield server


@pytest.fixture(scope="module")
def locked() -> Iterator[Running]:
    with running(Rules(token="s3cret", allowed_origins=frozenset({PAGE}))) as server:
        yield server


def attempts(server: Running, **headers: str) -> list[Answered]:
    """The same headers on plain routes, an unknown one and the upgrade."""
    return [*(server.ask("GET", path, **headers) for path in ROUTES), server.upgrade(**headers)]


HOSTS = [
    ("127.0.0.1", True),
    ("127.0.0.1:8765", True),
    ("localhost:1", True),
    ("LOCALHOST", True),
    ("localhost.", True),
    ("[::1]:80", True),
    ("box.lan", True),
    ("evil.example", False),
    ("evil.example:8765", False),
    ("localhost.evil.example", False),
    ("127.0.0.1.evil.example", False),
    ("192.168.1.5", False),
    ("0.0.0.0", False),
    ("127.0.0.1@evil.example", False),
    ("evil.example/127.0.0.1", False),
    ("[::1", False),
]


@pytest.mark.parametrize(("host", "good"), HOSTS, ids=[host for host, _ in HOSTS])
def test_only_known_names(free: Running, host: str, good: bool) -> None:
    """DNS rebinding: the page's own name is said to be 127.0.0.1, and the browser takes its scripts for ours."""
    for answer in (free.ask("GET", path, Host=host) for path in ROUTES):
        assert (answer.status in (200, 404)) is good
        if not good:
            assert answer.code in ("host_not_allowed", "invalid_host") or answer.status == 400


def test_a_rebound_name_opens_no_socket(free: Running) -> None:
    """By hand: a client library sends the true Host."""
    with socket.create_connection(("127.0.0.1", free.port), timeout=20) as raw:
        raw.sendall(
            b"GET /v1/realtime HTTP/1.1\r\nHost: evil.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        assert raw.recv(64).startswith(b"HTTP/1.1 403 ")


ORIGINS: list[tuple[dict[str, str], bool]] = [
    ({}, True),
    ({"Origin": PAGE}, True),
    ({"Sec_Fetch_Site": "none"}, True),
    ({"Origin": PAGE, "Sec_Fetch_Site": "cross-site"}, True),
    ({"Origin": "http://evil.example"}, False),
    ({"Origin": "http://localhost:3001"}, False),
    ({"Origin": "https://localhost:3000"}, False),
    ({"Origin": f"{PAGE}.evil.example"}, False),
    ({"Origin": "null"}, False),
    ({"Origin": ""}, False),
    ({"Sec_Fetch_Site": "cross-site"}, False),
]


@pytest.mark.parametrize(("headers", "good"), ORIGINS, ids=[str(headers) for headers, _ in ORIGINS])
def test_only_allowed_pages(free: Running, headers: dict[str, str], good: bool) -> None:
    for answer in attempts(free, **headers):
        assert (answer.status in (101, 200, 404)) is good
        assert good or answer.code == "origin_not_allowed"


def test_an_allowed_page_may_read_the_answers_and_no_other(free: Running) -> None:
    wanted = {"Origin": PAGE, "Access_Control_Request_Method": "POST"}
    preflight = free.ask("OPTIONS", "/v1/chat/completions", **wanted)
    assert preflight.status == 204
    assert "POST" in preflight.headers["access-control-allow-methods"]
    assert preflight.headers["access-control-allow-headers"] == "authorization, *"  # x-stainless-lang, ...
    for path in ROUTES:
        answer = free.ask("GET", path, Origin=PAGE)
        assert answer.headers["access-control-allow-origin"] == PAGE
        assert answer.headers["vary"] == "Origin"
        for other in (free.ask("GET", path), free.ask("GET", path, Origin="http://evil.example")):
            assert "access-control-allow-origin" not in other.headers


KEYS: list[tuple[dict[str, Any], int]] = [
    ({}, 401),
    ({"Authorization": "Bearer s3cret"}, 200),
    ({"Authorization": "bearer  s3cret"}, 200),
    ({"api_key": "s3cret"}, 200),
    ({"Authorization": "Basic s3cret"}, 401),
    ({"Authorization": "Bearer s3cre"}, 401),
    ({"Authorization": "Bearer s3cret2"}, 401),
    ({"Authorization": "Bearer ek_unknown"}, 401),
    ({"Authorization": "Bearer \xe9"}, 401),
]


@pytest.mark.parametrize(("headers", "status"), KEYS, ids=[str(headers) for headers, _ in KEYS])
def test_a_key_is_needed_where_one_is_set(locked: Running, headers: dict[str, str], status: int) -> None:
    assert locked.ask("GET", "/health", **headers).status == 200
    locked.ask("GET", "/metrics", api_key="s3cret")  # a right key: tries are another test's
    for path in ("/metrics", "/v1/models"):
        answer = locked.ask("GET", path, **headers)
        assert answer.status == status
        assert status == 200 or answer.code == "invalid_api_key"
    locked.ask("GET", "/metrics", api_key="s3cret")
    opened = locked.upgrade(**headers)
    assert opened.status == (101 if status == 200 else 401)
    locked.ask("GET", "/metrics", api_key="s3cret")


@pytest.mark.parametrize(("key", "status"), [("s3cret", 101), ("other", 401)])
def test_a_key_as_a_subprotocol(locked: Running, key: str, status: int) -> None:
    opened = locked.upgrade(protocols=("realtime", KEY_PROTOCOL + key))
    assert opened.status == status
    if status == 101:
        assert opened.headers["subprotocol"] == "realtime"
    locked.ask("GET", "/metrics", api_key="s3cret")


def test_any_key_will_do_where_none_is_set(free: Running) -> None:
    for headers in ({}, {"Authorization": "Bearer x"}, {"api_key": "y"}):
        assert all(answer.status in (101, 200, 404) for answer in attempts(free, **headers))


def test_keys_are_compared_in_constant_time(free: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []
    real = hmac.compare_digest
    monkeypatch.setattr(hmac, "compare_digest", lambda a, b: compared.append((a, b)) or real(a, b))
    with running(Rules(token="s3cret")) as server:
        server.ask("GET", "/v1/models", api_key="guess")
    assert compared == [(b"s3cret", b"guess")]


def test_tries_are_limited_per_address_and_the_wait_doubles() -> None:
    clock = Clock()
    with running(Rules(token="s3cret")) as server:
        clock = server.clock
        for _ in range(5):
            assert server.ask("GET", "/v1/models", api_key="guess").status == 401
        for wait_s in (1, 2, 4):
            blocked = server.ask("GET", "/v1/models", api_key="s3cret")
            assert (blocked.status, blocked.headers["retry-after"]) == (429, str(wait_s))
            assert server.upgrade(api_key="s3cret").status == 429
            assert server.ask("GET", "/health").status == 200
            clock.now += wait_s
            assert server.ask("GET", "/v1/models", api_key="guess").status == 401
        clock.now += 8
        assert server.ask("GET", "/v1/models", api_key="s3cret").status == 200
        assert server.ask("GET", "/v1/models", api_key="guess").status == 401  # counted from one again


def test_a_client_secret_is_no_try_and_clears_none() -> None:
    """A page goes on with its expired secret; and who has one may not use it to guess the token."""
    with running(Rules(token="s3cret")) as server:
        for _ in range(10):
            assert server.upgrade(Authorization="Bearer ek_expired").status == 401
        issued = server.ask("POST", "/v1/realtime/client_secrets", {}, api_key="s3cret").json()["value"]
        for _ in range(4):
            assert server.ask("GET", "/v1/models", api_key="guess").status == 401
        assert server.upgrade(Authorization=f"Bearer {issued}").status == 101
        assert server.ask("GET", "/v1/models", api_key="guess").status == 401
        assert server.ask("GET", "/v1/models", api_key="s3cret").status == 429
    with running(Rules()) as server:
        for _ in range(10):
            assert server.upgrade(Authorization="Bearer ek_expired").status == 401
        assert server.ask("GET", "/v1/models").status == 200


def test_names_and_pages_are_allowed_however_they_are_written() -> None:
    rules = Rules(allowed_hosts=frozenset({"Box.LAN"}), allowed_origins=frozenset({"http://LocalHost:3000/"}))
    with running(rules) as server:
        assert server.ask("GET", "/health", Host="box.lan").status == 200
        assert server.ask("GET", "/health", Origin=PAGE).status == 200


def test_tries_are_forgotten_for_the_address_not_seen_for_longest() -> None:
    tries = KeyBackoff(Clock(0.0), free=2, addresses=2)
    for address in ("b", "a", "b"):
        tries.wrong(address)
    assert [tries.wait_s(address) for address in "ab"] == [0, 1]
    for address in ("c", "c"):
        tries.wrong(address)
    tries.wrong("a")
    assert [tries.wait_s(address) for address in "abc"] == [0, 0, 1]


def test_the_wait_has_a_ceiling() -> None:
    tries = KeyBackoff(Clock())
    for _ in range(2000):
        tries.wrong("a")
    assert tries.wait_s("a") == 60


def test_a_thousand_addresses_are_remembered() -> None:
    tries = KeyBackoff(Clock())
    addresses = [str(number) for number in range(1025)]
    for address in addresses * 5:
        tries.wrong(address)
    assert not any(map(tries.wait_s, addresses)), "each came too late for the one before: none has five"
    for _ in range(5):
        tries.wrong("first")
    for address in addresses[:1024]:
        assert tries.wait_s("first") == 1
        tries.wrong(address)
    assert tries.wait_s("first") == 0


# --- client secrets -----------------------------------------------------------------------------------------------


def test_a_client_secret_opens_sockets_with_its_session_until_it_expires(locked: Running) -> None:
    asked = {"expires_after": {"anchor": "created_at", "seconds": 60}, "session": {"type": "realtime"}}
    assert locked.ask("POST", "/v1/realtime/client_secrets", asked).status == 401
    issued = locked.ask("POST", "/v1/realtime/client_secrets", asked, api_key="s3cret").json()
    key = issued["value"]
    assert key.startswith("ek_")
    assert issued["expires_at"] == int(locked.clock.now) + 60
    for _ in range(2):
        opened = locked.upgrade(protocols=("realtime", KEY_PROTOCOL + key))
        assert opened.status == 101
        assert opened.json() == {"session": {"type": "realtime"}}
    for path in ("/v1/models", "/metrics"):
        assert locked.ask("GET", path, Authorization=f"Bearer {key}").status == 401
    locked.clock.now += 60
    assert locked.upgrade(Authorization=f"Bearer {key}").status == 401
    assert locked.ask("GET", "/v1/models", api_key="s3cret").status == 200


def test_an_unknown_client_secret_is_refused_even_where_any_key_will_do(free: Running) -> None:
    assert free.upgrade(Authorization="Bearer ek_unknown").status == 401


def test_secrets_are_bounded_kept_as_hashes_and_push_none_out() -> None:
    clock = Clock()
    secrets = ClientSecrets(clock, clock, limit=2)
    values = [secrets.issue({"number": 0}, 60).value, secrets.issue({"number": 1}, 90).value]
    with pytest.raises(ApiError) as full:
        secrets.issue({"number": 2})
    assert (full.value.status, full.value.headers) == (429, {"retry-after": "60"})
    assert [secrets.session_of(value) for value in values] == [{"number": 0}, {"number": 1}]
    assert not any(value in repr(vars(secrets)) for value in values)
    clock.now += 60
    values.append(secrets.issue({"number": 2}).value)
    assert [secrets.session_of(value) for value in values] == [None, {"number": 1}, {"number": 2}]


def test_one_address_has_not_all_the_secrets() -> None:
    """Three of four, and of what they may keep; whoever else asks has the last one."""
    clock = Clock()
    secrets = ClientSecrets(clock, clock, limit=4)
    for seconds in (90, 60, 30):
        secrets.issue({}, seconds, address="10.0.0.1")
    with pytest.raises(ApiError) as full:
        secrets.issue({}, address="10.0.0.1")
    assert (full.value.status, full.value.headers) == (429, {"retry-after": "30"})
    secrets.issue({}, 20, address="10.0.0.2")
    with pytest.raises(ApiError):
        secrets.issue({}, address="10.0.0.2")
    clock.now += 30
    for address in ("10.0.0.1", "10.0.0.2"):
        assert secrets.issue({}, address=address).value


def test_a_clock_that_is_set_back_revives_no_secret() -> None:
    unix, monotonic = Clock(), Clock()
    secrets = ClientSecrets(unix, monotonic)
    issued = secrets.issue({}, 60)
    assert issued.expires_at == unix.now + 60
    monotonic.now += 60
    unix.now -= 3600
    assert secrets.session_of(issued.value) is None


def test_secrets_keep_little_and_say_how_much(free: Running) -> None:
    path, many = "/v1/realtime/client_secrets", {"prompt": {"id": "x", "variables": {"a": [[]] * 20_000}}}
    assert free.ask("POST", path, {"session": {"instructions": "x" * 70_000}}).code == "request_too_large"
    assert free.ask("POST", path, {"session": {**many, "instructions": "x" * 90_000}}).status == 413
    held, statuses = list[int](), Counter[int]()
    secrets = ClientSecrets(Clock(), Clock(), held.append)
    for _ in range(100):
        try:
            secrets.issue(many)
        except ApiError as refusal:
            statuses[refusal.status] += 1
    assert max(held) <= 2**20
    assert statuses[429] == 100 - len(held)
    assert free.ask("POST", path, {"session": {"instructions": "Sing."}}).status == 200
    assert b"edge_agent_secret_bytes 2" in free.ask("GET", "/metrics").body


def test_a_refusal_is_json_on_every_route(free: Running, locked: Running) -> None:
    for answer in (
        free.ask("GET", "/nowhere"),
        free.ask("GET", "/v1/chat/completions"),
        free.ask("DELETE", "/v1/models"),
        free.ask("GET", "/v1/models/nothing"),
        free.ask("GET", "/v1/realtime"),
        free.upgrade("/v1/nowhere"),
        free.ask("GET", "/health", Origin="http://evil.example"),
        free.ask("GET", "/health", Host="evil.example"),
        locked.ask("GET", "/v1/models"),
    ):
        assert answer.status >= 400
        assert answer.json()["error"].keys() == {"message", "type", "param", "code"}


# --- where it may listen ------------------------------------------------------------------------------------------

EXPOSED: list[tuple[str, str | None, bool, str | None]] = [
    ("127.0.0.1", None, False, None),
    ("127.0.0.2", None, False, None),
    ("::1", None, False, None),
    ("0.0.0.0", None, False, "a key (serve.token) and TLS (serve.tls_cert) must be set"),
    ("192.168.1.5", "s3cret", False, "TLS (serve.tls_cert) must be set"),
    ("192.168.1.5", None, True, "a key (serve.token) must be set"),
    ("::", None, True, "a key"),
    ("192.168.1.5", "s3cret", True, "serve.token has 20 characters at least"),
    ("0.0.0.0", "a" * 19, True, "20 characters"),
    ("192.168.1.5", "a" * 20, True, None),
    ("127.0.0.1", "a", False, None),
    ("::ffff:192.168.1.5", None, False, "a key"),
    ("example.org", "s3cret", True, "an address such as 127.0.0.1"),
]


@pytest.mark.parametrize(("host", "token", "tls", "said"), EXPOSED, ids=[str(case[:3]) for case in EXPOSED])
def test_others_on_the_network_need_a_key_and_tls(host: str, token: str | None, tls: bool, said: str | None) -> None:
    if said is None:
        return check_exposure(host, token=token, tls=tls)
    with pytest.raises(ConfigError) as refused:
        check_exposure(host, token=token, tls=tls)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("LocalHost.:80", "localhost"),
        ("[::1]:80", "::1"),
        ("a:b", None),
        ("", None),
        ("a@b", None),
        ("a/b", None),
        (".", None),
    ],
)
def test_the_name_of_a_host(header: str, name: str | None) -> None:
    assert host_name(header) == name


def test_a_page_of_this_server_may_use_it_and_one_of_another_port_may_not(free: Running) -> None:
    own = f"http://127.0.0.1:{free.port}"
    assert free.ask("GET", "/v1/models", Origin=own, Sec_Fetch_Site="same-origin").status == 200
    assert free.ask("GET", "/v1/models", Origin=f"{own}1").status == 403
    assert free.ask("GET", "/v1/models", Origin=own, Sec_Fetch_Site="cross-site").status == 403
    assert free.ask("GET", "/v1/models", Origin=own.replace("http", "https")).status == 403

"""The guard between a fake application and a fake line: what passes, what is refused, exactly; without a server."""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import dataclass, field
from typing import Any

import pytest

from edge_agent.serve.guard import Guard, Rules
from edge_agent.serve.headers import Headers
from edge_agent.serve.http_errors import ApiError
from edge_agent.serve.keys import SESSION, key_of
from edge_agent.serve.secrets import ClientSecrets

PAGE = "http://localhost:3000"
LOCKED = Rules(token="s3cret")
SOCKETS = ("/v1/realtime", "/realtime", "/openai/realtime", "/openai/v1/realtime")


def standing_still() -> float:
    return 0.0


@dataclass
class Line:
    """A guard, what it let through to the application, and what it sent."""

    rules: Rules = field(default_factory=Rules)
    passed: list[tuple[Any, Any, Any]] = field(default_factory=list)
    sent: list[Any] = field(default_factory=list)
    counted: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.secrets = ClientSecrets(standing_still, standing_still)
        self.guard = Guard(self.app, self.rules, self.secrets, standing_still, watch=self)  # type: ignore[arg-type]

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        self.passed.append((scope, receive, send))
        await send({"type": "http.response.start", "status": 200, "headers": [(b"x", b"y")]})

    def count(self, what: str, n: int = 1) -> None:
        self.counted.append(what)

    async def send(self, message: Any) -> None:
        self.sent.append(message)

    async def receive(self) -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    def ask(self, *headers: tuple[str, str], host: bool = True, **scope: Any) -> int:
        """The status of the answer to a request from 10.0.0.9 to 192.168.1.5. Its messages are in `sent`."""
        given = [("Host", "192.168.1.5:80"), *headers] if host else list(headers)
        raw = [(name.encode(), value.encode("latin-1")) for name, value in given]
        whole = {"type": "http", "method": "GET", "path": "/v1/models", "client": ("10.0.0.9", 5), "headers": raw}
        self.sent.clear()
        asyncio.run(self.guard({**whole, "server": ("192.168.1.5", 80), **scope}, self.receive, self.send))
        return int(self.sent[0]["status"])

    def error(self) -> tuple[str, str]:
        body = json.loads(self.sent[1]["body"])["error"]
        return body["code"], body["message"]

    def headers(self) -> dict[bytes, bytes]:
        return dict(self.sent[0]["headers"])


# --- names --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hosts", [(), ("localhost", "localhost"), ("a@b",), ("[::1",), ("a b:c",)])
def test_a_request_has_one_host(hosts: tuple[str, ...]) -> None:
    line = Line()
    assert line.ask(*(("host", host) for host in hosts), host=False) == 400
    assert line.error() == ("invalid_host", "A request must have one Host header.")
    assert line.counted == ["refused"]
    assert not line.passed


def test_the_address_that_was_reached_is_its_name_and_no_other_address() -> None:
    line = Line()
    assert line.ask() == 200
    assert line.ask(server=("192.168.1.6", 80)) == 403
    assert line.error() == ("host_not_allowed", "Not under the name '192.168.1.5': see serve.allowed_hosts.")
    for server in (None, ("/run/edge_agent.sock", None)):
        assert line.ask(server=server) == 403
        assert line.ask(("Host", "127.0.0.2"), host=False, server=server) == 200


@pytest.mark.parametrize("host", ["", ":80", ".", "..:80"])
def test_an_empty_name_is_not_that_of_a_server_without_an_address(host: str) -> None:
    assert Line().ask(("Host", host), host=False, server=None) == 400


def test_a_guard_that_nobody_watches_refuses_as_well() -> None:
    line = Line()
    line.guard = Guard(line.app, line.rules, line.secrets, standing_still)
    assert line.ask(host=False) == 400


# --- pages --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("origins", "site", "page"),
    [
        (("http://evil.example",), "", "'http://evil.example'"),
        ((PAGE, PAGE), "", f"'{PAGE}'"),
        ((), "cross-site", "another site"),
        ((), "same-site", "another site"),
    ],
)
def test_another_page_is_told_which_it_is(origins: tuple[str, ...], site: str, page: str) -> None:
    line = Line(Rules(allowed_origins=frozenset({PAGE})))
    assert line.ask(*(("Origin", each) for each in origins), ("Sec-Fetch-Site", site)) == 403
    assert line.error() == ("origin_not_allowed", f"Not from a page of {page}: see serve.allowed_origins.")
    assert line.counted == ["refused"]
    assert not line.passed


def test_an_allowed_page_is_told_what_it_may_send_and_read() -> None:
    line = Line(Rules(token="s3cret", allowed_origins=frozenset({PAGE})))
    seen = {
        b"access-control-allow-origin": PAGE.encode(),
        b"access-control-expose-headers": b"Location",
        b"vary": b"Origin",
    }
    assert line.ask(("Origin", PAGE), method="OPTIONS") == 204
    assert line.headers() == {
        b"access-control-allow-methods": b"GET, POST",
        b"access-control-allow-headers": b"authorization, *",
        b"access-control-max-age": b"600",
        **seen,
    }
    assert line.sent[1] == {"type": "http.response.body", "body": b""}
    assert not line.passed
    assert line.ask(("Origin", PAGE), ("Api-Key", "s3cret")) == 200
    assert line.headers() == {b"x": b"y", **seen}
    assert line.ask(("Origin", PAGE)) == 401
    assert line.headers().items() >= seen.items(), "a page may read why it was refused"
    assert line.ask(method="OPTIONS") == 401, "without a page it is a request as any other"


def test_only_the_head_of_an_answer_names_the_page() -> None:
    line = Line(Rules(allowed_origins=frozenset({PAGE})))
    line.ask(("Origin", PAGE))
    body = {"type": "http.response.body", "body": b"x"}
    asyncio.run(line.passed[0][2](body))
    assert line.sent[-1] == {"type": "http.response.body", "body": b"x"}


# --- keys ---------------------------------------------------------------------------------------------------------


def test_a_missing_key_is_no_try_and_a_wrong_one_is() -> None:
    line = Line(LOCKED)
    for _ in range(10):
        assert line.ask() == 401
        assert line.error() == ("invalid_api_key", "An API key is needed.")
        assert line.headers()[b"www-authenticate"] == b"Bearer"
    for _ in range(5):
        assert line.ask(("Api-Key", "guess")) == 401
        assert line.error() == ("invalid_api_key", "The API key is wrong or has expired.")
    assert line.ask(("Api-Key", "s3cret")) == 429
    assert line.error() == ("rate_limit_exceeded", "Too many wrong keys. Try again in 1 s.")
    assert line.headers()[b"retry-after"] == b"1"
    assert line.ask(("Api-Key", "s3cret"), client=("10.0.0.8", 5)) == 200, "another address"
    assert line.ask(("Api-Key", "s3cret"), client=None) == 200, "a socket of the file system has none"


def test_tries_are_counted_where_there_is_no_address() -> None:
    line = Line(LOCKED)
    for _ in range(5):
        assert line.ask(("Api-Key", "guess"), client=None) == 401
    assert line.ask(("Api-Key", "s3cret"), client=None) == 429
    assert line.ask(("Api-Key", "s3cret"), client=("", 0)) == 429
    assert line.ask(("Api-Key", "s3cret")) == 200


def test_a_machine_with_many_addresses_of_its_network_is_one_that_tries() -> None:
    line = Line(LOCKED)
    for number in range(5):
        assert line.ask(("Api-Key", "guess"), client=(f"fd00::{number}", 5)) == 401
    assert line.ask(("Api-Key", "s3cret"), client=("fd00::9", 5)) == 429
    assert line.ask(("Api-Key", "s3cret"), client=("fd00:0:0:1::9", 5)) == 200


def test_a_key_of_no_encoding_is_a_wrong_key() -> None:
    line = Line(LOCKED)
    assert line.ask(subprotocols=["openai-insecure-api-key.\udcff"]) == 401
    assert Line(Rules(token="\udcff")).ask(subprotocols=["openai-insecure-api-key.\udcff"]) == 200


@pytest.mark.parametrize("path", SOCKETS)
def test_a_client_secret_opens_a_socket_of_every_dialect(path: str) -> None:
    for rules in (LOCKED, Rules()):
        line = Line(rules)
        key = ("Authorization", f"Bearer {line.secrets.issue({'type': 'realtime'}).value}")
        line.ask(key, type="websocket", path=path)
        assert line.passed[0][0][SESSION] == {"type": "realtime"}
        assert line.ask(("Authorization", "Bearer ek_unknown"), type="websocket", path=path) == 401
        assert line.error() == ("invalid_api_key", "The API key is wrong or has expired.")


@pytest.mark.parametrize("path", [*SOCKETS, "/v1/realtime/calls"])
def test_a_client_secret_opens_a_call(path: str) -> None:
    line = Line(LOCKED)
    line.ask(("Api-Key", line.secrets.issue({"type": "realtime"}).value), method="POST", path=path)
    assert line.passed[0][0][SESSION] == {"type": "realtime"}


OTHERS = [
    {"path": "/v1/realtime"},
    {"type": "websocket", "path": "/v1/models"},
    {"method": "POST", "path": "/v1/device/calls"},
    {"method": "POST", "path": "/v1/realtime/calls/rtc_1/hangup"},
]


@pytest.mark.parametrize("scope", OTHERS)
def test_a_client_secret_opens_nothing_else(scope: dict[str, str]) -> None:
    line = Line(LOCKED)
    assert line.ask(("Api-Key", line.secrets.issue({}).value), **scope) == 401
    assert not line.passed


@pytest.mark.parametrize(
    ("headers", "protocols", "key"),
    [
        ([], [], None),
        ([("Authorization", "Bearer  a ")], [], "a"),
        ([("Authorization", "Bearer"), ("api-key", "b")], [], "b"),
        ([("Authorization", "Basic a"), ("api-key", "b")], ["openai-insecure-api-key.c"], "b"),
        ([], ["realtime", "openai-insecure-api-key.c", "openai-insecure-api-key.d"], "c"),
        ([], ["realtime", "openai-insecure-api-key."], None),
        ([], ["x-openai-insecure-api-key.c"], None),
    ],
)
def test_where_a_key_is_found(headers: list[tuple[str, str]], protocols: list[str], key: str | None) -> None:
    scope = {"headers": [(name.encode(), value.encode()) for name, value in headers], "subprotocols": protocols}
    assert key_of(scope, Headers(scope)) == key


# --- size and pace ------------------------------------------------------------------------------------------------


def test_the_limits_of_a_server_that_sets_none() -> None:
    assert (Rules().max_body, Rules().upload_s, Rules().write_s) == (26 << 20, 60, 30)


NEVER: dict[str, Any] = {}


def body_of(line: Line, *pieces: dict[str, Any]) -> Any:
    """Reads a body of `pieces` through the guard, and what comes after it."""
    given = iter(pieces)

    async def receive() -> Any:
        await asyncio.sleep(0)
        if (piece := next(given)) is NEVER:
            await asyncio.Event().wait()
        return piece

    async def read(scope: Any, receive: Any, send: Any) -> None:
        line.passed.extend([await receive() for _ in pieces])

    headers = [(b"host", b"localhost")]
    scope = {"type": "http", "method": "POST", "path": "/v1/models", "headers": headers, "server": None}
    guard = Guard(read, line.rules, line.secrets, standing_still)
    asyncio.run(guard(scope, receive, line.send))
    return line.passed


@pytest.mark.parametrize("length", ["10", "0"])
def test_a_promise_within_the_limit(length: str) -> None:
    assert Line(Rules(max_body=10)).ask(("Content-Length", length)) == 200


@pytest.mark.parametrize("length", ["11", "-1", "x", "1.5", "٣"])
def test_a_promise_beyond_it_or_none_at_all(length: str) -> None:
    line = Line(Rules(max_body=10))
    assert line.ask(headers=[(b"host", b"localhost"), (b"content-length", length.encode())]) == 413
    assert line.error() == ("request_too_large", "A request may have 10 bytes at most.")
    assert line.headers()[b"connection"] == b"close"
    assert not line.passed


def test_a_body_of_just_the_limit_and_the_end_of_the_line_after_it() -> None:
    pieces = [{"body": b"12345", "more_body": True}, {"body": b"67890"}, {"type": "http.disconnect", "body": b"x" * 99}]
    assert body_of(Line(Rules(max_body=10)), *pieces) == pieces


def test_one_byte_more_in_the_last_piece() -> None:
    with pytest.raises(ApiError) as refused:
        body_of(Line(Rules(max_body=9)), {"body": b"12345", "more_body": True}, {"body": b"67890"})
    assert (refused.value.status, refused.value.code) == (413, "request_too_large")
    assert refused.value.headers == {"connection": "close"}


def test_a_body_that_comes_too_late() -> None:
    with pytest.raises(ApiError, match=r"^The request did not arrive in time\.$") as refused:
        body_of(Line(Rules(upload_s=0.01)), {"body": b"1", "more_body": True}, NEVER)
    assert (refused.value.status, refused.value.code) == (408, "request_timeout")
    assert refused.value.headers == {"connection": "close"}


def test_a_reader_that_stops_is_left_with_a_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    line = Line(Rules(write_s=0))

    async def never(message: Any) -> None:
        await asyncio.Event().wait()

    scope = {"type": "http", "method": "GET", "path": "/x", "headers": [(b"host", b"localhost")], "server": None}
    with caplog.at_level(logging.WARNING):
        asyncio.run(line.guard(scope, line.receive, never))
    assert [record.getMessage() for record in caplog.records] == ["A client did not read its answer and was left."]


def test_a_socket_keeps_its_own_pace_and_its_own_messages() -> None:
    """A conversation has pauses of minutes, and more words than an upload has bytes."""
    line = Line(Rules(max_body=0, upload_s=0, write_s=0))
    line.ask(type="websocket", path="/v1/realtime")
    _, receive, send = line.passed[0]
    assert (receive, send) == (line.receive, line.send)


def test_what_the_server_tells_the_application_passes() -> None:
    line = Line(LOCKED)
    scope = {"type": "lifespan"}
    asyncio.run(line.guard(scope, line.receive, line.send))
    assert line.passed == [(scope, line.receive, line.send)]

"""The page's files: as they are served, and that nothing in them reaches beyond the device."""

from __future__ import annotations

import os
import re
import socket
from pathlib import Path
from typing import Any

import pytest
from loopback import Running, running

from edge_agent.errors import ConfigError, RecordsError
from edge_agent.serve.guard import Rules
from edge_agent.serve.http_page import FOLDER, TYPES
from edge_agent.serve.same_user import uid_of
from edge_agent.workers.supervisor import lost

FILES = {path.name: path.read_text() for path in FOLDER.iterdir()}
SCRIPTS = {name: text for name, text in FILES.items() if name.endswith(".js")}
SVG = "http://www.w3.org/2000/svg"
"""A name, which nobody asks for."""


class Shown:
    """In the place of the device."""

    def __init__(self) -> None:
        self.changed: list[tuple[str, str]] = []

    def records(self) -> Any:
        return {"timers": [{"id": 1, "left_s": 5.0}]}

    def history(self) -> Any:
        raise RecordsError("No history today.", fix="edge-agent history on")

    def settings(self) -> Any:
        return {"settings": []}

    def change(self, name: str, value: str) -> Any:
        if value == "wrong":
            raise ConfigError("That is wrong.")
        self.changed.append((name, value))
        return {"file": "config.toml"}


def test_the_page_is_served_with_a_policy_that_lets_nothing_in_or_out(server: Running) -> None:
    front = server.ask("GET", "/")
    assert (front.status, front.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert front.body.startswith(b"<!doctype html>")
    policy = dict(part.split(" ", 1) for part in front.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert not re.search(r"unsafe|https?:|\*|data:", front.headers["content-security-policy"])
    assert front.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("name", sorted(FILES))
def test_each_file_has_its_type_and_is_not_sent_twice(server: Running, name: str) -> None:
    first = server.ask("GET", f"/page/{name}")
    assert first.status == 200
    assert first.body.decode() == FILES[name]
    assert first.headers["content-type"] == TYPES[Path(name).suffix]
    again = server.ask("GET", f"/page/{name}", None, If_None_Match=first.headers["etag"])
    assert (again.status, again.body) == (304, b"")


@pytest.mark.parametrize("path", ["nothing.js", "..%2fapp.py", "%2e%2e", "x/../main.js", "index.html%00", "."])
def test_there_is_nothing_else(server: Running, path: str) -> None:
    assert server.ask("GET", f"/page/{path}").status == 404


def test_the_page_is_small() -> None:
    assert sum(len(text.encode()) for text in FILES.values()) <= 150_000


@pytest.mark.parametrize("name", sorted(FILES))
def test_no_file_names_anything_beyond_the_device(name: str) -> None:
    text = FILES[name].replace(SVG, "")
    assert not re.search(r"(?:https?:|wss?:)?//(?=[\w-]+\.)|@import|@font-face|url\(", text)


def test_nothing_that_was_said_can_become_a_part_of_the_page() -> None:
    markup = FILES["index.html"]
    assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son\w+=|javascript:", markup)
    for name, text in SCRIPTS.items():
        assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|new Function", text), name


def test_the_parts_of_the_page_are_there() -> None:
    ids = set(re.findall(r'\bid="([\w-]+)"', FILES["index.html"]))
    for name, text in SCRIPTS.items():
        assert set(re.findall(r'byId\("([\w-]+)"\)', text)) <= ids, name
        assert set(re.findall(r'(?:from|import) "\./([\w.-]+)"', text)) <= set(FILES), name
    assert set(re.findall(r'(?:href|src)="/page/([\w.-]+)"', FILES["index.html"])) <= set(FILES)
    labels = set(re.findall(r'for="([\w-]+)"', FILES["index.html"]))
    assert labels <= ids


def test_a_page_of_somebody_else_gets_nothing(server: Running) -> None:
    for path in ("/", "/page/main.js", "/v1/device/records"):
        assert server.ask("GET", path, None, Origin="http://evil.example").code == "origin_not_allowed"
        assert server.ask("GET", path, None, Sec_Fetch_Site="cross-site").code == "origin_not_allowed"


def test_with_a_key_the_files_are_open_and_nothing_else_is() -> None:
    with running(Rules(token="s3cret"), own=Shown()) as server:
        assert server.ask("GET", "/").status == server.ask("GET", "/page/main.js").status == 200
        for path in ("records", "history", "settings"):
            assert server.ask("GET", f"/v1/device/{path}").code == "invalid_api_key"
        told = server.ask("GET", "/v1/device/settings", None, Authorization="Bearer s3cret")
        assert told.json() == {"settings": []}


def test_what_the_device_shows_is_json_that_nobody_keeps() -> None:
    shown = Shown()
    with running(own=shown) as server:
        records = server.ask("GET", "/v1/device/records")
        assert records.json()["timers"][0]["left_s"] == 5.0
        assert records.headers["cache-control"] == "no-store"
        failed = server.ask("GET", "/v1/device/history")
        assert (failed.status, failed.code) == (400, "not_possible")
        assert "No history today." in failed.json()["error"]["message"]


def test_a_setting_is_changed_or_said_to_be_wrong() -> None:
    shown = Shown()
    with running(own=shown) as server:
        ask = {"name": "turns.eagerness", "value": "high"}
        assert server.ask("POST", "/v1/device/settings", ask).json() == {"file": "config.toml"}
        assert shown.changed == [("turns.eagerness", "high")]
        wrong = server.ask("POST", "/v1/device/settings", {**ask, "value": "wrong"})
        assert wrong.json()["error"]["message"] == "That is wrong."
        assert server.ask("POST", "/v1/device/settings", {"name": "turns.eagerness"}).code == "invalid_type"
        assert server.ask("POST", "/v1/device/settings", [1]).status == 400


def test_another_user_of_the_machine_is_told_the_timers_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    own = os.geteuid()
    with running(own=Shown()) as server:
        monkeypatch.setattr("edge_agent.serve.same_user.ROOT", -1)
        monkeypatch.setattr("edge_agent.serve.same_user.os.geteuid", lambda: own + 1)
        assert server.ask("GET", "/v1/device/records").status == 200
        for path in ("history", "settings"):
            assert server.ask("GET", f"/v1/device/{path}").code == "not_the_owner"
        assert server.ask("POST", "/v1/device/settings", {"name": "a", "value": "b"}).code == "not_the_owner"


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_whose_a_connection_is_stands_in_the_table_of_the_kernel(host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as listening:
        listening.bind((host, 0))
        listening.listen()
        with socket.create_connection(listening.getsockname()[:2]) as client:
            ends = client.getsockname()[:2], listening.getsockname()[:2]
            assert uid_of(*ends) == os.geteuid()
            assert uid_of((host, 1), ends[1]) is None


def test_the_page_knows_an_engine_that_is_being_replaced_by_its_error() -> None:
    (pattern,) = re.findall(r"return /(.+)/\.test\(error\)", FILES["conversation.js"])
    for what in ("was lost", "hung", "is still being loaded", "has answered nonsense"):
        assert re.search(pattern, str(lost("llm", what)))
    assert not re.search(pattern, "The answer has no words.")

"""Hostile clients: what one of them may take, and what the others notice of it."""

from __future__ import annotations

import asyncio
import socket

import pytest
from loopback import running
from test_realtime_socket import Opening, Parrot, closed, read, served

from edge_agent.serve.budget import Budget, waiting_frames
from edge_agent.serve.guard import Rules
from edge_agent.serve.keys import UNGUESSABLE
from edge_agent.serve.realtime_protocol import Output, Send

LONG_KEY = "k" * UNGUESSABLE


def test_who_guesses_keys_does_not_lock_out_who_has_the_right_one() -> None:
    with running(Rules(token=LONG_KEY)) as server:
        for _ in range(6):
            server.ask("GET", "/v1/models", api_key="guess")
        for _ in range(2):
            assert server.ask("GET", "/v1/models", api_key="guess").status == 429
            assert server.ask("GET", "/v1/models", api_key=LONG_KEY).status == 200
        assert server.upgrade(api_key=LONG_KEY).status == 101


# --- frames that wait for a reader --------------------------------------------------------------------------------


class Generous(Parrot):
    """A protocol whose answers are ten thousand times as long as what they answer, as a retrieved item's are."""

    def receive(self, frame: str | bytes) -> list[Output]:
        return [Send({"text": "x" * 1_000_000})] if frame == "give" else super().receive(frame)


def test_what_a_client_does_not_read_is_bounded_and_nothing_more_is_read_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """2,000 frames of 10 bytes ask for 2 GB."""
    monkeypatch.setattr("edge_agent.serve.realtime.WRITE_S", 0.3)
    monkeypatch.setattr("edge_agent.serve.realtime.CLOSE_S", 0.1)
    most = 0

    def told(used: int) -> None:
        nonlocal most
        most = max(most, used)

    async def body() -> None:
        asked = 0

        def generous(opening: Opening) -> Generous:
            class Counting(Generous):
                def receive(self, frame: str | bytes) -> list[Output]:
                    nonlocal asked
                    asked += 1
                    return super().receive(frame)

            return Counting(opening)

        async with (
            served(protocol=generous, waiting=waiting_frames(told)) as there,
            there.connect(max_queue=1) as socket,
        ):
            await read(socket)
            for _ in range(2000):
                await socket.send("give")
            while not there.engines.left:
                await asyncio.sleep(0.01)
            socket.transport.abort()
            assert asked < 40
            assert there.door._waiting.used_by("nobody") == 0

    asyncio.run(body())
    assert 20 * 2**20 < most < 30 * 2**20


def test_an_answer_beyond_all_measure_ends_its_session_before_it_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounded where frames are put, not where they are written: the writer waits for the client."""
    held = list[int]()

    async def body() -> None:
        async with served(waiting=waiting_frames(held.append)) as there, there.connect() as other:
            await read(other)
            async with there.connect(max_queue=1) as socket:
                await socket.send("much")
                code, reason = await closed(socket)
                assert (code, reason) == (1008, "The client reads too slowly.")
            await other.send("a")
            assert await read(other) == {"text": "a"}
            assert held[-1] == 0

    asyncio.run(body())
    assert max(held) <= 48 * 2**20


def test_a_budget_is_for_all_and_for_each_and_spares_who_has_little() -> None:
    told = list[int]()
    budget = Budget(10, 6, told.append, spared=2)
    assert budget.take("a", 6)
    assert not budget.take("a")
    assert budget.take("b", 4)
    assert not budget.take("b")
    assert budget.take("c", 2)
    assert not budget.take("c")
    budget.give("a", 5)
    assert budget.take("b")
    budget.give_all("b")
    assert told == [6, 10, 12, 7, 8, 3]
    assert [budget.used_by(each) for each in "abcd"] == [1, 0, 2, 0]


# --- what is said of them -----------------------------------------------------------------------------------------


def test_who_leaves_in_the_middle_of_a_request_is_no_defect(caplog: pytest.LogCaptureFixture) -> None:
    """It was a traceback in the log each time."""
    with running() as server:
        for path in ("chat/completions", "responses", "realtime/client_secrets", "audio/transcriptions"):
            with socket.create_connection(("127.0.0.1", server.port)) as raw:
                head = f"POST /v1/{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n"
                raw.sendall(head.encode() + b"Content-Type: multipart/form-data; boundary=x\r\n\r\n-")
        connections = 2.0
        while connections > 1:  # the one that asks
            lines = server.ask("GET", "/metrics").body.decode().splitlines()
            connections = next(float(line.split()[1]) for line in lines if line.startswith("edge_agent_connections "))
    assert [record.getMessage() for record in caplog.records] == []

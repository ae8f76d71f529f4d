"""Ten times as many clients as places: those inside go on, those outside are told at once, in a way they understand."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from loopback import Running, running

from tests.rigs.bench import overload
from tests.rigs.bench.knocking import knock, knocking

PLACES = 2


def refusals(server: Running) -> float:
    """What the server counts."""
    lines = server.ask("GET", "/metrics").body.decode().splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith("edge_agent_refused_total "))


def test_those_inside_lose_nothing_and_those_outside_are_refused(caplog: pytest.LogCaptureFixture) -> None:
    with running(max_sessions=PLACES) as server:
        url = f"ws://127.0.0.1:{server.port}/v1/realtime"
        with server.socket() as first, server.socket() as second:
            inside = first, second
            for client in inside:
                client.recv()
            with knocking(url, 10 * PLACES) as tries:
                refused, sent = 0.0, 0
                while refused < 20 * PLACES:
                    for client in inside:
                        client.send(str(sent))
                        assert client.recv(timeout=5) == str(sent)
                    sent += 1
                    refused = refusals(server)
        assert tries["refused"] >= 10 * PLACES, "each of them"
        assert set(tries) == {"refused"}, "nobody came in, and nobody was left without an answer"
    assert caplog.records == [], "to be full is no error"


def test_what_becomes_of_a_try() -> None:
    tries = Counter[str]()
    with running(max_sessions=1) as server:
        url = f"ws://127.0.0.1:{server.port}/v1/realtime"
        knock(url, tries)
        with server.socket() as only:
            json.loads(only.recv())
            knock(url, tries)
        knock(url.replace("/v1/realtime", "/nowhere"), tries)
    knock(url, tries)
    assert tries == {"admitted": 1, "refused": 1, "failed": 2}


def test_only_clips_that_were_answered_both_times_are_compared() -> None:
    pairs = [(0.5, 0.6), (None, 0.1), (0.7, None)]
    rows = [{"alone_s": alone_s, "crowded_s": crowded_s} for alone_s, crowded_s in pairs]
    found = overload.summary(rows, Counter(refused=7))
    assert (found["clips"], found["measured"], found["refused"], found["failed"]) == (3, 1, 7, 0)
    assert found["alone_s"]["p95"] == pytest.approx(0.5)
    assert found["crowded_s"]["p95"] == pytest.approx(0.6)

"""The network and the clock of the phone bench."""

from __future__ import annotations

import socket
import time
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tests.rigs.bench.beside_talk import in_pair, summary
from tests.rigs.bench.figures import _phone
from tests.rigs.bench.phone import _timeline
from tests.rigs.sip.caller import Piece
from tests.rigs.sip.relay import between


@pytest.mark.parametrize(("loss", "jitter_s"), [(0.2, 0.0), (0.0, 0.01)])
def test_packets_go_both_ways_are_lost_and_are_late(loss: float, jitter_s: float) -> None:
    peer: Any = SimpleNamespace(relay=None)
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own,
    ):
        for each in (phone, own):
            each.bind(("127.0.0.1", 0))
            each.settimeout(0.3)
        with between(peer, loss, jitter_s):
            peer.relay.phone = phone.getsockname()
            for number in range(200):
                own.sendto(bytes([number]), peer.relay.inside.getsockname())
            sent_s, got = time.monotonic(), list[int]()
            while len(got) < 200 * (1 - loss):
                try:
                    got.append(phone.recv(10)[0])
                except TimeoutError:
                    break
            took_s = time.monotonic() - sent_s
            phone.sendto(b"x", peer.relay.outside.getsockname())
            back = own.recv(10) if not loss else b"x"
    assert back == b"x"
    assert 130 < len(got) <= 200
    assert (got == sorted(got)) == (not jitter_s), "what is late is overtaken"
    assert took_s < 2


def test_what_is_heard_lies_where_it_came() -> None:
    loud = np.full(160, 0.5, np.float32)
    caller: Any = SimpleNamespace(pieces=[Piece(10.0, loud), Piece(10.021, loud), Piece(10.5, loud)])
    heard, from_s = _timeline(caller, 9.0)
    assert from_s == 10.0
    assert heard[:320].all(), "a packet that is a little late leaves no hole"
    assert not heard[330:3_990].any()
    assert heard[4_000:4_100].all()
    assert len(_timeline(caller, 11.0)[0]) == 0


def test_the_table_says_how_many_calls_and_interruptions_it_is_of() -> None:
    said = {"transcript": "what time is it", "language": "en", "heard": ["what time is it"]}
    rows = [
        said | {"v2v_s": v2v_s, "talk_s": talk_s, "cold": number == 0}
        for number, (v2v_s, talk_s) in enumerate([(9.0, 8.0), (0.8, 0.7), (None, 0.7), (1.0, 0.8)])
    ]
    told = dict(_phone({"summary": summary(rows, [0.3, None]), "loss": 0.02, "jitter_s": 0.03}))
    assert "of 2 of 3 calls; loss 2.0 %, jitter 30 ms" in told["v2v by telephone"]
    assert "median 900 ms" in told["v2v by telephone"], "the first call is cold"
    assert "of 2 pairs" in told["longer than talk"]
    assert "of 1 of 2 interruptions" in told["onset to silence"]
    assert told["WER"] == "0.0 %"


def test_pairs_with_and_without_loss_are_called_by_turns_and_counted_without_the_cold_one() -> None:
    calls = list[str]()

    def row(kind: str, v2v_s: float | None) -> dict[str, Any]:
        calls.append(kind)
        return {"v2v_s": v2v_s, "heard": ["what time is it" if kind == "clean" else "what time"]}

    said = {"transcript": "what time is it", "language": "en", "talk_s": None}
    times = [(9.0, 2.0), (0.9, 0.8), (1.0, 0.8), (None, 0.7)]
    rows = [
        said | in_pair(number, lambda a=a: row("lossy", a), lambda b=b: row("clean", b)) | {"cold": not number}
        for number, (a, b) in enumerate(times)
    ]
    assert calls == ["lossy", "clean", "clean", "lossy"] * 2
    told = dict(_phone({"summary": summary(rows, []), "loss": 0.02, "jitter_s": 0.015}))
    assert "median 150 ms" in told["longer than without loss"]
    assert "of 2 pairs" in told["longer than without loss"]
    assert (told["WER"], told["without loss"][-9:]) == ("50.0 %", "WER 0.0 %")

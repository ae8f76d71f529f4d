"""The order of packets: what is in order never waits, what is missing is waited for as long as others took lately."""

from __future__ import annotations

import heapq
import random
from statistics import quantiles

import pytest

from edge_agent.phone.order import LEAST_WAIT_S, MOST_STALE, MOST_WAIT_S, RtpOrder

FRAME_S = 0.02


def network(loss: float, jitter_s: float, packets: int = 3_000) -> tuple[dict[int, float], RtpOrder[int]]:
    """How much later than it was sent each packet goes on, which is looked for each 10 ms, too; and the order."""
    chance, order, late = random.Random(1), RtpOrder[int](), dict[int, float]()
    sent = [(n * FRAME_S + chance.uniform(0, 2 * jitter_s), n) for n in range(packets) if chance.random() >= loss]
    looks = [(n * FRAME_S / 2, -1) for n in range(2 * packets + 50)]
    for now, number in heapq.merge(sorted(sent), looks):
        for gone in order.pull(now) if number < 0 else order.push(number & 0xFFFF, number, now):
            late[gone] = now - gone * FRAME_S
    assert list(late) == sorted(late)
    return late, order


@pytest.mark.parametrize(
    ("loss", "jitter_s", "mean_s", "more_lost"),
    [
        (0, 0, 0.0, 0.0),
        (0.02, 0, 0.002, 0.0),
        (0.05, 0, 0.002, 0.0),
        (0.05, 0.015, 0.019, 0.001),
        (0.05, 0.03, 0.04, 0.005),
    ],
)
def test_the_delay_is_that_of_the_network_and_little_more(
    loss: float, jitter_s: float, mean_s: float, more_lost: float
) -> None:
    """Each packet is late by `jitter_s` on average, and may not overtake another."""
    late, order = network(loss, jitter_s)
    assert sum(late.values()) / len(late) <= mean_s
    assert order.lost / 3_000 <= 1.2 * loss + more_lost
    assert order.lost == pytest.approx(3_000 - len(late), abs=2)


@pytest.mark.parametrize(("loss", "most_s"), [(0.02, (0.017, 0.029, 0.035)), (0.05, (0.018, 0.031, 0.045))])
def test_of_what_comes_up_to_30_ms_late_hardly_anything_is_heard_later_than_the_network_brings_it(
    loss: float, most_s: tuple[float, ...]
) -> None:
    """Median, p90, p99. In order and without a wait those of the network itself are 15, 27 and 30 ms."""
    late, _ = network(loss, 0.015, 6_000)
    found = quantiles(late.values(), n=100)
    assert all(found[at - 1] < most for at, most in zip((50, 90, 99), most_s, strict=True)), found[89:]


def test_a_packet_that_comes_too_late_makes_others_waited_for_longer_but_not_for_ever() -> None:
    order = RtpOrder[int]()
    assert order.push(0, 0, 0.0) == [0]
    assert order.push(2, 2, 0.04) == []
    assert order.pull(0.04 + LEAST_WAIT_S) == [2]
    assert order.push(1, 1, 0.12) == [], "its time is over"
    assert order.wait_s == pytest.approx(0.1)
    for n in range(3, 503):
        order.push(n, n, 0.02 * n + 0.1)
    assert order.wait_s == LEAST_WAIT_S


def test_nothing_is_waited_for_longer_than_the_most() -> None:
    order = RtpOrder[int]()
    order.push(0, 0, 0.0)
    order.push(2, 2, 0.0)
    order.push(1, 1, 3.0)
    assert order.wait_s == MOST_WAIT_S


def test_numbers_wrap_round_and_what_comes_twice_goes_on_once() -> None:
    order = RtpOrder[int]()
    assert [each for n in range(65_530, 65_545) for each in order.push(n & 0xFFFF, n, 0.0)] == list(
        range(65_530, 65_545)
    )
    assert order.push(8, 65_544, 0.0) == []
    assert order.push(10, 1, 0.0) == []
    assert order.push(10, 2, 0.0) == []
    assert order.push(9, 0, 0.0) == [0, 1]
    assert order.lost == 0


@pytest.mark.parametrize("to", [30_000, 65_300])
def test_another_stream_goes_on_at_once(to: int) -> None:
    order = RtpOrder[int]()
    order.push(0, 0, 0.0)
    order.push(2, 2, 0.0)
    assert order.push(to, 7, 0.0) == [2, 7]
    assert order.push(to + 1, 8, 0.0) == [8]
    assert order.lost == 0


def test_a_stream_that_begins_a_little_before_is_found() -> None:
    order = RtpOrder[int]()
    order.push(60, 60, 0.0)
    heard = [each for n in range(MOST_STALE + 5) for each in order.push(n, n, 0.02 * n)]
    assert heard == list(range(MOST_STALE - 1, MOST_STALE + 5))

"""The jitter buffer: what comes out, and when, of packets that come late, twice, never, or not in order."""

from __future__ import annotations

import random
from collections import deque
from statistics import quantiles

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.rtc.jitter import CLOCK_HZ, FRAME, MOST_FRAMES, Coded, JitterBuffer, Lost, Quiet, RtpPacket, Stretch

FRAME_S = FRAME / CLOCK_HZ


def packet(number: int, first: int = 0) -> RtpPacket:
    return RtpPacket((first + number) & 0xFFFF, (first * 7 + number * FRAME) & 0xFFFFFFFF, str(number).encode())


def play(arrivals: list[tuple[float, int]], until_s: float, first: int = 0) -> list[tuple[float, Stretch]]:
    """What comes out, with its time, of packets that arrive so. Somebody asks each 5 ms and when told to."""
    buffer, out, waiting = JitterBuffer(0.0), list[tuple[float, Stretch]](), deque(sorted(arrivals))
    now = 0.0
    while now < until_s:
        while waiting and waiting[0][0] <= now:
            at, number = waiting.popleft()
            out += [(at, each) for each in buffer.push(packet(number, first), at)]
        out += [(now, each) for each in buffer.pull(now)]
        now += 0.005
    return out


def payloads(out: list[tuple[float, Stretch]]) -> list[int]:
    return [int(each.payload) for _, each in out if isinstance(each, Coded)]


def even(numbers: range, delay_s: float = 0.05) -> list[tuple[float, int]]:
    return [(delay_s + number * FRAME_S, number) for number in numbers]


@pytest.mark.parametrize("first", [0, 65_530, 2**32 // 7 - 10])
def test_what_comes_in_order_is_given_out_at_once_and_numbers_wrap_round(first: int) -> None:
    arrivals = even(range(50))
    out = play(arrivals, 1.04, first)
    assert payloads(out) == list(range(50))
    assert [at for at, _ in out] == [pytest.approx(at) for at, _ in arrivals]


def test_a_lost_packet_is_waited_for_one_frame_at_rest_and_repaired_from_the_next() -> None:
    out = play([each for each in even(range(20)) if each[1] != 10], 0.44)
    assert payloads(out) == [*range(10), *range(11, 20)]
    [(at, lost)] = [(at, each) for at, each in out if isinstance(each, Lost)]
    assert lost == Lost(FRAME, b"11")
    assert at == pytest.approx(0.05 + 11 * FRAME_S, abs=0.006)


def test_of_two_lost_packets_the_second_is_repaired() -> None:
    out = play([each for each in even(range(20)) if each[1] not in (10, 11)], 0.44)
    assert [each for _, each in out if isinstance(each, Lost)] == [Lost(FRAME, None), Lost(FRAME, b"12")]


def test_a_packet_that_comes_after_it_was_given_up_is_dropped_and_one_that_comes_twice_is_heard_once() -> None:
    arrivals = [each for each in even(range(20)) if each[1] != 10] + [(0.4, 10), (0.4, 12)]
    assert payloads(play(sorted(arrivals), 0.44)) == [*range(10), *range(11, 20)]


def test_packets_that_change_places_are_put_in_order() -> None:
    swapped = [(at + (0.021 if number % 5 == 0 else 0), number) for at, number in even(range(100))]
    out = play(swapped, 2.1)
    assert payloads(out)[-80:] == list(range(20, 100))


def test_the_wait_follows_the_jitter_and_comes_back_to_one_frame() -> None:
    buffer, chance = JitterBuffer(0.0), random.Random(1)
    depths = []
    for number in range(1000):
        scattered = chance.uniform(0, 0.06) if 200 <= number < 500 else 0.0
        buffer.push(packet(number), 0.05 + number * FRAME_S + scattered)
        depths.append(buffer.depth)
    assert depths[150] == 1
    assert 2 <= depths[450] <= 4
    assert depths[-1] == 1
    buffer.push(packet(1000), 0.05 + 1000 * FRAME_S + 0.5)
    assert buffer.depth == MOST_FRAMES


@pytest.mark.parametrize(("loss", "most_s"), [(0.02, (0.017, 0.029, 0.046)), (0.05, (0.018, 0.03, 0.05))])
def test_of_what_comes_up_to_30_ms_late_hardly_anything_is_heard_later_than_the_network_brings_it(
    loss: float, most_s: tuple[float, ...]
) -> None:
    """Median, p90, p99. In order and without a wait those of the network itself are 15, 27 and 30 ms."""
    chance = random.Random(1)
    sent = [number for number in range(6_000) if chance.random() >= loss]
    out = play([(number * FRAME_S + chance.uniform(0, 0.03), number) for number in sent], 121)
    late = [at - int(each.payload) * FRAME_S for at, each in out if isinstance(each, Coded)]
    found = quantiles(late, n=100)
    assert all(found[at - 1] < most for at, most in zip((50, 90, 99), most_s, strict=True)), found


def test_nothing_was_sent_is_no_loss() -> None:
    """A sender that falls silent: its numbers go on, its timestamps jump."""
    buffer = JitterBuffer(0.0)
    buffer.push(RtpPacket(1, 0, b"1"), 0.05)
    assert buffer.push(RtpPacket(2, 5 * FRAME, b"2"), 0.15) == [Quiet(4 * FRAME), Coded(b"2")]


def test_a_network_that_stands_is_silence_and_time_goes_on() -> None:
    out = play([*even(range(10)), *even(range(60, 70))], 1.5)
    quiet = sum(each.length for _, each in out if isinstance(each, Quiet | Lost))
    assert payloads(out) == [*range(10), *range(60, 70)]
    assert quiet == 50 * FRAME + round((1.5 - 0.2 - (0.05 + 1.4)) * CLOCK_HZ / FRAME) * FRAME or quiet == 50 * FRAME


def test_without_any_packet_there_is_silence() -> None:
    out = play([], 1.0)
    assert sum(each.length for _, each in out) * FRAME_S / FRAME == pytest.approx(0.8, abs=0.03)


def test_another_stream_begins_anew() -> None:
    buffer = JitterBuffer(0.0)
    buffer.push(RtpPacket(1, 0, b"1"), 0.05)
    assert buffer.push(RtpPacket(9000, 3_000_000_000, b"2"), 0.07) == [Coded(b"2")]
    assert buffer.push(RtpPacket(9001, 3_000_000_960, b"3"), 0.09) == [Coded(b"3")]


def test_one_packet_of_another_time_deafens_nobody_for_long() -> None:
    """Its timestamp is 5 s ahead; the stream goes on as it was."""
    buffer = JitterBuffer(0.0)
    buffer.push(packet(0), 0.05)
    buffer.push(RtpPacket(1, 5 * CLOCK_HZ, b"strange"), 0.06)
    out = [each for n in range(1, 50) for each in buffer.push(packet(n), 0.05 + n * FRAME_S)]
    assert [int(each.payload) for each in out if isinstance(each, Coded) and each.payload != b"strange"][-10:] == [
        *range(40, 50)
    ]


@given(st.lists(st.tuples(st.integers(0, 65_535), st.integers(0, 2**32 - 1), st.integers(-5, 5760)), max_size=60))
def test_whatever_comes_neither_fails_nor_grows(packets: list[tuple[int, int, int]]) -> None:
    buffer, now, given_out = JitterBuffer(0.0), 0.0, 0
    for sequence, timestamp, length in packets:
        now += 0.02
        for each in buffer.push(RtpPacket(sequence, timestamp, b"x", length), now):
            assert isinstance(each, Coded) or each.length > 0
            given_out += 0 if isinstance(each, Coded) else each.length
        assert 0.0 <= buffer.wait_s(now) < 60
    assert given_out < (len(packets) + 1) * 10 * CLOCK_HZ

"""Mailbox: order, bounds, counts and wake-ups."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.mailbox import Mailbox


@given(st.lists(st.integers()), st.integers(1, 5))
def test_offer_keeps_the_newest_in_order_and_counts_the_rest(items, capacity):
    box = Mailbox(capacity)
    for item in items:
        assert box.offer(item)
    box.close()
    assert list(box) == items[-capacity:]
    assert box.dropped == max(0, len(items) - capacity)
    assert box.peak == min(capacity, len(items))


@given(st.lists(st.integers(), max_size=50), st.integers(1, 4))
def test_put_loses_nothing_between_threads(items, capacity):
    box, got = Mailbox(capacity), []
    reader = threading.Thread(target=lambda: got.extend(box))
    reader.start()
    for item in items:
        assert box.put(item)
    box.close()
    reader.join(5)
    assert got == items
    assert box.peak <= capacity
    assert box.dropped == 0


def test_closing_wakes_a_waiting_writer_and_refuses_what_comes_later():
    box, results = Mailbox(1), []
    box.put("first")
    writer = threading.Thread(target=lambda: results.append(box.put("second")))
    writer.start()
    box.close()
    writer.join(5)
    assert results == [False]
    assert not box.offer("third")
    assert list(box) == ["first"]


def test_a_reader_may_look_for_a_while():
    box = Mailbox[int](1)
    assert not box.wait(0)
    box.put(1)
    assert box.wait(0)
    assert next(iter(box)) == 1
    seen = list[bool]()
    reader = threading.Thread(target=lambda: seen.append(box.wait(60)))
    reader.start()
    box.close()
    reader.join(5)
    assert seen == [True]


def test_a_mailbox_holds_at_least_one_item():
    with pytest.raises(ValueError, match="at least 1"):
        Mailbox(0)

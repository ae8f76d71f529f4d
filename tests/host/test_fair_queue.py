"""FairQueue: each owner's items in order, what is urgent first, and nobody starved."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from edge_agent.host.fair_queue import IN_A_ROW, FairQueue

OWNERS, RANKS = "abc", (0, 1)
Item = tuple[int, int]
"""Rank, and number."""


def queue() -> FairQueue[str, Item]:
    return FairQueue(lambda item: item[0])


@given(st.lists(st.tuples(st.sampled_from(OWNERS), st.sampled_from(RANKS)), max_size=40), st.randoms())
def test_nothing_is_lost_and_each_owners_items_stay_in_order(puts: list[tuple[str, int]], dice: random.Random) -> None:
    made, taken = queue(), list[tuple[str, Item]]()
    for number, (owner, rank) in enumerate(puts):
        made.put(owner, (rank, number))
        if dice.random() < 0.3 and (one := made.take()):
            taken.append(one)
    while one := made.take():
        taken.append(one)
    assert sorted(number for _, (_, number) in taken) == list(range(len(puts)))
    for owner in OWNERS:
        mine = [number for each, (_, number) in taken if each == owner]
        assert mine == sorted(mine)
    assert (made.given, made.taken, len(made)) == (len(puts), len(puts), 0)


def test_what_is_urgent_comes_first_and_what_waits_has_its_turn_after_a_few() -> None:
    made = queue()
    made.put("patient", (1, 0))
    order = []
    for number in range(10):
        made.put("urgent", (0, number))
        owner, _ = made.take() or ("", None)
        order.append(owner)
    assert order == ["urgent"] * IN_A_ROW + ["patient"] + ["urgent"] * (9 - IN_A_ROW)


def test_owners_with_the_same_rank_take_turns() -> None:
    made = queue()
    for number in range(6):
        made.put("a", (0, number))
    made.put("b", (0, 6))
    assert [(made.take() or ("", None))[0] for _ in range(3)] == ["a", "b", "a"]


def test_who_is_held_waits_until_it_is_let_on_and_holds_up_nobody() -> None:
    made = queue()
    made.put("a", (0, 0))
    made.put("b", (1, 1))
    made.hold("a", True)
    assert made.take() == ("b", (1, 1))
    assert made.take() is None
    assert len(made) == 1
    made.hold("a", False)
    assert made.take() == ("a", (0, 0))


def test_it_is_known_whether_others_wait_for_something_urgent() -> None:
    made = queue()
    made.put("a", (0, 0))
    made.put("b", (1, 1))
    assert not made.others_wait("a")
    assert made.others_wait("b")

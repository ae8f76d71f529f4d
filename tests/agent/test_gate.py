"""TurnGate: the newest turn alone counts, and sound waits for commit."""

import threading

from hypothesis import given
from hypothesis import strategies as st

from edge_agent.agent.gate import TurnGate


@given(st.lists(st.sampled_from(["begin", "redraft", "commit_new", "commit_old"]), max_size=30))
def test_only_the_newest_draft_is_current_and_only_when_committed_is_it_committed(steps):
    gate, seen, committed = TurnGate(), [], None
    for step in steps:
        if step == "begin":
            seen.append(gate.begin())
        elif step == "redraft":
            seen.append(gate.redraft())
        elif seen and step == "commit_new":
            assert gate.commit(seen[-1])
            committed = seen[-1]
        elif len(seen) > 1:
            assert not gate.commit(seen[-2])
        for turn in seen:
            assert gate.is_current(turn) == (turn == seen[-1])
            assert gate.is_committed(turn) == (turn == seen[-1] == committed)
    assert seen == sorted(seen)
    assert len(set(seen)) == len(seen)


def test_waiting_ends_with_commit_and_with_staleness():
    gate = TurnGate()
    results = []
    first = gate.begin()
    waiter = threading.Thread(target=lambda: results.append(gate.wait_for_floor(first)))
    waiter.start()
    second = gate.begin()
    waiter.join(5)
    other = threading.Thread(target=lambda: results.append(gate.wait_for_floor(second)))
    other.start()
    gate.commit(second)
    other.join(5)
    assert results == [False, True]


def test_a_paused_answer_waits_and_goes_on_or_becomes_stale():
    gate, results = TurnGate(), []
    turn = gate.begin()
    gate.commit(turn)
    for let_go in (lambda: gate.give_way("no"), gate.begin):
        gate.give_way("silent")
        assert gate.paused
        assert not gate.may_sound(turn)
        waiter = threading.Thread(target=lambda: results.append(gate.wait_for_floor(turn)))
        waiter.start()
        while waiter.is_alive() and not gate.waiting:
            pass
        assert gate.is_committed(turn)
        let_go()
        assert not gate.waiting
        waiter.join(5)
    assert results == [True, False]


def test_closing_makes_everything_stale():
    gate = TurnGate()
    turn = gate.begin()
    gate.commit(turn)
    gate.close()
    assert not gate.is_current(turn)
    assert not gate.wait_for_floor(turn)

"""Ledger: what was said, and no more of it than a context can hold."""

from edge_agent.agent.ledger import KEPT, Ledger, Said


def test_only_the_newest_entries_are_kept():
    ledger = Ledger()
    for turn in range(KEPT + 3):
        ledger.add(Said(turn, "user", "hello"))
    assert [said.turn for said in ledger.entries()] == list(range(3, KEPT + 3))

"""Busy processes: there while they are wanted, and gone afterwards."""

from __future__ import annotations

import os

from edge_agent.bench.load import busy
from edge_agent.processes import children


def test_each_is_a_process_and_none_stays() -> None:
    before = set(children(os.getpid()))
    with busy(2):
        assert len(set(children(os.getpid())) - before) == 2
    assert set(children(os.getpid())) == before
    with busy(0):
        assert set(children(os.getpid())) == before

"""Roles with several models: the first that can be had is pulled, and it is said which and why."""

from __future__ import annotations

import shutil
from collections import namedtuple
from dataclasses import replace

import pytest
from fake_models import FakeHub, Notes

from edge_agent.errors import ModelError
from edge_agent.store import Store
from edge_agent.store.hub import Hub
from edge_agent.store.pull import Puller


def test_a_profile_takes_the_first_choice_that_can_be_had(
    from_any: Puller, store: Store, fake_hub: FakeHub, closed_port: str
) -> None:
    assert [result.name for result in from_any.pull(["one"])] == ["ear", "big-brain", "voice", "gate", "end"]
    shutil.rmtree(store.roots[0] / "big-brain")
    notes = Notes()
    cut_off = Puller(store, notes, hub=Hub(closed_port))
    assert [result.name for result in cut_off.pull(["one"])] == ["ear", "brain", "voice", "gate", "end"]
    assert notes.said[-1].startswith(f"brain is taken: big-brain could not be pulled (hub: {closed_port} cannot be")
    again = cut_off.pull(["auto", "gate"])
    assert {result.source for result in again} == {"present"}
    assert len(again) == 5


def test_of_alternatives_the_largest_must_fit(
    from_hub: Puller, fake_hub: FakeHub, notes: Notes, monkeypatch: pytest.MonkeyPatch
) -> None:
    big, brain = from_hub._wanted(["one"])[1]
    little = replace(big, files=(replace(big.files[0], bytes=100),))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: namedtuple("usage", "free")(64_000_200))
    with pytest.raises(ModelError, match="Not enough room"):
        from_hub._announce([(little, brain)])
    from_hub._announce([(little,)])
    assert notes.said[0].endswith("from hub, else brain")

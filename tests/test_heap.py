"""What the garbage collector looks through while the agent speaks."""

import gc

import pytest

from edge_agent.heap import keep_loaded


class Leaf:
    """Something that the collector follows."""

    def __init__(self, other: object) -> None:
        self.other = other


@pytest.fixture
def thawed():
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("thawed")
def test_what_is_loaded_is_looked_through_no_more_and_what_comes_later_is():
    loaded = [Leaf(None) for _ in range(1000)]
    keep_loaded()
    assert not any(isinstance(each, Leaf) for each in gc.get_objects())
    later = Leaf(loaded)
    later.other = later
    assert any(each is later for each in gc.get_objects())
    del later
    assert gc.collect() > 0, "garbage that comes later is still found"

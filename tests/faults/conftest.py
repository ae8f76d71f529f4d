"""What every sweep of faults needs."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session")
def step(everything: bool) -> int:
    """Every call fails; in the fast tier every eleventh, the first included."""
    return 1 if everything else 11


@pytest.fixture(scope="module", autouse=True)
def only_what_is_new_is_collected() -> Iterator[None]:
    """Each fault collects twice. Without this the hundreds of thousands of objects that the suite has made before are
    looked at each time: 46 s alone became more than 120 after the other tests."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()

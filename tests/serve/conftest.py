"""One server on loopback for the tests of a file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from loopback import Running, running


@pytest.fixture(scope="module")
def shared_server() -> Iterator[Running]:
    with running() as server:
        yield server


@pytest.fixture
def server(shared_server: Running) -> Running:
    """Its engines have no job left of an earlier test."""
    shared_server.engines.jobs.clear()
    return shared_server

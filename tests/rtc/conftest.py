"""Nothing is left behind: the thread of the network, sockets, peers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from edge_agent.clock import RealClock
from edge_agent.rtc import stack
from edge_agent.rtc.network import Network


@pytest.fixture
def network() -> Iterator[Network]:
    stack.offer_own_addresses()
    network = Network(RealClock())
    yield network
    network.close()

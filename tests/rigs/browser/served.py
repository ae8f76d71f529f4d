"""A server on loopback with calls to a device, and no engines."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from edge_agent.clock import RealClock
from edge_agent.rtc.network import Network
from edge_agent.serve.app import Clocks, Conversations, ModelNames, application
from edge_agent.serve.calls import RealtimeCalls
from edge_agent.serve.device_calls import LineCalls
from edge_agent.serve.guard import Rules
from edge_agent.serve.http_calls import CallDoors
from edge_agent.serve.metrics import Metrics
from edge_agent.serve.new_session import NewSessions
from edge_agent.serve.server import bound, server, url
from edge_agent.serve.session_limit import Places


@contextmanager
def serving(calls: LineCalls, places: Places, network: Network, origin: str) -> Iterator[str]:
    """Its URL, for a page of `origin`."""
    engines = cast(Any, None)  # nobody asks for them
    realtime = RealtimeCalls(network, engines, engines, places, RealClock())
    app = application(
        engines,
        Conversations(engines, places, CallDoors(realtime, calls)),
        names=ModelNames("llm", "asr", "voice"),
        sessions=NewSessions("", "llm", time.time),
        rules=Rules(allowed_origins=frozenset({origin})),
        metrics=Metrics(),
        clocks=Clocks(time.monotonic, time.time),
    )
    ready, sock = threading.Event(), bound("127.0.0.1", 0)
    served = server(app, on_ready=ready.set, on_stop=lambda: asyncio.sleep(0))
    thread = threading.Thread(target=served.run, kwargs={"sockets": [sock]})
    thread.start()
    ready.wait()
    try:
        yield url(sock, "http")
    finally:
        network.close()
        served.should_exit = True
        thread.join()

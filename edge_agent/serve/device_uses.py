"""DeviceUses: the calls of the device's tools of one socket, in threads beside the loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from edge_agent.act.tools import Outcome
from edge_agent.serve.realtime_protocol.outputs import Use, Used

if TYPE_CHECKING:
    from edge_agent.act.device import DeviceTools


class DeviceUses:
    def __init__(self, tools: DeviceTools, report: Callable[[Used], object]) -> None:
        """`report` is called on the loop with what came of each call."""
        self._tools, self._report = tools, report
        self._running: set[asyncio.Task[None]] = set()

    def start(self, use: Use) -> None:
        task = asyncio.create_task(self._make(use))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def end(self) -> None:
        """The client is gone: what was begun is done, although nobody hears of it."""
        await asyncio.gather(*self._running, return_exceptions=True)
        await asyncio.to_thread(self._tools.close)

    async def _make(self, use: Use) -> None:
        outcome = await asyncio.to_thread(self._tools.call, use.name, use.arguments, use.asked)
        self._report(Used(use.item_id, outcome.ok, outcome.text))


class NoTools:
    """A device that can do nothing."""

    def call(self, name: str, arguments: str, asked: str) -> Outcome:
        return Outcome(False, "This device has no tools.")

    def close(self) -> None:
        """There is nothing to close."""

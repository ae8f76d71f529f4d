"""A SIP process that asks the library for the sockets of its calls without a pause, 2,000 times as often as sound has
to be asked for."""

import asyncio

from edge_agent.phone import baresip, process


async def asks(self: baresip.BaresipStack) -> None:
    while True:
        await asyncio.sleep(0.001)
        for each in list(self._calls.values()):
            for _ in range(100):
                self._native.do(lambda: self._packets._socket(each.call.call_id or ""))  # noqa: B023 - it is waited for


baresip.BaresipStack.keep = asks  # type: ignore[method-assign]
process.main()

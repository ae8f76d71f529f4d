"""Handover: the stack's calls put on hold, and handed over to somebody else. Runs in the SIP process alone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from edge_agent.phone.messages import News, Transferred

TRANSFER_S = 45.0
"""Whoever a caller is put through to has so long to pick up."""
HOLD_TRIES, HOLD_AGAIN_S = 20, 0.1
"""The stack holds no call while it changes it otherwise, as it does behind each answer: it is asked again."""
HANDED_OVER = "Call transfered"
"""What the stack says of a call that has ended so."""


class Handover:
    """All methods are called on the loop of the stack."""

    def __init__(self, baresip: Any, call: Callable[[str], Any], tell: Callable[[News], object]) -> None:
        """`call` finds a call (baresip.Call) by our name of it, or None."""
        self._baresip, self._call, self._tell = baresip, call, tell

    async def hold(self, name: str, *, on: bool) -> None:
        """Whether the peer is on hold."""
        if call := self._call(name):
            for _ in range(HOLD_TRIES):
                with suppress(self._baresip.BaresipError):
                    await (call.hold() if on else call.resume())
                    return
                await asyncio.sleep(HOLD_AGAIN_S)

    async def transfer(self, name: str, uri: str) -> None:
        """Has the peer call somebody else. What comes of it is told; a call that is handed over ends."""
        if call := self._call(name):
            await self._handed_over(name, call.transfer(uri, timeout=TRANSFER_S))

    async def join(self, name: str, other: str) -> None:
        """Has the peers of both calls speak with each other. Where that fails both are taken back from hold."""
        one, two = self._call(name), self._call(other)
        if one is None or two is None:
            self._tell(Transferred(name, False, "the other call is over"))
            return
        await self.hold(name, on=True)
        await self.hold(other, on=True)
        if not await self._handed_over(name, one.attended_transfer(two, timeout=TRANSFER_S)):
            await self.hold(name, on=False)
            await self.hold(other, on=False)

    async def _handed_over(self, name: str, work: Awaitable[None]) -> bool:
        try:
            await work
        except (self._baresip.BaresipError, ValueError) as error:
            if self._call(name):
                self._tell(Transferred(name, False, said_by(error)))
            return False
        return True  # `_on_call` has told it: the end of the call comes before this


def said_by(error: Any) -> str:
    """What the other side has said; else why it was not heard."""
    status = getattr(error, "status", None)
    return f"{status} {error.reason}" if status else str(getattr(error, "reason", "") or error)

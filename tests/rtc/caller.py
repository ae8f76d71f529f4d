"""A browser that calls a server on loopback: by HTTP, then by WebRTC."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from rtc.browser import Browser

SDP = {"Content_Type": "application/sdp"}


class Caller(Browser):
    def __init__(self, server: Any, label: str, path: str) -> None:
        """`server`: as tests/serve/loopback.py runs it."""
        super().__init__(label)
        self.server, self.path, self.location = server, path, ""

    async def call(self, body: bytes | None = None, **headers: str) -> None:
        """Makes the call; the body is its offer, if none is given."""
        offer = (await self.offer()).encode()
        answer = await asyncio.to_thread(self.server.ask, "POST", self.path, body or offer, **(headers or SDP))
        assert answer.status == 201, answer.body
        self.location = answer.headers["location"]
        await self.take(answer.body.decode())
        async with asyncio.timeout(10):
            await self.open.wait()

    def send(self, type: str, **fields: Any) -> None:
        self.channel.send(json.dumps({"type": type, **fields}))

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(text) for text in self.texts]

    @property
    def types(self) -> list[str]:
        return [event["type"] for event in self.events]

    async def told(self, type: str) -> dict[str, Any]:
        """The first event of this type."""
        await self.until(lambda: type in self.types)
        return next(event for event in self.events if event["type"] == type)

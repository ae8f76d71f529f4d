"""openai-python, `client.beta.realtime`."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from harness import Target, main
from openai import AsyncOpenAI
from wire import BETA, Json, Wire, scenarios


@contextlib.asynccontextmanager
async def connect(target: Target) -> AsyncIterator[Wire]:
    socket = f"ws{target.url.removeprefix('http')}"  # it would take wss otherwise, whatever the base URL says
    client = AsyncOpenAI(api_key="any", base_url=target.url, websocket_base_url=socket)
    async with client.beta.realtime.connect(model="edge-agent") as connection:

        async def events() -> AsyncIterator[Json]:
            async for event in connection:
                yield event.to_dict()

        yield Wire(BETA, connection.send, events())


if __name__ == "__main__":
    main(scenarios(connect))

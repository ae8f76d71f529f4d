"""openai-python, `client.realtime`."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from harness import Target, main
from openai import AsyncOpenAI
from wire import GA, Json, Wire, scenarios


@contextlib.asynccontextmanager
async def connect(target: Target) -> AsyncIterator[Wire]:
    client = AsyncOpenAI(api_key="any", base_url=target.url)
    async with client.realtime.connect(model="edge-agent") as connection:

        async def events() -> AsyncIterator[Json]:
            async for event in connection:
                yield event.to_dict()

        yield Wire(GA, connection.send, events())


if __name__ == "__main__":
    main(scenarios(connect))

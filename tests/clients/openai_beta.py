"""openai-python, `client.beta.realtime`."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from harness import Target, main
from openai import AsyncOpenAI
from wire import BETA, Json, Wire, scenarios


@contextlib.asynccontextmanager
async def connect(target: Target) -> AsyncIterator[Wire]:
    client = AsyncOpenAI(api_key="any", base_url=target.url)
    async with client.beta.realtime.connect(model="edge-agent") as connection:

        async def events() -> AsyncIterator[Json]:
            async for event in connection:
                yield event.to_dict()

        yield Wire(BETA, connection.send, events())


if __name__ == "__main__":
    main(scenarios(connect))

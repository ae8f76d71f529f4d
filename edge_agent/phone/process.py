"""The SIP process: the stack, driven over a socket by the agent. `python -m edge_agent.phone.process`."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

from edge_agent.errors import EdgeAgentError
from edge_agent.phone.baresip import BaresipStack
from edge_agent.phone.messages import (
    Alive,
    Dial,
    FallSilent,
    HangUp,
    Join,
    News,
    PickUp,
    PutOnHold,
    StackFailed,
    StackReady,
    StackSetup,
    ToPeer,
    Transfer,
    packed,
    unpacked,
)
from edge_agent.workers import sandbox
from edge_agent.workers.packet import Connection
from edge_agent.workers.process import connection, seclude

ALIVE_S = 2.0


async def serve(setup: StackSetup, agent: Connection) -> None:
    """Opens the stack and does what the agent says, until that has gone."""
    told = agent.another()
    loop, gone = asyncio.get_running_loop(), asyncio.Event()

    def tell(news: News) -> None:
        told.send(packed(news))

    stack = BaresipStack(setup, tell)
    try:
        await stack.open()
    except EdgeAgentError as error:
        return tell(StackFailed(error.args[0], error.fix))
    tell(StackReady())

    def listen() -> None:
        try:
            while True:
                loop.call_soon_threadsafe(obey, unpacked(agent.receive()))
        except (EOFError, OSError):
            loop.call_soon_threadsafe(gone.set)

    tasks = set[asyncio.Task[None]]()

    def obey(order: object) -> None:
        if isinstance(order, ToPeer):
            return stack.play(order.call, order.samples)
        if isinstance(order, FallSilent):
            return stack.hush(order.call)
        task = loop.create_task(_obey(stack, order))
        tasks.add(task)
        return task.add_done_callback(tasks.discard)

    threading.Thread(target=listen, name="orders", daemon=True).start()
    registering = loop.create_task(stack.register())
    lasting = [loop.create_task(work) for work in (gone.wait(), stack.pump(), stack.keep(), _beat(tell))]
    ended, _ = await asyncio.wait(lasting, return_when=asyncio.FIRST_COMPLETED)
    registering.cancel()
    await stack.close()
    for task in ended:
        task.result()  # raises what has gone wrong: the agent's log has it


async def _obey(stack: BaresipStack, order: object) -> None:
    match order:
        case PickUp(call):
            await stack.pick_up(call)
        case HangUp(call, status):
            await stack.hang_up(call, status)
        case Dial(call, uri):
            await stack.dial(call, uri)
        case PutOnHold(call, on):
            await stack.handover.hold(call, on=on)
        case Transfer(call, uri):
            await stack.handover.transfer(call, stack.whole(uri))
        case Join(call, other):
            await stack.handover.join(call, other)


async def _beat(tell: Callable[[News], object]) -> None:
    while True:
        await asyncio.sleep(ALIVE_S)
        tell(Alive())


def lock_in(setup: StackSetup) -> None:
    """This process reads its libraries, certificates and what names become addresses with from here on, writes into the
    folder for temporary files (stack.py gives it one of its own), and starts no program: what a stranger's packet has
    taken over is on the network and nowhere else."""
    files = (Path(file) for file in (setup.certificate, setup.authorities) if file)
    sandbox.confine_on_network((file for file in files if file.exists()), Path(tempfile.gettempdir()))


def main() -> None:
    seclude(int(sys.argv[1]))
    agent = connection()
    setup = unpacked(agent.receive())
    assert isinstance(setup, StackSetup)
    if setup.sandbox:
        lock_in(setup)
    asyncio.run(serve(setup, agent))
    os._exit(0)  # the stack's own threads are not waited for


if __name__ == "__main__":
    main()

"""Sessions of the server that come and go, in the middle of whatever they are at: nothing of them stays."""

from __future__ import annotations

import asyncio
import gc
import os
import random
import threading

import host_world
import numpy as np
from host_world import Session, World, sentences, settled, sound

from edge_agent.host.jobs import Answer, Detection, Listen, Stop, Transcribe, Transcribed
from edge_agent.host.link import Link
from edge_agent.think.brief import Brief, Text
from edge_agent.types import HEAR_RATE_HZ, Finished, Onset
from tests.rigs import kernel
from tests.rigs.fakes import Scene

SESSIONS = int(os.environ.get("EDGE_AGENT_TEST_SESSIONS", "60"))
"""2,000 for the figure of docs/reliability.md."""
WARM = 20
SPEECH = np.concatenate([Scene().user(0.1, 0.6, "hello").samples(), np.zeros(HEAR_RATE_HZ, np.float32)])


def counted() -> dict[str, int]:
    gc.collect()
    return {
        "descriptors": kernel.descriptors(os.getpid()),
        "threads": threading.active_count(),
        "tasks": len(asyncio.all_tasks()),
        "links": sum(isinstance(thing, Link) for thing in gc.get_objects()),
    }


async def use(session: Session, dice: random.Random, number: int) -> None:
    """What a client does before it goes, and it may go at any moment of it."""
    match number % 6:
        case 0:
            session.send(Listen(Detection(silence_s=0.4)))
            sound(session, SPEECH)
            await session.heard(dice.choice([Onset, Finished]))
        case 1:
            session.send(Answer("a", Brief("item_1", "", ())))
            await session.end("a")
        case 2:
            session.send(Answer("a", Brief("broken", "", ())))
            await session.end("a")
        case 3:
            session.send(Transcribe("t", SPEECH))
            await session.heard(Transcribed)
        case 4:
            session.send(Answer("a", Brief("long", "", ())))
            await session.until(lambda report: True)
            if dice.random() < 0.5:
                session.send(Stop("a"))
        case _:
            session.send(Answer("a", Brief("long", "", ())))


def test_nothing_of_a_session_stays(monkeypatch):
    monkeypatch.setattr(host_world, "WAIT_S", SESSIONS)
    world, dice = World(phrases=["hello"]), random.Random(1)
    world.writer.parts = {
        "item_1": sentences("Yes.", "It is on."),
        "broken": [Text("broken")],
        "long": sentences(*["This is said for a long time."] * 20),
    }
    seen: list[dict[str, int]] = []

    async def body():
        for number in range(SESSIONS):
            session = world.session()
            await use(session, dice, number)
            session.close()
            if number + 1 in (WARM, SESSIONS):
                del session
                await settled(world)
                world.asr.given.clear()
                seen.append(counted())

    world.run(body)
    assert seen[0] == seen[1]
    assert not world.host._links

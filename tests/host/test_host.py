"""The host: answers, texts to be spoken, and what becomes of them when they are stopped or fail."""

from __future__ import annotations

import asyncio
import threading

import numpy as np
import pytest
from host_world import BRIEF, DONE, WAIT_S, ScriptedWriter, World, sentences, settled, spoken

from edge_agent.errors import PromptTooLong
from edge_agent.host.engines import Engines
from edge_agent.host.host import Host
from edge_agent.host.jobs import (
    Answer,
    Prepare,
    Say,
    Stop,
    Transcribe,
    Transcribed,
)
from edge_agent.host.link import MOST_UNFINISHED
from edge_agent.think.brief import Brief, CallBegun, CallDone, Text, Written
from edge_agent.types import Failure, Voiced
from tests.rigs.fakes import ScriptedEndpoint


def test_an_answer_comes_in_order_as_sound_and_ends_with_what_it_cost():
    world = World()
    call = [CallBegun("light"), CallDone("{}")]
    world.writer.parts["item_1"] = [*sentences("Yes.", "It is on.")[:-1], *call, DONE]

    async def body():
        session = world.session()
        session.send(Answer("a", BRIEF))
        parts = await session.end("a")
        assert spoken(parts) == ["Yes.", "It is on."]
        assert parts[-3:] == [*call, DONE]
        blocks = [part for part in parts if isinstance(part, Voiced)]
        assert sum(len(block.samples) for block in blocks[1:]) > 0
        assert [block.position for block in blocks if block.position == 0] == [0, 0]
        session.close()

    world.run(body)
    assert world.watch.counted == {"answers": 1}
    assert {name for name, _ in world.watch.timed} == {"llm_first", "tts_first"}


def test_text_is_not_spoken():
    world = World()
    world.writer.parts["item_1"] = [Text("O"), Text("K"), DONE]

    async def body():
        session = world.session()
        session.send(Answer("a", BRIEF))
        assert await session.end("a") == [Text("O"), Text("K"), DONE]

    world.run(body)


def test_nothing_of_a_stopped_answer_crosses_whenever_it_is_stopped():
    world = World(ScriptedWriter(gates="item_1"))
    world.writer.parts["item_1"] = sentences("One.", "Two.", "Three.")

    async def body():
        session = world.session()
        session.send(Answer("a", BRIEF))
        world.writer.gate.set()
        while not world.host.to_speak.reader_waits or "item_1" not in world.writer.ended:
            pass  # the loop is not let in: all of it is on its way
        session.send(Stop("a"))
        session.send(Stop("a"))
        session.send(Answer("b", Brief("item_2", "", ())))
        await session.end("b")
        assert session.parts("a") == []
        session.send(Stop("b"))

    world.run(body)
    assert world.watch.counted == {"answers": 2, "stopped": 1}


def test_a_stopped_answer_is_written_no_further():
    world = World(ScriptedWriter(gates="item_1"))
    world.writer.parts["item_1"] = sentences("One.", "Two.")

    async def body():
        session = world.session()
        session.send(Answer("a", BRIEF))
        await asyncio.to_thread(world.writer.at_gate.wait, WAIT_S)
        session.send(Answer("never", Brief("item_9", "", ())))
        session.send(Stop("never"))
        session.send(Stop("a"))
        world.writer.gate.set()
        await settled(world)
        assert session.reports == []

    world.run(body)
    assert world.writer.written == ["item_1"]
    assert world.writer.ended == ["item_1"]


def test_the_llm_waits_while_the_first_fragment_is_rendered():
    """Asked whether it is wanted, it gets no answer before the voice has made all of that sound."""
    rendering, go_on = threading.Event(), threading.Event()

    class SlowVoice:
        rate_hz = 16_000

        def speak(self, sentence, *, speed=1.0):
            rendering.set()
            assert go_on.wait(WAIT_S)
            yield Voiced(sentence, np.zeros(10, np.float32), 16_000, 0, 10)

    world = World()
    world.writer.parts["item_1"] = sentences("One.", "Two.")
    engines = Engines(lambda *_: None, ScriptedEndpoint(), lambda _: world.asr, world.writer, SlowVoice())
    world.host = Host(engines, world.clock, world.watch)

    async def body():
        session = world.session()
        session.send(Answer("a", BRIEF))
        await asyncio.to_thread(rendering.wait, WAIT_S)
        while not world.host._voice_free.is_set() and world.host.to_speak:
            await asyncio.sleep(0)
        assert len(world.host.to_speak) == 0
        assert not world.host._voice_free.is_set()
        go_on.set()
        assert spoken(await session.end("a")) == ["One.", "Two."]

    world.run(body)


def test_a_session_that_leaves_while_its_fragment_waits_holds_up_nobody():
    world = World(ScriptedWriter(gates="item_1"))

    async def body():
        first, second = world.session(), world.session()
        for i in range(3):
            first.send(Say(f"s{i}", "Some words. And more."))
        first.send(Answer("a", BRIEF))
        first.close()
        second.send(Answer("b", Brief("item_2", "", ())))
        assert spoken(await second.end("b")) == ["Yes."]
        assert first.reports == []

    world.run(body)


def test_preparing_gives_way_to_whatever_has_come_in():
    world = World(ScriptedWriter(gates="item_1"))

    async def body():
        sessions = [world.session() for _ in range(3)]
        sessions[0].send(Answer("a", BRIEF))
        await asyncio.to_thread(world.writer.at_gate.wait, WAIT_S)
        for session, key in zip(sessions, ("early", "late", "bad"), strict=True):
            session.send(Prepare(Brief(key, "", ())))
        world.writer.gate.set()
        await sessions[0].end("a")
        await settled(world)

    world.run(body)
    assert world.writer.prepared == [("early", False), ("late", False), ("bad", True)]


def test_of_what_a_session_has_to_prepare_the_latest_waits():
    world = World(ScriptedWriter(gates="item_1"))

    async def body():
        session, other = world.session(), world.session()
        session.send(Answer("a", BRIEF))
        await asyncio.to_thread(world.writer.at_gate.wait, WAIT_S)
        other.send(Prepare(Brief("other", "", ())))
        session.send(Answer("b", Brief("next", "", ())))
        for i in range(100):
            session.send(Prepare(Brief(str(i), "", ())))
        assert len(world.host.to_think) == 3
        world.writer.gate.set()
        await session.end("b")
        await settled(world)

    world.run(body)
    assert [key for key, _ in world.writer.prepared] == ["other", "99"]


def test_a_defect_while_preparing_costs_nothing_else():
    class Defective(ScriptedWriter):
        def prepare(self, brief, wanted):
            raise ZeroDivisionError

    world = World(Defective())

    async def body():
        session = world.session()
        session.send(Prepare(BRIEF))
        await settled(world)
        session.send(Answer("a", BRIEF))
        assert (await session.end("a"))[-1] == DONE

    world.run(body)


def test_preparing_ends_with_its_session():
    world = World()
    begun, let_on, wanted = threading.Event(), threading.Event(), []

    def prepare(brief, is_wanted):
        wanted.append(is_wanted())
        begun.set()
        assert let_on.wait(WAIT_S)
        wanted.append(is_wanted())

    world.writer.prepare = prepare

    async def body():
        session = world.session()
        session.send(Prepare(BRIEF))
        await asyncio.to_thread(begun.wait, WAIT_S)
        session.close()
        let_on.set()
        await settled(world)

    world.run(body)
    assert wanted == [True, False]


@pytest.mark.parametrize(
    ("parts", "error"),
    [
        ([Text("broken"), DONE], "the mind is broken"),
        ([Text("bug"), DONE], "The LLM failed."),
        (sentences("unspeakable"), "the voice is broken"),
        (sentences("A bug."), "The voice failed."),
    ],
)
def test_a_failure_takes_the_place_of_the_end_and_the_threads_live_on(parts, error):
    world = World()
    world.writer.parts["item_1"] = parts

    async def body():
        session = world.session()
        for id in ("a", "b"):
            session.send(Answer(id, BRIEF))
            assert (await session.end(id))[-1] == Failure(error)
            await settled(world)
            assert sum(isinstance(part, Failure | Written) for part in session.parts(id)) == 1
        session.send(Answer("c", Brief("item_2", "", ())))
        assert (await session.end("c"))[-1] == DONE

    world.run(body)
    assert world.watch.counted["failures"] == 2


def test_a_prompt_that_does_not_fit_is_told_apart_from_other_failures():
    class Full(ScriptedWriter):
        def write(self, brief, wanted):
            raise PromptTooLong("9 tokens, 5 fit")
            yield

    world = World(Full())

    async def body():
        session = world.session()
        session.send(Answer("a", BRIEF))
        assert await session.end("a") == [Failure("9 tokens, 5 fit", "context_length_exceeded")]

    world.run(body)


def test_too_many_jobs_are_refused_one_by_one():
    world = World(ScriptedWriter(gates="item_1"))

    async def body():
        session = world.session()
        for i in range(MOST_UNFINISHED):
            session.send(Answer(f"a{i}", BRIEF))
        session.send(Answer("more", BRIEF))
        session.send(Transcribe("and more", np.zeros(10, np.float32)))
        assert isinstance((await session.end("more"))[-1], Failure)
        refused = await session.heard(Transcribed)
        assert (refused.id, refused.error is None) == ("and more", False)
        for i in range(MOST_UNFINISHED):
            session.send(Stop(f"a{i}"))
        world.writer.gate.set()
        session.send(Answer("then", Brief("item_2", "", ())))
        assert (await session.end("then"))[-1] == DONE

    world.run(body)


def test_the_end_of_the_host_leaves_no_thread():
    before = set(threading.enumerate())
    world = World(ScriptedWriter(gates="item_1"))

    async def body():
        session = world.session()
        session.send(Answer("a", BRIEF))
        await asyncio.to_thread(world.writer.at_gate.wait, WAIT_S)

    world.run(body)
    left = set(threading.enumerate()) - before
    assert not [thread for thread in left if thread.name in ("hear", "think", "speak")]

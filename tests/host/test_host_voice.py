"""The voice of a host: what is spoken, by which voice, and what is rendered ahead."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from types import SimpleNamespace

from host_world import BRIEF, DONE, WAIT_S, ScriptedWriter, World, spoken

from edge_agent.errors import ModelError
from edge_agent.host.engines import Engines
from edge_agent.host.host import Host
from edge_agent.host.jobs import Answer, Manner, Say
from edge_agent.speak.voice import Voice
from edge_agent.think.brief import Usage, Written
from edge_agent.types import Failure
from tests.rigs.fakes import ScriptedEndpoint, ToneTts


def test_say_speaks_a_text_sentence_by_sentence_at_its_speed():
    speeds = []

    class Noted(Voice):
        def speak(self, sentence, *, speed=1.0):
            speeds.append(speed)
            yield from super().speak(sentence)

    world = World()
    engines = Engines(lambda *_: None, ScriptedEndpoint(), lambda _: world.asr, world.writer, Noted(ToneTts()))
    world.host = Host(engines, world.clock, world.watch)

    async def body():
        session = world.session()
        session.send(Say("s", "Good morning. How are you today? Fine, I hope.", Manner(speed=1.5)))
        parts = await session.end("s")
        assert " ".join(text for text in spoken(parts) if text) == "Good morning. How are you today? Fine, I hope."
        assert parts[-1] == Written("stop", Usage())

    world.run(body)
    assert set(speeds) == {1.5}


def test_say_cuts_a_text_as_the_language_of_the_voice_has_it():
    world = World()
    engines = Engines(lambda *_: None, ScriptedEndpoint(), lambda _: world.asr, world.writer, Voice(ToneTts()), "de")
    world.host = Host(engines, world.clock, world.watch)

    async def body():
        session = world.session()
        session.send(Say("s", "Es ist der 22. November und kalt. Zieh dich warm an."))
        assert spoken(await session.end("s")) == ["Es ist der 22. November und kalt.", "Zieh dich warm an."]

    world.run(body)


def test_openers_are_rendered_while_nobody_speaks_and_no_answer_is_due(monkeypatch):
    monkeypatch.setattr("edge_agent.host.host.IDLE_S", 0.0)
    world = World(ScriptedWriter(gates="item_1"))
    queue, looked, rendered = world.host.to_speak, threading.Event(), threading.Event()
    rendering, waits = [], []
    wait = queue.wait

    def looks(seconds):
        waits.append(seconds)
        if len(waits) == 5:
            looked.set()
        return wait(seconds)

    def idle():
        rendering.append(list(world.writer.ended))
        if len(rendering) == 1:
            raise ZeroDivisionError  # the thread lives on
        if len(rendering) == 3:
            rendered.set()
        return len(rendering) < 3

    queue.wait = looks
    world.host._engines = replace(world.host._engines, voice=SimpleNamespace(idle=idle, speak=lambda *a, **k: ()))

    async def body():
        session = world.session()
        session.send(Answer("a", BRIEF))
        world.host.start()
        try:
            assert await asyncio.to_thread(world.writer.at_gate.wait, WAIT_S)
            assert await asyncio.to_thread(looked.wait, WAIT_S)
            assert not rendering
            world.writer.gate.set()
            assert await asyncio.to_thread(rendered.wait, WAIT_S)
        finally:
            world.writer.gate.set()
            session.close()
            world.host.close()

    asyncio.run(body())
    assert all(rendering)


def test_a_session_chooses_its_voice_which_is_made_ready_once():
    made = []

    def another_voice(name):
        made.append(name)
        if name == "broken":
            raise ModelError("its file is damaged")
        return Voice(ToneTts())

    world = World()
    world.host = Host(replace(world.host._engines, another_voice=another_voice), world.clock, world.watch)

    async def body():
        session = world.session()
        for id, name in (("a", None), ("b", "hibari"), ("c", "hibari"), ("d", "broken")):
            session.send(Answer(id, BRIEF, Manner(voice=name)))
            last = (await session.end(id))[-1]
            assert last == (Failure("its file is damaged") if name == "broken" else DONE)

    world.run(body)
    assert made == ["hibari", "broken"]

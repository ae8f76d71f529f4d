"""The host: what sessions hear, each for itself and in time."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import numpy as np
import pytest
from host_world import BRIEF, WAIT_S, Hold, World, settled, sound

from edge_agent.errors import EngineLost
from edge_agent.host.jobs import (
    Answer,
    Detection,
    Forget,
    Listen,
    ListenFailed,
    Sound,
    Stop,
    Transcribe,
    Transcribed,
)
from edge_agent.host.link import SLICE
from edge_agent.types import HEAR_RATE_HZ, Draft, Finished, Heard, Onset
from tests.rigs.fakes import Scene


def test_speech_is_heard_drafted_and_finished_with_the_times_of_the_session():
    scene = Scene().user(0.5, 1.5, "hello")
    world = World(phrases=scene._phrases)

    async def body():
        session = world.session()
        session.send(Listen(Detection(silence_s=0.4)))
        sound(session, np.concatenate([scene.samples(), np.zeros(HEAR_RATE_HZ, np.float32)]))
        finished = await session.heard(Finished)
        assert [type(report) for report in session.reports] == [Onset, Draft, Finished]
        assert finished.heard == Heard("hello", "en", 1.0)
        assert (finished.start_s, finished.end_s) == (pytest.approx(0.5, abs=0.05), pytest.approx(1.5, abs=0.05))

    world.run(body)
    assert world.detections == [Detection(silence_s=0.4)]
    assert world.watch.counted == {"turns": 1}


def test_without_a_detection_nothing_is_heard_and_time_goes_on():
    scene = Scene().user(0.5, 1.5, "hello")
    world = World(phrases=scene._phrases)
    silence = np.zeros(HEAR_RATE_HZ, np.float32)

    async def body():
        session = world.session()
        sound(session, np.concatenate([scene.samples(), silence]))
        session.send(Listen(None))
        sound(session, np.concatenate([scene.samples(), silence]))
        session.send(Listen(Detection()))
        sound(session, np.concatenate([scene.samples(), silence]))
        finished = await session.heard(Finished)
        assert finished.start_s == pytest.approx(2 * 2.6 + 0.5, abs=0.05)
        assert len(session.reports) == 3

    world.run(body)


def test_new_ears_come_between_turns():
    """A turn that has begun is finished as it began; the same wish again changes nothing."""
    scene = Scene().user(0.5, 1.5, "hello")
    world = World(phrases=scene._phrases)

    async def body():
        session = world.session()
        whole = np.concatenate([scene.samples(), np.zeros(HEAR_RATE_HZ, np.float32)])
        session.send(Listen(Detection()))
        sound(session, whole[:HEAR_RATE_HZ])
        session.send(Listen(Detection(threshold=0.8), language="de"))
        sound(session, whole[HEAR_RATE_HZ:])
        await session.heard(Finished)
        session.send(Listen(Detection(threshold=0.8), language="de"))
        sound(session, whole)
        await settled(world)
        session.send(Listen(Detection(threshold=0.8), language="xx"))
        sound(session, whole)
        await settled(world)
        assert [type(report) for report in session.reports] == [Onset, Draft, Finished] * 3

    world.run(body)
    assert world.detections == [Detection(), Detection(threshold=0.8), Detection(threshold=0.8)]
    assert world.languages == [None, "de", "xx", None]


def test_what_is_forgotten_is_not_reported_even_if_it_was_heard_already():
    scene = Scene().user(0.5, 1.5, "hello")
    world = World(phrases=scene._phrases)

    async def body():
        session = world.session()
        session.send(Listen(Detection()))
        sound(session, scene.samples()[: round(1.4 * HEAR_RATE_HZ)])
        while not world.host.to_hear.reader_waits:  # the loop is not let in: Onset is on its way
            pass
        session.send(Forget())
        sound(session, np.zeros(HEAR_RATE_HZ, np.float32))
        await settled(world)
        assert session.reports == []
        sound(session, np.concatenate([scene.samples(), np.zeros(HEAR_RATE_HZ, np.float32)]))
        await session.heard(Finished)
        assert [type(report) for report in session.reports] == [Onset, Draft, Finished]

    world.run(body)


def test_ears_that_fail_on_a_turn_hear_the_next():
    scene = Scene().user(0.5, 1.5, "broken").user(3.0, 4.0, "hello")
    world = World(phrases=scene._phrases)

    async def body():
        session = world.session()
        session.send(Listen(Detection()))
        sound(session, np.concatenate([scene.samples(), np.zeros(HEAR_RATE_HZ, np.float32)]))
        await session.heard(Finished)
        assert [type(report) for report in session.reports] == [Onset, ListenFailed, Onset, Draft, Finished]
        assert session.reports[1] == ListenFailed("the ears are broken")

    world.run(body)


def test_a_defect_in_the_ears_costs_the_turn_and_not_the_thread():
    scene = Scene().user(0.5, 1.5, "hello").user(3.0, 4.0, "hello")
    world = World(phrases=scene._phrases)
    world.asr.transcribe = has_a_defect(1, world.asr.transcribe)

    async def body():
        session = world.session()
        session.send(Listen(Detection()))
        sound(session, np.concatenate([scene.samples(), np.zeros(HEAR_RATE_HZ, np.float32)]))
        await session.heard(Finished)
        assert session.reports[1] == ListenFailed("The ears failed on this turn.")

    world.run(body)


def test_a_defect_costs_one_transcription():
    world = World(phrases=["hello"])
    world.asr.transcribe = has_a_defect(1, world.asr.transcribe)

    async def body():
        session = world.session()
        for id in ("a", "b"):
            session.send(Transcribe(id, Scene().user(0.5, 1.5, "hello").samples()))
        done = [await session.until(lambda r, id=id: isinstance(r, Transcribed) and r.id == id) for id in ("a", "b")]
        assert done[0] == Transcribed("a", None, "The ASR failed.")
        assert done[1].heard.text == "hello"

    world.run(body)
    assert world.watch.counted["failures"] == 1


def has_a_defect(times, transcribe):
    left = iter(range(times))

    def transcribes(*given, **named):
        for _ in left:
            raise ZeroDivisionError
        return transcribe(*given, **named)

    return transcribes


def test_ears_that_fail_on_a_part_of_a_turn_hear_the_whole():
    """A pass in a pause is lost, and the user goes on: one turn, and nobody is told."""
    scene = Scene().user(0.5, 1.5, "turn on").user(1.75, 2.5, "the light")
    world = World(phrases=scene._phrases)
    transcribe, failures = world.asr.transcribe, iter([EngineLost("The speech recognition was lost.")])

    def fails_once(*given, **named):
        for failure in failures:
            raise failure
        return transcribe(*given, **named)

    world.asr.transcribe = fails_once

    async def body():
        session = world.session()
        session.send(Listen(Detection()))
        sound(session, np.concatenate([scene.samples(), np.zeros(HEAR_RATE_HZ, np.float32)]))
        finished = await session.heard(Finished)
        assert finished.heard.text == "turn on the light"
        assert [type(report) for report in session.reports] == [Onset, Draft, Finished]

    world.run(body)


def test_ears_that_cannot_be_made_leave_the_old_ones_and_the_other_sessions():
    scene = Scene().user(0.5, 1.5, "hello")
    world = World(phrases=scene._phrases * 2)
    engines = world.host._engines

    def ears(endpoint, asr, detection):
        if detection.threshold:
            raise MemoryError
        return engines.ears(endpoint, asr, detection)

    world.host._engines = replace(engines, ears=ears)

    async def body():
        first, second = world.session(), world.session()
        whole = np.concatenate([scene.samples(), np.zeros(HEAR_RATE_HZ, np.float32)])
        for session in (first, second):
            session.send(Listen(Detection()))
            sound(session, np.zeros(480, np.float32))
        first.send(Listen(Detection(threshold=0.8)))
        for session in (first, second):
            sound(session, whole)
            await session.heard(Finished)

    world.run(body)


def test_transcriptions_long_ones_piece_by_piece():
    scene = Scene().user(0.1, 1.5, "hello").user(33.0, 34.0, "again")
    world = World(phrases=scene._phrases)

    async def body():
        session = world.session()
        session.send(Transcribe("t", scene.samples(), "de"))
        session.send(Transcribe("silence", np.zeros(8000, np.float32)))
        session.send(Transcribe("bad", np.zeros(8000, np.float32), "xx"))
        session.send(Transcribe("stopped", np.zeros(8000, np.float32)))
        session.send(Stop("stopped"))
        await session.until(lambda r: isinstance(r, Transcribed) and r.id == "bad")
        await session.until(lambda r: isinstance(r, Transcribed) and r.id == "t")
        by_id = {report.id: report for report in session.reports if isinstance(report, Transcribed)}
        assert by_id["t"].heard == Heard("hello again", "en", 1.0)
        assert by_id["silence"] == Transcribed("silence", None)
        assert by_id["bad"] == Transcribed("bad", None, "no such language")
        assert "stopped" not in by_id
        assert len(world.asr.given) == 3

    world.run(body)


def test_words_of_a_later_piece_have_the_times_of_the_whole():
    scene = Scene().user(0.1, 1.5, "hello").user(33.0, 34.0, "again")
    world = World(phrases=scene._phrases)
    samples = scene.samples()

    async def body():
        session = world.session()
        session.send(Transcribe("t", samples, words=True))
        session.send(Transcribe("plain", samples))
        await session.until(lambda r: isinstance(r, Transcribed) and r.id == "plain")
        by_id = {report.id: report.transcript for report in session.reports if isinstance(report, Transcribed)}
        first, second = by_id["t"].words
        piece_s = len(world.asr.given[0]) / HEAR_RATE_HZ
        assert (first.start_s, first.end_s) == (0.0, 1.0)
        assert (second.start_s, second.end_s) == pytest.approx((piece_s, piece_s + 1))
        assert by_id["plain"].words == ()

    world.run(body)


def test_sound_that_could_not_be_heard_in_time_is_dropped_and_ends_the_turn():
    scene = Scene().user(0.5, 1.5, "hello")
    world = World(phrases=scene._phrases)

    async def body():
        session = world.session()
        session.send(Listen(Detection()))
        sound(session, scene.samples()[:HEAR_RATE_HZ])
        await session.heard(Onset)
        world.asr.transcribe = hold = Hold(world.asr.transcribe)
        session.send(Transcribe("t", np.zeros(8000, np.float32)))
        await asyncio.to_thread(hold.reached.wait, WAIT_S)
        session.send(Sound(np.zeros(8000, np.float32), answering=False))
        world.clock.sleep_until(31)
        session.send(Sound(np.zeros(8000, np.float32), answering=False))
        hold.go_on.set()
        await session.heard(ListenFailed)
        sound(session, np.concatenate([scene.samples(), np.zeros(HEAR_RATE_HZ, np.float32)]))
        finished = await session.heard(Finished)
        assert finished.start_s == pytest.approx(2.5, abs=0.1)

    world.run(body)
    assert world.watch.counted["lost_seconds"] == 0.5


@pytest.mark.slow
def test_more_sound_than_ever_could_be_heard_is_not_kept():
    world = World()
    world.asr.transcribe = hold = Hold(world.asr.transcribe)

    async def body():
        session = world.session()
        session.send(Transcribe("t", np.zeros(8000, np.float32)))
        await asyncio.to_thread(hold.reached.wait, WAIT_S)
        minute = np.zeros(60 * HEAR_RATE_HZ, np.float32)
        for _ in range(12):
            session.send(Sound(minute, answering=False))
        assert len(world.host.to_hear) == 600 * HEAR_RATE_HZ // SLICE
        hold.go_on.set()
        await settled(world)

    world.run(body)
    assert world.watch.counted["lost_seconds"] == 120


def test_sessions_take_turns_in_being_heard():
    scene = Scene().user(0.5, 1.5, "hello")
    world = World(phrases=scene._phrases)

    async def body():
        busy, other = world.session(), world.session()
        for session in (busy, other):
            session.send(Listen(Detection()))
        minutes = np.zeros(120 * HEAR_RATE_HZ, np.float32)
        busy.send(Sound(minutes, answering=False))
        other.send(Sound(np.concatenate([scene.samples(), minutes[:HEAR_RATE_HZ]]), answering=False))
        await other.heard(Finished)
        assert len(world.host.to_hear) > 0

    world.run(body)


def test_voice_to_voice_is_counted_from_the_last_word_whatever_comes_first():
    scene = Scene().user(0.5, 1.5, "hello")
    samples = np.concatenate([scene.samples(), np.zeros(HEAR_RATE_HZ, np.float32)])

    async def turn(world, *, drafted):
        session = world.session()
        session.send(Listen(Detection()))
        world.clock.sleep_until(1.7)
        sound(session, samples[: round(1.7 * HEAR_RATE_HZ)], block=round(1.7 * HEAR_RATE_HZ))
        await session.heard(Draft)
        if drafted:
            session.send(Answer("a", BRIEF))
            await session.end("a")
        world.clock.sleep_until(2.2)
        rest = samples[round(1.7 * HEAR_RATE_HZ) :]
        sound(session, rest[:8000], block=8000)
        await session.heard(Finished)
        if not drafted:
            world.clock.sleep_until(2.5)
            session.send(Answer("a", BRIEF))
            await session.end("a")

    for drafted, expected in ((True, 0.7), (False, 1.0)):
        world = World(phrases=scene._phrases)
        world.run(lambda world=world, drafted=drafted: turn(world, drafted=drafted))
        (v2v,) = [seconds for name, seconds in world.watch.timed if name == "v2v"]
        assert v2v == pytest.approx(expected, abs=0.05)


def test_a_session_is_hurried_while_another_waits_to_be_heard():
    scene = Scene().user(0.1, 0.6, "hello")
    world, hurried = World(phrases=scene._phrases), {}

    async def body():
        held = Hold(world.asr.transcribe)
        sessions = [world.session() for _ in range(2)]
        for session in sessions:
            session.send(Listen(Detection()))
        await settled(world)
        for number, session in enumerate(sessions):
            hear = session.link.listening.hear

            def noted(frame, *, hear=hear, number=number, **how):
                hurried.setdefault(number, []).append(how["hurried"])
                return hear(frame, **how)

            session.link.listening.hear = noted
        world.asr.transcribe = held
        sound(sessions[0], np.concatenate([scene.samples(), np.zeros(HEAR_RATE_HZ, np.float32)]))
        assert await asyncio.to_thread(held.reached.wait, WAIT_S)
        sound(sessions[1], np.zeros(SLICE, np.float32), SLICE)
        held.go_on.set()
        await sessions[0].heard(Finished)
        await settled(world)

    world.run(body)
    assert True in hurried[0]
    assert hurried[0][0] is False

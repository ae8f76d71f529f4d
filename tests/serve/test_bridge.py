"""The bridge: engines scripted, threads and loop real. Nothing here sleeps; what is waited for is reported."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pytest

from edge_agent.clock import ManualClock
from edge_agent.errors import ConfigError, EngineError
from edge_agent.hear.ears import Ears
from edge_agent.serve.bridge import Bridge
from edge_agent.serve.engines import Engines
from edge_agent.serve.jobs import (
    Answer,
    Detection,
    Forget,
    Listen,
    ListenFailed,
    Manner,
    Prepare,
    Progress,
    Report,
    Say,
    Sound,
    Stop,
    Transcribe,
    Transcribed,
)
from edge_agent.serve.link import MOST_UNFINISHED, SLICE
from edge_agent.speak.tts import Chunk
from edge_agent.speak.voice import Voice
from edge_agent.testing import HOLD, THRESHOLDS, LevelAsr, LevelVad, Scene, ScriptedEndpoint, ToneTts
from edge_agent.think.brief import Brief, CallBegun, CallDone, Part, Text, Usage, Written
from edge_agent.types import HEAR_RATE_HZ, Draft, Failure, Finished, Heard, Onset, Samples, Sentence, Voiced

BRIEF = Brief("item_1", "Be brief.", ())
DONE = Written("stop", Usage(3, 2, 1))
WAIT_S = 10.0


def sentences(*texts: str) -> list[Part]:
    spoken = [Sentence(i, text, last=i == len(texts) - 1) for i, text in enumerate(texts)]
    return [*spoken, DONE]


@dataclass
class ScriptedWriter:
    """Parts by the key of a brief. Before each it asks whether it is wanted; at `gate` it waits to be let on."""

    parts: dict[str, list[Part]] = field(default_factory=dict)
    gate: threading.Event = field(default_factory=threading.Event)
    gates: str = ""
    """The key whose answer waits."""
    at_gate: threading.Event = field(default_factory=threading.Event)
    prepared: list[tuple[str, bool]] = field(default_factory=list)
    """Key, and whether it was wanted."""
    written: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)

    def prepare(self, brief: Brief, wanted: Callable[[], bool]) -> None:
        self.prepared.append((brief.key, wanted()))
        if brief.key == "bad":
            raise EngineError("no")

    def write(self, brief: Brief, wanted: Callable[[], bool]) -> Iterator[Part]:
        self.written.append(brief.key)
        try:
            for part in self.parts.get(brief.key, sentences("Yes.")):
                if brief.key == self.gates:
                    self.at_gate.set()
                    assert self.gate.wait(WAIT_S)
                if not wanted():
                    return
                if isinstance(part, Text) and part.text == "broken":
                    raise EngineError("the mind is broken")
                if isinstance(part, Text) and part.text == "bug":
                    raise ZeroDivisionError
                yield part
        finally:
            self.ended.append(brief.key)


class BuggyTts(ToneTts):
    def stream(self, text: str, speed: float = 1.0) -> Iterator[Chunk]:
        if "bug" in text:
            raise ZeroDivisionError
        return super().stream(text, speed)


@dataclass
class Counts:
    counted: dict[str, float] = field(default_factory=dict)
    timed: list[tuple[str, float]] = field(default_factory=list)
    held: dict[str, int] = field(default_factory=dict)

    def count(self, what, amount=1.0):
        self.counted[what] = self.counted.get(what, 0) + amount

    def time(self, what, seconds):
        self.timed.append((what, seconds))

    def hold(self, what, number):
        self.held[what] = number


@dataclass
class World:
    """A bridge with everything scripted. `run` gives the test body a loop, and ends what it has begun."""

    writer: ScriptedWriter = field(default_factory=ScriptedWriter)
    phrases: list[str] = field(default_factory=list)
    clock: ManualClock = field(default_factory=ManualClock)
    watch: Counts = field(default_factory=Counts)
    detections: list[Detection] = field(default_factory=list)
    languages: list[str | None] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.asr = LevelAsr(self.phrases)

        def ears(endpoint, asr, detection):
            self.detections.append(detection)
            return Ears(LevelVad(), endpoint, asr, THRESHOLDS, HOLD)

        def asr(language):
            self.languages.append(language)
            if language == "xx":
                raise ConfigError("no such language")
            return self.asr

        engines = Engines(ears, ScriptedEndpoint(), asr, self.writer, Voice(BuggyTts()))
        self.bridge = Bridge(engines, self.clock, self.watch)

    def run(self, body):
        async def whole():
            self.bridge.start()
            try:
                async with asyncio.timeout(WAIT_S):
                    await body()
            finally:
                self.writer.gate.set()
                self.bridge.close()

        asyncio.run(whole())

    def session(self) -> Session:
        return Session(self.bridge)


class Session:
    """A link, and what was reported on it."""

    def __init__(self, bridge: Bridge) -> None:
        self.reports: list[Report] = []
        self._news = asyncio.Event()
        self.link = bridge.open(self._take)
        self.send, self.close = self.link.send, self.link.close

    def _take(self, report: Report) -> None:
        self.reports.append(report)
        self._news.set()

    async def until(self, is_it: Callable[[Report], bool]) -> Report:
        """The first report for which it holds, of those not yet looked at too."""
        while True:
            for report in self.reports:
                if is_it(report):
                    return report
            self._news.clear()
            await self._news.wait()

    async def end(self, id: str) -> list[Part | Voiced | Failure]:
        """All parts of an answer."""
        await self.until(lambda r: isinstance(r, Progress) and r.id == id and isinstance(r.part, Written | Failure))
        return self.parts(id)

    def parts(self, id: str) -> list[Part | Voiced | Failure]:
        return [r.part for r in self.reports if isinstance(r, Progress) and r.id == id]

    async def heard(self, kind: type) -> Report:
        return await self.until(lambda r: isinstance(r, kind))


def sound(session: Session, samples: Samples, block: int = 480) -> None:
    for first in range(0, len(samples), block):
        session.send(Sound(samples[first : first + block], answering=False))


def spoken(parts) -> list[str]:
    """Texts of the sentences, in the order in which they were first heard."""
    return list(dict.fromkeys(part.sentence.text for part in parts if isinstance(part, Voiced)))


async def settled(world: World) -> None:
    """Until every thread waits, asked from the first to the last."""
    bridge = world.bridge
    while not all(rota.reader_waits for rota in (bridge.to_hear, bridge.to_think, bridge.to_speak)):
        await asyncio.sleep(0)
    await asyncio.sleep(0)


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
        while not world.bridge.to_hear.reader_waits:  # the loop is not let in: Onset is on its way
            pass
        session.send(Forget())
        sound(session, np.zeros(HEAR_RATE_HZ, np.float32))
        await settled(world)
        assert session.reports == []
        sound(session, np.concatenate([scene.samples(), np.zeros(HEAR_RATE_HZ, np.float32)]))
        await session.heard(Finished)
        assert [type(report) for report in session.reports] == [Onset, Draft, Finished]

    world.run(body)


def test_nothing_of_a_stopped_answer_crosses_whenever_it_is_stopped():
    world = World(ScriptedWriter(gates="item_1"))
    world.writer.parts["item_1"] = sentences("One.", "Two.", "Three.")

    async def body():
        session = world.session()
        session.send(Answer("a", BRIEF))
        world.writer.gate.set()
        while not world.bridge.to_speak.reader_waits or "item_1" not in world.writer.ended:
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
    world.bridge = Bridge(engines, world.clock, world.watch)

    async def body():
        session = world.session()
        session.send(Answer("a", BRIEF))
        await asyncio.to_thread(rendering.wait, WAIT_S)
        while not world.bridge._voice_free.is_set() and world.bridge.to_speak:
            await asyncio.sleep(0)
        assert len(world.bridge.to_speak) == 0
        assert not world.bridge._voice_free.is_set()
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
        session = world.session()
        session.send(Answer("a", BRIEF))
        await asyncio.to_thread(world.writer.at_gate.wait, WAIT_S)
        for key in ("early", "late", "bad"):
            session.send(Prepare(Brief(key, "", ())))
        world.writer.gate.set()
        await session.end("a")
        await settled(world)

    world.run(body)
    assert world.writer.prepared == [("early", False), ("late", False), ("bad", True)]


def test_say_speaks_a_text_sentence_by_sentence_at_its_speed():
    speeds = []

    class Noted(Voice):
        def speak(self, sentence, *, speed=1.0):
            speeds.append(speed)
            yield from super().speak(sentence)

    world = World()
    engines = Engines(lambda *_: None, ScriptedEndpoint(), lambda _: world.asr, world.writer, Noted(ToneTts()))
    world.bridge = Bridge(engines, world.clock, world.watch)

    async def body():
        session = world.session()
        session.send(Say("s", "Good morning. How are you today? Fine, I hope.", Manner(speed=1.5)))
        parts = await session.end("s")
        assert " ".join(text for text in spoken(parts) if text) == "Good morning. How are you today? Fine, I hope."
        assert parts[-1] == Written("stop", Usage())

    world.run(body)
    assert set(speeds) == {1.5}


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


@dataclass
class Hold:
    """Holds up a call until it may go on."""

    call: Callable[..., object]
    reached: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)

    def __call__(self, *given, **named):
        self.reached.set()
        assert self.go_on.wait(WAIT_S)
        return self.call(*given, **named)


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
        assert len(world.bridge.to_hear) == 600 * HEAR_RATE_HZ // SLICE
        hold.go_on.set()
        await settled(world)

    world.run(body)
    assert world.watch.counted["lost_seconds"] == 120


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
        assert len(world.bridge.to_hear) > 0

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


def test_the_end_of_the_bridge_leaves_no_thread():
    before = set(threading.enumerate())
    world = World(ScriptedWriter(gates="item_1"))

    async def body():
        session = world.session()
        session.send(Answer("a", BRIEF))
        await asyncio.to_thread(world.writer.at_gate.wait, WAIT_S)

    world.run(body)
    left = set(threading.enumerate()) - before
    assert not [thread for thread in left if thread.name in ("hear", "think", "speak")]

"""A host whose engines are scripted, and its sessions; threads and loop are real. Nothing sleeps."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from edge_agent.clock import ManualClock
from edge_agent.errors import ConfigError, EngineError
from edge_agent.hear.ears import Ears
from edge_agent.host.engines import Engines
from edge_agent.host.host import Host
from edge_agent.host.jobs import (
    Detection,
    Progress,
    Report,
    Sound,
)
from edge_agent.interfaces import Chunk
from edge_agent.serve.loop import OnLoop
from edge_agent.speak.voice import Voice
from edge_agent.think.brief import Brief, Part, Text, Usage, Written
from edge_agent.types import Failure, Samples, Sentence, Voiced
from tests.rigs.fakes import HOLD, THRESHOLDS, LevelAsr, LevelVad, ScriptedEndpoint, ToneTts

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
    """A host with everything scripted. `run` gives the test body a loop, and ends what it has begun."""

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
        self.host = Host(engines, self.clock, self.watch)

    def run(self, body):
        async def whole():
            self.host.start()
            try:
                async with asyncio.timeout(WAIT_S):
                    await body()
            finally:
                self.writer.gate.set()
                self.host.close()

        asyncio.run(whole())

    def session(self) -> Session:
        return Session(self.host)


class Session:
    """A link, and what was reported on it."""

    def __init__(self, host: Host) -> None:
        self.reports: list[Report] = []
        self._news = asyncio.Event()
        self.link = OnLoop(host).open(self._take)
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
    while not world.host.rests:
        await asyncio.sleep(0)
    await asyncio.sleep(0)


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

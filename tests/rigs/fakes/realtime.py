"""A Realtime session in one thread, with scripted engines: jobs become reports when the test says so. Public, typed.

wire = Wire(ScriptedEngines(answers=[spoken("Hi there.")]))
wire.open()
wire.send("response.create")
wire.run()                      # let the engines report all that is due
types(wire.events)              # what the client has received
"""

from __future__ import annotations

import itertools
import json
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from edge_agent.clock import ManualClock
from edge_agent.host.jobs import Answer, Job, Progress, Report, Say, Stop, Transcribe, Transcribed
from edge_agent.serve.deltas import Deltas
from edge_agent.serve.realtime_protocol import Close, Output, RealtimeProtocol, Send, Session
from edge_agent.serve.realtime_protocol.device import DeviceTool
from edge_agent.serve.realtime_protocol.ids import Ids
from edge_agent.serve.realtime_protocol.outputs import Flush, Play, Played, Use, Used
from edge_agent.think.brief import CallArguments, CallBegun, CallDone, Text, Usage, Written
from edge_agent.types import Failure, Heard, Sentence, Voiced

Json = dict[str, Any]
Part = Voiced | Text | CallBegun | CallArguments | CallDone | Written | Failure

RATE_HZ = 22_050
WORD_S = 0.1
BLOCK = 441
"""Samples: 20 ms."""
DONE = Written("stop", Usage(prompt=20, cached=5, generated=7))
INSTRUCTIONS = "Be brief."


def spoken(*sentences: str, end: Written | Failure | None = DONE) -> list[Part]:
    """An answer that is heard: 0.1 s of a tone a word, in blocks of 20 ms."""
    parts = list[Part]()
    for index, text in enumerate(sentences):
        sentence = Sentence(index, text, last=index == len(sentences) - 1)
        n = round(len(text.split()) * WORD_S * RATE_HZ)
        tone = (0.5 * np.sin(2 * np.pi * 440 / RATE_HZ * np.arange(n))).astype(np.float32)
        parts += [Voiced(sentence, tone[at : at + BLOCK], RATE_HZ, at, n) for at in range(0, n, BLOCK)]
    return parts + ([end] if end else [])


def written(*pieces: str, end: Written | Failure | None = DONE) -> list[Part]:
    """An answer in text."""
    return [*map(Text, pieces), *([end] if end else [])]


def called(name: str, *pieces: str) -> list[Part]:
    """A call of a tool, without the end of the answer."""
    return [CallBegun(name), *map(CallArguments, pieces), CallDone("".join(pieces))]


@dataclass
class ScriptedEngines:
    """Answers in the order in which they are asked for, the last one for ever; words for sound likewise."""

    answers: Sequence[Sequence[Part]] = field(default_factory=lambda: [spoken("Hi there.")])
    heard: Sequence[str | None] = ("hello",)
    """None: no words; "broken": the engine fails."""
    jobs: list[Job] = field(default_factory=list)
    due: deque[Report] = field(default_factory=deque)

    def take(self, job: Job) -> None:
        self.jobs.append(job)
        match job:
            case Answer():
                self.due += [Progress(job.id, part) for part in self._next(self.answers, Answer)]
            case Say():
                self.due += [Progress(job.id, part) for part in spoken(job.text)]
            case Transcribe():
                self.due.append(self._transcribed(job.id))
            case Stop():
                self.due = deque(report for report in self.due if getattr(report, "id", None) != job.id)

    def asked(self, kind: type[Job]) -> list[Any]:
        """The jobs of a kind, in order."""
        return [job for job in self.jobs if isinstance(job, kind)]

    def _next(self, script: Sequence[Any], kind: type[Job]) -> Any:
        return script[min(len(self.asked(kind)), len(script)) - 1]

    def _transcribed(self, id: str) -> Transcribed:
        text = self._next(self.heard, Transcribe)
        if text == "broken":
            return Transcribed(id, None, "the ears are broken")
        return Transcribed(id, None if text is None else Heard(text, "en", 1.0))


def counted() -> Ids:
    """item_1, resp_2, ..."""
    numbers = itertools.count(1)
    return lambda kind: f"{kind}_{next(numbers)}"


class Wire:
    """A client, a protocol and engines in one thread."""

    def __init__(
        self,
        engines: ScriptedEngines | None = None,
        *,
        session: Json | None = None,
        dialect: Literal["ga", "beta"] = "ga",
        strict: bool = False,
        play: Callable[[Play | Flush], None] | None = None,
        voices: tuple[str, ...] = (),
        tools: tuple[DeviceTool, ...] = (),
    ) -> None:
        """session: what the client is to be given from the start, as in a `session.update`. play: plays for a client
        that does not; what it has played is to be reported. None: the client plays. tools: what the device can do."""
        self.engines = engines or ScriptedEngines()
        self.clock = ManualClock()
        self.events: list[Json] = []
        """What the client has received."""
        self.uses: list[Use] = []
        """The calls of the device's tools, which return when the test reports it."""
        begun = Session.default(
            id="sess_1",
            model="local",
            instructions=INSTRUCTIONS,
            expires_at=1_800_000_000,
            voices=voices,
            at_hand=tools,
        )
        if session:
            begun = begun.updated({"type": "realtime", **session})
        ids = counted()
        self._deltas, self._play = Deltas(dialect, ids), play
        self.protocol = RealtimeProtocol(
            begun,
            now=self.clock.now,
            dialect=dialect,
            strict=strict,
            ids=ids,
            player="device" if play else "client",
        )

    def open(self) -> list[Json]:
        return self._take(self.protocol.open())

    def send(self, type: str, **fields: Any) -> list[Json]:
        """A client event; the server events that came of it at once."""
        return self.receive(json.dumps({"type": type, **fields}))

    def receive(self, frame: str | bytes) -> list[Json]:
        return self._take(self.protocol.receive(frame))

    def report(self, *reports: Report | Played | Used) -> list[Json]:
        """What the ears, say, have to report, or who plays."""
        return [event for report in reports for event in self._take(self.protocol.report(report))]

    def run(self, most: int | None = None) -> list[Json]:
        """Let the engines report what is due, at most so many parts."""
        events = list[Json]()
        for _ in itertools.count() if most is None else range(most):
            if not self.engines.due:
                break
            events += self.report(self.engines.due.popleft())
        return events

    def wait(self, seconds: float) -> list[Json]:
        self.clock.sleep_until(self.clock.now() + seconds)
        return self._take(self.protocol.tick(self.clock.now()))

    def _take(self, outputs: list[Output]) -> list[Json]:
        events, sent = list[Json](), list[Played]()
        for output in outputs:
            match output:
                case Send(event):
                    events.append(event)
                case Play() | Flush() if self._play:
                    self._play(output)
                case Play() | Flush():
                    if delta := self._deltas.take(output):
                        events += [delta.event] if delta.event else []
                        sent.append(delta.report)
                case Use():
                    self.uses.append(output)
                case Close():
                    pass
                case _:
                    self.engines.take(output)
        self.events += json.loads(json.dumps(events))  # as it is once it has gone over the wire
        for played in sent:
            events += self._take(self.protocol.report(played))
        return events


def types(events: Sequence[Json]) -> list[str]:
    return [event["type"] for event in events]

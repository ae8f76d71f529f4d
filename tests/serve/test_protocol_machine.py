"""Any client events, garbage too, against any reports of the engines: the invariants hold, and nothing raises."""

from __future__ import annotations

import base64
import json
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from openai.types.beta.realtime import RealtimeServerEvent as BetaEvent
from openai.types.realtime import RealtimeServerEvent as GaEvent
from pydantic import TypeAdapter
from tape_player import Tape

from edge_agent.host.jobs import Answer, Job, ListenFailed, Progress, Report, Stop
from edge_agent.serve.realtime_protocol.outputs import Played
from edge_agent.think.brief import Usage, Written
from edge_agent.types import Draft, Failure, Finished, Heard, Onset, Partial, Rejected, Resumed
from tests.rigs.conformance.invariants import Invariants
from tests.rigs.fakes.realtime import Part, ScriptedEngines, Wire, called, spoken, types, written

Json = dict[str, Any]
CUT = Written("length", Usage(20, 0, 4))
WORDS = [Heard(text, "en", 1.0) for text in ("hello", "hello there", "")]


def classes(union: Any) -> list[Any]:
    """The classes of a union, of unions in it too."""
    if hasattr(union, "model_fields"):
        return [union]
    return [found for inner in get_args(union) for found in classes(inner)]


SCHEMAS: dict[str, dict[str, TypeAdapter[Any]]] = {
    dialect: {name: TypeAdapter(kind) for kind in classes(union) for name in get_args(kind.__annotations__["type"])}
    for dialect, union in (("ga", GaEvent), ("beta", BetaEvent))
}


@dataclass
class AnyEngines(ScriptedEngines):
    """Answers by what is asked for; the script that is next decides which of the possible answers."""

    choices: deque[int] = field(default_factory=deque)
    late: list[Report] = field(default_factory=list)
    """What was on its way when its job was stopped."""

    def take(self, job: Job) -> None:
        if isinstance(job, Answer):
            self.jobs.append(job)
            self.due += [Progress(job.id, part) for part in self._answer(job)]
            return
        if isinstance(job, Stop):
            self.late = [report for report in self.due if getattr(report, "id", None) == job.id][:3]
        super().take(job)

    def _answer(self, job: Answer) -> list[Part]:
        choice = self.choices.popleft() if self.choices else 0
        end: Written | Failure = [Written("stop", Usage(20, 5, 7)), CUT, Failure("it broke")][choice % 3]
        said = (spoken if job.brief.spoken else written)("Hi there.", "How are you today?", end=None)
        if not job.brief.tools or job.brief.tool_choice == "none":
            return [[*said, end], [end], [*said[:3], end]][choice // 3 % 3]
        call = called(job.brief.tools[0].name, '{"city":', '"Oslo"}')
        return [[*call, end], [*said, *call, end], [*call, *call, end], [*call[:2], CUT]][choice // 3 % 4]


TOOL = {"type": "function", "name": "get_weather", "parameters": {"type": "object"}}
UPDATES: list[Json] = [
    {"output_modalities": ["text"]},
    {"output_modalities": ["audio"]},
    {"tools": [TOOL]},
    {"tools": []},
    {"audio": {"input": {"turn_detection": None}}},
    {"audio": {"input": {"turn_detection": {"type": "server_vad", "idle_timeout_ms": 5000}}}},
    {"audio": {"input": {"turn_detection": {"type": "server_vad", "create_response": False}}}},
    {"audio": {"input": {"turn_detection": {"type": "semantic_vad", "interrupt_response": False}}}},
    {"audio": {"input": {"transcription": {"model": "any"}}}},
    {"audio": {"input": {"transcription": None}}},
    {"audio": {"input": {"format": {"type": "audio/pcmu"}}}},
    {"audio": {"input": {"format": {"type": "audio/pcm", "rate": 24_000}}}},
    {"audio": {"output": {"format": {"type": "audio/pcma"}}}},
    {"audio": {"output": {"voice": "another"}}},
    {"truncation": "disabled", "instructions": "Be slow."},
    {"no_such_key": 1},
]
FLAT_UPDATES: list[Json] = [
    {"modalities": ["text"]},
    {"modalities": ["text", "audio"]},
    {"tools": [TOOL], "temperature": 0.7},
    {"turn_detection": None},
    {"turn_detection": {"type": "server_vad"}},
    {"input_audio_transcription": {"model": "any"}},
    {"input_audio_format": "g711_ulaw", "output_audio_format": "g711_alaw"},
    {"voice": "another"},
    {"max_response_output_tokens": 5},
]
SOUND = bytes(48 * 300)
ITEMS: list[Json] = [
    {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hello"}]},
    {"type": "message", "role": "system", "content": [{"type": "input_text", "text": "be kind"}]},
    {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "hi"}]},
    {
        "type": "message",
        "role": "user",
        "content": [{"type": "input_audio", "audio": base64.b64encode(SOUND).decode()}],
    },
    {"type": "function_call", "name": "get_weather", "call_id": "call_x", "arguments": "{}"},
    {"type": "function_call_output", "call_id": "call_x", "output": "rain"},
    {"type": "message", "role": "assistant", "content": [{"type": "output_audio", "transcript": "no"}]},
]
RESPONSES: list[Json] = [
    {},
    {"response": {"output_modalities": ["text"], "metadata": {"a": "b"}}},
    {"response": {"conversation": "none", "input": [ITEMS[0]]}},
    {"response": {"conversation": "none", "input": [], "tools": [TOOL], "tool_choice": "required"}},
    {"response": {"tools": [TOOL], "tool_choice": "none", "max_output_tokens": 5}},
    {"response": {"input": [{"type": "item_reference", "id": "item_1"}]}},
    {"response": {"voice": 5}},
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
TYPES = [
    *("session.update", "input_audio_buffer.append", "input_audio_buffer.commit", "conversation.item.create"),
    *("conversation.item.truncate", "conversation.item.delete", "conversation.item.retrieve", "response.create"),
    *("response.cancel", "transcription_session.update", "output_audio_buffer.clear", "no.such.event"),
]
KEYS = [
    *("session", "audio", "item", "item_id", "content_index", "audio_end_ms", "response", "response_id"),
    *("previous_item_id", "event_id"),
]


@dataclass
class Playings:
    """`output_audio_buffer.*`: each response sounds once at most; it stops when it is done, or is cleared."""

    sounding: set[str] = field(default_factory=set)
    begun: set[str] = field(default_factory=set)
    done: set[str] = field(default_factory=set)

    def received(self, event: Json) -> None:
        match event["type"].split("."):
            case ["response", "done"]:
                self.done.add(event["response"]["id"])
            case ["output_audio_buffer", "started"]:
                assert event["response_id"] not in self.begun
                self.begun.add(event["response_id"])
                self.sounding.add(event["response_id"])
            case ["output_audio_buffer", how]:
                assert how == "cleared" or event["response_id"] in self.done
                self.sounding.remove(event["response_id"])


class Sessions(RuleBasedStateMachine):
    """One connection. What is sent and received goes through the invariants and the types of openai-python."""

    @initialize(
        dialect=st.sampled_from(["ga", "beta"]),
        device_plays=st.booleans(),
        choices=st.lists(st.integers(0, 11), max_size=8),
        heard=st.lists(st.sampled_from(["hello", None, "broken"]), min_size=1, max_size=4),
    )
    def open(
        self, dialect: Literal["ga", "beta"], device_plays: bool, choices: list[int], heard: list[str | None]
    ) -> None:
        self.dialect = dialect
        self.engines = AnyEngines(heard=heard, choices=deque(choices))
        self.tape = Tape()
        self.wire = Wire(self.engines, dialect=dialect, play=self.tape.take if device_plays else None)
        self.checked, self.playing = Invariants(dialect), Playings()
        self.events = self.sent = 0
        self.wire.open()
        self.look()

    def look(self) -> None:
        """What was received since the last time."""
        for event in self.wire.events[self.events :]:
            assert self.checked.received(event) == []
            self.playing.received(event)
            self.fits(event)
        self.events = len(self.wire.events)

    def fits(self, event: Json) -> None:
        """The type of openai-python; but beta's sessions there have OpenAI's models only."""
        if self.dialect == "beta" and "session" in event:
            event = event | {"session": event["session"] | {"model": "gpt-realtime"}}
        SCHEMAS[self.dialect][event["type"]].validate_python(event)

    def send(self, type: str, **fields: Any) -> None:
        self.sent += 1
        event = {"type": type, "event_id": f"sent_{self.sent}", **fields}
        self.receive(json.dumps(event))

    def receive(self, frame: str | bytes) -> None:
        self.checked.sent(frame)
        self.wire.receive(frame)
        self.look()

    def report(self, report: Report | Played) -> None:
        self.wire.report(report)
        self.look()

    def item(self, choice: int, role: str | None = None) -> str:
        """The id of some item that was announced, or of none."""
        kinds = ("conversation.item.added", "conversation.item.created")
        items = [event["item"] for event in self.wire.events if event["type"] in kinds]
        ids = [item["id"] for item in items if role is None or item.get("role") == role]
        return (["item_unknown", *ids])[choice % (len(ids) + 1)]

    # --- the client -----------------------------------------------------------------------------------------------

    @rule(n=st.integers(0, 9_601))
    def append(self, n: int) -> None:
        self.send("input_audio_buffer.append", audio=base64.b64encode(bytes(n)).decode())

    @rule(step=st.sampled_from(["commit", "clear"]))
    def buffer(self, step: str) -> None:
        self.send(f"input_audio_buffer.{step}")

    @rule(choice=st.integers(0, 200))
    def update(self, choice: int) -> None:
        beta = self.dialect == "beta"
        updates = FLAT_UPDATES if beta else UPDATES
        session = updates[choice % len(updates)]
        self.send("session.update", session=session if beta else {"type": "realtime", **session})

    @rule(item=st.sampled_from(ITEMS), place=st.none() | st.integers(0, 20), id=st.none() | st.integers(0, 5))
    def create(self, item: Json, place: int | None, id: int | None) -> None:
        named = {} if id is None else {"id": f"mine_{id}"}
        behind = {} if place is None else {"previous_item_id": "root" if place == 0 else self.item(place)}
        self.send("conversation.item.create", item={**item, **named}, **behind)

    @rule(verb=st.sampled_from(["retrieve", "delete"]), choice=st.integers(0, 20))
    def one_item(self, verb: str, choice: int) -> None:
        self.send(f"conversation.item.{verb}", item_id=self.item(choice))

    @rule(choice=st.integers(0, 20), end_ms=st.integers(0, 3000))
    def truncate(self, choice: int, end_ms: int) -> None:
        self.send(
            "conversation.item.truncate", item_id=self.item(choice, "assistant"), content_index=0, audio_end_ms=end_ms
        )

    @rule(response=st.sampled_from(RESPONSES))
    def respond(self, response: Json) -> None:
        self.send("response.create", **response)

    @rule()
    def cancel(self) -> None:
        self.send("response.cancel")

    @rule(frame=st.text() | st.binary(max_size=50) | JSON.map(json.dumps))
    def garbage(self, frame: str | bytes) -> None:
        self.receive(frame)

    @rule(type=st.sampled_from(TYPES), fields=st.dictionaries(st.sampled_from(KEYS), JSON, max_size=3))
    def nearly_right(self, type: str, fields: Json) -> None:
        self.receive(json.dumps({**fields, "type": type}))

    @rule()
    def silence(self) -> None:
        self.send("output_audio_buffer.clear")

    # --- who plays ------------------------------------------------------------------------------------------------

    @rule(count=st.integers(1, 9_000))
    def hear(self, count: int) -> None:
        for report in self.tape.play(count):
            self.report(report)

    # --- the engines ----------------------------------------------------------------------------------------------

    @rule(parts=st.integers(1, 12))
    def progress(self, parts: int) -> None:
        self.wire.run(parts)
        self.look()

    @rule()
    def late_progress(self) -> None:
        for report in self.engines.late:
            self.report(report)

    @rule()
    def onset(self) -> None:
        self.report(Onset(self.heard_s))

    @rule(report=st.sampled_from([kind(words) for kind in (Partial, Draft) for words in WORDS]))
    def words(self, report: Partial | Draft) -> None:
        self.report(report)

    @rule(words=st.sampled_from(WORDS))
    def finished(self, words: Heard) -> None:
        self.report(Finished(words, 0.0, self.heard_s, "silence"))

    @rule()
    def resumed(self) -> None:
        self.report(Resumed(self.heard_s))

    @rule(failed=st.booleans())
    def rejected(self, failed: bool) -> None:
        self.report(ListenFailed("it broke") if failed else Rejected("noise", self.heard_s))

    @rule(seconds=st.floats(0.01, 8.0))
    def time(self, seconds: float) -> None:
        self.wire.wait(seconds)
        self.look()

    @property
    def heard_s(self) -> float:
        """As the ears count: the sound of the session so far."""
        return self.wire.protocol._turns.buffer.end_ms / 1000

    def teardown(self) -> None:
        """The turn ends, the engines end: then nothing is left open."""
        if hasattr(self, "wire"):
            self.wire.run()
            self.report(Rejected("noise", self.heard_s))
            self.wire.run()
            self.look()
            self.hear(2**31)
            assert self.checked.finish() == []
            assert self.playing.sounding == set()


def test_sessions(everything: bool) -> None:
    """400 sessions of up to 50 steps: 14,000 frames and reports, 13 s on one core. In the fast tier 100."""
    how = settings(
        max_examples=400 if everything else 50,
        stateful_step_count=50,
        deadline=None,
        derandomize=True,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Sessions, settings=how)


def test_an_answer_deleted_while_it_is_made_is_not_announced_again() -> None:
    """Found by the machine: clients would put it back into their history."""
    wire = Wire()
    wire.open()
    wire.send("response.create")
    wire.run(2)
    item_id = wire.events[-1]["item_id"]
    wire.send("conversation.item.delete", item_id=item_id)
    assert "conversation.item.done" not in types(wire.run())
    assert wire.events[-2]["response"]["output"][0]["id"] == item_id


def test_speech_reported_late_begins_no_turn_in_a_manual_session() -> None:
    """Found by the machine: `speech_started` that nothing ends."""
    wire = Wire()
    wire.open()
    wire.send("session.update", session={"type": "realtime", "audio": {"input": {"turn_detection": None}}})
    assert wire.report(Onset(0.5)) == []

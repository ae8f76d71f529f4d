"""The suite finds what is wrong: each rule of the invariants on a stream that breaks it, scenarios on bad servers."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve

from edge_agent.serve.g711 import decode, encode
from edge_agent.types import Finished, Heard, Onset
from tests.rigs.conformance.__main__ import main
from tests.rigs.conformance.client import Server
from tests.rigs.conformance.invariants import Invariants
from tests.rigs.conformance.orders import BETA_SOUND, CALL, SOUND, TEXT, order
from tests.rigs.conformance.play import chosen, play
from tests.rigs.conformance.scenarios import ALL
from tests.rigs.conformance.speech import question, question_ulaw
from tests.rigs.fakes.realtime import ScriptedEngines, Wire, called, spoken, written

Json = dict[str, Any]
Fault = Callable[[list[Json]], None]
TOOL = {"type": "function", "name": "get_weather", "parameters": {"type": "object"}}


def good(dialect: Any = "ga") -> list[Json]:
    """A stream with all there is: a spoken turn, a spoken answer, a call and its result, a text, an error."""
    answers = [
        spoken("Hi there.", "How are you?"),
        [*called("get_weather", "{}"), *written()],
        written("It ", "rains."),
    ]
    wire = Wire(ScriptedEngines(answers=answers), dialect=dialect)
    wire.open()
    flat = {"input_audio_transcription": {"model": "any"}}
    nested = {"type": "realtime", "audio": {"input": {"transcription": {"model": "any"}}}}
    wire.send("session.update", session=flat if dialect == "beta" else nested)
    wire.report(Onset(0.1), Finished(Heard("hello", "en", 1.0), 0.1, 0.9, "silence"))
    wire.run()
    wire.send("response.create", response={"tools": [TOOL], "metadata": {"a": "b"}})
    wire.run()
    modalities = "modalities" if dialect == "beta" else "output_modalities"
    wire.send("response.create", response={modalities: ["text"]})
    wire.run()
    wire.send("response.cancel", event_id="sent_1")
    return wire.events


def violations(events: list[Json], dialect: Any = "ga") -> list[str]:
    checked = Invariants(dialect)
    checked.sent({"type": "response.cancel", "event_id": "sent_1"})
    for event in events:
        checked.received(event)
    return [violation.what for violation in checked.finish()]


@pytest.mark.parametrize("dialect", ["ga", "beta"])
def test_a_good_stream_breaks_no_rule(dialect: str) -> None:
    assert violations(good(dialect), dialect) == []


def at(events: list[Json], type: str, number: int = 0) -> int:
    return [index for index, event in enumerate(events) if event["type"] == type][number]


def drop(type: str, number: int = 0) -> Fault:
    return lambda events: events.pop(at(events, type, number)) and None


def twice(type: str, number: int = 0, distance: int = 1) -> Fault:
    def fault(events: list[Json]) -> None:
        place = at(events, type, number)
        events.insert(place + distance, events[place] | {"event_id": "event_again"})

    return fault


def put(type: str, path: str, value: Any, number: int = 0) -> Fault:
    """Another value at a dotted path; without the last key if the value is `...`."""

    def fault(events: list[Json]) -> None:
        target: Any = events[at(events, type, number)]
        *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
        for step in steps:
            target = target[step]
        if value is ...:
            del target[last]
        else:
            target[last] = value

    return fault


def late(type: str, behind: str, number: int = 0) -> Fault:
    def fault(events: list[Json]) -> None:
        event = events.pop(at(events, type, number))
        events.insert(at(events, behind) + 1, event)

    return fault


R, C, A, B = "response.", "conversation.", "response.output_audio", "input_audio_buffer."
ARGUMENTS = f"{R}function_call_arguments"
WRITTEN_DOWN = f"{C}item.input_audio_transcription"
FAULTS: list[tuple[Fault, str]] = [
    # each event by itself
    (put(f"{R}created", "event_id", ...), "without event_id"),
    (put(f"{R}created", "event_id", good()[0]["event_id"]), "for the second time"),
    (put(f"{A}.delta", "type", "response.audio.delta"), "ga has no event of this name"),
    (put(f"{A}.delta", "item_id", ...), "without item_id"),
    (put(f"{A}.delta", "delta", "A" * 2**20), "in one frame"),
    (put("error", "error.event_id", "sent_2"), "names no event that was sent"),
    (put("error", "error.param", ...), "error without param"),
    (put("session.created", "session.type", ...), "session without type"),
    (put("session.created", "session.modalities", ["text"]), "flat shape"),
    (put("session.created", "session.audio.output.format.rate", 16_000), "not 24000"),
    (put("session.created", "session.audio.input.turn_detection.interrupt_response", ...), "openai-agents cancels"),
    (put("session.updated", "session.audio.input.transcription.delay", "low"), "pipecat fails"),
    (put(f"{R}output_item.done", "item.phase", None), "is null"),
    (put(f"{R}done", "response.usage.total_tokens", None), "is null"),
    (put(f"{C}item.added", "item.content.0.transcript", ...), "without the key transcript"),
    (put(f"{R}output_item.done", "item.content.0.type", "audio"), "content of type audio"),
    (put(f"{R}output_item.done", "item.status", "cancelled"), "item of status cancelled"),
    (put(f"{C}item.added", "item.object", "realtime.item"), "item with `object`"),
    (put(f"{R}content_part.added", "part.type", "output_audio"), "is neither text"),
    (put(f"{R}output_item.added", "item.arguments", ..., 1), "without name, call_id and arguments"),
    (put(f"{R}created", "response.metadata", {"a": 1}, 1), "no string"),
    (put(f"{R}created", "response.conversation_id", ...), "response without conversation_id"),
    (put(f"{WRITTEN_DOWN}.completed", "usage", {"type": "duration"}), "without seconds"),
    (put(f"{R}done", "response", None), "of a wrong type"),
    # responses
    (drop(f"{R}done"), "while resp_"),
    (drop(f"{R}done", -1), "is never done"),
    (twice(f"{R}done"), "done twice"),
    (twice(f"{R}created"), "created for the second time"),
    (drop(f"{R}created"), "nothing is known of response"),
    (late(f"{A}.delta", f"{R}done"), "is done already"),
    (put(f"{R}created", "response.status", "queued"), "has status in_progress"),
    (put(f"{R}done", "response.status", "in_progress"), "done with status in_progress"),
    (put(f"{R}done", "response.status", "cancelled"), "with status_details None"),
    (put(f"{R}done", "response.status_details", {"type": "failed"}), "with status_details"),
    (put(f"{R}done", "response.metadata", {"a": "c"}, 1), "metadata is not"),
    (put(f"{R}done", "response.usage", None), "done has usage"),
    (put(f"{R}done", "response.output", []), "output lists"),
    (put(f"{R}done", "response.output.0.status", "incomplete"), "in response.done"),
    (put(f"{R}done", "response.output.0.content.0.transcript", "Hi."), "differs"),
    (put(f"{R}output_item.added", "output_index", 1), "output_index 1 instead of 0"),
    (put(f"{A}.delta", "output_index", 1), "has changed"),
    (put(f"{R}output_item.added", "item.status", "completed"), "in_progress and empty"),
    (twice(f"{R}output_item.added"), "opened for the second time"),
    (drop(f"{R}output_item.done"), "still open"),
    (twice(f"{R}output_item.done"), "of an item that is done"),
    (drop(f"{R}content_part.added"), "before its content part"),
    (put(f"{R}content_part.added", "content_index", 1), "content_index 1 instead of 0"),
    (put(f"{R}content_part.added", "part.transcript", "Hi"), "empty string"),
    (late(f"{A}.delta", f"{A}.done"), "after output_audio.done"),
    (put(f"{A}.delta", "delta", "%"), "not base64"),
    (put(f"{A}.delta", "delta", ""), "without audio"),
    (drop(f"{A}_transcript.delta"), "its deltas"),
    (drop(f"{A}.done"), "without output_audio.done"),
    (drop(f"{R}content_part.done"), "a part of it is open"),
    (twice(f"{R}content_part.done"), "for the second time"),
    (put(f"{R}content_part.done", "part.transcript", "Hi."), "at its end"),
    (put(f"{R}output_item.done", "item.content.0.transcript", "Hi."), "the item says"),
    (drop(f"{ARGUMENTS}.delta"), "its deltas ''"),
    (drop(f"{ARGUMENTS}.done"), "without arguments.done"),
    (twice(f"{ARGUMENTS}.done"), "after arguments.done"),
    (put(f"{ARGUMENTS}.done", "call_id", "call_x"), "call_id call_x"),
    (put(f"{ARGUMENTS}.done", "name", "x"), "the call's name"),
    (put(f"{R}output_item.done", "item.name", "x", 1), "another name"),
    # items
    (twice(f"{C}item.added"), "announced for the second time"),
    (drop(f"{C}item.done", -1), "never done"),
    (twice(f"{C}item.done"), "without being open"),
    (put(f"{C}item.added", "previous_item_id", "item_x", 1), "no item of the conversation"),
    (put(f"{C}item.added", "previous_item_id", None, 1), "the last item is"),
    (put(f"{C}item.done", "previous_item_id", "item_x"), "announced with"),
    (put(f"{C}item.done", "item.status", "in_progress"), "done and in_progress"),
    (late(f"{C}item.done", f"{R}done", 1), "before the conversation's item is"),
    (drop(f"{C}item.added", 1), "before"),
    (put(f"{R}created", "response.conversation_id", None), "enters it"),
    # turns
    (drop(f"{B}speech_started"), "without having started"),
    (twice(f"{B}speech_started"), "before the last turn"),
    (put(f"{B}speech_stopped", "item_id", "item_x"), "and started as"),
    (put(f"{B}speech_stopped", "audio_end_ms", -1), "before it started"),
    (put(f"{B}committed", "item_id", "item_x"), "the speech that stopped"),
    (drop(f"{B}committed"), "never committed"),
    (twice(f"{B}committed"), "committed for the second time"),
    (put(f"{B}committed", "previous_item_id", "item_x"), "differ in previous_item_id"),
    (twice(f"{WRITTEN_DOWN}.completed"), "goes on after its end"),
    (put(f"{WRITTEN_DOWN}.completed", "item_id", "item_x"), "no item of the user"),
    (put(f"{WRITTEN_DOWN}.completed", "transcript", "help"), "not what its deltas said"),
]


@pytest.mark.parametrize(("fault", "found"), FAULTS, ids=[found for _, found in FAULTS])
def test_a_fault_is_found(fault: Fault, found: str) -> None:
    events = copy.deepcopy(good())
    fault(events)
    assert any(found in what for what in violations(events)), violations(events)


def test_what_goes_on_at_the_end_counts_only_where_it_should_be_complete() -> None:
    checked = Invariants()
    for event in good()[:-3]:
        checked.received(event)
    assert checked.finish(complete=False) == []


def test_names_of_the_other_dialect_are_refused() -> None:
    assert any("beta has no event" in what for what in violations(good("ga"), "beta"))


def test_orders_are_those_of_a_good_stream() -> None:
    """The protocol's own streams, in the orders that were recorded of the hosted service."""
    ga = ",".join(order(good(), ignored=("rate_limits.", "conversation.item.input_audio_transcription.")))
    for expected in (SOUND, CALL, TEXT):
        assert ",".join(expected) in ga
    assert ",".join(BETA_SOUND) in ",".join(order(good("beta")))


def test_speech_in_g711_is_the_speech() -> None:
    """The encoder of the suite is not the server's; they agree but where a value is halfway between two codes."""
    assert len(question()) // 6 == pytest.approx(len(question_ulaw()), abs=40)
    assert len(question_ulaw()) == 14_490
    ours = decode(question_ulaw(), "ulaw")
    assert encode(ours, "ulaw") == question_ulaw()
    assert 2_000 < abs(ours.astype(int)).max() < 2**15


# --- over a socket ----------------------------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def listening(fault: str = "") -> AsyncIterator[Server]:
    """The protocol with scripted engines that answer at once, and one fault."""

    async def session(socket: ServerConnection) -> None:
        beta = socket.request is not None and "OpenAI-Beta" in socket.request.headers
        begun = {"audio": {"input": {"turn_detection": None}}}
        engines = ScriptedEngines(answers=[written("Hello ", "there.")])
        wire = Wire(engines, dialect="beta" if beta else "ga", session=begun)
        wire.open()
        sent = 0
        while True:
            wire.run()
            for event in wire.events[sent:]:
                if event["type"] != fault:
                    await socket.send(json.dumps(event))
            sent = len(wire.events)
            wire.receive(await socket.recv())

    async with serve(session, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield Server(f"ws://127.0.0.1:{port}/v1/realtime", patience_s=5.0 if not fault else 0.3)


@pytest.mark.parametrize("name", ["text-turn", "history-seeding", "beta-text-turn", "wrong-types", "malformed-json"])
def test_a_good_server_passes(name: str) -> None:
    async def played() -> None:
        async with listening() as server:
            result = await play(chosen([name], {"ga", "beta"})[0], server)
            assert (result.outcome, result.reason) == ("pass", "")

    asyncio.run(played())


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("response.content_part.done", "instead of response.content_part.done"),
        ("response.done", "no response.done"),
        ("session.created", "no session.created"),
    ],
)
def test_a_bad_server_fails(fault: str, reason: str) -> None:
    async def played() -> None:
        async with listening(fault) as server:
            result = await play(chosen(["text-turn"], {"ga"})[0], server)
            assert result.outcome == "fail"
            assert reason in result.reason

    asyncio.run(played())


def test_scenarios_have_names_and_say_what_they_show(capsys: pytest.CaptureFixture[str]) -> None:
    assert len({scenario.name for scenario in ALL}) == len(ALL) >= 60
    assert all(scenario.what.endswith(".") for scenario in ALL)
    assert main(["--list"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(ALL)


def test_the_command_says_what_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert main(["--only", "no-such-thing", "--url", "ws://127.0.0.1:9"]) == 2
    assert "no-such-thing" in capsys.readouterr().err
    assert main(["--only", "text-turn", "--url", "ws://127.0.0.1:9", "--json"]) == 1
    [result] = json.loads(capsys.readouterr().out)
    assert result["outcome"] == "fail"

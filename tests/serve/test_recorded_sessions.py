"""Recorded sessions of the hosted service, played again: the same events in the same order, with the same keys."""

from __future__ import annotations

import json
from itertools import groupby
from math import ceil
from typing import Any

import pytest
from protocol_world import HELLO, listen, valid
from recorded import FREE, KEYS, RECORDINGS, Json, Keys, Recording, Silence, Speech

from edge_agent.types import Draft, Finished, Onset
from tests.rigs.fakes.realtime import DONE, ScriptedEngines, Wire, called, spoken, types, written

WRITTEN = written("Hi ", "there.")
ANSWERS = {
    "test_tool_call_round": [[*called("get_weather", '{"city": ', '"London"}'), DONE], WRITTEN],
    "test_message_history_seeding": [WRITTEN],
}
SPOKEN = [spoken("One two three four.", "Five six.")]
SOME = 10
"""Parts of an answer that has sound already, and more to come."""
LIMITS = "rate_limits.updated"
WORDS = "conversation.item.input_audio_transcription"
OPAQUE = ("metadata", "parameters")
"""What is inside of these is the client's own."""

LACKING = {
    "obfuscation": "padding against eavesdroppers who measure frames; no client reads it",
    "rate_limits.name": "there are no limits on one's own machine: the list is empty",
    "rate_limits.limit": "likewise",
    "rate_limits.remaining": "likewise",
    "rate_limits.reset_seconds": "likewise",
}
"""Recorded keys that we do not send. There are no keys that we send and that were not recorded."""

recordings = pytest.mark.parametrize("recording", RECORDINGS, ids=lambda recording: recording.file)


def played(recording: Recording) -> Wire:
    wire = Wire(ScriptedEngines(ANSWERS.get(recording.file, SPOKEN)))
    wire.open()
    appended_s = 0
    for step in recording.played:
        wire.run(SOME if isinstance(step, Speech) and step.into_answer else None)
        match step:
            case Speech(start_s, end_s):
                listen(wire, ceil(end_s) - appended_s)
                appended_s = ceil(end_s)
                wire.report(Onset(start_s))
                if step.then:
                    wire.receive(json.dumps(named(step.then, wire)))
                wire.report(Draft(HELLO), Finished(HELLO, start_s, end_s, "silence"))
            case Silence(seconds):
                listen(wire, ceil(seconds))
                wire.wait(seconds)
            case _:
                wire.receive(json.dumps(named(step, wire)))
    wire.run()
    return wire


def named(event: Json, wire: Wire) -> Json:
    """With the ids of the item that was answered last."""
    match event:
        case {"type": "conversation.item.truncate"}:
            return {**event, "item_id": answered(wire)["id"]}
        case {"item": {"type": "function_call_output"} as item}:
            return {**event, "item": {**item, "call_id": answered(wire)["call_id"]}}
    return event


def answered(wire: Wire) -> Json:
    item: Json = [event for event in wire.events if event["type"] == "response.output_item.added"][-1]["item"]
    return item


def in_order(events: list[Json]) -> list[list[Json]]:
    """What has a place in the order; of deltas in a row, those of each type are one."""
    runs = list[list[Json]]()
    placed = (event for event in events if not event["type"].startswith(FREE))
    for streamed, group in groupby(placed, key=lambda event: event["type"].endswith(".delta")):
        of_type = dict[str, list[Json]]()
        for event in group:
            if streamed:
                of_type.setdefault(event["type"], []).append(event)
            else:
                runs.append([event])
        runs += of_type.values()
    return runs


def rows(recording: Recording) -> list[str]:
    """Where the recording ends with `response.done`, its client has hung up: the limits come after that."""
    received = recording.received.split()
    placed = [row for row in received if not row.startswith(FREE)]
    return placed if placed[-1] == LIMITS else [*placed, LIMITS]


def keys(value: Any) -> Keys:
    """As in `recorded.keys`."""
    if isinstance(value, list):
        return frozenset().union(*map(keys, value))
    if not isinstance(value, dict):
        return frozenset()
    inner = {f"{name}.{key}" for name, each in value.items() if name not in OPAQUE for key in keys(each)}
    return frozenset({*value, *inner})


def compared(recording: Recording) -> list[tuple[str, Keys, Keys]]:
    """For each event: its row, what it lacks, and what it has beyond."""
    events = played(recording).events
    pairs = [(row, event) for row, run in zip(rows(recording), in_order(events), strict=True) for event in run]
    pairs += [(event["type"], event) for event in events if event["type"].startswith(FREE)]
    return [(row, KEYS[row] - keys(event), keys(event) - KEYS[row]) for row, event in pairs]


@recordings
def test_the_order_is_as_recorded(recording: Recording) -> None:
    wire = played(recording)
    assert [run[0]["type"] for run in in_order(wire.events)] == [row.split(":")[0] for row in rows(recording)]
    valid(wire)


@recordings
def test_the_keys_are_as_recorded(recording: Recording) -> None:
    for row, lacking, extra in compared(recording):
        assert not lacking - LACKING.keys(), row
        assert not extra, row


def test_each_exception_is_one() -> None:
    assert {key for each in RECORDINGS for _, lacking, _ in compared(each) for key in lacking} == LACKING.keys()


@recordings
def test_words_are_told_once_of_each_item_of_sound(recording: Recording) -> None:
    events = played(recording).events
    committed = [event["item_id"] for event in events if event["type"] == "input_audio_buffer.committed"]
    told = [event["item_id"] for event in events if event["type"] == f"{WORDS}.completed"]
    assert told == committed
    assert len(told) == recording.transcribed
    assert f"{WORDS}.failed" not in types(events)


@recordings
def test_a_truncation_is_acknowledged(recording: Recording) -> None:
    acknowledged = "conversation.item.truncated"
    assert types(played(recording).events).count(acknowledged) == recording.received.split().count(acknowledged)

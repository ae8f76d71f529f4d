"""An answer that is begun before the user has finished: heard at once if it fits, and without a trace if not."""

from __future__ import annotations

import numpy as np
from protocol_world import append, opened, order, text_item, turn

from edge_agent.host.jobs import Answer, Forget, Prepare, Stop
from edge_agent.think.brief import Part
from edge_agent.types import Draft, Finished, Heard, Onset, Partial, Rejected, Resumed
from tests.rigs.fakes.realtime import DONE, ScriptedEngines, Wire, called, spoken, types

ONE, BOTH = Heard("one", "en", 1.0), Heard("one two", "en", 1.0)
SPOKEN = ["input_audio_buffer.speech_stopped", "input_audio_buffer.committed"]


def listening(*answers: str | list[Part]) -> Wire:
    script = [spoken(answer) if isinstance(answer, str) else answer for answer in answers]
    wire = Wire(ScriptedEngines(script))
    wire.open()
    wire.receive(append(np.zeros(72_000, "<i2").tobytes()))
    return wire


def test_what_is_held_leaves_at_once_when_the_turn_is_over() -> None:
    wire = listening("Hi there.")
    wire.report(Onset(0.5))
    assert wire.report(Draft(ONE)) + wire.run() == []
    events = wire.report(Finished(ONE, 0.5, 1.5, "silence"))
    assert order(events)[:2] == SPOKEN
    assert types(events)[-2:] == ["response.done", "rate_limits.updated"]
    assert len(wire.engines.asked(Answer)) == 1


def test_an_answer_thrown_away_leaves_no_trace() -> None:
    wire = listening("Wrong.", "Right.")
    wire.report(Onset(0.5), Draft(ONE))
    wire.run(3)
    assert wire.report(Resumed(1.0)) + wire.run() == []
    wire.report(Draft(BOTH))
    events = wire.report(Finished(BOTH, 0.5, 2.0, "silence")) + wire.run()
    first, second = wire.engines.asked(Answer)
    assert [job.id for job in wire.engines.asked(Stop)] == [first.id]
    assert [e["transcript"] for e in events if e["type"] == "response.output_audio_transcript.done"] == ["Right."]
    assert types(events).count("response.created") == 1
    assert first.id not in str(wire.events)
    assert [message.text for message in second.brief.messages] == ["one two"]
    turn(wire, "three")
    assert [m.text for m in wire.engines.asked(Answer)[-1].brief.messages] == ["one two", "Right.", "three"]


def test_a_call_waits_for_the_end_of_the_turn() -> None:
    """Nobody runs a tool for words that were not the last."""
    wire = listening([*called("buy_it", "{}"), DONE], [*called("sell_it", "{}"), DONE])
    wire.report(Onset(0.5), Draft(ONE))
    assert wire.run() + wire.report(Resumed(1.0)) + wire.run() == []
    wire.report(Draft(BOTH))
    assert wire.run() == []
    events = wire.report(Finished(BOTH, 0.5, 2.0, "silence"))
    assert [e["name"] for e in events if e["type"] == "response.function_call_arguments.done"] == ["sell_it"]
    assert "buy_it" not in str(wire.events)


def test_other_words_at_the_end_are_answered_anew() -> None:
    wire = listening("Wrong.", "Right.")
    wire.report(Onset(0.5), Draft(ONE))
    wire.run()
    events = wire.report(Finished(BOTH, 0.5, 2.0, "silence")) + wire.run()
    assert [e["transcript"] for e in events if e["type"] == "response.output_audio_transcript.done"] == ["Right."]


def test_a_change_of_what_it_depends_on_voids_it() -> None:
    for change in (
        {"type": "session.update", "session": {"type": "realtime", "instructions": "Rhyme."}},
        {"type": "conversation.item.create", "item": text_item("before")},
    ):
        wire = listening("Wrong.", "Right.")
        wire.report(Onset(0.5), Draft(ONE))
        wire.run()
        wire.send(**change)
        wire.report(Finished(ONE, 0.5, 2.0, "silence"))
        wire.run()
        assert "Wrong." not in str(wire.events)
        assert len(wire.engines.asked(Answer)) == 2


def test_words_that_were_none() -> None:
    wire = listening("Wrong.")
    wire.report(Onset(0.5), Draft(ONE))
    assert order(wire.report(Rejected("noise", 1.5)) + wire.run())[:2] == SPOKEN
    assert "response.created" not in types(wire.events)
    assert len(wire.engines.asked(Stop)) == 1


def test_the_model_reads_along() -> None:
    wire = listening("Hi.")
    wire.report(Onset(0.5), Partial(ONE))
    wire.report(Draft(BOTH), Finished(BOTH, 0.5, 1.5, "silence"))
    texts = [job.brief.messages[-1].text for job in wire.engines.asked(Prepare)]
    assert texts == ["", "one"]
    (answer,) = wire.engines.asked(Answer)
    assert answer.brief.messages[-1].text == "one two"
    assert answer.brief.messages[-1].key == wire.events[-2]["item"]["id"]


def test_clear_drops_it() -> None:
    wire = listening("Wrong.")
    wire.report(Onset(0.5), Draft(ONE))
    assert types(wire.send("input_audio_buffer.clear")) == ["input_audio_buffer.cleared"]
    assert len(wire.engines.asked(Forget)) == 1
    assert wire.run() + wire.report(Finished(ONE, 0.5, 1.5, "silence")) == []


def test_a_client_that_asks_meanwhile_comes_first() -> None:
    wire = opened(ScriptedEngines([spoken("Held."), spoken("Asked."), spoken("Turn.")]))
    wire.receive(append(np.zeros(72_000, "<i2").tobytes()))
    wire.report(Onset(0.5), Draft(ONE))
    wire.send("response.create")
    wire.report(Finished(ONE, 0.5, 1.5, "silence"))
    wire.run()
    said = [e["transcript"] for e in wire.events if e["type"] == "response.output_audio_transcript.done"]
    assert said == ["Asked.", "Turn."]

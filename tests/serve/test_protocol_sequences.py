"""The orders of events of the OpenAI Realtime API reference, one test each, to the letter."""

from __future__ import annotations

from typing import Any

import pytest
from protocol_world import (
    ADDED,
    ANSWER,
    CALL,
    CLOSED,
    HELLO,
    OPENED,
    TRANSCRIBED,
    TURN,
    VAD,
    WRITE,
    listen,
    opened,
    order,
    text_item,
    turn,
    valid,
)

from edge_agent.host.jobs import Answer, Sound, Stop, Transcribe
from edge_agent.serve.realtime_protocol.protocol import MOST_RESULTS
from edge_agent.think.brief import CallArguments, CallBegun, Usage, Written
from edge_agent.types import Draft, Finished, Onset, Rejected
from tests.rigs.fakes.realtime import DONE, ScriptedEngines, Wire, called, spoken, types, written


def test_a_spoken_turn() -> None:
    wire = opened(session=TRANSCRIBED)
    listen(wire)
    (started,) = wire.report(Onset(0.5))
    events = wire.report(Draft(HELLO), Finished(HELLO, 0.5, 1.5, "silence")) + wire.run()
    words = "conversation.item.input_audio_transcription"
    assert order(events) == [*TURN, f"{words}.delta", f"{words}.completed", *ANSWER]
    assert started["audio_start_ms"] == 200
    stopped, committed, added, done, _, completed = events[:6]
    assert stopped["audio_end_ms"] == 1700
    assert {e["item_id"] for e in (started, stopped, committed, completed)} == {added["item"]["id"]}
    assert committed["previous_item_id"] is None
    assert added["item"] == done["item"]
    assert added["item"]["content"] == [{"type": "input_audio", "transcript": None}]
    assert completed["transcript"] == "hello"
    assert completed["usage"] == {"type": "duration", "seconds": 1.5}
    assistant = next(e for e in events[6:] if e["type"] == "conversation.item.added")
    assert assistant["previous_item_id"] == added["item"]["id"]
    assert assistant["item"]["status"] == "in_progress"
    assert assistant["item"]["content"] == []
    valid(wire)


def test_a_turn_without_words_has_an_item_and_no_response() -> None:
    wire = opened(session=TRANSCRIBED)
    listen(wire)
    wire.report(Onset(0.5))
    events = wire.report(Rejected("noise", 1.5)) + wire.run()
    assert order(events) == [*TURN, "conversation.item.input_audio_transcription.completed"]
    assert events[-1]["transcript"] == ""
    assert wire.engines.asked(Answer) == []


def test_without_transcription_nothing_is_told_of_the_words() -> None:
    wire = opened()
    assert order(turn(wire) + wire.run()) == ["input_audio_buffer.speech_started", *TURN, *ANSWER]
    valid(wire)


def test_b_text_turn() -> None:
    wire = opened(ScriptedEngines([written("Hi ", "there.")]), WRITE)
    assert types(wire.send("conversation.item.create", item=text_item())) == ADDED
    events = wire.send("response.create") + wire.run()
    assert types(events) == [
        "response.created",
        *OPENED,
        "response.output_text.delta",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "conversation.item.done",
        "response.output_item.done",
        "response.done",
        "rate_limits.updated",
    ]
    assert events[0]["response"]["output"] == []
    assert events[0]["response"]["usage"] is None
    assert events[3]["part"] == {"type": "text", "text": ""}
    response = events[-2]["response"]
    assert response["output"][0]["content"] == [{"type": "output_text", "text": "Hi there."}]
    assert response["usage"]["total_tokens"] == 27
    (answer,) = wire.engines.asked(Answer)
    assert [(m.role, m.text) for m in answer.brief.messages] == [("user", "hi")]
    assert not answer.brief.spoken
    valid(wire)


def test_c_function_call_and_its_output() -> None:
    wire = opened(ScriptedEngines([[*called("add", '{"a"', ":1}"), DONE], spoken("One.")]))
    wire.send("conversation.item.create", item=text_item())
    wire.send("response.create")
    events = wire.run()
    assert order(events) == [*CALL[:3], *CALL[2:], "response.done", "rate_limits.updated"]
    item = events[-3]["item"]
    assert (item["status"], item["name"], item["arguments"]) == ("completed", "add", '{"a":1}')
    assert events[0]["item"]["arguments"] == ""
    result = {"type": "function_call_output", "call_id": item["call_id"], "output": "1"}
    assert types(wire.send("conversation.item.create", item=result)) == ADDED
    wire.send("response.create")
    assert order(wire.run()) == ANSWER[1:]
    roles = [(m.role, m.text) for m in wire.engines.asked(Answer)[1].brief.messages]
    assert roles == [("user", "hi"), ("call", '{"name": "add", "arguments": {"a": 1}}'), ("result", "1")]
    valid(wire)


def test_c_output_before_the_end_of_the_response_is_acknowledged_after_it() -> None:
    wire = opened(ScriptedEngines([[*called("add", "{}"), *called("sub", "{}"), DONE]]))
    wire.send("response.create")
    first = wire.run(4)
    assert order(first) == [*CALL, *CALL[:2]]
    early = {"type": "function_call_output", "call_id": first[0]["item"]["call_id"], "output": "1"}
    assert wire.send("conversation.item.create", item=early) == []
    events = wire.run()
    assert order(events) == [*CALL[2:], "response.done", "rate_limits.updated", *ADDED]
    assert [item["name"] for item in events[-4]["response"]["output"]] == ["add", "sub"]
    assert events[-1]["previous_item_id"] == events[-4]["response"]["output"][1]["id"]


def test_c_outputs_without_end_are_refused() -> None:
    wire = opened(ScriptedEngines([[*called("add", "{}"), DONE]]))
    wire.send("response.create")
    early = {"type": "function_call_output", "call_id": wire.run(1)[0]["item"]["call_id"], "output": "1"}
    for _ in range(MOST_RESULTS):
        assert wire.send("conversation.item.create", item=early) == []
    assert types(wire.send("conversation.item.create", item=early)) == ["error"]
    assert types(wire.run()).count("conversation.item.done") == 1 + MOST_RESULTS


def test_c_text_and_a_call_are_two_items() -> None:
    wire = opened(ScriptedEngines([[*spoken("Wait.", end=None), *called("add", "{}"), DONE]]))
    wire.send("response.create")
    events = wire.run()
    assert order(events) == [*OPENED, "transcript", "audio", *CLOSED, *CALL, "response.done", "rate_limits.updated"]
    assert [e["output_index"] for e in events if e["type"] == "response.output_item.done"] == [0, 1]
    valid(wire)


def test_d_barge_in_amid_the_sound() -> None:
    wire = opened(ScriptedEngines([spoken("One two three four.", "Five six."), spoken("Well.")]))
    turn(wire)
    wire.run(10)
    listen(wire)
    events = wire.report(Onset(2.5))
    assert order(events) == ["input_audio_buffer.speech_started", *CLOSED, "response.done"]
    assert [e["item"]["status"] for e in events if "item" in e] == ["incomplete", "incomplete"]
    response = events[-1]["response"]
    assert response["status"] == "cancelled"
    assert response["status_details"] == {"type": "cancelled", "reason": "turn_detected"}
    assert response["output"][0]["content"][0]["transcript"] == "One two three four."
    assert response["usage"]["output_tokens"] > 0
    assert wire.engines.asked(Stop)[-1].id == response["id"]
    assert wire.run() == []
    after = wire.report(Draft(HELLO), Finished(HELLO, 2.5, 3.5, "silence")) + wire.run()
    assert order(after) == [*TURN, *ANSWER]
    valid(wire)


def test_e_barge_in_before_any_output() -> None:
    wire = opened()
    turn(wire)
    events = wire.report(Onset(2.0))
    assert types(events) == ["input_audio_buffer.speech_started", "response.done"]
    assert events[-1]["response"]["output"] == []
    assert events[-1]["response"]["usage"]["total_tokens"] == 0
    valid(wire)


def test_f_barge_in_leaves_closed_items_as_they_are() -> None:
    wire = opened(ScriptedEngines([[*called("add", "{}"), *called("sub", "{}"), DONE]]))
    turn(wire)
    wire.run(6)
    events = wire.report(Onset(2.0))
    assert types(events) == ["input_audio_buffer.speech_started", *CALL[-2:], "response.done"]
    assert events[-1]["response"]["status"] == "cancelled"
    assert [item["status"] for item in events[-1]["response"]["output"]] == ["completed", "incomplete"]


def test_c_the_end_of_a_call_comes_with_the_end_of_its_response() -> None:
    """Or else clients that ask for the next answer at once are refused."""
    wire = opened(ScriptedEngines([[*called("add", "{}"), DONE]]))
    wire.send("response.create")
    assert order(wire.run(3)) == CALL[:3]
    assert order(wire.run()) == [*CALL[3:], "response.done", "rate_limits.updated"]


def test_g_cancel() -> None:
    wire = opened(ScriptedEngines([spoken("One two three four.")]))
    wire.send("response.create")
    wire.run(10)
    events = wire.send("response.cancel")
    assert order(events) == [*CLOSED, "response.done"]
    assert events[-1]["response"]["status_details"] == {"type": "cancelled", "reason": "client_cancelled"}
    assert wire.run() == []
    valid(wire)


def test_h_no_interruption_and_the_new_turn_waits() -> None:
    vad = {"audio": {"input": {"turn_detection": {**VAD, "interrupt_response": False}}}}
    wire = opened(ScriptedEngines([spoken("One two."), spoken("Three.")]), vad)
    turn(wire)
    wire.run(3)
    assert order(turn(wire, "more")) == ["input_audio_buffer.speech_started", *TURN]
    assert order(wire.run()) == ["audio", *CLOSED, "response.done", "rate_limits.updated", *ANSWER]
    assert [m.text for m in wire.engines.asked(Answer)[1].brief.messages] == ["hello", "One two.", "more"]
    valid(wire)


def test_h_no_response_of_itself() -> None:
    wire = opened(session={"audio": {"input": {"turn_detection": {**VAD, "create_response": False}}}})
    assert order(turn(wire) + wire.run()) == ["input_audio_buffer.speech_started", *TURN]
    assert wire.engines.asked(Answer) == []


def test_i_idle_timeout_runs_from_the_end_of_playback() -> None:
    wire = opened(session={"audio": {"input": {"turn_detection": {**VAD, "idle_timeout_ms": 5000}}}})
    wire.send("response.create")
    wire.run()  # 0.2 s of sound
    assert wire.wait(5.1) == []
    events = wire.wait(0.2)
    assert types(events) == [
        "input_audio_buffer.timeout_triggered",
        *ADDED,
        "input_audio_buffer.committed",
        *ADDED,
        "response.created",
    ]
    assert events[1]["item"]["role"] == "system"
    assert events[0]["item_id"] == events[3]["item_id"] == events[4]["item"]["id"]
    wire.run()
    listen(wire)
    wire.report(Onset(1.0))
    assert wire.wait(60) == []
    valid(wire)


def idle_timeout(**settings: Any) -> Wire:
    """Rests after an answer; 5 s later the server speaks up."""
    detection = {**VAD, "idle_timeout_ms": 5000, **settings}
    wire = opened(session={"audio": {"input": {"turn_detection": detection}}})
    wire.send("response.create")
    wire.run()
    wire.wait(1)
    return wire


def test_i_a_noise_begins_the_idle_time_anew() -> None:
    wire = idle_timeout()
    listen(wire)
    wire.report(Onset(0.5))
    wire.wait(3)
    wire.report(Rejected("no words", 1.5))
    assert wire.wait(4.9) == []
    assert types(wire.wait(0.2))[0] == "input_audio_buffer.timeout_triggered"


def test_i_idle_time_does_not_run_on_through_a_barge_in() -> None:
    wire = idle_timeout(create_response=False)
    wire.send("response.create")
    wire.run(3)
    listen(wire)
    wire.report(Onset(0.5))
    wire.wait(60)
    wire.report(Finished(HELLO, 0.5, 1.5, "silence"))
    assert wire.wait(0.1) == []


def test_i_idle_time_begins_where_the_client_stops_to_play() -> None:
    wire = opened(ScriptedEngines([spoken(*["One two three four five six seven."] * 20)]))  # 14 s
    wire.send("session.update", session={"audio": {"input": {"turn_detection": {**VAD, "idle_timeout_ms": 5000}}}})
    wire.send("response.create")
    wire.run(700)
    wire.send("response.cancel")
    assert wire.wait(4.9) == []
    assert types(wire.wait(0.2))[0] == "input_audio_buffer.timeout_triggered"


def test_j_manual_mode_waits_for_the_words() -> None:
    wire = opened(session={"audio": {"input": {"turn_detection": None, "transcription": {"model": "any"}}}})
    listen(wire, 1)
    assert types(wire.send("input_audio_buffer.commit")) == ["input_audio_buffer.committed", *ADDED]
    assert types(wire.send("response.create")) == ["response.created"]
    assert wire.engines.asked(Answer) == []
    (job,) = wire.engines.asked(Transcribe)
    assert len(job.samples) == pytest.approx(16_000, abs=64)
    words = "conversation.item.input_audio_transcription"
    assert order(wire.run()) == [f"{words}.delta", f"{words}.completed", *ANSWER[1:]]
    assert [m.text for m in wire.engines.asked(Answer)[0].brief.messages] == ["hello"]
    valid(wire)


def test_j_commit_with_turn_detection_takes_the_turn_under_way() -> None:
    wire = opened()
    listen(wire)
    (started,) = wire.report(Onset(0.5))
    wire.report(Draft(HELLO))
    events = wire.send("input_audio_buffer.commit") + wire.run()
    assert types(events) == TURN
    assert {event["item_id"] for event in events[:2]} == {started["item_id"]}
    assert wire.report(Finished(HELLO, 0.5, 1.5, "silence")) == []


def test_k_history_is_chained() -> None:
    wire = opened()
    for name in "abc":
        wire.send("conversation.item.create", item=text_item(name, id=name))
    chain = [(e["item"]["id"], e["previous_item_id"]) for e in wire.events if e["type"] == ADDED[0]]
    assert chain == [("a", None), ("b", "a"), ("c", "b")]


def test_l_out_of_band_beside_the_conversation() -> None:
    wire = opened(ScriptedEngines([spoken("One."), written("yes")]))
    wire.send("conversation.item.create", item=text_item(id="a"))
    wire.send("response.create")
    apart = {"conversation": "none", "metadata": {"k": "v"}, "output_modalities": ["text"], "input": [text_item("b")]}
    (created,) = wire.send("response.create", response=apart)
    assert created["response"]["conversation_id"] is None
    assert created["response"]["metadata"] == {"k": "v"}
    events = [
        e for e in wire.run() if e.get("response_id", e.get("response", {}).get("id")) == created["response"]["id"]
    ]
    assert order(events) == [
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.done",
    ]
    assert [m.text for m in wire.engines.asked(Answer)[1].brief.messages] == ["b"]
    assert wire.send("conversation.item.retrieve", item_id=events[0]["item"]["id"])[0]["type"] == "error"
    valid(wire)


def test_l_speech_does_not_end_it() -> None:
    wire = opened()
    wire.send("response.create", response={"conversation": "none"})
    listen(wire)
    assert types(wire.report(Onset(0.5))) == ["input_audio_buffer.speech_started"]
    assert "response.done" in types(wire.run())


def test_m_most_tokens() -> None:
    wire = opened(ScriptedEngines([spoken("One two", end=Written("length", Usage(1, 0, 2)))]))
    wire.send("response.create", response={"max_output_tokens": 2})
    events = wire.run()
    assert order(events) == ANSWER[1:]
    response = events[-2]["response"]
    assert response["status"] == response["output"][0]["status"] == "incomplete"
    assert response["status_details"] == {"type": "incomplete", "reason": "max_output_tokens"}
    assert wire.engines.asked(Answer)[0].brief.max_tokens == 2
    valid(wire)


def test_m_a_call_that_was_cut_is_never_done() -> None:
    parts = [CallBegun("add"), CallArguments('{"a"'), Written("length", Usage())]
    wire = opened(ScriptedEngines([parts]))
    wire.send("response.create")
    events = wire.run()
    assert "response.function_call_arguments.done" not in types(events)
    assert events[-3]["item"]["status"] == "incomplete"


def test_the_ears_are_told_whether_the_user_hears_an_answer() -> None:
    wire = opened()
    listen(wire, 1)
    wire.send("response.create")
    listen(wire, 1)
    wire.run()  # 0.2 s of sound
    wire.wait(0.1)
    listen(wire, 1)
    wire.wait(0.2)
    listen(wire, 1)
    assert [sound.answering for sound in wire.engines.asked(Sound)] == [False, True, True, False]


def test_a_transcription_session_has_words_only() -> None:
    wire = opened(session={"type": "transcription", **TRANSCRIBED})
    assert order(turn(wire) + wire.run())[-1].endswith("transcription.completed")
    assert wire.engines.asked(Answer) == []
    (error,) = wire.send("response.create", event_id="mine")
    assert error["error"]["event_id"] == "mine"
    valid(wire)

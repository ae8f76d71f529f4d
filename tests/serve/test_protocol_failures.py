"""A response that fails: what is open is closed, response.done says why, and the next one may come."""

from __future__ import annotations

from typing import Any

import pytest
from protocol_world import ADDED, ANSWER, HELLO, MANUAL, TRANSCRIBED, TURN, listen, opened, order, turn, valid

from edge_agent.errors import PromptTooLong
from edge_agent.host.jobs import Answer, ListenFailed, Stop
from edge_agent.types import Draft, Failure, Finished, Onset
from tests.rigs.fakes.realtime import ScriptedEngines, spoken, types

WORDS = "conversation.item.input_audio_transcription"


def test_n_failure() -> None:
    wire = opened(ScriptedEngines([spoken("One two.", end=Failure("out of memory"))]))
    wire.send("response.create")
    events = wire.run()
    assert order(events) == ANSWER[1:-1]
    response = events[-1]["response"]
    assert response["status"] == "failed"
    assert response["status_details"]["error"]["message"] == "out of memory"
    assert response["output"][0]["status"] == "incomplete"
    assert "response.created" in types(wire.send("response.create"))
    valid(wire)


@pytest.mark.parametrize(
    ("failure", "kind"),
    [(Failure("no"), "server_error"), (Failure("too long", PromptTooLong.code), "invalid_request_error")],
)
def test_a_prompt_that_does_not_fit_is_no_fault_of_the_server(failure: Failure, kind: str) -> None:
    wire = opened(ScriptedEngines([[failure]]))
    wire.send("response.create")
    fault = wire.run()[-1]["response"]["status_details"]["error"]
    assert fault == {"type": kind, "code": failure.code, "message": failure.error}
    assert "response.created" in types(wire.send("response.create"))
    valid(wire)


def test_an_answer_that_failed_while_it_was_held_is_told_when_the_turn_is_over() -> None:
    wire = opened(ScriptedEngines([[Failure("no")], spoken("Hi.")]), TRANSCRIBED)
    listen(wire)
    wire.report(Onset(0.5), Draft(HELLO))
    assert wire.run() == [], "the user may go on, and then nothing has failed"
    done = wire.report(Finished(HELLO, 0.5, 1.5, "silence"))[-1]
    assert (done["type"], done["response"]["status"]) == ("response.done", "failed")
    assert done["response"]["status_details"]["error"]["message"] == "no"
    assert len(wire.engines.asked(Answer)) == 1, "the same words are not tried twice"
    assert order(turn(wire, "again") + wire.run())[-len(ANSWER) :] == ANSWER
    valid(wire)


@pytest.mark.parametrize("before", [[Onset(0.5)], [Onset(0.5), Draft(HELLO)]])
@pytest.mark.parametrize(
    ("session", "told"), [(TRANSCRIBED, f"{WORDS}.failed"), (None, "error")], ids=["transcribed", "not"]
)
def test_a_turn_that_the_ears_failed_on_is_an_item_without_an_answer(before, session, told) -> None:
    wire = opened(ScriptedEngines([spoken("Hi.")]), session)
    listen(wire)
    wire.report(*before)
    events = wire.report(ListenFailed("The speech recognition was lost."))
    assert types(events) == [*TURN, told]
    assert events[-1]["error"]["message"] == "The speech recognition was lost."
    assert wire.run() == [], "what was begun is dropped"
    assert len(wire.engines.asked(Stop)) == len(wire.engines.asked(Answer))
    assert order(turn(wire, "again") + wire.run())[-len(ANSWER) :] == ANSWER
    assert [message.text for message in wire.engines.asked(Answer)[-1].brief.messages] == ["again"]
    valid(wire)


def test_ears_that_fail_between_turns_are_nobodys_turn() -> None:
    wire = opened()
    listen(wire)
    assert wire.report(ListenFailed("no")) == []


def test_a_response_that_waits_for_words_fails_with_them() -> None:
    """It is not made of the conversation before: that would answer something else."""
    wire = opened(ScriptedEngines([spoken("Hi.")], heard=["broken", "hello"]), {**MANUAL, **_transcribed(MANUAL)})
    listen(wire, 1)
    wire.send("input_audio_buffer.commit")
    assert types(wire.send("response.create")) == ["response.created"]
    events = wire.run()
    assert types(events) == [f"{WORDS}.failed", "response.done"]
    assert events[-1]["response"]["status"] == "failed"
    assert wire.engines.asked(Answer) == []
    listen(wire, 1)
    assert types(wire.send("input_audio_buffer.commit")) == ["input_audio_buffer.committed", *ADDED]
    wire.send("response.create")
    assert order(wire.run())[-len(ANSWER) + 1 :] == ANSWER[1:]
    valid(wire)


def _transcribed(session: dict[str, Any]) -> dict[str, Any]:
    return {"audio": {"input": {**session["audio"]["input"], **TRANSCRIBED["audio"]["input"]}}}

"""Which voice a client gets: one that is installed by its name, that of the settings by a hosted name, or an error."""

from __future__ import annotations

from typing import Any

import pytest
from protocol_world import listen, turn, valid

from edge_agent.host.jobs import Answer, Manner, Stop
from edge_agent.serve.new_session import NewSessions
from edge_agent.serve.realtime_protocol.errors import ClientError
from edge_agent.serve.realtime_protocol.session import Session
from edge_agent.serve.voices import HOSTED
from edge_agent.types import Draft, Finished, Heard, Onset
from tests.rigs.fakes.realtime import ScriptedEngines, Wire, spoken, types

JOE, HEART = "en_US-joe-medium", "hibari-heart"
SESSIONS = NewSessions("Be brief.", "local", lambda: 0.0, voices=(JOE, HEART))


def session(voice: Any = None) -> Session:
    return SESSIONS.make({"audio": {"output": {"voice": voice}}})


def opened(**options: Any) -> Wire:
    wire = Wire(ScriptedEngines([spoken("Hi.")]), voices=(JOE, HEART), **options)
    wire.open()
    return wire


def update(voice: str) -> dict[str, Any]:
    return {"type": "session.update", "session": {"type": "realtime", "audio": {"output": {"voice": voice}}}}


@pytest.mark.parametrize("voice", [JOE, HEART, {"id": HEART}])
def test_an_installed_voice_is_chosen_by_its_name(voice: Any) -> None:
    name = voice["id"] if isinstance(voice, dict) else voice
    assert session(voice).manner == Manner(1.0, name)
    assert session(voice).to_json()["audio"]["output"]["voice"] == name


@pytest.mark.parametrize("voice", [None, *HOSTED])
def test_a_hosted_name_is_the_voice_of_the_settings_and_is_shown_as_given(voice: str | None) -> None:
    assert session(voice).manner == Manner()
    assert session(voice).to_json()["audio"]["output"]["voice"] == (voice or "alloy")


def test_any_other_voice_is_refused_and_the_error_names_those_there_are() -> None:
    with pytest.raises(ClientError) as caught:
        session("Puck" * 50)
    error = caught.value
    assert (error.code, error.param) == ("invalid_value", "session.audio.output.voice")
    assert f"Installed: {JOE}, {HEART}; " in error.message
    assert "Puck" * 21 not in error.message


def test_where_nothing_is_known_of_voices_any_name_will_do() -> None:
    made = NewSessions("", "local", lambda: 0.0).make({"audio": {"output": {"voice": "Puck"}}})
    assert (made.voice, made.manner) == ("Puck", Manner())


def test_answers_are_asked_for_in_the_voice_of_the_session_or_of_the_one_response() -> None:
    wire = opened()
    assert types(wire.send(**update(HEART))) == ["session.updated"]
    wire.send("response.create")
    wire.run()
    wire.send("response.create", response={"audio": {"output": {"voice": JOE}}})
    wire.run()
    turn(wire)
    assert [job.manner.voice for job in wire.engines.asked(Answer)] == [HEART, JOE, HEART]
    shown = [e["response"]["audio"]["output"]["voice"] for e in wire.events if e["type"] == "response.done"]
    assert shown == [HEART, JOE]
    valid(wire)


def test_an_answer_that_is_held_is_dropped_with_its_voice() -> None:
    wire = opened()
    heard = Heard("hello", "en", 1.0)
    listen(wire)
    wire.report(Onset(0.5), Draft(heard))
    wire.send(**update(HEART))
    wire.report(Finished(heard, 0.5, 1.5, "silence"))
    first, second = wire.engines.asked(Answer)
    assert (first.manner.voice, second.manner.voice) == (None, HEART)
    assert [job.id for job in wire.engines.asked(Stop)] == [first.id]


def test_a_wrong_voice_changes_nothing() -> None:
    wire = opened()
    wire.send(**update(HEART))
    (error,) = wire.send(**update("Puck"))
    assert error["error"]["param"] == "session.audio.output.voice"
    (error,) = wire.send("response.create", response={"audio": {"output": {"voice": "Puck"}}})
    assert error["error"]["param"] == "response.audio.output.voice"
    assert wire.engines.asked(Answer) == []
    wire.send("response.create")
    assert wire.engines.asked(Answer)[0].manner.voice == HEART


def test_beta_names_its_own_key() -> None:
    wire = opened(dialect="beta")
    (error,) = wire.send("session.update", session={"voice": "Puck"})
    assert (error["error"]["code"], error["error"]["param"]) == ("invalid_value", "session.voice")
    (error,) = wire.send("response.create", response={"voice": "Puck"})
    assert error["error"]["param"] == "response.voice"
    assert wire.send("session.update", session={"voice": HEART})[0]["session"]["voice"] == HEART

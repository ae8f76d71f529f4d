"""Where the device plays: what the client may do to the sound, and what else depends on it."""

from __future__ import annotations

import pytest
from protocol_world import (
    ADDED,
    CLOSED,
    VAD,
    listen,
    order,
    text_item,
    valid,
)
from tape_player import (
    CLEARED,
    SILENT_ANSWER,
    SPEECH,
    STARTED,
    STOPPED,
    TRUNCATED,
    PlayedWire,
    answered,
    barge_in,
    ends,
    items,
    remembered,
)

from edge_agent.host.jobs import Sound
from tests.rigs.fakes.realtime import BLOCK, ScriptedEngines, spoken, types, written

# --- the client -------------------------------------------------------------------------------------------------------


def test_clear_silences_an_answer_that_is_done() -> None:
    wire = answered()
    wire.hear(11)
    events = wire.send("output_audio_buffer.clear")
    assert types(events) == [CLEARED, TRUNCATED]
    assert ends(events) == [(items(wire)[0], 220)]
    assert wire.hear() == []
    assert remembered(wire) == ["One two"]
    valid(wire)


def test_clear_gives_up_what_is_still_made() -> None:
    """Nobody would hear the rest."""
    wire = PlayedWire(ScriptedEngines([spoken("One two three four.")]))
    wire.send("response.create")
    wire.run(10)
    wire.hear(6)
    events = wire.send("output_audio_buffer.clear")
    assert order(events) == [CLEARED, *CLOSED, "response.done", TRUNCATED]
    assert events[-2]["response"]["status_details"] == {"type": "cancelled", "reason": "client_cancelled"}
    assert wire.run() == []
    assert wire.hear() == []
    assert remembered(wire) == ["One"]
    valid(wire)


def test_clear_leaves_a_response_that_has_no_sound_yet() -> None:
    wire = answered(spoken("One."), spoken("Two."))
    wire.hear(1)
    wire.send("response.create")
    assert types(wire.send("output_audio_buffer.clear")) == [CLEARED, TRUNCATED]
    assert order(wire.run()) == SILENT_ANSWER[1:]
    assert types(wire.hear()) == [STARTED, STOPPED]


def test_clear_where_nothing_is_played_is_no_error() -> None:
    wire = answered()
    wire.hear()
    assert wire.send("output_audio_buffer.clear") == []
    assert wire.send("output_audio_buffer.clear") == []
    assert remembered(wire) == ["One two three four."]


def test_cancel_ends_the_making_and_clear_the_playing() -> None:
    """As clients of WebRTC send them, one after the other."""
    wire = PlayedWire(ScriptedEngines([spoken("One two three four.")]))
    wire.send("response.create")
    wire.run(10)
    wire.hear(2)
    assert order(wire.send("response.cancel")) == [*CLOSED, "response.done"]
    assert wire.run() == []
    assert wire.hear(4) == []
    events = wire.send("output_audio_buffer.clear")
    assert types(events) == [CLEARED, TRUNCATED]
    assert ends(events) == [(items(wire)[0], 120)]
    assert remembered(wire) == ["One"]


def test_what_was_made_before_a_cancel_is_heard_and_remembered() -> None:
    wire = PlayedWire(ScriptedEngines([spoken("One two three four.")]))
    wire.send("response.create")
    wire.run(11)
    wire.send("response.cancel")
    assert types(wire.hear()) == [STARTED, STOPPED]
    assert wire.tape.whole == items(wire)
    assert len(wire.tape.heard) == 11 * BLOCK
    assert remembered(wire) == ["One two"]


def test_a_truncation_is_an_edit_and_never_gives_back_what_was_not_heard() -> None:
    wire = answered()
    id = items(wire)[0]
    truncate = {"type": "conversation.item.truncate", "item_id": id, "content_index": 0}
    assert ends(wire.send(**truncate, audio_end_ms=300)) == [(id, 300)]
    wire.hear(11)
    assert ends(barge_in(wire)) == [(id, 220)]
    assert ends(wire.send(**truncate, audio_end_ms=9999)) == [(id, 220)]
    assert ends(wire.send(**truncate, audio_end_ms=110)) == [(id, 110)]
    assert remembered(wire) == ["One"]


def test_an_answer_out_of_band_is_played_and_no_speech_silences_it() -> None:
    wire = PlayedWire(ScriptedEngines([spoken("One two.")]))
    wire.send("response.create", response={"conversation": "none"})
    wire.run()
    wire.hear(3)
    assert types(barge_in(wire)) == [SPEECH]
    assert wire.hear(3) == []
    assert types(wire.send("output_audio_buffer.clear")) == [CLEARED]
    assert wire.hear() == []
    valid(wire)


# --- what depends on it -----------------------------------------------------------------------------------------------


def test_the_ears_are_told_as_long_as_the_device_plays() -> None:
    wire = answered()
    for blocks in (0, 19, 1):
        wire.hear(blocks)
        listen(wire, 1)
    assert [sound.answering for sound in wire.engines.asked(Sound)] == [True, True, False]


@pytest.mark.parametrize("cleared", [False, True])
def test_idle_time_runs_from_when_it_was_heard(cleared: bool) -> None:
    detection = {**VAD, "idle_timeout_ms": 5000}
    wire = answered(session={"audio": {"input": {"turn_detection": detection}}})
    assert wire.wait(20) == []  # whoever plays has a long way
    wire.hear(5 if cleared else None)
    if cleared:
        wire.send("output_audio_buffer.clear")
    assert wire.wait(4.9) == []
    assert types(wire.wait(0.2))[0] == "input_audio_buffer.timeout_triggered"


def test_the_voice_stays_once_it_was_handed_over() -> None:
    wire = answered()
    (event,) = wire.send("session.update", session={"type": "realtime", "audio": {"output": {"voice": "marin"}}})
    assert event["error"]["code"] == "cannot_update_voice"


def test_text_beside_sound_that_is_still_heard() -> None:
    wire = answered(spoken("One two."), written("Three."))
    wire.hear(2)
    assert types(wire.send("conversation.item.create", item=text_item())) == ADDED
    wire.send("response.create", response={"output_modalities": ["text"]})
    wire.run()
    assert types(wire.hear()) == [STOPPED]
    assert remembered(wire) == ["One two.", "hi", "Three."]

"""Where the device plays, what was said is what was heard: sound, words, and `output_audio_buffer.*`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from protocol_world import (
    CALL,
    CLOSED,
    HELLO,
    OPENED,
    TURN,
    VAD,
    listen,
    order,
    turn,
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

from edge_agent.host.jobs import Answer, Stop
from edge_agent.serve.realtime_protocol.outputs import Played
from edge_agent.speak.playback import words_said
from edge_agent.types import Draft, Failure, Finished, Onset, Sentence, Voiced, WordEnd
from tests.rigs.fakes.realtime import BLOCK, DONE, RATE_HZ, ScriptedEngines, called, spoken, types

# --- an answer that is heard to its end -------------------------------------------------------------------------------


def test_an_answer_is_done_long_before_it_was_heard() -> None:
    wire = answered()
    assert order(wire.events[1:]) == SILENT_ANSWER
    id = wire.events[-2]["response"]["id"]
    (started,) = wire.hear(1)
    assert (started["type"], started["response_id"]) == (STARTED, id)
    assert wire.hear(18) == []
    (stopped,) = wire.hear(1)
    assert (stopped["type"], stopped["response_id"]) == (STOPPED, id)
    assert wire.hear() == []
    assert len(wire.tape.heard) == 0.4 * RATE_HZ
    assert np.array_equal(
        wire.tape.heard, np.concatenate([block.samples for block in spoken("One two three four.")[:-1]])
    )
    assert wire.tape.whole == items(wire)
    assert remembered(wire) == ["One two three four."]
    valid(wire)


def test_it_stops_with_the_last_sample_not_with_the_last_block() -> None:
    wire = answered()
    wire.hear(19)
    assert wire.report(*wire.tape.play(BLOCK - 1)) == []
    assert types(wire.report(*wire.tape.play(1))) == [STOPPED]


def test_a_voice_slower_than_real_time_stops_when_the_response_is_done_too() -> None:
    wire = PlayedWire(ScriptedEngines([spoken("One two.")]))
    wire.send("response.create")
    wire.run(3)
    assert types(wire.hear()) == [STARTED]
    wire.run(7)
    assert wire.hear() == []
    assert order(wire.run()) == [*CLOSED, "response.done", "rate_limits.updated", STOPPED]
    assert wire.hear() == []
    valid(wire)


def test_sound_that_ends_before_its_response_stops_with_it() -> None:
    """A second item may follow, and its sound would belong to the same response."""
    wire = PlayedWire(ScriptedEngines([[*spoken("One.", end=None), *called("add", "{}"), *spoken("Two.")]]))
    wire.send("response.create")
    wire.run(8)  # the call is under way
    assert types(wire.hear()) == [STARTED]
    assert wire.tape.whole == items(wire)[:1]
    wire.run()
    assert types(wire.hear()) == [STOPPED]
    assert len(wire.tape.heard) == 10 * BLOCK
    assert wire.tape.whole == items(wire)[::2]


def test_an_answer_without_sound_has_no_playing() -> None:
    wire = answered([Voiced(Sentence(0, "One.", last=True), np.zeros(0, np.float32), RATE_HZ, 0, 0), DONE])
    wire.send("response.create", response={"output_modalities": ["text"]})
    wire.run()
    assert wire.hear() == []
    assert wire.tape.whole == []
    assert wire.report(Onset(0.5))[1:] == []


def test_two_answers_are_heard_one_after_the_other() -> None:
    wire = answered(spoken("One."), spoken("Two."))
    wire.hear(2)
    wire.send("response.create")
    wire.run()
    first, second = (e["response"]["id"] for e in wire.events if e["type"] == "response.done")
    told = [(e["type"], e["response_id"]) for e in wire.hear()]
    assert told == [(STOPPED, first), (STARTED, second), (STOPPED, second)]
    valid(wire)


def test_a_failed_answer_is_heard_as_far_as_it_was_made() -> None:
    wire = answered(spoken("One two.", end=Failure("out of memory")))
    assert wire.events[-1]["response"]["status"] == "failed"
    assert types(wire.hear()) == [STARTED, STOPPED]
    assert len(wire.tape.heard) == 0.2 * RATE_HZ


def test_beta_has_the_same_names() -> None:
    wire = answered(dialect="beta")
    assert types(wire.hear()) == [STARTED, STOPPED]
    assert "response.audio.delta" not in types(wire.events)


# --- barge-in ---------------------------------------------------------------------------------------------------------


def test_barge_in_amid_a_word_of_an_answer_that_is_done() -> None:
    wire = answered()
    wire.hear(11)  # 0.22 s: "One two" has ended, "three" not
    events = barge_in(wire)
    assert types(events) == [SPEECH, CLEARED, TRUNCATED]
    assert ends(events) == [(items(wire)[0], 220)]
    assert wire.hear() == []
    assert len(wire.tape.heard) == 0.22 * RATE_HZ
    (retrieved,) = wire.send("conversation.item.retrieve", item_id=items(wire)[0])
    assert retrieved["item"]["status"] == "completed"
    assert retrieved["item"]["content"][0]["transcript"] == "One two"
    assert remembered(wire) == ["One two"]
    valid(wire)


def test_barge_in_while_the_answer_is_made() -> None:
    wire = PlayedWire(ScriptedEngines([spoken("One two three four.", "Five six."), spoken("Well.")]))
    turn(wire)
    wire.run(18)  # 0.36 s are made
    wire.hear(6)  # 0.12 s are heard
    listen(wire)
    events = wire.report(Onset(2.5))
    assert order(events) == [SPEECH, CLEARED, *CLOSED, "response.done", TRUNCATED]
    response = events[-2]["response"]
    assert response["status_details"] == {"type": "cancelled", "reason": "turn_detected"}
    assert response["output"][0]["content"][0]["transcript"] == "One two three four."
    assert wire.engines.asked(Stop)[-1].id == response["id"]
    assert ends(events) == [(items(wire)[0], 120)]
    assert wire.run() == []
    assert wire.hear() == []
    after = wire.report(Draft(HELLO), Finished(HELLO, 2.5, 3.5, "silence")) + wire.run()
    assert order(after) == [*TURN, *SILENT_ANSWER]
    assert [m.text for m in wire.engines.asked(Answer)[1].brief.messages] == ["hello", "One", "hello"]
    assert types(wire.hear()) == [STARTED, STOPPED]
    valid(wire)


@pytest.mark.parametrize("made", [2, None])
def test_barge_in_before_anything_was_played(made: int | None) -> None:
    wire = PlayedWire(ScriptedEngines([spoken("One two.")]))
    wire.send("response.create")
    wire.run(made)
    events = barge_in(wire)
    closing = [*CLOSED, "response.done"] if made else []
    assert order(events) == [SPEECH, *closing, TRUNCATED]
    assert ends(events) == [(items(wire)[0], 0)]
    assert wire.hear() == []
    assert len(wire.tape.heard) == 0
    assert remembered(wire) == []
    valid(wire)


def test_barge_in_when_all_was_heard_cuts_nothing() -> None:
    wire = answered()
    wire.hear()
    assert types(barge_in(wire)) == [SPEECH]
    assert remembered(wire) == ["One two three four."]


def test_barge_in_where_the_voice_has_fallen_behind() -> None:
    """All that was made was heard, but not the whole sentence."""
    wire = PlayedWire(ScriptedEngines([spoken("One two three four.")]))
    wire.send("response.create")
    wire.run(11)
    wire.hear()
    events = barge_in(wire)
    assert order(events) == [SPEECH, CLEARED, *CLOSED, "response.done", TRUNCATED]
    assert ends(events) == [(items(wire)[0], 220)]
    assert remembered(wire) == ["One two"]


@pytest.mark.parametrize(
    ("blocks", "cut", "words"),
    [
        (5, [(0, 100), (2, 0)], ["One"]),
        (10, [(2, 0)], ["One two."]),
        (15, [(2, 100)], ["One two.", "Three"]),
        (20, [], ["One two.", "Three four."]),
    ],
)
def test_each_item_of_an_answer_is_cut_where_it_was_heard(blocks: int, cut: Any, words: list[str]) -> None:
    parts = [*spoken("One two.", end=None), *called("add", "{}"), *spoken("Three four.")]
    wire = answered(parts)
    assert order(wire.events[2:]) == [
        *(*OPENED, "transcript", *CLOSED, *CALL, *OPENED, "transcript", *CLOSED),
        *("response.done", "rate_limits.updated"),
    ]
    wire.hear(blocks)
    assert ends(barge_in(wire)) == [(items(wire)[index], ms) for index, ms in cut]
    assert [text for text in remembered(wire) if text[0] != "{"] == words
    assert len(wire.tape.heard) == blocks * BLOCK
    valid(wire)


def test_answers_that_wait_behind_another_are_cut_too() -> None:
    wire = answered(spoken("One two."), spoken("Three."))
    wire.send("response.create")
    wire.run()
    wire.hear(5)
    events = barge_in(wire)
    assert types(events) == [SPEECH, CLEARED, TRUNCATED, TRUNCATED]
    assert [ms for _, ms in ends(events)] == [100, 0]
    assert remembered(wire) == ["One"]


def test_what_is_reported_after_a_flush_counts_no_more() -> None:
    wire = answered()
    wire.hear(5)
    barge_in(wire)
    assert wire.report(Played(items(wire)[0], 5 * BLOCK), Played("item_unknown", BLOCK)) == []
    assert remembered(wire) == ["One"]


def test_without_interruption_it_is_heard_to_the_end() -> None:
    vad = {"audio": {"input": {"turn_detection": {**VAD, "interrupt_response": False}}}}
    wire = answered(session=vad)
    wire.hear(5)
    assert types(barge_in(wire)) == [SPEECH]
    assert types(wire.hear()) == [STOPPED]


def test_what_the_client_deleted_is_silenced_and_not_told_of() -> None:
    wire = answered()
    wire.hear(5)
    wire.send("conversation.item.delete", item_id=items(wire)[0])
    assert types(barge_in(wire)) == [SPEECH, CLEARED]
    assert wire.hear() == []


SENTENCES = [Sentence(0, "Twenty-one owls.", last=False), Sentence(1, "Who knows why?", last=True)]
ENDS = (WordEnd(10, 9_000), WordEnd(16, 13_000)), (WordEnd(3, 2_000), WordEnd(9, 3_000), WordEnd(14, 8_000))


@given(made=st.integers(0, 60), heard=st.integers(0, 25_000))
def test_words_sound_and_events_agree_wherever_it_is_cut(made: int, heard: int) -> None:
    """Of 13,000 and 8,000 samples, in odd blocks, so many were made and so many heard."""
    parts = list[Any]()
    for sentence, ended in zip(SENTENCES, ENDS, strict=True):
        sound = np.arange(ended[-1].samples, dtype=np.float32)
        blocks = range(0, len(sound), 500)
        parts += [Voiced(sentence, sound[i : i + 500], RATE_HZ, i, len(sound), words=ended) for i in blocks]
    wire = PlayedWire(ScriptedEngines([[*parts, DONE]]))
    wire.send("response.create")
    wire.run(made)
    told = wire.report(*wire.tape.play(heard))
    events = barge_in(wire)
    heard = len(wire.tape.heard)
    whole = heard == sum(len(part.samples) for part in parts) and made > len(parts)
    assert types(told) == [STARTED] * bool(heard) + [STOPPED] * whole
    assert types(events).count(CLEARED) == (heard > 0 and not whole)
    texts = [
        words_said(sentence.text, max(0, heard - before), ended[-1].samples, ended)
        for sentence, ended, before in zip(SENTENCES, ENDS, (0, 13_000), strict=True)
    ]
    assert remembered(wire) == [" ".join(filter(None, texts))] * any(texts)
    assert [ms for _, ms in ends(events)] == [round(heard * 1000 / RATE_HZ)] * (made > 0 and not whole)
    assert wire.hear() == []

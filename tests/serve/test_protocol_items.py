"""Items as clients edit them: order, truncation to the word, retrieval with sound, errors."""

from __future__ import annotations

import base64
import gc
import weakref
from typing import Any

import numpy as np
import pytest
from protocol_world import ADDED, MANUAL, SECOND, TRANSCRIBED, append, listen, opened, text_item, turn, valid

from edge_agent.host.jobs import Answer
from edge_agent.types import Onset, Rejected, Sentence, Voiced
from tests.rigs.fakes.realtime import DONE, ScriptedEngines, Wire, spoken, types


def said(*sentences: str, strict: bool = False) -> tuple[Wire, str]:
    """A wire on which that was said (0.1 s a word), and the id of the item."""
    wire = Wire(ScriptedEngines([spoken(*sentences)]), strict=strict)
    wire.open()
    wire.send("response.create")
    wire.run()
    return wire, wire.events[-2]["response"]["output"][0]["id"]


def truncated(wire: Wire, id: str, ms: int) -> dict[str, Any]:
    (event,) = wire.send("conversation.item.truncate", item_id=id, content_index=0, audio_end_ms=ms)
    return event


def retrieved(wire: Wire, id: str) -> dict[str, Any]:
    (event,) = wire.send("conversation.item.retrieve", item_id=id)
    item: dict[str, Any] = event["item"]
    return item


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (0, ""),
        (199, "One"),
        (200, "One two."),
        (300, "One two."),
        (330, "One two. Three"),
        (500, "One two. Three four five."),
    ],
)
def test_truncation_keeps_the_words_heard(ms: int, text: str) -> None:
    wire, id = said("One two.", "Three four five.")
    assert truncated(wire, id, ms)["audio_end_ms"] == ms
    content = retrieved(wire, id)["content"][0]
    assert content["transcript"] == text
    assert len(base64.b64decode(content["audio"])) == ms * 48
    wire.send("response.create")
    messages = wire.engines.asked(Answer)[-1].brief.messages
    assert [message.text for message in messages] == ([text] if text else [])


def test_truncation_past_the_end_is_clamped_and_with_strict_an_error() -> None:
    wire, id = said("One two.")
    assert truncated(wire, id, 9999)["audio_end_ms"] == 200
    wire, id = said("One two.", strict=True)
    assert "is already shorter than 9999ms" in truncated(wire, id, 9999)["error"]["message"]


def test_truncation_of_an_answer_that_goes_on() -> None:
    wire = opened(ScriptedEngines([spoken("One two.", "Three four.")]))
    wire.send("response.create")
    wire.run(12)  # 0.24 s
    id = next(e["item"]["id"] for e in wire.events if e["type"] == "response.output_item.added")
    truncated(wire, id, 150)
    (done,) = [e for e in wire.run() if e["type"] == "response.output_item.done"]
    assert done["item"]["content"][0]["transcript"] == "One two. Three four."
    assert retrieved(wire, id)["content"][0]["transcript"] == "One"


def test_the_model_remembers_of_an_answer_given_up_what_was_sent() -> None:
    wire = opened(ScriptedEngines([spoken("One two three four.")]))
    wire.send("response.create")
    wire.run(12)
    wire.send("response.cancel")
    wire.send("response.create")
    assert [m.text for m in wire.engines.asked(Answer)[-1].brief.messages] == ["One two"]


def test_what_cannot_be_truncated() -> None:
    wire, id = said("One two.")
    wire.send("conversation.item.create", item=text_item(id="mine"))
    assert truncated(wire, "mine", 0)["error"]["code"] == "invalid_value"
    assert truncated(wire, "none", 0)["error"]["code"] == "item_truncate_invalid_item_id"
    (event,) = wire.send("conversation.item.truncate", item_id=id, content_index=1, audio_end_ms=0)
    assert event["error"]["param"] == "content_index"


def test_the_sound_of_a_users_turn_can_be_retrieved() -> None:
    wire = opened()
    sound = np.arange(48_000).astype("<i2").tobytes()
    wire.receive(append(sound))
    (started,) = wire.report(Onset(0.5))
    wire.send("input_audio_buffer.commit")
    content = retrieved(wire, started["item_id"])["content"][0]
    assert base64.b64decode(content["audio"]) == sound


def test_long_sound_is_left_out() -> None:
    wire = opened(session=MANUAL)
    wire.receive(append(bytes(800_000)))
    committed, *_ = wire.send("input_audio_buffer.commit")
    assert "audio" not in retrieved(wire, committed["item_id"])["content"][0]


def test_insertion_and_deletion() -> None:
    wire = opened()
    create = "conversation.item.create"
    for name, after in (("b", None), ("a", "root"), ("d", "b"), ("c", "b")):
        place = {} if after is None else {"previous_item_id": after}
        wire.send(create, item=text_item(name, id=name), **place)
    chain = [(e["item"]["id"], e["previous_item_id"]) for e in wire.events if e["type"].endswith("added")]
    assert chain == [("b", None), ("a", None), ("d", "b"), ("c", "b")]
    assert types(wire.send("conversation.item.delete", item_id="b")) == ["conversation.item.deleted"]
    wire.send("response.create")
    assert [m.text for m in wire.engines.asked(Answer)[0].brief.messages] == ["a", "c", "d"]


@pytest.mark.parametrize(
    ("frame", "code", "param"),
    [
        ({"type": "conversation.item.delete", "item_id": "x"}, "item_delete_invalid_item_id", "item_id"),
        ({"type": "conversation.item.retrieve", "item_id": "x"}, "item_retrieve_invalid_item_id", "item_id"),
        ({"type": "conversation.item.create", "item": text_item(id="a")}, "item_create_duplicate_item_id", "item.id"),
        (
            {"type": "conversation.item.create", "item": text_item(), "previous_item_id": "x"},
            "invalid_value",
            "previous_item_id",
        ),
        ({"type": "response.cancel"}, "response_cancel_not_active", None),
        ({"type": "response.cancel", "response_id": "x"}, "response_cancel_not_active", None),
        ({"type": "input_audio_buffer.commit"}, "input_audio_buffer_commit_empty", None),
        ({"type": "output_audio_buffer.clear"}, "invalid_value", "type"),
        ({"type": "hello"}, "invalid_value", "type"),
        ({"type": "session.update", "session": {"x": 1}}, "unknown_parameter", "session.x"),
        (
            {"type": "response.create", "response": {"input": [{"type": "item_reference", "id": "x"}]}},
            "invalid_value",
            "response.input[0].id",
        ),
    ],
)
def test_errors_name_the_event_and_change_nothing(frame: dict[str, Any], code: str, param: str | None) -> None:
    wire = opened()
    wire.send("conversation.item.create", item=text_item(id="a"))
    (event,) = wire.send(event_id="mine", **frame)
    assert event["type"] == "error"
    error = event["error"]
    assert (error["code"], error["param"], error["event_id"]) == (code, param, "mine")
    assert "response.created" in types(wire.send("response.create"))
    (second,) = wire.send("response.create", event_id="again")
    assert second["error"]["code"] == "conversation_already_has_active_response"


def test_the_voice_stays_once_it_was_heard() -> None:
    wire, _ = said("Hi.")
    (event,) = wire.send("session.update", session={"type": "realtime", "audio": {"output": {"voice": "other"}}})
    assert event["error"]["code"] == "cannot_update_voice"


def test_the_id_of_the_item_to_come_cannot_be_taken() -> None:
    wire = opened()
    wire.receive(append(bytes(96_000)))
    (started,) = wire.report(Onset(0.5))
    (event,) = wire.send("conversation.item.create", item=text_item(id=started["item_id"]))
    assert event["error"]["code"] == "item_create_duplicate_item_id"


def test_frames_that_are_no_events() -> None:
    wire = opened()
    for frame in ("", "{", "[]", b"\xff\x00", '{"type": 1}', "null", '{"type": "response.create", "response": 7}'):
        assert types(wire.receive(frame)) == ["error"]
    turn(wire)
    assert "response.done" in types(wire.run())


def test_deltas_grow_from_the_first_sound() -> None:
    wire, _ = said("One two three four five six seven eight.")
    sizes = [len(base64.b64decode(e["delta"])) // 48 for e in wire.events if e["type"] == "response.output_audio.delta"]
    assert sizes[0] <= 20
    assert all(100 <= size <= 200 for size in sizes[3:-1])
    assert sum(sizes) == pytest.approx(800, abs=5)


def test_the_id_of_an_item_that_was_deleted_is_free_again() -> None:
    wire = opened()
    turn(wire)
    wire.run()
    id = next(e["item_id"] for e in wire.events if e["type"] == "input_audio_buffer.committed")
    wire.send("conversation.item.delete", item_id=id)
    assert types(wire.send("conversation.item.create", item=text_item(id=id))) == ADDED


def test_what_is_made_after_a_truncation_is_not_retrieved() -> None:
    wire = opened(ScriptedEngines([spoken("One two.", "Three four.")]))
    wire.send("response.create")
    wire.run(12)  # 0.24 s
    id = next(e["item"]["id"] for e in wire.events if e["type"] == "response.output_item.added")
    truncated(wire, id, 150)
    wire.run()
    assert len(base64.b64decode(retrieved(wire, id)["content"][0]["audio"])) == 150 * 48


def test_a_response_does_not_wait_for_the_words_of_an_item_that_was_deleted() -> None:
    wire = opened()
    sound = base64.b64encode(SECOND).decode()
    content = [{"type": "input_audio", "audio": sound}]
    wire.send("conversation.item.create", item={"id": "said", "type": "message", "role": "user", "content": content})
    wire.send("response.create", response={"conversation": "none", "input": [{"type": "item_reference", "id": "said"}]})
    assert wire.engines.asked(Answer) == []
    wire.send("conversation.item.delete", item_id="said")
    assert len(wire.engines.asked(Answer)) == 1


def test_a_session_that_lasts_for_days_keeps_sound_in_its_recordings_only() -> None:
    """The last block of a sentence is a view of a second of the voice's sound and more."""
    piece = np.zeros(22_050, np.float32)
    gone = weakref.ref(piece)
    block = Voiced(Sentence(0, "One.", last=True), piece[-10:], 22_050, 22_040, 22_050)
    wire = opened(ScriptedEngines([[block, DONE]]))
    wire.send("response.create")
    wire.run()
    wire.engines.answers = []
    del piece, block
    gc.collect()
    assert gone() is None


def test_the_sound_of_a_clients_item_counts_and_is_kept_once() -> None:
    wire = opened(session=TRANSCRIBED)
    content = [{"type": "input_audio", "audio": base64.b64encode(SECOND).decode()}]
    wire.send("conversation.item.create", item={"id": "said", "type": "message", "role": "user", "content": content})
    completed = wire.run()[-1]
    assert completed["usage"] == {"type": "duration", "seconds": 1.0}
    assert retrieved(wire, "said")["content"][0]["audio"] == base64.b64encode(SECOND).decode()
    (entry,) = wire.protocol._state.conversation
    assert entry.item.content[0].audio is None


def texts(wire: Wire) -> list[str]:
    """What the model reads."""
    wire.send("response.create", response={"conversation": "none"})
    return [message.text for message in wire.engines.asked(Answer)[-1].brief.messages]


def test_a_session_keeps_the_latest_items_and_says_which_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge_agent.serve.realtime_protocol.conversation.MOST_ITEMS", 3)
    wire = opened()
    for i in range(3):
        assert types(wire.send("conversation.item.create", item=text_item(str(i), id=f"i{i}"))) == ADDED
    events = wire.send("conversation.item.create", item=text_item("3", id="i3"))
    assert types(events) == [*ADDED, "conversation.item.deleted"]
    assert (events[0]["previous_item_id"], events[-1]["item_id"]) == ("i2", "i0")
    assert texts(wire) == ["1", "2", "3"]
    valid(wire)


def test_noise_does_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge_agent.serve.realtime_protocol.conversation.MOST_ITEMS", 3)
    wire = opened()
    for _ in range(10):
        listen(wire)
        wire.report(Onset(0.5), Rejected("noise", 1.0))
    assert types(wire.events).count("conversation.item.added") == 10
    assert types(wire.events).count("conversation.item.deleted") == 7


def test_a_session_keeps_a_mebibyte_of_text() -> None:
    wire, third = opened(), 2**20 // 3
    for id in "abc":
        assert types(wire.send("conversation.item.create", item=text_item("x" * (third - 100), id=id))) == ADDED
    wire.send("conversation.item.delete", item_id="b")
    for id in "de":
        wire.send("conversation.item.create", item=text_item("y" * (third - 100), id=id))
    assert [event["item_id"] for event in wire.events if event["type"] == "conversation.item.deleted"] == ["b", "a"]
    assert [text[0] for text in texts(wire)] == ["x", "y", "y"]


def test_one_item_of_more_than_a_mebibyte_is_refused() -> None:
    wire = opened()
    parts = [{"type": "input_text", "text": "x" * 200}] * 6_000
    for item in (text_item("x" * 2**20), text_item(content=parts)):
        (event,) = wire.send("conversation.item.create", item=item)
        assert event["error"]["code"] == "string_above_max_length"


def test_words_that_are_known_later_count() -> None:
    wire = opened(ScriptedEngines(heard=["word " * 2**17]), session=MANUAL)
    wire.send("conversation.item.create", item=text_item("x" * 2**19, id="a"))
    wire.receive(append(SECOND))
    wire.send("input_audio_buffer.commit")
    assert "conversation.item.deleted" not in types(wire.events)
    assert [event["item_id"] for event in wire.run() if event["type"] == "conversation.item.deleted"] == ["a"]


@pytest.mark.parametrize(
    ("named", "asks"),
    [({}, "The user has said nothing"), ({"transcription": {"model": "any", "language": "de"}}, "Der Nutzer hat")],
)
def test_the_model_is_nudged_in_the_language_that_the_client_names(named: dict[str, Any], asks: str) -> None:
    detection = {"type": "server_vad", "idle_timeout_ms": 5000}
    wire = opened(session={"audio": {"input": {"turn_detection": detection, **named}}})
    wire.send("response.create")
    wire.run()
    events = wire.wait(6)
    assert events[1]["item"]["content"][0]["text"].startswith(asks)

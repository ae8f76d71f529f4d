"""A conversation that is stopped in the middle of something, as SIGTERM stops it: its end comes, and is a clean one."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import pytest

from edge_agent.run.threads import Conversation
from edge_agent.types import Event, InTurn, Onset, Sentence, Turn, TurnDone, Voiced
from tests.rigs.fakes import Scene, Tape


def test_what_is_in_the_loudspeaker_is_faded_though_no_more_sound_was_made() -> None:
    scene = Scene().user(0.5, 1.5, "hello").reply("hello", "Hi there.")
    tape, rooms, events = Tape(scene.samples(), threaded=True), scene.rooms(), list[Event]()
    conversation = Conversation(tape, rooms, on_event=events.append)
    tape.follow(conversation, rests=lambda: True)
    speak = rooms.voice.speak

    def stop_after_a_block(sentence: Sentence) -> Iterator[Voiced]:
        yield from islice(speak(sentence), 1)
        while not tape.sink.blocks:
            os.sched_yield()
        conversation.stop()

    rooms.voice.speak = stop_after_a_block  # type: ignore[method-assign]
    conversation.run()
    assert len(tape.sink.blocks) == 1
    assert tape.sink.flushed == 1
    assert not [event for event in events if isinstance(event, TurnDone)]


@pytest.mark.parametrize("blocks", range(1, 8))
def test_a_stop_within_a_block_ends_every_thread(blocks: int) -> None:
    tape, _, conversation = conversation_of(Scene().user(0.5, 1.5, "hello").reply("hello", "Hi there, my dear friend."))
    tape.follow(conversation)
    conversation.start()
    while len(tape.sink.blocks) < blocks:
        os.sched_yield()
    conversation.stop()
    assert ends(conversation.join)


def conversation_of(scene: Scene) -> tuple[Tape, Any, Conversation]:
    tape, rooms = Tape(scene.samples(), threaded=True), scene.rooms()
    conversation = Conversation(tape, rooms, on_event=lambda event: None)
    tape.follow(conversation, rests=lambda: True)
    return tape, rooms, conversation


def ends(work: Callable[[], object]) -> bool:
    """Whether it comes to an end, in a thread that may be left behind."""
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(5)
    return not thread.is_alive()


@pytest.mark.parametrize("moment", ["in the middle of it", "after it"])
def test_an_answer_that_begins_with_the_stop_does_not_wait_for_the_voice(moment: str) -> None:
    _, _, conversation = conversation_of(Scene())
    close, turn = conversation.frames.close, Turn(1, 1)

    def hand_on() -> None:
        conversation._hand_on(InTurn(turn, Sentence(0, "Hi", last=False)))

    def close_while_it_begins() -> None:
        close()
        hand_on()

    if moment == "in the middle of it":
        conversation.frames.close = close_while_it_begins  # type: ignore[method-assign]
    conversation.stop()
    if moment == "after it":
        hand_on()
    assert ends(lambda: conversation._wanted(turn))


def test_hearing_never_waits_for_a_mind_that_hangs() -> None:
    _, _, conversation = conversation_of(Scene())  # not started: nobody reads

    def cough() -> None:
        for number in range(100):
            conversation.agent.on_hearing(Onset(float(number)))

    assert ends(cough)
    conversation.heard.close()
    assert [message.turn.number for message in conversation.heard] == list(range(93, 101)), "the last count"


def test_what_went_wrong_is_told_though_the_line_does_not_close(monkeypatch: pytest.MonkeyPatch) -> None:
    tape, rooms, conversation = conversation_of(Scene().user(0.5, 1.5, "hello"))

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    def close() -> None:
        raise OSError(28, "No space left on device")

    rooms.ears.hear = fail
    monkeypatch.setattr(tape, "close", close)
    with pytest.raises(ZeroDivisionError):
        conversation.run()

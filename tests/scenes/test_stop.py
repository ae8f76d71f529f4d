"""A conversation that is stopped in the middle of an answer, as SIGTERM stops it: the sound fades, it is not cut."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice

from edge_agent.run.threads import Conversation
from edge_agent.testing import Scene, Tape
from edge_agent.types import Event, Sentence, TurnDone, Voiced


def test_what_is_in_the_loudspeaker_is_faded_though_no_more_sound_was_made() -> None:
    scene = Scene().user(0.5, 1.5, "hello").reply("hello", "Hi there.")
    tape, rooms, events = Tape(scene.samples(), threaded=True), scene.rooms(), list[Event]()
    conversation = Conversation(tape, rooms, on_event=events.append)
    tape.settled = lambda: conversation.frames.reader_waits or conversation.agent.gate.closed
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

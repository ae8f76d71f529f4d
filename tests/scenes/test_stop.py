"""A conversation that is stopped in the middle of something, as SIGTERM stops it: its end comes, and is a clean one."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice

import pytest

from edge_agent.agent.briefs import Briefs
from edge_agent.clock import ManualClock
from edge_agent.events import Event, TurnDone
from edge_agent.host.host import Host
from edge_agent.host.jobs import Answer, Prepare
from edge_agent.run.threads import Conversation
from edge_agent.speak.voice import Voice
from edge_agent.types import Onset, Sentence, Voiced
from tests.rigs.fakes import Scene, Tape, ToneTts


def conversation_of(scene: Scene, voice: Voice | None = None) -> tuple[Tape, list[Event], Conversation]:
    tape, events = Tape(scene.samples(), threaded=True), list[Event]()
    host = Host(replace(scene.engines(), voice=voice or Voice(ToneTts())), ManualClock())
    conversation = Conversation(tape, host, Briefs("Be brief."), on_event=events.append)
    tape.follow(conversation, rests=lambda: True)
    return tape, events, conversation


def test_what_is_in_the_loudspeaker_is_faded_though_no_more_sound_was_made() -> None:
    class Stopping(Voice):
        def speak(self, sentence: Sentence, *, speed: float = 1.0) -> Iterator[Voiced]:
            yield from islice(super().speak(sentence, speed=speed), 1)
            while not tape.sink.blocks:
                os.sched_yield()
            conversation.stop()

    scene = Scene().user(0.5, 1.5, "hello").reply("hello", "Hi there.")
    tape, events, conversation = conversation_of(scene, Stopping(ToneTts()))
    with conversation.host:
        conversation.run()
    assert len(tape.sink.blocks) == 1
    assert tape.sink.flushed == 1
    assert not [event for event in events if isinstance(event, TurnDone)]


@pytest.mark.parametrize("blocks", range(1, 8))
def test_a_stop_within_a_block_ends_every_thread(blocks: int) -> None:
    scene = Scene().user(0.5, 1.5, "hello").reply("hello", "Hi there, my dear friend.")
    tape, _, conversation = conversation_of(scene)
    tape.follow(conversation)
    with conversation.host:
        conversation.start()
        while len(tape.sink.blocks) < blocks:
            os.sched_yield()
        conversation.stop()
        assert ends(conversation.join)


def ends(work: Callable[[], object]) -> bool:
    """Whether it comes to an end, in a thread that may be left behind."""
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(5)
    return not thread.is_alive()


@pytest.mark.parametrize("moment", ["of the conversation", "of the host", "before it"])
def test_an_answer_that_begins_with_the_end_does_not_wait_for_the_voice(moment: str) -> None:
    """Its first fragment is rendered by nobody: whoever asks whether more is wanted is told at once."""
    _, _, conversation = conversation_of(Scene())
    host, link = conversation.host, conversation.link
    job = Answer("1.1", conversation.agent._briefs.brief(1, "hello", ()))
    link.send(job)
    host.start()
    if moment == "before it":
        host._hand_on(link, job, Sentence(0, "Hi", last=False))
    (link.close if moment == "of the conversation" else host.close)()
    host._hand_on(link, job, Sentence(0, "Hi", last=False))
    assert ends(lambda: host._wanted(link, job.id))
    host.close()


def test_hearing_never_waits_for_a_mind_that_hangs() -> None:
    """The host has not been started: nobody reads. What has come of a turn since stands for what came before it."""
    _, _, conversation = conversation_of(Scene())

    def cough() -> None:
        for number in range(100):
            conversation.agent.on_hearing(Onset(float(number)))

    assert ends(cough)
    waiting = conversation.host.to_think.take()
    assert waiting is not None
    assert isinstance(waiting[1], Prepare)
    assert waiting[1].brief.key.endswith(".100.agent")
    assert conversation.host.to_think.take() is None, "the last count"


def test_what_went_wrong_is_told_though_the_line_does_not_close(monkeypatch: pytest.MonkeyPatch) -> None:
    tape, _, conversation = conversation_of(Scene().user(0.5, 1.5, "hello"))

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    def close() -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tape, "close", close)
    monkeypatch.setattr(conversation.agent, "on_hearing", fail)
    conversation.link.report(Onset(0.0))
    with conversation.host, pytest.raises(ZeroDivisionError):
        conversation.run()

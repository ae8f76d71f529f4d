"""Turns that code answers, on a tape: an effect comes with the commit, what is said of it after; inline = threaded."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from act_said import NOON, Said

from edge_agent.act.plan import Effect, Plan
from edge_agent.errors import InputError
from edge_agent.events import Did, Interrupted, Saying, TurnDone
from tests.rigs.fakes import HOLD, VOICE_RATE_HZ, Played, Scene, Tape, play

LONG = "This answer has quite a few words so that somebody can easily interrupt it in the middle of it all."

SCENES = {
    "a timer": Scene().user(0.5, 1.5, "set a timer for ten minutes"),
    "code, then the LLM": Scene()
    .user(0.5, 1.5, "what time is it")
    .user(5.0, 6.0, "hello there my friend")
    .reply("hello there my friend", "Hi."),
    "the user goes on": Scene().user(0.5, 1.5, "set a timer for ten minutes").user(1.75, 2.5, "and thirty seconds"),
    "a question": Scene().user(0.5, 1.5, "set a timer").user(4.0, 5.0, "five minutes"),
    "stop": Scene().user(0.5, 1.5, "tell me a story").reply("tell me a story", LONG).user(2.6, 3.4, "stop"),
    "a timer that rings": Scene(linger_s=8).user(0.5, 1.5, "set a timer for five seconds"),
    "ringing is stopped": Scene(linger_s=5)
    .user(0.5, 1.5, "set a timer for five seconds")
    .user(8.7, 9.3, "stop")
    .user(16.0, 16.5, "what time is it"),
}


def run(scene: Scene, folder: Path, *, threaded: bool = False) -> tuple[Played, Said]:
    said = Said(folder)
    tape = Tape(scene.samples(), threaded=threaded)
    said.act._now = lambda: NOON + timedelta(seconds=tape.now_s())
    return play(tape, scene.engines(), scene.linger_s, act=said.act), said


@pytest.mark.parametrize("name", SCENES)
def test_threads_give_the_events_that_one_thread_gives(name: str, tmp_path: Path) -> None:
    inline, _ = run(SCENES[name], tmp_path)
    threaded, _ = run(SCENES[name], tmp_path, threaded=True)
    assert plain(threaded) == plain(inline)


def plain(played: Played) -> list[tuple[Any, ...]]:
    """The events without their times, which the details of effects have, too."""
    whats = iter([tuple(effect["what"] for effect in each.effects) for each in played.events if isinstance(each, Did)])
    return [(*row[:3], next(whats)) if row[0] == "did" else row for row in played.plot()]


@pytest.mark.parametrize("threaded", [False, True])
def test_what_only_talks_is_not_held_as_long_as_what_is_done(threaded: bool, tmp_path: Path) -> None:
    """The endpoint model takes none of them for finished."""
    heard_s = {}
    for text in ("what time is it", "set a timer for ten minutes", "tell me about volcanoes"):
        played, _ = run(Scene(scores=(0.1,)).user(0.5, 1.5, text), tmp_path, threaded=threaded)
        heard_s[text] = next(event.at_s for event in played.events if event.type == "heard")
    assert list(heard_s.values()) == pytest.approx([1.5 + HOLD.short_s, 1.5 + HOLD.long_s, 1.5 + HOLD.long_s], abs=0.1)


def test_it_is_done_once_and_then_said(tmp_path: Path) -> None:
    played, said = run(SCENES["a timer"], tmp_path)
    kinds = [event.type for event in played.events]
    assert kinds == ["speech_started", "speech_stopped", "heard", "did", "saying", "turn_done"]
    assert [event.text for event in played.events if isinstance(event, Saying)] == ["Timer set for 10 minutes."]
    assert [timer.seconds for timer in said.records.timers()] == [600]


def test_a_draft_that_is_taken_back_has_done_nothing(tmp_path: Path) -> None:
    _, said = run(SCENES["the user goes on"], tmp_path)
    assert [timer.seconds for timer in said.records.timers()] == [630]


def test_stop_ends_the_answer_and_nothing_is_said(tmp_path: Path) -> None:
    played, _ = run(SCENES["stop"], tmp_path)
    assert any(isinstance(event, Interrupted) for event in played.events)
    assert played.events[-1].type == "turn_done"
    assert isinstance(played.events[-1], TurnDone)
    assert played.events[-1].played_s == 0
    assert [event.by for event in played.events if isinstance(event, Did)] == ["skill:talking"]


def test_it_rings_until_it_is_stopped(tmp_path: Path) -> None:
    rings, _ = run(SCENES["a timer that rings"], tmp_path)
    again = [event for event in rings.events if isinstance(event, Did) and event.effects[0]["what"] == "rang"]
    assert len(again) >= 2
    stopped, _ = run(SCENES["ringing is stopped"], tmp_path)
    done = [event for event in stopped.events if isinstance(event, Did)]
    last_ring = max(at for at, event in enumerate(done) if event.effects and event.effects[0]["what"] == "rang")
    assert [event.by for event in done[last_ring + 1 :]] == ["skill:talking", "skill:clock"]


def test_what_fails_is_told_instead_of_the_success(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> Effect:
        raise InputError("That did not work.")

    said = Said(tmp_path)
    monkeypatch.setattr(said.act, "plan", lambda text: Plan("It worked.", fail, by="skill:test"))
    scene = Scene().user(0.5, 1.5, "do it")
    for threaded in (False, True):
        played = play(Tape(scene.samples(), threaded=threaded), scene.engines(), act=said.act)
        assert [event.text for event in played.events if isinstance(event, Saying)] == ["That did not work."]


def test_while_it_is_muted_only_what_rings_is_heard(tmp_path: Path) -> None:
    scene = Scene(linger_s=8).user(0.5, 1.5, "mute").user(4.0, 5.0, "set a timer for five seconds")
    played, _ = run(scene, tmp_path)
    sound = played.tape.sound()
    rang_s = next(e.at_s for e in played.events if isinstance(e, Did) and e.effects and e.effects[0]["what"] == "rang")
    assert not sound[: round((rang_s - 0.5) * VOICE_RATE_HZ)].any()
    assert sound[round(rang_s * VOICE_RATE_HZ) :].any()


def test_two_that_are_due_ring_one_after_the_other_and_both_count_as_heard(tmp_path: Path) -> None:
    said = Said(tmp_path)
    said.records.add_timer(1, NOON, "tea")
    said.records.add_timer(1, NOON, "egg")
    scene = Scene(linger_s=3).user(6.5, 7.0, "stop").user(14.5, 15.0, "stop")
    tape = Tape(scene.samples())
    said.act._now = lambda: NOON + timedelta(seconds=tape.now_s())
    played = play(tape, scene.engines(), scene.linger_s, act=said.act)
    names = [event.effects[0].get("text") for event in played.events if isinstance(event, Did) and event.effects]
    assert list(dict.fromkeys(name for name in names if name)) == ["tea", "egg"]
    assert said.records.unheard(NOON) == []


def test_what_is_missed_is_told_once(tmp_path: Path) -> None:
    said = Said(tmp_path)
    said.records.add_timer(1, NOON - timedelta(hours=1), "tea")
    scene = Scene(linger_s=6).user(0.5, 1.0, "what time is it")
    tape = Tape(scene.samples())
    said.act._now = lambda: NOON + timedelta(seconds=tape.now_s())
    played = play(tape, scene.engines(), scene.linger_s, act=said.act)
    told = [event.text for event in played.events if isinstance(event, Saying) and "missed" in event.text]
    assert len(told) == 1
    assert said.records.unheard(NOON) == []

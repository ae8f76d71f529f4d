"""Two or more commands in one sentence: all are done, in their order, or what cannot be done is said beside them."""

from __future__ import annotations

import pytest
from act_said import Said

SENTENCES = (
    ("set two timers, five minutes for eggs and ten for pasta",
     "Eggs timer set for 5 minutes. Pasta timer set for 10 minutes."),
    ("set a timer for five minutes and one for ten minutes",
     "Timer set for 5 minutes. Timer set for 10 minutes."),
    ("set a timer for eggs for five minutes and a timer for pasta for ten minutes",
     "Eggs timer set for 5 minutes. Pasta timer set for 10 minutes."),
    ("set two timers ten minutes and an hour", "Timer set for 10 minutes. Timer set for one hour."),
    ("set timers for 5 and 10 minutes", "Timer set for 5 minutes. Timer set for 10 minutes."),
    ("set three timers: one minute, two minutes and three minutes",
     "Timer set for one minute. Timer set for 2 minutes. Timer set for 3 minutes."),
    ("start two timers, one for three minutes and one for five", "Timer set for 3 minutes. Timer set for 5 minutes."),
    ("could you set a timer for an hour and a half and one for two hours please",
     "Timer set for one hour and 30 minutes. Timer set for 2 hours."),
    ("a pasta timer for ten minutes, an egg timer for six minutes and a tea timer for three minutes",
     "Pasta timer set for 10 minutes. Egg timer set for 6 minutes. Tea timer set for 3 minutes."),
    ("set an alarm for friday at seven am and another one at eight am on saturday",
     "Alarm set for Friday at 7 AM. Alarm set for Saturday at 8 AM."),
    ("add milk and eggs to the shopping list and set a timer for ten minutes",
     "Milk and eggs added to the shopping list. Timer set for 10 minutes."),
    ("set a timer for five minutes and launch firefox",
     "Timer set for 5 minutes. I can not open or control programs, but I can set timers and reminders, keep lists, and "
     "answer questions."),
)  # fmt: skip


@pytest.mark.parametrize(("sentence", "answer"), SENTENCES)
def test_each_of_several_is_done(said: Said, sentence: str, answer: str) -> None:
    assert said(sentence).said == answer


@pytest.mark.parametrize(
    "sentence",
    [
        "I like tea and coffee and cake",
        "set a timer for five minutes and tell me about Einstein",
        "one and two and three and four and five and six and seven",
        "set a timer and add milk to the shopping list",  # it would have to ask in the middle
        "launch firefox and call a taxi, and tell me about Einstein",
    ],
)
def test_where_one_part_is_no_command_nothing_is_done(said: Said, sentence: str) -> None:
    assert said.act.plan(sentence) is None


def test_several_are_no_answer_to_a_question(said: Said) -> None:
    said("remind me to buy bread and butter")
    done = said("set a timer for ten and fifteen minutes")
    assert done.said == "Timer set for 10 minutes. Timer set for 15 minutes."


def test_a_question_with_two_parts_is_only_talk_and_a_command_is_not(said: Said) -> None:
    plan = said.act.plan("what time is it and what day is it")
    assert plan is not None
    assert plan.only_talk
    plan = said.act.plan("what time is it and set a timer for one minute")
    assert plan is not None
    assert not plan.only_talk


def test_each_effect_is_told(said: Said) -> None:
    done = said("set a timer for five minutes and add milk to the shopping list")
    assert [effect.what for effect in done.effects] == ["timer_set", "items_added"]


def test_what_fails_is_said_in_its_place_and_the_rest_is_done(said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*given: object, **more: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(said.records, "add_timer", fails)
    done = said("set a timer for five minutes and add milk to the shopping list")
    assert done.said == "I could not do that. Please try again. Milk added to the shopping list."
    assert len(done.effects) == 1

"""What is said to the skills, and what they answer."""

from __future__ import annotations

import pytest
from act_said import Said

CONVERSATIONS = (
    # time and date
    (["What time is it?"], "It is noon."),
    (["Hey Jarvis, could you please tell me what time it is?"], "It is noon."),
    (["what's the date today"], "Today is Tuesday, December 1, 2026."),
    (["What day is it?"], "Today is Tuesday."),
    (["how many days until christmas"], "24 days until Friday, December 25."),
    # timers
    (["Set a timer for ten minutes."], "Timer set for 10 minutes."),
    (["Set it timer for five minutes."], "Timer set for 5 minutes."),
    (["set a timer for ten, no, fifteen minutes"], "Timer set for 15 minutes."),
    (["Set a timer for 3 hours and 10 minutes."], "Timer set for 3 hours and 10 minutes."),
    (["set a pasta timer for 8 minutes", "how long is left on the pasta timer"], "8 minutes left on the pasta timer."),
    (["set a timer for 5 minutes", "timer status"], "5 minutes left."),
    (["set a timer for 5 minutes", "add two minutes"], "Done. 7 minutes left now."),
    (["set a timer for 5 minutes", "pause timer"], "Paused, with 5 minutes left."),
    (["set a timer for 5 minutes", "pause timer", "resume timer"], "The timer goes on. 5 minutes left."),
    (["set a timer for 5 minutes", "cancel timer"], "Timer canceled."),
    (["set a timer for 5 minutes", "set a tea timer for 3 minutes", "cancel all timers"], "2 timers canceled."),
    (["set a timer for 5 minutes", "set a tea timer for 3 minutes", "cancel the timer"],
     "Which one? There is the 5-minute timer and the tea timer."),
    (["set a timer for 5 minutes", "set a tea timer for 3 minutes", "cancel the timer", "the tea timer"],
     "Tea timer canceled."),
    (["set a timer", "five minutes"], "Timer set for 5 minutes."),
    (["pause the timer"], "There is no timer."),
    (["set a timer for 5 minutes", "Pause time.", "Resume time."], "The timer goes on. 5 minutes left."),
    (["set a timer for 5 minutes", "a timers status."], "5 minutes left."),
    # alarms and reminders
    (["wake me up tomorrow at seven am"], "Alarm set for tomorrow at 7 AM."),
    (["wake me at seven"], "Alarm set for tomorrow at 7 AM."),  # it is noon
    (["get me up at one"], "Alarm set for today at 1 PM."),  # a nap
    (["set an alarm for 6:30 a.m. every weekday"], "Alarm set for 6:30 AM on weekdays."),
    (["wake me up tomorrow at seven am", "what alarms do I have"], "Your alarm is set for tomorrow at 7 AM."),
    (["wake me up tomorrow at seven am", "cancel my alarm"], "The alarm for tomorrow at 7 AM is canceled."),
    (["set an alarm", "tomorrow at 7 am"], "Alarm set for tomorrow at 7 AM."),
    (["remind me to call Mum tomorrow at 5 pm"], "I will remind you tomorrow at 5 PM: call Mum."),
    (["remind me in ten minutes to check the oven"], "I will remind you today at 12:10 PM: check the oven."),
    (["remind me to call Mum", "tomorrow at 5 pm"], "I will remind you tomorrow at 5 PM: call Mum."),
    (["remind me to call Mum tomorrow at 5 pm", "what reminders do I have"],
     "There is one reminder, tomorrow at 5 PM: call Mum."),
    (["remind me to call Mum tomorrow at 5 pm", "cancel the reminder to call mum"],
     "The reminder is canceled: call Mum."),
    # lists
    (["Add milk, eggs and bread to my shopping list."], "Milk, eggs and bread added to the shopping list."),
    (["add mac and cheese to the grocery list"], "Mac and cheese added to the shopping list."),
    (["add milk to the shopping list", "add milk to the shopping list"], "Milk is on the shopping list already."),
    (["add milk and tea to the shopping list", "what's on my shopping list"], "On the shopping list: milk and tea."),
    (["add eggs to the shopping list", "take the egg off the shopping list"],
     "Eggs removed from the shopping list."),
    (["what's on my shopping list"], "The shopping list is empty."),
    (["put call the plumber on my to do list", "clear my to-do list"],
     "The to-do list is empty now. It had one thing."),
    (["add tea to my shopping list", "delete my shopping list", "no"], "On the shopping list: tea."),
    (["add tea to my shopping list", "delete my shopping list", "yes please"], "The shopping list is deleted."),
    # sums and units
    (["what's 15% of 80?"], "15% of 80 is 12."),
    (["what is twelve times seven"], "Twelve times seven is 84."),
    (["how much is 100 divided by 0"], "Nothing can be divided by zero."),
    (["convert 5 miles to kilometers"], "5 miles is 8.05 kilometers."),
    (["what is 72 fahrenheit in celsius"], "72 fahrenheit is 22.22 celsius."),
    (["how many ounces are in a pound"], "1 pound is 16 ounces."),
    # talking
    (["set the volume to 40 percent"], "Volume at 40 percent."),
    (["volume to forty percent", "louder"], "Volume at 50 percent."),
    (["what time is it", "repeat that"], "It is noon."),
    (["repeat that"], "I have not said anything yet."),
    (["go on"], ""),
    (["never mind"], ""),
    (["Stop, that is enough."], ""),
    # play
    (["spell cat"], "Cat: C. A. T."),
    # memory
    (["remember that my key is in the blue drawer", "where is my key"],
     "You told me: your key is in the blue drawer."),
    (["remember that my key is in the blue drawer", "forget my key"],
     "I have forgotten that your key is in the blue drawer."),
    (["my name is anna", "what is my name"], "Your name is Anna."),
    (["what is my name"], "I do not know your name. Say, my name is, and I will remember it."),
    (["remember that I park on level two", "forget everything", "yes"],
     "I have forgotten everything that you asked me to remember."),
    (["remember that I park on level two", "forget everything", "what time is it"], "It is noon."),
    # calendar
    (["what's on my calendar today"], "There is nothing in your calendar today."),
    (["add dentist appointment tomorrow at 3 pm to my calendar", "what's on my calendar tomorrow"],
     "There is one thing tomorrow: Dentist appointment at 3 PM."),
)  # fmt: skip


@pytest.mark.parametrize(("words", "answer"), CONVERSATIONS, ids=lambda value: " / ".join(value)[:60])
def test_a_conversation_ends_with(words: list[str], answer: str, said: Said) -> None:
    assert said(*words).said == answer


CANNOT = (
    "turn on the lamp", "turn on living room lamp", "is the Garage Door open", "turn off lights in the Office",
    "set Bed Light brightness to 50 percent", "set temperature to 22.5 degrees", "what's the temperature of the EcoBee",
    "launch Firefox", "play some jazz", "call mum", "order a pizza", "book a room", "send an email to Anna",
    "what's the weather", "contoso how's the weather", "what is the news", "how much is a bitcoin",
    "who is the president of france", "will it rain tomorrow", "where am I", "do I have any new messages",
)  # fmt: skip


@pytest.mark.parametrize("words", CANNOT)
def test_what_it_cannot_do_or_know_it_says(words: str, said: Said) -> None:
    done = said(words)
    assert done.by == "skill:about"
    assert not done.effects
    assert "can not" in done.said or "no way to know" in done.said


FOR_THE_LLM = (
    "how old is the Brooklyn Bridge", "why is the sky blue", "tell me a story about a dragon",
    "who wrote romeo and juliet", "what is the capital of france", "how do planes fly", "what does a timer do",
    "explain photosynthesis", "tell me a story", "I feel sad today", "what is love", "ten of clubs",
    "give me a recipe for pancakes", "do you like music", "what should I cook for dinner",
    "a train leaves at five and arrives at seven, how long does it take", "half past", "can you swim",
)  # fmt: skip


@pytest.mark.parametrize("words", FOR_THE_LLM)
def test_the_rest_is_for_the_llm(words: str, said: Said) -> None:
    assert said(words).by == "llm"


def test_what_is_due_rings_once_and_is_ended_by_stop(said: Said) -> None:
    said("set a pasta timer for 8 minutes", "remind me to call Mum at 12:30 pm")
    assert said.pass_time(minutes=7) == []
    assert said.pass_time(minutes=1) == ["Your pasta timer is done."]
    assert said("stop").effects[0].what == "ringing_stopped"
    assert said.pass_time(minutes=30) == ["A reminder: call Mum."]
    assert said.pass_time(minutes=1) == []


def test_an_alarm_that_is_snoozed_rings_again(said: Said) -> None:
    said("wake me up at 1 pm")
    assert said.pass_time(hours=1) == ["It is 1 PM. This is your alarm."]
    assert said("snooze").said == "I will ring again in 9 minutes."
    assert said.pass_time(minutes=8) == []
    assert said.pass_time(minutes=1) == ["It is 1:09 PM. This is your alarm."]


def test_what_was_due_while_nothing_ran_is_told_as_missed(said: Said) -> None:
    said("remind me to call Mum at 12:30 pm")
    assert said.pass_time(hours=5) == ["You have missed this, today at 12:30 PM: A reminder: call Mum."]


def test_a_draft_has_no_effect(said: Said) -> None:
    for _ in range(3):
        assert said.act.plan("set a timer for ten minutes") is not None
    assert said.records.timers() == []


def test_what_fails_is_not_said_to_be_done(said: Said) -> None:
    plan = said.act.plan("add milk to my shopping list")
    assert plan is not None
    said.records.close()
    done = said.act.carry_out(plan)
    assert done.effects == ()
    assert "added" not in done.said


def test_a_yes_is_for_the_question_it_answers(said: Said) -> None:
    said("add tea to my shopping list", "delete my shopping list", "what time is it")
    assert said("yes").by == "llm"
    assert said.records.items("shopping") == ["tea"]

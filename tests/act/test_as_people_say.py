"""Commands as people say them: led up to, by a pronoun, behind what was said before, several at once."""

from __future__ import annotations

import pytest
from act_said import Said

CONVERSATIONS = (
    # words that lead up to a command, and words within it
    (["i was wondering if you might be able to set an alarm for eight tomorrow morning"],
     "Alarm set for tomorrow at 8 AM."),
    (["would it be possible to add bananas to my shopping list"], "Bananas added to the shopping list."),
    (["i don't suppose you could tell me the time"], "It is noon."),
    (["set a timer for, um, let me think, eight minutes"], "Timer set for 8 minutes."),
    (["would you mind setting a timer for five minutes"], "Timer set for 5 minutes."),
    (["start a 45 second countdown please"], "Timer set for 45 seconds."),
    (["set the laundry timer for an hour ten"], "Laundry timer set for one hour and 10 minutes."),
    # timers by what they are for, and the one of the talk
    (["i'm boiling eggs, let me know in six and a half minutes"], "Timer set for 6 minutes and 30 seconds."),
    (["set a pasta timer for 8 minutes", "give the pasta another two minutes"], "Done. 10 minutes left now."),
    (["set a pasta timer for 8 minutes", "cancel the pasta"], "Pasta timer canceled."),
    (["set a timer for 5 minutes", "pause it", "carry on"], "The timer goes on. 5 minutes left."),
    (["set a tea timer for 3 minutes", "set a timer for 9 minutes", "which one goes off first"],
     "3 minutes left on the tea timer."),
    (["set a timer", "twenty"], "Timer set for 20 minutes."),
    (["set a timer for 15 minutes", "can you add five to that", "knock two minutes off"], "Done. 18 minutes left now."),
    (["timer please", "1 hour 20"], "Timer set for one hour and 20 minutes."),
    (["set a timer for 5 minutes", "set a tea timer for 3 minutes", "kill the first one"], "Timer canceled."),
    (["set a timer for 5 minutes", "set a tea timer for 3 minutes", "stop them all"], "2 timers canceled."),
    (["i need a timer for 35 minutes please and call it chicken"], "Chicken timer set for 35 minutes."),
    (["pop a timer on for the rice, 12 minutes", "what's left on the rice"], "12 minutes left on the rice timer."),
    (["could we have two timers please, one for 4 minutes and the other for 9"],
     "Timer set for 4 minutes. Timer set for 9 minutes."),
    (["set a timer for 75 minutes", "shorten it by ten minutes"], "Done. One hour and 5 minutes left now."),
    # alarms and reminders
    (["can you make sure i'm up by seven tomorrow", "what time am i getting up tomorrow"],
     "Your alarm is set for tomorrow at 7 AM."),
    (["please remember to remind me to lock up at eleven tonight"],
     "I will remind you tonight at 11 PM: lock up."),
    (["every weekday at nine remind me to stretch"], "I will remind you on weekdays at 9 AM: stretch."),
    (["i've got a flight on saturday so i need to be awake by 4 am"], "Alarm set for Saturday at 4 AM."),
    (["set alarms for 6 am, 6:15 am and 6:30 am", "cancel the 6:15"], "The alarm for tomorrow at 6:15 AM is canceled."),
    (["wake me at 7 am", "change my 7 o'clock alarm to 8"], "The alarm is moved to tomorrow at 8 AM."),
    (["remind me that i need to pay the rent on the 1st of every month"],
     "I will remind you on the 1st of every month at 9 AM: pay the rent."),
    (["remind me today to buy bread"], "I will remind you today at 1 PM: buy bread."),
    (["wake me at seven on weekdays", "and at nine on sunday", "turn off the sunday one"],
     "The alarm for Sunday at 9 AM is canceled."),
    (["remind me every thursday evening to put the bins out"],
     "I will remind you every Thursday at 6 PM: put the bins out."),
    (["remind me to take my pills every morning and every night"],
     "I will remind you every day at 9 AM: take your pills. I will remind you every day at 8 PM: take your pills."),
    (["remind me to ring the plumber tomorrow morning", "push that to the afternoon"],
     "I will remind you tomorrow at noon: ring the plumber."),
    (["remind me to ring the plumber tomorrow at nine", "make it an hour later"],
     "I will remind you tomorrow at 10 AM: ring the plumber."),
    (["remind me in ten to take the bread out"], "I will remind you today at 12:10 PM: take the bread out."),
    # lists
    (["start a packing list", "sun cream and a passport"], "Sun cream and passport added to the packing list."),
    (["start a packing list", "passport", "tick off the passport"], "Passport removed from the packing list."),
    (["put call the bank on my to do list", "i've called the bank"], "Call the bank removed from the to-do list."),
    (["we're out of toothpaste", "and shampoo"], "Shampoo added to the shopping list."),
    (["add sugar to the list", "sorry put the flour back"], "Flour added to the shopping list."),
    (["shopping list: apples, pears and wine"], "Apples, pears and wine added to the shopping list."),
    (["make a note to call the school"], "Call the school added to the to-do list."),
    (["is there any milk on the shopping list"], "Milk is not on the shopping list."),
    (["start a list called holiday", "add snorkel and towels to holiday"],
     "Snorkel and towels added to the holiday list."),
    # the calendar
    (["put yoga in my calendar every tuesday at 6 pm"], "Added to your calendar: Yoga, every Tuesday at 6 PM."),
    (["put lunch in my calendar tomorrow at 1 pm", "have i got anything on tomorrow evening"],
     "There is nothing in your calendar tomorrow evening."),
    (["put dentist in the diary for friday at 2", "move the dentist to 3.30"],
     "Dentist is moved to Friday at 3:30 PM."),
    (["put dentist in the diary for friday at 2", "cancel the dentist"],
     "Dentist, on Friday at 2 PM, is deleted from your calendar."),
    (["put dentist in the diary for friday at 2", "push it back an hour"], "Dentist is moved to Friday at 3 PM."),
    # sums that go on
    (["what's 17 times 23", "and half of that", "add 19 to it"], "195.5 plus 19 is 214.5."),
    (["what's 15 percent off 80 quid"], "15 percent off 80 quid is 68."),
    (["split 86 pounds 40 between five people"], "86 pounds 40 divided by five is 17.28."),
    (["how tall is 6 foot 2 in centimetres"], "6 foot 2 is 187.96 centimetres."),
    (["how many weeks until the 1st of march"], "12 weeks and 6 days until Monday, March 1, 2027."),
    (["what is 8 percent of 1200", "what about 9 percent", "times 12"], "108 times 12 is 1,296."),
    (["how many miles is 10 kilometres", "and 20"], "20 kilometres is 12.43 miles."),
    (["what's the day tomorrow"], "December 2 is a Wednesday."),
    (["how many days since the 1st of november"], "Sunday, November 1 was 30 days ago."),
    # the talk itself
    (["max volume", "you're deafening me"], "Volume at 90 percent."),
    (["turn it down a bit", "bit more"], "Volume at 80 percent."),
    (["volume 3"], "Volume at 30 percent."),
    (["my wifi password is swordfish, please remember it", "what's my wifi password"],
     "You told me: your wifi password is swordfish."),
    # several
    (["add two pints of milk to the shopping list and remind me to go to the shop at five"],
     "Two pints of milk added to the shopping list. I will remind you today at 5 PM: go to the shop."),
    (["timer 5 min. also remind me at 4 to call jo"],
     "Timer set for 5 minutes. I will remind you today at 4 PM: call jo."),
    (["what's it like outside, do i need a coat"],
     "I have no way to know the weather, as I am offline."),
)  # fmt: skip


@pytest.mark.parametrize(("words", "answer"), CONVERSATIONS, ids=lambda value: " / ".join(value)[:60])
def test_a_conversation_ends_with(words: list[str], answer: str, said: Said) -> None:
    assert said(*words).said == answer


@pytest.mark.parametrize(
    "words", ["call me an ambulance", "help", "call 911", "i've fallen and i can't get up", "i can't breathe"]
)
def test_who_needs_help_is_told_whom_to_call(words: str, said: Said) -> None:
    assert "112" in said(words).said


def test_a_request_that_leads_up_to_nothing_is_not_done(said: Said) -> None:
    assert said("i think i forget things").by == "llm"
    assert said("we could set a good example").by == "llm"
    assert said("call me tomorrow").effects == ()

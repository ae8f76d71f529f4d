"""The gist: commands that are none of our sentences, told by their words; what has other words is nobody's command."""

from __future__ import annotations

import pytest
from act_said import Said

CONVERSATIONS = (
    # the calendar
    (["put haircut in for friday at four", "make it five"], "Haircut is moved to Friday at 5 PM."),
    (["on friday i have the dentist at half past ten in the morning", "yes"],
     "Added to your calendar: Dentist, on Friday at 10:30 AM."),
    (["parents' evening ninth of december at six pm", "no thanks", "anything on the ninth of december"],
     "There is nothing in your calendar on Wednesday, December 9."),
    (["add a meeting with Ann in the library for three pm on friday", "where will my meeting with ann be"],
     "Meeting with Ann in the library is on Friday at 3 PM."),
    (["add lunch to my calendar friday at noon", "how long is the lunch on friday"],
     "Lunch is on Friday at noon and takes one hour."),
    (["add lunch to my calendar friday at noon", "add gym to my calendar friday at 5 pm",
      "please clear my diary for friday", "yes", "show me everything planned for friday"],
     "There is nothing in your calendar on Friday."),
    (["add lunch to my calendar friday at noon", "erase all of my events", "no"],
     "All right, I keep it."),
    (["add lunch to my calendar friday at noon", "show me upcoming events"], "Ahead of you: Lunch, on Friday at noon."),
    (["please add supervision to my calendar", "friday at ten"],
     "Added to your calendar: Supervision, on Friday at 10 AM."),
    (["add a lunch with mike", "friday at noon"], "Added to your calendar: Lunch with mike, on Friday at noon."),
    (["add lunch to my calendar friday at noon", "remove my next event"],
     "Lunch, on Friday at noon, is deleted from your calendar."),
    (["delete all events from my calendar"], "There is nothing ahead in your calendar."),
    (["do i have a sales meeting today"], "I did not find sales meeting in your calendar."),
    (["where is the jazz concert"], "I did not find jazz concert in your calendar."),
    (["take the doctor out of the calendar"], "I did not find that in your calendar."),
    (["one on one with sarah at eleven tomorrow add it as well", "wipe everything off tomorrow", "yes"],
     "One thing is deleted from your calendar."),
    (["put dinner at priya's in the calendar for saturday at seven", "sorry, half past seven"],
     "Dinner at priya's is moved to Saturday at 7:30 PM."),
    (["add swimming lessons friday at five p m", "it got moved to six"],
     "Swimming lessons is moved to Friday at 6 PM."),
    (["add the demo to my calendar friday at ten", "shift it to monday same time"],
     "Demo is moved to Monday at 10 AM."),
    (["add the demo to my calendar friday at ten", "delete it again he has cancelled"],
     "Demo, on Friday at 10 AM, is deleted from your calendar."),
    (["put me down for lunch with bob on friday at noon", "delete the thing on friday"],
     "Lunch with bob, on Friday at noon, is deleted from your calendar."),
    # reminders
    (["add dentist to my calendar friday at 3 pm", "send me an alert one hour before the dentist"],
     "I will remind you on Friday at 2 PM: Dentist."),
    (["add dentist to my calendar friday at 3 pm", "remind me the day before to buy flowers"],
     "I will remind you on Thursday at 9 AM: buy flowers."),
    (["remind me of the wedding a week before", "tomorrow at nine"],
     "I will remind you tomorrow at 9 AM: the wedding."),
    (["set up a notification about friday's meeting at ten"], "I will remind you on Friday at 10 AM: meeting."),
    (["i want to do laundry at eight pm create a reminder"], "I will remind you tonight at 8 PM: laundry."),
    (["add a reminder of a conference for tomorrow in new york"],
     "I will remind you tomorrow at 9 AM: conference in new york."),
    (["remind me tonight to pick up my dry cleaning at eight pm"],
     "I will remind you tonight at 8 PM: pick up your dry cleaning."),
    (["remind me at eight this evening that i have to take my blue tablets"],
     "I will remind you tonight at 8 PM: take your blue tablets."),
    (["what reminders did i set"], "There are no reminders."),
    (["remind me to call Martin at five", "scrap the one about martin"], "The reminder is canceled: call Martin."),
    (["remind me to call Martin at five", "and tomorrow at nine to hand in the form"],
     "I will remind you tomorrow at 9 AM: hand in the form."),
    # alarms and timers
    (["tell me when it is five pm"], "Alarm set for today at 5 PM."),
    (["disable the alarm for three pm"], "There is no alarm."),
    (["wake me at 7 am", "mmm at what hour is my alarm"], "Your alarm is set for tomorrow at 7 AM."),
    (["wake me at 7 am", "no wait half past"], "The alarm is moved to tomorrow at 7:30 AM."),
    (["set a rice timer for ten minutes", "what's still running"], "10 minutes left on the rice timer."),
    (["set a rice timer for ten minutes", "put the rice timer on hold for a moment"], "Paused, with 10 minutes left."),
    (["ninety seconds", "yes"], "Timer set for one minute and 30 seconds."),
    (["the pasta's just gone in give me eleven minutes"], "Timer set for 11 minutes."),
    (["wake me at 7 am", "and another one fifteen minutes later"], "Alarm set for tomorrow at 7:15 AM."),
    (["wake me at 7 am", "friday i mean", "which day is it set for"], "Your alarm is set for Friday at 7 AM."),
    (["wake me at 7 am", "i shan't be sleeping after all, switch it off"],
     "The alarm for tomorrow at 7 AM is canceled."),
    (["set a mac and cheese timer for ten minutes", "and another one for the chicken nuggets 25 minutes",
      "give the nuggets three more minutes"], "Done. 28 minutes left now."),
    (["set a timer for twenty minutes", "say that again", "no sorry make that thirty"], "Timer set for 30 minutes."),
    (["tea three minutes please", "yes"], "Tea timer set for 3 minutes."),
    (["wake me at twenty past six monday to friday"], "Alarm set for 6:20 AM on weekdays."),
    (["wake me at 5:15", "make it five thirty instead", "and a backup at eight"], "Alarm set for tomorrow at 8 AM."),
    (["give me a minute and a half"], "Timer set for one minute and 30 seconds."),
    (["set a brownies timer for 18 minutes", "are the brownies nearly done"], "18 minutes left on the brownies timer."),
    (["wake me at 5:15", "and another one ten minutes later as a backup"], "Alarm set for tomorrow at 5:25 AM."),
    (["wake me at 7 am", "no, sunday, not tomorrow"], "The alarm is moved to Sunday at 7 AM."),
    (["set an alarm for six fifty every school day"], "Alarm set for 6:50 AM on weekdays."),
    (["snooze for ten minutes"], "Nothing is ringing."),
    (["set a pasta timer for 12 minutes", "set a bread timer for 25 minutes", "how long's left on the pasta",
      "give it another two minutes"], "Done. 14 minutes left now."),
    (["set a rice timer for ten minutes", "and fifteen for the dal"], "Dal timer set for 15 minutes."),
    (["wake me at 7 am", "please make it for every weekday"], "Alarm set for 7 AM on weekdays."),
    (["set an alarm for mass on sunday at ten"], "Mass alarm set for Sunday at 10 AM."),
    (["wake me at 7 am", "nah make that nine"], "The alarm is moved to tomorrow at 9 AM."),
    # a reason behind, or before
    (["louder please i cannae hear you"], "That is as loud as I get."),
    (["volume down to ten percent i'm in bed"], "Volume at 10 percent."),
    (["um what day is it today i've lost track"], "Today is Tuesday, December 1, 2026."),
    (["i've lost track what's today's date"], "Today is Tuesday, December 1, 2026."),
    (["turn the volume to 40 percent", "turn it down a wee bit", "little more"], "Volume at 20 percent."),
    # sums and units
    (["eleven squared"], "Eleven squared is 121."),
    (["thirteen times seven what's that"], "Thirteen times seven is 91."),
    (["64 euros with twenty percent off"], "Twenty percent off 64 euros is 51.2."),
    (["what percentage of ninety is twenty seven"], "Twenty seven of ninety is 30 percent."),
    (["two hundred and twenty degrees c is what in f"], "220 degrees c is 428 f."),
    (["how many teaspoons go into two tablespoons"], "2 tablespoons is 6 teaspoons."),
    (["how many days does february have next year"], "February 2027 has 28 days."),
    (["what's an eighteen percent tip on sixty two fifty"], "An eighteen percent tip on sixty two fifty is 11.25."),
    (["one thousand four hundred fifty minus three eighty seven"],
     "One thousand four hundred fifty minus three eighty seven is 1,063."),
    (["how many tablespoons in three quarters of a cup"], "0.75 cup is 12 tablespoons."),
    (["seventy five times nought point five divided by five"],
     "Seventy five times zero point five divided by five is 7.5."),
    # help
    (["how do i set a timer"], "Just say it. For example: set a timer for ten minutes."),
    # lists
    (["add milk eggs and bread to the shopping list", "how many items are on the shopping list"],
     "There are 3 things on the shopping list: milk, eggs and bread."),
    (["add cream cheese and milk chocolate to the shopping list", "sorry delete cream cheese from the shoping list"],
     "Cream cheese removed from the shopping list."),
    (["add two litres of milk to the shopping list", "sorry make that one litre"],
     "One litre of milk in place of two litres of milk on the shopping list."),
    (["add a dozen cupcakes to my shopping list", "no make it two dozen"],
     "Two dozen cupcakes in place of a dozen cupcakes on the shopping list."),
    (["add lentils and beans to my shopping list", "no wait scrap the lentils"],
     "Lentils removed from the shopping list."),
    (["i've run out of tea bags put them on the list", "read out the shopping list"],
     "On the shopping list: tea bags."),
    (["another to do renew my passport", "what's still on my to do list"], "On the to-do list: renew my passport."),
    (["add soap to my shopping list", "is soap on the list already"], "Yes, soap is on the shopping list."),
    (["add oat milk eggs and bin bags to the shopping list", "replace eggs by butter",
      "take the bin bags off the shopping list, i got them", "read out my list"],
     "On the shopping list: oat milk and butter."),
    (["add rice to my shopping list", "oh and eggs too", "read out my list"], "On the shopping list: rice and eggs."),
    (["add rice to my shopping list", "scrap the rice we've got loads"], "Rice removed from the shopping list."),
    (["delete all lists"], "You have no lists yet."),
    (["start a packing list", "socks", "start a party list", "balloons", "get rid of all of the lists", "yes"],
     "2 lists deleted."),
    (["add pears to my shopping list", "add milk to my shopping list", "delete the last item", "let me hear my list"],
     "On the shopping list: pears."),
    (["remove the list called party"], "There is no party list."),
    (["make a new camping trip list", "a tent", "what's on the camping list"], "On the camping trip list: tent."),
    (["add pears to my shopping list", "please make the list empty"],
     "The shopping list is empty now. It had one thing."),
    (["add apples to my shopping list", "no not apples pears", "undo that"],
     "Apples in place of pears on the shopping list."),
    (["add soap to the list of things i need to buy"], "Soap added to the shopping list."),
    (["set a reminder for friday 11 pm submit the essay"], "I will remind you on Friday at 11 PM: submit the essay."),
    (["remind me to call Ann on thursday at four", "actually three thirty"],
     "I will remind you on Thursday at 3:30 PM: call Ann."),
    (["stop reminding me about the bins"], "There are no reminders."),
    # time and date
    (["what time is it in tokyo", "sorry what was that", "and in london"], "It is 11 AM in London."),
    (["display the local time of london at this moment"], "It is 11 AM in London."),
    (["what is the time difference between california and new york"], "California is 3 hours behind New York."),
    (["how many hours ahead is tokyo"], "Tokyo is 8 hours ahead of here."),
    (["convert eight am manila time to new york time"],
     "When it is 8 AM in Manila, it is 7 PM, Tuesday in New York."),
    (["tell me the time in gmt plus five"], "It is 4 PM in GMT Plus Five."),
    (["is it friday"], "No, today is Tuesday, December 1, 2026."),
    (["is christmas on a friday this year"], "Yes, that is Friday, December 25."),
    (["is it morning"], "No, it is noon."),
    (["what time will it be in an hour and three quarters"], "It will be 1:45 PM then."),
    (["the first of january which weekday is it"], "January 1, 2027 is a Friday."),
    (["how many days are there between the third of march and the tenth of april"],
     "There are 38 days between Wednesday, March 3, 2027 and Saturday, April 10, 2027."),
    (["when is the next leap year"], "The next leap year is 2028."),
)  # fmt: skip

FOR_THE_LLM = (
    "what is the difference between a timer and an alarm", "what should i cook for dinner", "what is a conference call",
    "who invented the alarm clock", "where is the eiffel tower", "what does a calendar do", "write a poem about a list",
    "how many people were at the first concert of the beatles", "is marriage a good idea", "tell me about your day",
    "i had a meeting with george yesterday", "explain what an agenda is", "which month is the hottest in spain",
    "what makes a good party", "do dogs have birthdays", "is time travel possible",
    "time flies doesn't it", "banana for ten minutes", "returns a list of all services",
    "can you arrange a flight for me from new york to paris on the 20th of june", "sort the list five three four",
    "compute the derivative of the function within the interval at 1",
    "my meeting went really badly today",
    "you remind me of my old teacher", "who directed schindler's list", "what should i wear to a christmas party",
    "how do airplanes stay up",
)  # fmt: skip


@pytest.mark.parametrize(("turns", "answer"), CONVERSATIONS, ids=lambda value: value[-1] if type(value) is list else "")
def test_a_command_is_told_by_its_words(turns: list[str], answer: str, said: Said) -> None:
    for words in turns:
        done = said(words)
    assert done.said == answer


@pytest.mark.parametrize("words", FOR_THE_LLM)
def test_words_that_it_cannot_explain_make_it_no_command(words: str, said: Said) -> None:
    assert said(words).by == "llm"


@pytest.mark.parametrize(
    "words",
    [
        "who won the match last night",
        "is my flight on time",
        "what time does the supermarket close",
        "can you buy me two bus tickets for friday",
    ],
)
def test_what_is_refused_for_good_reason_is_no_question_about_the_calendar(words: str, said: Said) -> None:
    assert said(words).by == "skill:about"


def test_a_bare_length_after_the_llm_is_its_answer(said: Said) -> None:
    said("how long do you boil an egg")
    assert said("ninety seconds").by == "llm"

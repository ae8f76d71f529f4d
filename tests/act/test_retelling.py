"""What leans on the last sentence: told again with a part changed, asked of the thing, or put in its place."""

from __future__ import annotations

import pytest
from act_said import Said

CONVERSATIONS = (
    # Another one beside what was done: the new words take the places of their kind.
    (["timer for the potatoes twenty five minutes", "and the carrots ten"], "Carrots timer set for 10 minutes."),
    (["set a timer for eight minutes", "and one for the rice twelve minutes"], "Rice timer set for 12 minutes."),
    (["ninety second timer", "same again"], "Timer set for one minute and 30 seconds."),
    (
        ["remind me to take the bins out tonight at eight", "and to feed the cat"],
        "I will remind you tonight at 8 PM: feed the cat.",
    ),
    (
        ["remind me about the parcel at four", "and the recycling on saturday"],
        "I will remind you on Saturday at 4 PM: the recycling.",
    ),
    (["alarm for eight o'clock saturday", "and sunday"], "Alarm set for Sunday at 8 AM."),
    (
        ["add a call with Tom at three today", "and one with Anna at five"],
        "Added to your calendar: Call with Anna, today at 5 PM.",
    ),
    (["we need bleach", "and a bag of ice"], "Bag of ice added to the shopping list."),
    # Instead of what was done.
    (["set me a pasta timer eleven minutes", "hang on i said ten"], "Pasta timer set for 10 minutes."),
    (
        ["start a timer for the soup twenty minutes", "oh no i meant the stew"],
        "Soup timer canceled. Stew timer set for 20 minutes.",
    ),
    (["set a timer for ten minutes", "oh it's for the bread"], "Timer canceled. Bread timer set for 10 minutes."),
    (
        ["remind me in twenty minutes to check the oven", "change that to half an hour"],
        "The reminder is canceled: check the oven. I will remind you today at 12:30 PM: check the oven.",
    ),
    (
        ["remind me about the parcel at four", "sorry the recycling"],
        "The reminder is canceled: the parcel. I will remind you today at 4 PM: the recycling.",
    ),
    (
        ["remind me to call my sister at four", "my brother sorry"],
        "The reminder is canceled: call your sister. I will remind you today at 4 PM: call your brother.",
    ),
    (
        [
            "put dinner with the Smiths in my calendar on friday at seven",
            "actually make it eight",
            "and it's saturday not friday",
        ],
        "Dinner with the Smiths is moved to Saturday at 8 PM.",
    ),
    (
        ["put tomatoes, onions and garlic on the shopping list", "not onions shallots"],
        "Shallots in place of onions on the shopping list.",
    ),
    (
        ["remind me to defrost the chicken at three", "i said the beef not the chicken"],
        "The reminder is canceled: defrost the chicken. I will remind you today at 3 PM: defrost the beef.",
    ),
    (
        ["add batteries to the shopping list", "no the hardware list"],
        "Batteries removed from the shopping list. Batteries added to the hardware list.",
    ),
    (["set the volume to three", "no four"], "Volume at 40 percent."),
    (
        [
            "remember that the spare key is under the plant pot",
            "where is it",
            "actually it's in the shed",
            "what did i tell you about the key",
        ],
        "You told me: the spare key is in the shed.",
    ),
    (
        ["remember the bins go out on thursdays", "no fridays", "what do you remember about the bins"],
        "You told me: the bins go out on fridays.",
    ),
    # A question asked again of something else.
    (["what have i got on today", "what about the weekend"], "There is nothing in your calendar this weekend."),
    (["anything on tomorrow", "and the day after"], "There is nothing in your calendar on Thursday."),
    (["how long until five o'clock", "and till midnight"], "12 hours until tomorrow at midnight."),
    (
        ["how many weeks to the end of january", "in days", "and to the end of march"],
        "120 days until Wednesday, March 31, 2027.",
    ),
    (["what day was the third", "and the tenth"], "November 10 is a Tuesday."),
    (["how many cups in a litre", "and a pint"], "1 pint is 2.4 cups in Britain and 2 cups in the US."),
    (["what's six feet in centimetres", "and six foot two", "how about inches"], "6.17 foot is 74.04 inches."),
    (["what's a third of two hundred and ten", "and two thirds"], "Two thirds of two hundred and ten is 140."),
    (["twelve point five percent of eighty", "of ninety"], "Twelve point five percent of ninety is 11.25."),
    (["sixty four divided by four", "by eight"], "Sixty four divided by eight is 8."),
    # What is asked of the thing that was spoken of.
    (["set an alarm for three this afternoon", "how long till it goes off"], "3 hours until today at 3 PM."),
    (
        ["wake me at half six tomorrow", "and another one ten minutes later", "what have i got set"],
        "You have 2 alarms: tomorrow at 6:30 AM and tomorrow at 6:40 AM.",
    ),
    (
        ["remind me to ring the plumber at four", "what time's that for"],
        "There is one reminder, today at 4 PM: ring the plumber.",
    ),
    (
        ["put a haircut in my calendar for thursday at three", "anything else that day"],
        "There is one thing on Thursday: Haircut at 3 PM.",
    ),
    (
        ["put a haircut in my calendar for thursday at three", "how many days is that"],
        "2 days until Thursday, December 3.",
    ),
    (
        ["put a haircut in my calendar for thursday at three", "move it to the day after"],
        "Haircut is moved to Friday at 3 PM.",
    ),
    (["put tomatoes and garlic on the shopping list", "did i say garlic"], "Yes, garlic is on the shopping list."),
    (["put tomatoes on the shopping list", "is butter on there", "add it then"], "Butter added to the shopping list."),
    (["what time is it in sydney", "how far ahead are they"], "Sydney is 10 hours ahead of here."),
    (
        ["remind me to ring the plumber tomorrow", "make that ten", "actually no forget it"],
        "The reminder is canceled: ring the plumber.",
    ),
    (["five minute timer", "no sorry fifteen", "did you change it"], "Timer set for 15 minutes."),
    (["get me up at ten past six tomorrow", "and a second one at half past"], "Alarm set for tomorrow at 6:30 AM."),
    (
        ["set a reminder for six to put the oven on", "move that to quarter past"],
        "I will remind you tonight at 6:15 PM: put the oven on.",
    ),
    (
        ["set an alarm for three this afternoon", "call it school run"],
        "The alarm for today at 3 PM is canceled. School run alarm set for today at 3 PM.",
    ),
    (
        [
            "set a timer for 13 minutes",
            "and one for the beans six minutes",
            "what's the beans one on",
            "kill the other one",
        ],
        "Timer canceled.",
    ),
    (
        ["i've got football on thursday at six", "yes at seven"],
        "Added to your calendar: Football, on Thursday at 7 PM.",
    ),
    (
        ["i've got football on thursday at six", "no friday"],
        "Shall I put it into your calendar: football, on Friday at 6 PM?",
    ),
    (
        ["remind me to email Dave after lunch", "two o'clock", "not Dave, Steve"],
        "The reminder is canceled: email Dave after lunch. I will remind you today at 2 PM: email Steve after lunch.",
    ),
    (
        ["remind me about the parcel at four", "sorry the recycling", "tomorrow not today"],
        "I will remind you tomorrow at 4 PM: the recycling.",
    ),
    (
        ["put sponges on the shopping list", "tell me a story", "did you get the sponges"],
        "Yes, sponges is on the shopping list.",
    ),
    (
        ["remember the bins go out on thursdays", "no fridays", "when do they go out"],
        "You told me: the bins go out on fridays.",
    ),
    (["alarm for quarter to eight this evening", "ten to sorry"], "The alarm is moved to tonight at 7:50 PM."),
    (
        ["alarm for four pm", "make it half past", "another at five", "turn the first one off"],
        "The alarm for today at 4:30 PM is canceled.",
    ),
    (["set a timer for 20 minutes", "scrap that fifteen"], "Timer set for 15 minutes."),
    (
        ["remind me on saturday morning to wash the car", "sunday", "what about eleven"],
        "I will remind you on Sunday at 11 AM: wash the car.",
    ),
    (["remind me at six to ring mum", "tomorrow at the same time"], "I will remind you tomorrow at 6 PM: ring mum."),
    (
        ["add drinks with Hannah to the calendar thursday at eight", "she's changed it to nine"],
        "Drinks with Hannah is moved to Thursday at 9 PM.",
    ),
    (
        ["put sports day in the calendar on the nineteenth", "it starts at one"],
        "Sports day is moved to Saturday, December 19 at 1 PM.",
    ),
    (["set volume to thirty", "no a bit more"], "Volume at 40 percent."),
    (
        ["remember that my locker number is four one two", "sorry four two one", "what's my locker number"],
        "You told me: your locker number is four two one.",
    ),
    (
        ["set a timer for seven minutes for the eggs", "pause", "start it up again"],
        "The timer goes on. 7 minutes left.",
    ),
    (["twelve minutes please", "yeah go on"], "Timer set for 12 minutes."),
    (["what day's the thirtieth", "of july"], "July 30, 2027 is a Friday."),
    (["four hundred grams in ounces", "and a kilo"], "1 kilo is 35.27 ounces."),
    (["what's two hundred fahrenheit in celsius", "three fifty"], "350 fahrenheit is 176.67 celsius."),
    (["how many feet in a mile", "metres"], "1 mile is 1,609.34 metres."),
    (
        ["remind me to buy a card for Nan on friday", "it's for Grandad"],
        "The reminder is canceled: buy a card for Nan. I will remind you on Friday at 9 AM: buy a card for Grandad.",
    ),
    (["alarm tomorrow five past seven", "quarter past"], "The alarm is moved to tomorrow at 7:15 AM."),
    (["what's twenty two percent of ninety", "thirty percent"], "30 percent of 90 is 27."),
    (
        ["how many days until the first of september", "weeks"],
        "39 weeks and one day until Wednesday, September 1, 2027.",
    ),
    (["how much is ten dollars plus fifteen percent"], "Ten dollars plus fifteen percent is 11.5."),
    (
        ["remind me to ring the garage at ten tomorrow", "eleven would be better"],
        "I will remind you tomorrow at 11 AM: ring the garage.",
    ),
    # What was mended beside them.
    (["remind me about this"], "When should I remind you?"),
    (
        ["remind me to take my tablets every night at ten", "nine actually"],
        "I will remind you every day at 9 PM: take your tablets.",
    ),
    (["alarm for five fifty this evening", "in the morning i mean"], "The alarm is moved to tomorrow at 5:50 AM."),
    (
        ["set my alarm for quarter past five this evening", "that's am not pm"],
        "The alarm is moved to tomorrow at 5:15 AM.",
    ),
    (["volume fifty percent", "down a bit"], "Volume at 40 percent."),
    (["add some", "bananas"], "Bananas added to the shopping list."),
    (["what's fifteen percent of eighty", "take that off eighty"], "Eighty minus 12 is 68."),
)

NOTHING = (
    ["set a timer for ten minutes", "and the telly off"],
    ["set a timer for ten minutes", "make it shorter"],
    ["set a timer for ten minutes", "and my brother"],
    ["remind me to ring Ann at four", "no the other day"],
    ["remind me to ring Ann at four", "and my brother was there too"],
    ["remind me to ring Ann at four", "tell me a story", "and to feed the cat"],
    ["set a timer for ten minutes", "and the washing an hour and a bit"],
    ["put sponges on the shopping list", "tell me a story", "add those too"],
    ["remind me tomorrow to put the green bin out at eight", "and the brown one the week after"],
    ["remind me to take my tablets every night at ten", "what about the mornings"],
    ["keep in mind that Lucy's allergic to nuts", "and Sam to eggs"],
    ["add yoghurt to my list", "and seven thirty instead"],
    ["add yoghurt to my list", "and two of them"],
    ["put book club in my calendar at half seven", "make that fortnightly instead of whatever"],
    ["remind me to ring Ann at four", "it's for Grandad"],
    ["remind me to pay the bill on the first", "and again every month"],
    ["wake me up every weekday at seven fifteen", "and weekends at nine", "not on holidays"],
    ["remember that the key is in the shed", "actually it's raining in the garden and I am cold here"],
    ["give me a number between one and ten", "up to a hundred and fifty or so i guess"],
    ["add milk to my list", "no we've got a cat not a dog"],
)
"""The last sentence of each does nothing."""


@pytest.mark.parametrize(("sentences", "answer"), CONVERSATIONS, ids=[" / ".join(each) for each, _ in CONVERSATIONS])
def test_a_part_of_the_last_sentence_is_told_anew(sentences: list[str], answer: str, said: Said) -> None:
    assert said(*sentences).said == answer


@pytest.mark.parametrize("sentences", NOTHING, ids=" / ".join)
def test_what_has_no_place_in_the_last_sentence_does_nothing(sentences: list[str], said: Said) -> None:
    assert not said(*sentences).effects


def test_of_two_alarms_the_one_with_those_days_loses_them(said: Said) -> None:
    said("wake me up every weekday at seven fifteen", "and weekends at nine")
    assert said("not on wednesdays").said.startswith("Alarm set for 7:15 AM every Monday, Tuesday, Thursday")


def test_what_took_the_place_of_another_is_there_alone(said: Said) -> None:
    said("start a timer for the soup twenty minutes", "no i meant the stew")
    assert [timer.name for timer in said.records.timers()] == ["stew"]

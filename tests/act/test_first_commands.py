"""Commands as people say them at first: with a comment beside them, shortened, or told in a statement."""

from __future__ import annotations

import pytest
from act_said import Said

ASIDES = (
    (["put gas and tent on the camping list", "take the gas off dad's bringing it"],
     "Gas removed from the camping list."),
    (["remind me at five to water the tomatoes", "scrap that my husband's doing it"],
     "The reminder is canceled: water the tomatoes."),
    (["remember the door code is 4711", "what was the door code again", "forget that we've changed it"],
     "I have forgotten that the door code is 4711."),
    (["remind me on friday at four to get the suit", "no they shut early make it two"],
     "I will remind you on Friday at 2 PM: get the suit."),
    (["shh you're too loud the baby's asleep"], "Volume at 90 percent."),
    (["set a timer for ten minutes", "cancel it the pasta's ready"], "Timer canceled."),
    (["volume to 40 percent", "well can you speak up at least"], "Volume at 50 percent."),
    (["volume to 40 percent", "speak up a bit the kettle's boiling"], "Volume at 50 percent."),
    (["add milk to the shopping list", "my wife's got some take the milk off"],
     "Milk removed from the shopping list."),
    (["righto give me twenty minutes on the clock"], "Timer set for 20 minutes."),
    (["nice one how long till midnight"], "12 hours until tomorrow at midnight."),
)  # fmt: skip
SHORTENED = (
    (["can you time the roast for an hour and a half", "how long has the roast got"],
     "One hour and 30 minutes left on the roast timer."),
    (["the washing machine's got forty minutes to go let me know when it's done"],
     "Washing machine timer set for 40 minutes."),
    (["milk on the shopping please"], "Milk added to the shopping list."),
    (["milk on the shopping please", "okay read me back the shopping"], "On the shopping list: milk."),
    (["add slug pellets to the garden list", "is the garden list still there"], "On the garden list: slug pellets."),
    (["put post the parcel on my to do list", "anything left to do"], "On the to-do list: post the parcel."),
    (["our anniversary is the fifteenth of august can you keep that in mind"],
     "I will remember that your anniversary is the fifteenth of august."),
    (["put ella's swimming in for tomorrow at five pm"],
     "Added to your calendar: Ella's swimming, tomorrow at 5 PM."),
    (["add slug pellets to the garden list", "add compost to this list"], "Compost added to the garden list."),
    (["start a party list with balloons and cake"], "Balloons and cake added to the party list."),
)  # fmt: skip
SEVERAL = (
    (["three timers please five minutes ten minutes and twenty minutes"],
     "Timer set for 5 minutes. Timer set for 10 minutes. Timer set for 20 minutes."),
    (["start two timers five minutes for the eggs ten minutes for the pasta"],
     "Eggs timer set for 5 minutes. Pasta timer set for 10 minutes."),
    (["wake me at seven on weekdays and nine at weekends"],
     "Alarm set for 7 AM on weekdays. Alarm set for 9 AM on weekends."),
)  # fmt: skip
SUMS = (
    (["dinner came to 124 pounds 50 and there's three of us what's that each"],
     "124 pounds 50 divided by three is 41.5."),
    (["i need six of them at 4 99 what's that"], "Six times 4.99 is 29.94."),
    (["recipe says three quarters of a pound of mince what's that in grams"], "0.75 pound is 340.19 grams."),
    (["and it says bake at 350 fahrenheit what's that in normal"], "350 fahrenheit is 176.67 celsius."),
    (["how many miles is ten k"], "10 km is 6.21 miles."),
    (["what gas mark is 180 celsius"], "180 celsius is gas mark 4."),
    (["what gas mark is 180 celsius", "and 220"], "220 celsius is gas mark 7."),
    (["what is gas mark 6"], "Gas mark 6 is 200 celsius."),
    (["what's gas mark six in fahrenheit"], "Gas mark 6 is 400 fahrenheit."),
    (["if it's two in the afternoon here in manchester what time is it in mumbai"],
     "When it is 2 PM in Manchester, it is 7:30 PM in Mumbai."),
    (["my gran was born on the 12th of august 1939 how old is she"], "87 years old."),
)  # fmt: skip
BEHIND = (
    (["am i free on wednesday afternoon", "put the boiler man in from one till three then"],
     "Added to your calendar: Boiler man, tomorrow at 1 PM."),
    (["am i free on wednesday", "put the boiler man in today at three"],
     "Added to your calendar: Boiler man, today at 3 PM."),
    (["put the plumber in for friday at one", "oh and book club thursday at seven pm"],
     "Added to your calendar: Book club, on Thursday at 7 PM."),
    (["put book club in for thursday at seven pm", "read out what's in my diary"],
     "Ahead of you: Book club, on Thursday at 7 PM."),
    (["have you got my hospital appointment down"], "I did not find hospital appointment in your calendar."),
    (["start a present list with a scarf for mum whisky for grandad and lego for toby"],
     "Scarf for mum, whisky for grandad and lego for toby added to the present list."),
    (["add a cake for the party for sunday to my list"], "Cake for the party for sunday added to the shopping list."),
)  # fmt: skip


def test_a_question_behind_an_event_is_no_event(said: Said) -> None:
    for words in ("and what have i got on friday", "and is it going to rain on friday", "and wake me on friday at six"):
        said("put the plumber in for friday at one")
        assert not any(each.what == "event_added" for each in said(words).effects)


@pytest.mark.parametrize(
    ("words", "answer"), [*ASIDES, *SHORTENED, *SEVERAL, *SUMS, *BEHIND], ids=lambda value: " / ".join(value)[:60]
)
def test_what_is_said_ends_with(words: list[str], answer: str, said: Said) -> None:
    assert said(*words).said == answer


@pytest.mark.parametrize(
    "words",
    [
        "delete the things we bought",
        "cancel it if dad's late",
        "cancel sam's swimming",
        "the prices on the shopping",
        "the cat is on the table",
        "my dad's bringing it",
        "is this list still there",
    ],
)
def test_no_deed_is_guessed_from_a_part(words: str, said: Said) -> None:
    said("add milk to the shopping list", "set a timer for ten minutes")
    assert said(words).effects == ()

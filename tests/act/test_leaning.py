"""Follow-ups as people say them: what leans on the things and figures before it, and the same words elsewhere."""

from __future__ import annotations

import pytest
from act_said import Said

TIMERS = ["set a five minute timer", "set a ten minute timer", "set a twenty minute timer"]
CONVERSATIONS = (
    (["set a timer for ten minutes", "add five minutes", "and another one for twenty"], "Timer set for 20 minutes."),
    (["set a timer for ten minutes", "and another one"], "Timer set for 10 minutes."),
    (["set a timer for ten minutes", "another five minutes"], "Done. 15 minutes left now."),
    (["wake me at seven", "make it half past", "another one for eight"], "Alarm set for tomorrow at 8 AM."),
    (["put dinner in my calendar on friday at six", "and what about saturday"],
     "There is nothing in your calendar on Saturday."),
    (["remind me to buy sponges tomorrow at ten", "what did i ask you to remind me"],
     "There is one reminder, tomorrow at 10 AM: buy sponges."),
    (["set a roast timer for an hour", "and the yorkshires twenty five minutes", "no the roast"],
     "One hour left on the roast timer."),
    (["set a rice timer for ten minutes", "how long has the rice got"], "10 minutes left on the rice timer."),
    (["set a timer for ten minutes", "has it finished yet"], "10 minutes left."),
    (["set a timer for ten minutes", "it's doing an extra spin so give it another ten"], "Done. 20 minutes left now."),
    (["set a timer for fifty minutes", "did you say fifteen or fifty"], "Timer set for 50 minutes."),
    (["set a timer for ten minutes", "add five minutes", "start it again from the beginning"],
     "Done. 15 minutes left now."),
    ([*TIMERS, "cancel the middle one", "how long is left on the ten minute timer"],
     "There is no ten minute timer."),
    ([*TIMERS, "put another minute on the short one"], "Done. 6 minutes left now."),
    (["remind me at six tonight to feed the fish and set an alarm for seven tomorrow", "what was that you've set"],
     "I will remind you tonight at 6 PM: feed the fish. Alarm set for tomorrow at 7 AM."),
    (["spell rhythm", "once more but slowly"], "Rhythm: R. H. Y. T. H. M."),
    (["spell rhythm", "okay and cheese"], "Cheese: C. H. E. E. S. E."),
    (["what is 3 times 5", "i missed that come again"], "3 times 5 is 15."),
    (["turn the volume down", "back to how it was now she's awake"], "The volume is as it was before."),
    (["add onions and two tins of chickpeas to the shopping list", "make it three tins"],
     "Three tins of chickpeas in place of two tins of chickpeas on the shopping list."),
    (["add 200 grams of mushrooms to the shopping list", "make the mushrooms 400"],
     "400 grams of mushrooms in place of 200 grams of mushrooms on the shopping list."),
    (["add cancel the gym to my to do list", "and stick post nan's parcel on there", "i've done the gym one"],
     "Cancel the gym removed from the to-do list."),
    (["text my husband to get milk", "put it on the list then", "two pints", "read it back"],
     "On the shopping list: two pints of milk."),
    (["make a list for the camping trip", "tent torch sleeping bags gas and marshmallows",
      "take the gas off dad's bringing it", "read it back"],
     "On the camping trip list: tent, torch, sleeping bags and marshmallows."),
    (["add whisky for grandad and lego for toby to the christmas list", "take grandad's off",
      "oh put it back but make it gin"], "Gin for grandad added to the christmas list."),
    (["start a christmas list with a scarf for mum whisky for grandad and lego for toby",
      "take grandad's off", "read it"],
     "On the christmas list: scarf for mum and lego for toby."),
    (["put book club in my calendar for thursday at seven"],
     "Added to your calendar: Book club, on Thursday at 7 PM."),
    (["add whisky for grandad and lego for toby to the christmas list", "what's toby getting"],
     "On the christmas list: lego for toby."),
    (["what is 124 pounds 50 divided by three", "stick twelve and a half percent on first"],
     "124 pounds 50 plus twelve and a half percent divided by three is 46.6875."),
    (["what is 124 pounds 50 divided by three", "if we all put in forty seven how much is that altogether",
      "if we all put in 47 how much is over"], "Three times 47 minus 124 pounds 50 is 16.5."),
    (["what is six times 4.99", "how much change from forty quid"], "Forty quid minus 29.94 is 10.06."),
    (["365 times 24", "and what's a tenth of that"], "A tenth of 8760 is 876."),
    (["how many tablespoons in a cup", "and teaspoons"], "1 cup is 48 teaspoons."),
    (["what is fourteen stone in kilos", "in pounds"], "14 stone is 196 pounds."),
    (["how many miles is 10 kilometres", "if i run it in fifty five minutes what's that per kilometre", "and per mile"],
     "That is 8 minutes and 51 seconds per mile."),
    (["what time is it in mumbai", "and los angeles"], "It is 3 AM in Los Angeles."),
    (["if it's two in the afternoon what time is it in mumbai", "and los angeles"],
     "When it is 2 PM here, it is 5 AM in Los Angeles."),
    (["remember that our anniversary is the fifteenth of december", "how long is that from now"],
     "14 days until Tuesday, December 15."),
    (["put swimming in my calendar for tomorrow at five pm", "and football for sam thursday half four"],
     "Added to your calendar: Football for sam, on Thursday at 4:30 PM."),
    (["put football for Sam in my calendar for thursday at five pm", "sam's has been called off"],
     "Football for Sam, on Thursday at 5 PM, is deleted from your calendar."),
    (["put Ella's swimming in my calendar for tomorrow at five pm", "when does ella need to be there"],
     "Ella's swimming is tomorrow at 5 PM."),
    (["put vet for the dog in my calendar on friday at quarter past eleven", "and the cat the same time next monday",
      "swap the dog to thursday", "which day's the cat"], "Vet for the cat is on Monday at 11:15 AM."),
    (["put book club in my calendar for thursday at seven in the evening", "shift book club to the thursday after",
      "what time did we say in the end"], "Book club is on Thursday, December 10 at 7 PM."),
    (["set an alarm for ten to six tomorrow", "and half seven for the kids", "same again on thursday"],
     "Alarm set for Thursday at 5:50 AM. Kids alarm set for Thursday at 7:30 AM."),
    (["set a kids alarm for half past seven tomorrow", "same again on thursday",
      "kids have got an inset day thursday so drop theirs"],
     "The alarm for Thursday at 7:30 AM is canceled."),
    (["set an alarm for 8 on saturday", "set an alarm for 8 30 on saturday", "delete the second one"],
     "The alarm for Saturday at 8:30 AM is canceled."),
    (["remind me on the 21st at half eight to wish dad happy fathers day", "and mum's birthday on the 30th same time"],
     "I will remind you on Wednesday, December 30 at 8:30 AM: mum's birthday."),
    (["remember that our anniversary is the fifteenth of december", "remind me a week before to book a table"],
     "I will remind you on Tuesday, December 8 at 9 AM: book a table."),
    (["remind me at six tonight to feed the fish and set an alarm for seven tomorrow", "make the fish half past"],
     "I will remind you tonight at 6:30 PM: feed the fish."),
    (["remind me friday at four to pick up the suit", "will it rain friday", "what time did we say in the end"],
     "There is one reminder, on Friday at 4 PM: pick up the suit."),
    (["put hospital in my calendar for friday at ten", "remind me the night before to get my bag ready"],
     "I will remind you on Thursday at 7 PM: get your bag ready."),
)  # fmt: skip
ELSEWHERE = (
    ["and the yorkshires twenty five minutes"],
    ["no the roast"],
    ["has it finished yet"],
    ["did you say fifteen or fifty"],
    ["what was it"],
    ["what was that you've set"],
    ["tell me again in five"],
    ["okay and cheese"],
    ["what is 3 times 5", "and cheese"],
    ["how long's that got"],
    ["what is a twenty sided die"],
    ["and football for sam wednesday half four"],
    ["and mum's birthday on the 30th same time"],
    ["same again on thursday"],
    ["sam's has been called off"],
    ["the kids are off thursday so drop theirs"],
    ["set an alarm for 8 on saturday", "the kids are off saturday so drop theirs"],
    ["what time did we say in the end"],
    ["remind me a week before to book a table"],
    ["make the fish half past"],
    ["make the mushrooms 400"],
    ["two pints"],
    ["put it on the list then"],
    ["set a timer for ten minutes", "put it on the list then"],
    ["take the gas off dad's bringing it"],
    ["in pounds"],
    ["how much change from forty quid"],
    ["and per mile"],
    ["and los angeles"],
    ["how long is that from now"],
)

CHAT = ["and she died on friday at noon", "swap the dog to wednesday", "the first one was better", "make the day last",
        "make the most of it", "take the milk off the boil", "what's the cat having", "make the eggs nice",
        "and butter",
        "and my brother twenty five years", "no the other day", "in five", "is it over between us", "best of luck",
        "how long has the queen got", "what was that film",
        "did you say yes or no", "start over from scratch"]  # fmt: skip


@pytest.mark.parametrize(("sentences", "answer"), CONVERSATIONS, ids=[" / ".join(each) for each, _ in CONVERSATIONS])
def test_what_leans_on_what_was_said_is_understood(sentences: list[str], answer: str, said: Said) -> None:
    assert said(*sentences).said == answer


@pytest.mark.parametrize("sentences", ELSEWHERE, ids=" / ".join)
def test_the_same_words_with_nothing_to_lean_on_do_nothing(sentences: list[str], said: Said) -> None:
    assert not said(*sentences).effects


@pytest.mark.parametrize("words", CHAT)
def test_chat_behind_a_talk_full_of_things_does_nothing(words: str, said: Said) -> None:
    said("wake me at seven", "set a pasta timer for ten minutes", "add milk and eggs to my list", "what is 12 times 13")
    said("remind me on friday at ten to call Ann", "put lunch with Anna in my calendar for friday at noon")
    assert not said(words).effects


def test_what_has_rung_is_told_and_rings_again_in_so_many_minutes(said: Said) -> None:
    said("remind me in ten minutes to call Ann")
    said.pass_time(minutes=10)
    assert said("what was it").said == "A reminder: call Ann."
    assert said("tell me again in five").said == "I will ring again in 5 minutes."


def test_a_timer_is_waited_for(said: Said) -> None:
    said("set a washing timer for forty minutes")
    said.pass_time(minutes=25)
    assert said("has it finished yet").said == "15 minutes left on the washing timer."
    said("tell me a story")
    said.pass_time(minutes=11)
    assert said("has it finished yet").by == "llm"

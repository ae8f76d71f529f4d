"""What is talked of is kept in mind: past answers of the LLM, for some turns and minutes; what may be two is asked."""

from __future__ import annotations

import pytest
from act_said import Said

from edge_agent.act.times import Context

LLM = "how far is the moon"
"""The LLM answers it."""
CONVERSATIONS = (
    (["set a timer for ten minutes", LLM, "make that twelve"], "Timer set for 12 minutes."),
    (["set a timer for ten minutes", LLM, "cancel that"], "Timer canceled."),
    (["add tea and milk to my list", LLM, "read it back"], "On the shopping list: tea and milk."),
    (["add a tent to my camping list", LLM, "add a stove"], "Stove added to the camping list."),
    (["remind me to call Ann on Friday at ten", LLM, "shift it to Monday"],
     "I will remind you on Monday at 10 AM: call Ann."),
    (["wake me at seven tomorrow", LLM, "no make it half past six"], "The alarm is moved to tomorrow at 6:30 AM."),
    (["put lunch with Anna in my calendar for Friday at noon", LLM, "move it to Thursday"],
     "Lunch with Anna is moved to Thursday at noon."),
    (["what is 12 times 13", LLM, "divide that by two"], "156 divided by two is 78."),
    (["set a pasta timer for ten minutes", "set an egg timer for five minutes", "make that six"],
     "Egg timer set for 6 minutes."),
    (["set a pasta timer for ten minutes", "set an egg timer for five minutes", LLM, "make that six"],
     "Which one? There is the pasta timer and the egg timer."),
    (["set a pasta timer for ten minutes", "set an egg timer for five minutes", LLM, "make that six", "the eggs"],
     "Egg timer set for 6 minutes."),
    (["wake me at six", "wake me at seven", LLM, "make it half an hour later", "six"],
     "The alarm is moved to tomorrow at 6:30 AM."),
    (["remind me to call Ann at three", "remind me to buy milk at four", LLM, "cancel it"],
     "Which one? There is call Ann and buy milk."),
    (["set a timer for ten minutes", "add tea to my list", LLM, "cancel that", "how long is left"], "10 minutes left."),
    (["set a timer for ten minutes", "thanks", "make it twelve"], "Timer set for 12 minutes."),
)  # fmt: skip
LATER = (
    "how long does it take",
    "is it done",
    "when is it",
    "another one",
    "and twelve for the eggs",
    "what is it like",
)
"""What may ask of the LLM's answer, or points at nothing."""


@pytest.mark.parametrize(("words", "answer"), CONVERSATIONS, ids=lambda value: " / ".join(value)[:60])
def test_a_conversation_ends_with(words: list[str], answer: str, said: Said) -> None:
    assert said(*words).said == answer


@pytest.mark.parametrize("words", LATER)
def test_behind_an_answer_of_the_llm_its_subject_is_meant(words: str, said: Said) -> None:
    assert said("set a timer for ten minutes", "wake me at seven", LLM, words).by == "llm"


def test_it_is_forgotten_after_many_turns_and_after_minutes(said: Said) -> None:
    said("set a timer for ten minutes", *[LLM] * 9)
    assert said("make that twelve").by == "llm"
    said("set a timer for an hour")
    said.pass_time(minutes=11)
    assert said("make that two hours").by == "llm"


def test_a_timer_that_has_run_is_told_with_what_is_left(said: Said) -> None:
    said("set a timer for ten minutes")
    said.pass_time(minutes=3)
    assert said("make that twelve").said == "Timer set for 12 minutes. 9 minutes left."
    said.pass_time(minutes=5)
    assert said("make that five minutes").said == "Timer set for 5 minutes."


SUMS = (
    (["split 86 pounds 40 four ways"], "86 pounds 40 divided by four is 21.6."),
    (["split 86 pounds 40 four ways with a ten percent tip"],
     "86 pounds 40 plus ten percent divided by four is 23.76."),
    (["split 86 pounds 40 four ways with a ten percent tip", "and if there were five of us", "without the tip"],
     "86 pounds 40 divided by five is 17.28."),
    (["how much is three packs at two pounds seventy five each", "and if I pay with a twenty"],
     "Twenty minus 8.25 is 11.75."),
    (["what is ten percent of 240", "add that to it"], "240 plus 24 is 264."),
    (["how many ml in a pint"], "1 pint is 568.26 ml in Britain and 473.18 ml in the US."),
    (["how many miles in 10 km", LLM, "what's that in metres"], "10 km is 10,000 metres."),
    (["I've only got a litre of milk what's that in mils", "half of that"], "Half of 1000.0 is 500 mils."),
)  # fmt: skip


@pytest.mark.parametrize(("words", "answer"), SUMS, ids=lambda value: " / ".join(value)[:60])
def test_a_sum_goes_on(words: list[str], answer: str, said: Said) -> None:
    assert said(*words).said == answer


@pytest.mark.parametrize(("country", "pint"), [("GB", "568.26"), ("US", "473.18")])
def test_a_pint_is_that_of_the_owners_country(country: str, pint: str, said: Said) -> None:
    said.act._context = Context(country=country)
    assert said("how many ml in a pint").said == f"1 pint is {pint} ml."


LISTS = (
    ("add passports chargers sun cream to my packing list", ["passports", "chargers", "sun cream"]),
    ("put two kilos of potatoes 500 grams of onions a tin of tomatoes and some basil on the shopping list",
     ["two kilos of potatoes", "500 grams of onions", "tin of tomatoes", "basil"]),
    ("add milk eggs bread flour to my list", ["milk", "eggs", "bread", "flour"]),
    ("put call the plumbers and fix the gate on my to do list", ["call the plumbers", "fix the gate"]),
    ("add a present for the kids to my list", ["present for the kids"]),
)  # fmt: skip


@pytest.mark.parametrize(("words", "items"), LISTS)
def test_things_need_no_comma(words: str, items: list[str], said: Said) -> None:
    assert said(words).effects[0].details["items"] == items


AMOUNTS = (
    (["put milk and a bag of flour on the list", LLM, "make that two bags of flour"],
     ["milk", "two bags of flour"]),
    (["add 500 grams of onions and milk to my list", LLM, "change the onions to one kilo"],
     ["milk", "one kilo of onions"]),
    (["add six eggs to my list", "make that twelve"], ["twelve eggs"]),
    (["add milk to my list and set a timer for ten minutes", "make that twelve"], ["milk"]),
    (["add milk to my list", "clear it"], []),
)  # fmt: skip


@pytest.mark.parametrize(("words", "items"), AMOUNTS)
def test_how_much_of_it_is_changed(words: list[str], items: list[str], said: Said) -> None:
    said(*words)
    assert said.records.items("shopping") == items


MORE = (
    (["ten minute timer for the eggs no sorry seven"], "Eggs timer set for 7 minutes."),
    (["timer for the rice twelve minutes and one for the fish twenty"],
     "Rice timer set for 12 minutes. Fish timer set for 20 minutes."),
    (["set a timer for ten minutes", "five more please"], "Done. 15 minutes left now."),
    (["wake me at quarter to seven every weekday", "except Fridays"],
     "Alarm set for 6:45 AM every Monday, Tuesday, Wednesday and Thursday."),
    (["wake me at quarter past six tomorrow", "and one for my wife at seven"],
     "Wife alarm set for tomorrow at 7 AM."),
    (["remind me to take my tablets at one", "and again at nine tonight"],
     "I will remind you tonight at 9 PM: take your tablets."),
    (["remind me to take my tablets at nine tonight", "do that every day please"],
     "I will remind you every day at 9 PM: take your tablets."),
    (["set the volume to 40 percent", LLM, "make it 60"], "Volume at 60 percent."),
    (["remember that the key is in the shed", "so where is it"], "You told me: the key is in the shed."),
    (["remember my bike is blue and the wifi password is fish", "what's the wifi password"],
     "You told me: the wifi password is fish."),
    (["remind me on monday the twentieth to call Ann"],
     "Do you mean on Sunday, December 20 or on Monday, September 20, 2027?"),
    (["what's the weather doing on Friday"], "I have no way to know the weather, as I am offline."),
    (["um, like, set a timer for, you know, ten minutes"], "Timer set for 10 minutes."),
)  # fmt: skip


@pytest.mark.parametrize(("words", "answer"), MORE, ids=lambda value: " / ".join(value)[:60])
def test_as_people_go_on(words: list[str], answer: str, said: Said) -> None:
    assert said(*words).said == answer


def test_what_has_rung_is_said_again_and_rings_again(said: Said) -> None:
    said("remind me in an hour to call Ann")
    said.pass_time(hours=1)
    assert said("sorry what was that").said == "A reminder: call Ann."
    assert said("give me another ten minutes").said == "I will ring again in 10 minutes."


@pytest.mark.parametrize("words", ["put the heating on too", "and the telly off", "make it shorter", "make that so"])
@pytest.mark.parametrize("last", [LLM, "set a timer for ten minutes"])
def test_what_is_no_follow_up_does_nothing(words: str, last: str, said: Said) -> None:
    said("wake me at seven", "add tea to my list", last)
    assert not said(words).effects


def test_that_is_what_the_reason_before_speaks_of(said: Said) -> None:
    said("put call the plumber and fix the gate on my to do list", "add batteries to the shopping list")
    assert said("I've rung the plumber so tick that off").said == "Call the plumber removed from the to-do list."
    assert said.records.items("shopping") == ["batteries"]

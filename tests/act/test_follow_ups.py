"""What is said after something was done: taken back, changed, added to; and the same words where nothing was done."""

from __future__ import annotations

import pytest
from act_said import Said

CONVERSATIONS = (
    (["set a timer for 20 minutes", "no make that 30"], "Timer set for 30 minutes."),
    (["set a timer for 20 seconds", "make it 30"], "Timer set for 30 seconds."),
    (["set a tea timer for 3 minutes", "actually make it four minutes"], "Tea timer set for 4 minutes."),
    (["set a timer for 20 minutes", "cancel that"], "Timer canceled."),
    (["set a timer for 10 minutes for the eggs", "set another one for 20 minutes for the rice", "cancel the egg timer"],
     "Eggs timer canceled."),
    (["wake me at seven tomorrow", "actually make it quarter past"], "The alarm is moved to tomorrow at 7:15 AM."),
    (["timer for the laundry 40 minutes", "how long until the laundry is done"],
     "40 minutes left on the laundry timer."),
    (["wake me up at quarter to seven tomorrow", "actually make that eight"],
     "The alarm is moved to tomorrow at 8 AM."),
    (["set a timer for the pasta, nine minutes", "how much time is left on the pasta"],
     "9 minutes left on the pasta timer."),
    (["set a 5 minute timer and a 10 minute timer", "stop the 5 minute one"], "Timer canceled."),
    (["set an alarm for weekdays at 6 30"], "Alarm set for 6:30 AM on weekdays."),
    (["put lunch with Anna on friday at 1 in my calendar", "when is lunch with Anna"],
     "Lunch with Anna is on Friday at 1 PM."),
    (["what day is christmas", "how many days until then"], "24 days until Friday, December 25."),
    (["how many days until then", "how far away is christmas", "how long is it until then"],
     "24 days until Friday, December 25."),
    (["what's 15 percent of 84 euros"], "15 percent of 84 euros is 12.6."),
    (["how many cups in a litre"], "1 litre is 4.23 cups."),
    (["do you speak Spanish"], "I understand and speak English, and no other language as I am set up now."),
    (["wake me at seven tomorrow", "no make it half past six"], "The alarm is moved to tomorrow at 6:30 AM."),
    (["set an alarm for 6:30 am", "undo that"], "The alarm for tomorrow at 6:30 AM is canceled."),
    (["remind me at 3 pm to call Mum", "no make it 4 pm"], "I will remind you today at 4 PM: call Mum."),
    (["remind me at 3 pm to call Mum", "no cancel that"], "The reminder is canceled: call Mum."),
    (["add flour to the shopping list", "and sugar too"], "Sugar added to the shopping list."),
    (["add a hat to the packing list", "also add some socks"], "Socks added to the packing list."),
    (["add tea and milk to the shopping list", "scratch milk from it", "read my shopping list"],
     "On the shopping list: tea."),
    (["put milk, eggs and bread on the shopping list", "what's on it"], "On the shopping list: milk, eggs and bread."),
    (["put milk and eggs on the shopping list", "take eggs off", "what else is on it"], "On the shopping list: milk."),
    (["put eggs on the shopping list", "actually make that butter", "read it"], "On the shopping list: butter."),
    (["what is on my packing list", "add a hat to the packing list", "what's on it"], "On the packing list: hat."),
    (["set a pasta timer for nine minutes", "how long does it still need"], "9 minutes left on the pasta timer."),
    (["schedule a dentist appointment for friday at ten", "what's on my calendar on friday"],
     "There is one thing on Friday: Dentist appointment at 10 AM."),
    (["schedule a dentist appointment for friday at ten", "move it to eleven"],
     "Dentist appointment is moved to Friday at 11 AM."),
    (["add lunch with Anna to my calendar on friday at noon", "move lunch with Anna to eleven"],
     "Lunch with Anna is moved to Friday at 11 AM."),
    (["schedule a dentist appointment for friday at ten", "move it to monday at nine am", "delete it"],
     "Dentist appointment, on Monday at 9 AM, is deleted from your calendar."),
    (["schedule lunch for friday at seven", "what's on my calendar on friday"],
     "There is nothing in your calendar on Friday."),
    (["set an alarm for friday at seven"], "Alarm set for Friday at 7 AM."),
    (["set an alarm for seven", "in the morning"], "The alarm is moved to tomorrow at 7 AM."),
    (["what's fifteen percent of eighty", "and of ninety"], "Fifteen percent of ninety is 13.5."),
    (["put milk, eggs and butter on my list", "take eggs off", "actually make that butter", "read it"],
     "On the shopping list: milk and eggs."),
    (["undo that"], "There is nothing that I can undo."),
    (["what's 12 times 13", "plus 4", "divided by 2"], "160 divided by 2 is 80."),
    (["add call the plumber to my to do list", "mark it as done"], "Call the plumber removed from the to-do list."),
    (["add tea and milk to my list", "tick it off", "milk"], "Milk removed from the shopping list."),
    (["what day is it tomorrow"], "December 2 is a Wednesday."),
    (["how many days until my birthday"],
     "I have no way to know that, but I can keep it for you if you tell me to remember it."),
    (["what is two thirds of 90"], "Two thirds of 90 is 60."),
    (["is the oven on"], "I have no way to know that, as no device of your home is connected to me."),
    (["can you set a timer", "ten minutes"], "Timer set for 10 minutes."),
    (["could you please start a timer", "5 minutes"], "Timer set for 5 minutes."),
    (["set a pasta timer for nine minutes", "how are my timers"], "9 minutes left on the pasta timer."),
    (["wake me up at 6 every weekday", "skip tomorrow's alarm"], "The alarm rings again on Thursday at 6 AM."),
    (["remind me tomorrow to water the plants", "when will you remind me"],
     "There is one reminder, tomorrow at 9 AM: water the plants."),
    (["add bananas"], "Bananas added to the shopping list."),
    (["what is on my packing list", "add socks"], "Socks added to the packing list."),
    (["set a timer for 5 minutes", "what time is it", "what did you just do"], "Timer set for 5 minutes."),
    (["what week is it"], "It is week 49."),
    (["what time is it", "and in New York"], "It is 6 AM in New York."),
    (["what time is it", "how about in Tokyo", "and in London"], "It is 11 AM in London."),
    (["tell me about volcanoes", "what did I just ask you"], "You said: tell me about volcanoes"),
    (["what time is it", "what did I just say"], "You said: what time is it"),
    (["what did I just say"], "You have not said anything before that."),
    (["add tea to my list", "add milk to my list", "undo that", "read my list"], "On the shopping list: tea."),
)  # fmt: skip
ALONE = (
    "and sugar too",
    "actually make it quarter past",
    "make it blue",
    "what's on it",
    "take eggs off",
    "actually make that butter",
    "and in New York",
    "how much longer does it need",
)


@pytest.mark.parametrize(("words", "answer"), CONVERSATIONS, ids=lambda value: " / ".join(value)[:60])
def test_a_conversation_ends_with(words: list[str], answer: str, said: Said) -> None:
    assert said(*words).said == answer


@pytest.mark.parametrize("words", ALONE)
def test_the_same_words_do_nothing_where_nothing_was_done(words: str, said: Said) -> None:
    done = said("set a timer for 20 minutes", "tell me about volcanoes", words)
    assert not done.effects
    assert [timer.seconds for timer in said.records.timers()] == [1200]


def test_another_joke_is_another_one(said: Said) -> None:
    told = [said("tell me a joke").said, *(said("another one").said for _ in range(3))]
    assert len(set(told)) == 4
    said("tell me about volcanoes")
    assert said("another one").by == "llm"


def test_another_skill_in_between_ends_what_points_at_nothing(said: Said) -> None:
    said("add tea to my list", "what is on my list", "what time is it")
    assert not said("and milk too").effects


def test_what_rings_is_stopped_and_what_was_done_before_stays(said: Said) -> None:
    said("set a timer for 5 minutes", "add tea to my list")
    said.pass_time(minutes=5)
    assert said("stop").effects[0].what == "ringing_stopped"
    assert said.records.items("shopping") == ["tea"]


AS_SPOKEN = (
    ("hey computer put the kettle timer on for four minutes", "Kettle timer set for 4 minutes."),
    ("um what s the time", "It is noon."),
    ("whats the time", "It is noon."),
    ("wake me up tomorrow at half past six", "Alarm set for tomorrow at 6:30 AM."),
    ("i need to leave in twenty minutes tell me then", "I will remind you today at 12:20 PM: leave."),
    ("dont let me forget to eat tonight at eight", "I will remind you tonight at 8 PM: eat."),
    ("please add oats and a dozen eggs to my shopping list", "Oats and a dozen eggs added to the shopping list."),
    ("you re too loud turn it down a bit", "Volume at 90 percent."),
    ("can you remember that my bike is blue", "I will remember that your bike is blue."),
    ("wake me at 645 tomorrow please", "Alarm set for tomorrow at 6:45 AM."),
    ("set an alarm for half past eight tomorrow", "Alarm set for tomorrow at 8:30 AM."),
    ("sorry i didn t mean that", "That is all right."),
    ("flip a coin then", "Tails."),
    ("what time is it in tokyo", "It is 8 PM in Tokyo."),
    ("what's the time in San Francisco right now", "It is 3 AM in San Francisco."),
    ("what time is it in Auckland", "It is midnight, Wednesday, in Auckland."),
    ("what time is it in Atlantis", "I do not know what time it is in Atlantis."),
    ("which alarms do i have on", "There is no alarm."),
)  # fmt: skip


@pytest.mark.parametrize(("words", "answer"), AS_SPOKEN)
def test_as_people_speak_and_recognition_writes(words: str, answer: str, said: Said) -> None:
    assert said(words).said == answer


@pytest.mark.parametrize(
    "words",
    [
        "hey computer hoover the living room", "get me a taxi to the airport", "what s the weather like today",
        "who s the prime minister at the moment", "did arsenal win on saturday", "what time does the supermarket close",
        "how s the traffic on the way to work", "what s apple trading at", "is my flight on time", "what am i wearing",
        "what's the dollar to euro rate today", "who's top of the premier league", "buy dog food on amazon",
        "show me some pictures of puppies", "what number am I thinking of", "how are my shares doing",
        "did anyone call while i was out", "when s the next bus into town",
    ],
)  # fmt: skip
def test_what_it_cannot_do_or_know_in_other_words(words: str, said: Said) -> None:
    done = said(words)
    assert done.by == "skill:about"
    assert "can not" in done.said or "no way to know" in done.said


@pytest.mark.parametrize(
    "words",
    [
        "who won world war two", "when did rome fall",
        "how did vikings navigate", "what did newton discover",
        "when is easter celebrated and why", "who am i to judge",
        "did dinosaurs have feathers", "how long until the sun is finished",
        "is the earth done", "what is the rate of change", "how many people are there in france",
        "how long does it take to boil an egg", "start a story about a dragon",
        "find me a word that rhymes with orange", "set the scene for a story", "play a game with me",
        "did germany win world war two",
        "is the train faster than the car", "how did napoleon do in russia",
        "no", "and then", "thirty",
    ],
)  # fmt: skip
def test_the_rest_is_still_for_the_llm(words: str, said: Said) -> None:
    assert said(words).by == "llm"


def test_another_length_for_a_timer_that_rings(said: Said) -> None:
    said("set a tea timer for 2 minutes")
    said.pass_time(minutes=2)
    assert said("another five minutes please").said == "Tea timer set for 5 minutes."


def test_what_was_told_is_found_in_any_question_of_it(said: Said) -> None:
    said("remember that I parked on level three")
    assert said("where did I park").said == "You told me: you parked on level three."
    for words in ("where did I grow up", "what is my star sign if I was born in june", "what should I name my level"):
        assert said(words).by == "llm"

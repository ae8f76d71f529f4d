"""Follow-ups as people say them: what leans on the things and figures before it, and the same words elsewhere."""

from __future__ import annotations

import pytest
from act_said import Said

TIMERS = ["set a five minute timer", "set a ten minute timer", "set a twenty minute timer"]
CONVERSATIONS = (
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
)

CHAT = ["and my brother twenty five years", "no the other day", "in five", "is it over between us", "best of luck",
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
    assert not said(words).effects


def test_what_has_rung_is_told_and_rings_again_in_so_many_minutes(said: Said) -> None:
    said("remind me in ten minutes to call Ann")
    said.pass_time(minutes=10)
    assert said("what was it").said == "A reminder: call Ann."
    assert said("tell me again in five").said == "I will ring again in 5 minutes."

"""What is heard of the agent's own voice is no turn; what the user says with the same words is one."""

from __future__ import annotations

import pytest

from edge_agent.agent.own_words import OwnWords, repeats
from edge_agent.types import Draft, Finished, Heard, Hearing, Onset, Partial, Rejected
from tests.rigs.fakes import Scene

STORY = "The fisherman had been out on the water since before sunrise. He pulled in his nets one by one."


@pytest.mark.parametrize(
    ("heard", "said"),
    [
        ("the fisherman had been out on the water", STORY),
        ("He pulled in his nets one by one.", STORY),
        ("fisher man had been out on a water since before sun rise", STORY),
        ("Timer for five minutes set.", "I have set it: timer for five minutes, set."),
        ("The five minute timer or the ten minute timer", "Which? The five minute timer, or the ten minute timer?"),
    ],
)
def test_a_part_of_what_was_said_is_known(heard: str, said: str) -> None:
    assert repeats(heard, said)


@pytest.mark.parametrize(
    ("heard", "said"),
    [
        ("five minutes", "Five minutes or ten?"),
        ("the ten minute timer", "The five minute timer, or the ten minute timer?"),
        ("the ten minute timer please", "I have two. Do you mean the five minute timer, or the ten minute timer?"),
        ("No, not the living room lamp.", "I have turned on the living room lamp."),
        ("Don't set a timer for five minutes.", "I set a timer for five minutes."),
        ("Where was the fisherman before the sun rose?", STORY),
        ("Tell me more about the nets.", STORY),
        ("yes", "Yes, that is right."),
        ("stop", STORY),
        ("anything at all", ""),
    ],
)
def test_what_a_user_says_passes(heard: str, said: str) -> None:
    assert not repeats(heard, said)


def hearings(text: str, began_s: float) -> list[Hearing]:
    heard = Heard(text, "en", 1.0)
    return [Onset(began_s), Partial(heard), Draft(heard, began_s + 2), Finished(heard, began_s, began_s + 2, "silence")]


def test_only_what_began_while_it_spoke_can_be_its_own_voice() -> None:
    own = OwnWords()
    text = "He pulled in his nets one by one."
    sifted = [own.sifted(each, STORY, 10.0) for each in hearings(text, 9.0)]
    assert [type(each) for each in sifted] == [Onset, type(None), type(None), Rejected]
    assert [own.sifted(each, STORY, 10.0) for each in hearings(text, 11.0)] == hearings(text, 11.0)
    assert [own.sifted(each, STORY, 10.0) for each in hearings("What?", 9.0)] == hearings("What?", 9.0)


def test_an_agent_that_hears_itself_asks_itself_nothing() -> None:
    """Its own words, heard at its very end, would be the next turn: without end."""
    said = "Once upon a time there was a fisherman."
    scene = Scene().user(0.2, 1.0, "tell me a story").user(2.2, 3.0, said).reply("tell me a story", said)
    played = scene.run()
    assert [event.type for event in played.events if event.type in ("heard", "saying")] == ["heard", "saying"]
    asked = played.engines.writer.asked  # type: ignore[attr-defined]
    assert [heard for heard, _ in asked] == ["tell me a story"]

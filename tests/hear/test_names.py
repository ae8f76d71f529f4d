"""Names: spellings as the ASR has them."""

import pytest

from edge_agent.hear.names import OwnNames

NAMES = OwnNames(["okay nabu", "hey jarvis", "alexa", "hey mycroft"])


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("Hey Jarvis, what time is it?", "What time is it?"),
        ("Hey Jarvis what time is it", "What time is it"),
        ("Hey, Jarvis. Set a timer.", "Set a timer."),
        ("Alexa, stop!", "Stop!"),
        ("Hey Jarvis.", ""),
        ("Jarvis.", ""),
        ("A. Jarvis, set a timer.", "Set a timer."),
        ("Okay, Naba, what time is it?", "What time is it?"),
        ("Ok Nobu who wrote Hamlet.", "Who wrote Hamlet."),
        ("Hey, my craft, what time is it?", "What time is it?"),
        ("K-Mikroft, stop.", "Stop."),
    ],
)
def test_a_name_in_front_is_taken_off(text: str, rest: str) -> None:
    assert NAMES.behind(text, called=True) == rest


@pytest.mark.parametrize("text", ["What time is it?", "Stop.", "Play some jazz.", "Okay, never mind.", "Hey, you!"])
def test_words_without_a_name_stay_as_they_are(text: str) -> None:
    assert NAMES.behind(text) == text


def test_words_before_a_name_that_was_recognized_were_said_to_others() -> None:
    assert NAMES.behind("I do not know. Hey Jarvis, who wrote Hamlet?", called=True) == "Who wrote Hamlet?"
    assert NAMES.in_front("I do not know. Hey Jarvis, who wrote Hamlet?") is None


def test_a_phrase_is_known_behind_a_greeting() -> None:
    assert OwnNames(["computer"]).in_front("Okay computer, lights on.") == "computer"
    assert OwnNames(["computer"]).in_front("My computer is slow.") is None

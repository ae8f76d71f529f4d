"""Captions: an answer is one line, and what is written meanwhile waits for its end."""

from __future__ import annotations

import logging
from io import StringIO

import pytest

from edge_agent.events import HeardText, Interrupted, Murmured, Saying, TurnDone, TurnFailed
from edge_agent.watch.captions import Captions
from edge_agent.watch.screen import WAITING, Screen


@pytest.fixture
def paper() -> StringIO:
    return StringIO()


@pytest.fixture
def screen(paper: StringIO) -> Screen:
    return Screen(lambda line: paper.write(f"{line}\n"), paper.write)


def test_a_backchannel_stands_in_the_answer_in_brackets(paper: StringIO, screen: Screen) -> None:
    captions = Captions(screen)
    captions(Saying(1, 1.0, 0, "Once there was"))
    captions(Murmured(1, 1.4, "Mhm."))
    captions(Murmured(1, 1.5, ""))
    captions(Saying(1, 1.8, 1, "a fisherman."))
    captions(TurnDone(1, 2.0, 1.0))
    captions(Murmured(1, 2.3, "Okay."))
    assert paper.getvalue() == "Agent: Once there was (Mhm.) a fisherman.\n"


def test_an_answer_in_pieces_is_one_line_that_grows(paper: StringIO, screen: Screen) -> None:
    captions = Captions(screen)
    captions(HeardText(1, 0.0, "And the lamp?", "en"))
    captions(Saying(1, 1.0, 0, "The lamp is turned"))
    assert paper.getvalue() == "You:   And the lamp?\nAgent: The lamp is turned"
    captions(Saying(1, 1.2, 1, "on."))
    captions(TurnDone(1, 2.0, 1.0))
    captions(Saying(2, 3.0, 0, "And so on"))
    captions(Interrupted(2, 4.0, "And so", 0.5))
    captions(Saying(3, 5.0, 0, "Well"))
    captions(TurnFailed(3, 5.0, "It broke."))
    assert paper.getvalue().splitlines()[1:] == [
        "Agent: The lamp is turned on.",
        "Agent: And so on",
        "       (interrupted after: And so)",
        "Agent: Well",
        "       (no answer: It broke.)",
    ]


def test_an_answer_that_nothing_ended_ends_before_the_next(paper: StringIO, screen: Screen) -> None:
    captions = Captions(screen)
    captions(Saying(1, 1.0, 0, "One."))
    captions(Saying(2, 2.0, 0, "Two."))
    captions(HeardText(3, 0.0, "Three?", "en"))
    assert paper.getvalue() == "Agent: One.\nAgent: Two.\nYou:   Three?\n"


def test_no_line_of_the_log_breaks_into_an_answer(paper: StringIO, screen: Screen) -> None:
    log, captions = logging.getLogger("test_captions"), Captions(screen)
    log.propagate = False
    handler = logging.StreamHandler(paper)
    log.addHandler(handler)
    with screen.beside_logs(log):
        captions(Saying(1, 1.0, 0, "The lamp"))
        log.warning("The speaker ran dry.")
        screen.line("The microphone is muted.")
        captions(Saying(1, 1.2, 1, "is on."))
        captions(TurnDone(1, 2.0, 1.0))
        log.warning("At once.")
        captions(Saying(2, 3.0, 0, "It ends"))
    assert paper.getvalue().splitlines() == [
        "Agent: The lamp is on.", "The speaker ran dry.", "The microphone is muted.", "At once.", "Agent: It ends",
    ]  # fmt: skip
    assert handler.stream is paper


def test_an_answer_that_never_ends_keeps_no_line_for_ever(paper: StringIO, screen: Screen) -> None:
    screen.run_on("Agent: on and on")
    for number in range(WAITING + 1):
        screen.line(str(number))
    assert paper.getvalue().splitlines() == ["Agent: on and on", *map(str, range(WAITING + 1))]

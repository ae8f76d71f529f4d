"""An ASR that hears nothing is told from a room in which nothing is said."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.hear.canary import LEAST_VOICED_S, SILENT_MOST, Canary
from edge_agent.interfaces import Transcript
from edge_agent.types import Samples

KNOWN = np.ones(100, np.float32)


def transcript(text: str) -> Transcript:
    return Transcript(text, "en", 1.0, 0.0, None if text else "noise", False, 0)


def verdicts(texts: Sequence[str], *, hears: bool, voiced_s: float | None = 1.0) -> tuple[list[bool], int]:
    """What is said after each pass, and how often the known words were tried."""
    tried: list[Samples] = []

    def transcribe(samples: Samples) -> Transcript:
        tried.append(samples)
        return transcript("known words" if hears else "")

    canary = Canary(lambda: KNOWN)
    found = [canary.is_deaf(transcript(text), voiced_s, transcribe) for text in texts]
    assert all(samples is KNOWN for samples in tried)
    return found, len(tried)


def test_three_times_nothing_and_not_even_the_known_words_is_deaf() -> None:
    assert verdicts([""] * 4, hears=False) == ([False, False, True, False], 1)


def test_a_noisy_room_costs_a_pass_in_three() -> None:
    assert verdicts([""] * 7, hears=True) == ([False] * 7, 2)


@pytest.mark.parametrize("voiced_s", [None, LEAST_VOICED_S / 2])
def test_what_may_be_no_speech_does_not_count(voiced_s: float | None) -> None:
    assert verdicts([""] * 9, hears=False, voiced_s=voiced_s) == ([False] * 9, 0)


@given(st.lists(st.booleans(), max_size=30))
def test_whoever_is_heard_now_and_then_is_never_tried(words: list[bool]) -> None:
    texts = [text for word in words for text in (["", "yes"] if word else ["", "", "no"])]
    assert verdicts(texts, hears=False)[1] == 0
    assert SILENT_MOST == 3

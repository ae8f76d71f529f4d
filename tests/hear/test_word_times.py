"""When words were said: from a path through the frames of the sound to words with their times."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.hear.word_times import FRAME_S, token_starts, word_times


def path(*frames_of_tokens: int) -> list[tuple[int, int]]:
    """Tokens that take so many frames, one after the other."""
    ends = [sum(frames_of_tokens[: i + 1]) for i in range(len(frames_of_tokens))]
    return [(token, frame) for token, end in enumerate(ends) for frame in range(end - frames_of_tokens[token], end)]


def test_a_token_begins_where_the_path_comes_to_it() -> None:
    assert token_starts(path(10, 5, 20, 1), 3) == pytest.approx([0.0, 0.2, 0.3, 0.7])


def test_a_token_that_the_path_passes_over_takes_no_time() -> None:
    assert token_starts([(0, 0), (2, 10), (3, 20)], 3) == pytest.approx([0.0, 0.0, 0.2, 0.4])


def test_words_of_several_tokens_end_where_the_next_begins() -> None:
    told = word_times([("How", 1), ("Brooklyn", 2), ("?", 1)], [0.0, 0.2, 0.3, 0.6, 0.8])
    assert told == (("How", 0.0, 0.2), ("Brooklyn", 0.2, 0.6), ("?", 0.6, 0.8))


def test_silence_is_no_part_of_a_word() -> None:
    """Before the first word, between two, and behind the last, where the path stays with one of them."""
    told = word_times([(word, 1) for word in "abcdefg"], [0.0, 5.0, 5.2, 5.4, 8.0, 8.2, 8.4, 12.0])
    assert (told[0].start_s, told[0].end_s) == (4.4, 5.0)
    assert (told[3].start_s, told[3].end_s) == (5.4, 6.0)
    assert (told[-1].start_s, told[-1].end_s) == (8.4, 9.0)


def test_a_text_without_words_has_no_times() -> None:
    assert word_times([], [0.0]) == ()


@given(st.lists(st.integers(1, 200), min_size=2, max_size=40))
def test_times_go_forward_and_stay_within_the_sound(frames: list[int]) -> None:
    starts = token_starts(path(*frames), len(frames) - 1)
    told = word_times([("w", 1)] * (len(frames) - 1), starts)
    flat = [time for word in told for time in (word.start_s, word.end_s)]
    assert flat == sorted(flat)
    assert flat[-1] <= sum(frames) * FRAME_S + 0.005

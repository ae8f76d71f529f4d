"""Where words end: what espeak-ng joins, parts and changes, and what wording rewrites, is put to the right word."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.speak.alignment import as_written, word_ends
from edge_agent.speak.wording import speakable
from edge_agent.types import WordEnd

WORDS = st.lists(st.text("aeioubdkɡmnsztʃˈː", min_size=1, max_size=6), min_size=1, max_size=12)
TEXTS = st.text("ab $5.,%-— 😀1k", max_size=30)


def begins_with(sound: str, words: str, each: int = 10) -> list[str]:
    """What of `sound` each of the `words` ends with, every phoneme as long as the others."""
    return [sound[: end // each] for end in word_ends([(p, each) for p in sound], words.split())]


@pytest.mark.parametrize(
    ("sound", "words", "ends"),
    [
        ("wˌʌn, tˈuː, θɹˈiː.", "wˌʌn, tˈuː, θɹˈiː.", ["wˌʌn", "wˌʌn, tˈuː", "wˌʌn, tˈuː, θɹˈiː"]),
        ("wˈʌn ʌvðə bˈɛst", "wˌʌn ʌv ðə bˈɛst", ["wˈʌn", "wˈʌn ʌv", "wˈʌn ʌvðə", "wˈʌn ʌvðə bˈɛst"]),
        ("æt ˈeɪ tˈiː ænd", "æt ˌeɪtˈiː ænd", ["æt", "æt ˈeɪ tˈiː", "æt ˈeɪ tˈiː ænd"]),
        ("ˈæd ðɪʲ ˈɛɡz", "ˈæd ðə ˈɛɡz", ["ˈæd", "ˈæd ðɪʲ", "ˈæd ðɪʲ ˈɛɡz"]),
        ("ðə ðə ðə", "ðə ðə ðə", ["ðə", "ðə ðə", "ðə ðə ðə"]),
    ],
    ids=["pauses are no part of a word", "joined", "parted", "changed", "repeated"],
)
def test_a_word_ends_with_its_last_phoneme(sound, words, ends):
    assert begins_with(sound, words) == ends


@given(WORDS, st.lists(st.integers(0, 99), max_size=90), WORDS)
def test_ends_are_in_order_and_within_the_sound(said, lengths, alone):
    sound = list(zip(" ".join(said), lengths, strict=False))
    ends = word_ends(sound, alone)
    assert len(ends) == len(alone)
    assert all(0 <= a <= b for a, b in pairwise([0, *ends, sum(length for _, length in sound)]))


@pytest.mark.parametrize(
    ("written", "ends"),
    [
        ("It costs $5 now.", ["It", "It costs", "It costs $5", "It costs $5 now."]),
        ("Dr. Smith left.", ["Dr.", "Dr. Smith", "Dr. Smith left."]),
        ("By 3/4/2024 it fell.", ["By", "By 3/4/2024", "By 3/4/2024 it", "By 3/4/2024 it fell."]),
        ("Hi 😀 there 😀", ["Hi", "Hi 😀 there"]),
        ("  Two\n words ", ["  Two", "  Two\n words"]),
    ],
)
def test_what_wording_changes_ends_as_one(written, ends):
    spoken = speakable(written)
    said = [WordEnd(0, 10 * (i + 1)) for i in range(len(spoken.split()))]
    assert [written[: end.chars] for end in as_written(written, spoken, said)] == ends
    assert as_written(written, spoken, said)[-1].samples == 10 * len(spoken.split())


@given(TEXTS)
def test_written_ends_are_in_order_and_at_ends_of_words(written):
    spoken = speakable(written)
    made = as_written(written, spoken, [WordEnd(0, i + 1) for i in range(len(spoken.split()))])
    assert all(a.chars < b.chars and a.samples < b.samples for a, b in pairwise(made))
    for end in made:
        assert not written[end.chars - 1].isspace()
        assert written[end.chars : end.chars + 1].strip() == ""


def test_a_voice_that_does_not_tell_is_believed():
    assert as_written("one $5", "one five dollars", ()) == ()

"""Playback: what was heard, to the word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.speak.playback import AnswerPlayed, words_said, words_within
from edge_agent.speak.voice import Voice
from edge_agent.types import Sentence, WordEnd
from tests.rigs.fakes import ToneTts

LONG_AND_SHORT = "A unimaginatively b"
WORDS = st.lists(st.text("abcdefghij", min_size=1, max_size=9), min_size=1, max_size=12)


@given(WORDS, st.floats(0, 1), st.floats(0, 1))
def test_words_only_come_in_order_and_never_go_again(words, a, b):
    text = " ".join(words)
    less, more = words_within(text, min(a, b)), words_within(text, max(a, b))
    assert text.startswith(more)
    assert more.startswith(less)
    assert words_within(text, 0.0) == ""
    assert words_within(text, 1.0) == text


@pytest.mark.parametrize(("share", "heard"), [(0.2, ""), (0.3, "one"), (0.6, "one two"), (0.99, "one two")])
def test_a_word_counts_when_it_has_ended(share, heard):
    assert words_within("one two three", share) == heard


ENDS = (WordEnd(2, 100), WordEnd(9, 900))
"""Of "I - think so": the dash is not said on its own."""


@pytest.mark.parametrize(
    ("samples", "said"), [(0, ""), (99, ""), (100, "I"), (899, "I"), (900, "I - think"), (999, "I - think")]
)
def test_where_the_ends_are_known_a_cut_is_exact(samples, said):
    assert words_said("I - think so", samples, 1000, ENDS) == said


@given(WORDS, st.integers(0, 1000))
def test_where_they_are_not_it_is_by_proportion_and_all_is_all(words, samples):
    text = " ".join(words)
    assert words_said(text, samples, 1000) == words_within(text, samples / 1000)
    for ends in ((), ENDS):
        assert words_said(text, 1000, 1000, ends) == text
        assert words_said(text, 0, 0, ends) == text


@pytest.mark.parametrize(
    ("blocks", "heard"), [(4, ""), (5, "A"), (9, "A"), (10, "A unimaginatively"), (15, LONG_AND_SHORT)]
)
def test_playback_knows_the_word_of_a_block(blocks, heard):
    """Five blocks a word, however long it is written: by proportion, 4 blocks would be one word and 10 too."""
    played = AnswerPlayed()
    for block in list(Voice(ToneTts()).speak(Sentence(0, LONG_AND_SHORT, True)))[:blocks]:
        played.note(block)
    assert played.text() == heard


def test_blocks_add_up_to_the_sentences_that_were_heard():
    voice, played = Voice(ToneTts()), AnswerPlayed()
    blocks = [block for i in range(2) for block in voice.speak(Sentence(i, "Four words are here.", i == 1))]
    begun = [played.note(block) for block in blocks]
    assert played.text() == "Four words are here. Four words are here."
    assert sum(begun) == 2
    assert played.played_s == pytest.approx(sum(len(block.samples) for block in blocks) / voice.rate_hz)


def test_a_sentence_without_sound_gives_one_empty_block_that_ends_it():
    (block,) = Voice(ToneTts()).speak(Sentence(0, "", True))
    assert len(block.samples) == 0
    assert block.ends_sentence


def test_what_comes_after_a_gap_does_not_count():
    """The speaker is back before the sentence ends: its last words were heard without what they go on from."""
    played, blocks = AnswerPlayed(), list(Voice(ToneTts()).speak(Sentence(0, "One two three four.", last=True)))
    begun = [played.note(block, audible=not 6 <= number < 8) for number, block in enumerate(blocks)]
    assert begun == [True] + [False] * (len(blocks) - 1)
    assert played.unheard
    assert played.text() == "One"
    assert played.played_s == pytest.approx(0.12)

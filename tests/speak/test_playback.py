"""Playback: what was heard, to the word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.speak.playback import Played, words_within
from edge_agent.speak.voice import Voice
from edge_agent.testing import ToneTts
from edge_agent.types import Sentence

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


def test_blocks_add_up_to_the_sentences_that_were_heard():
    voice, played = Voice(ToneTts()), Played()
    blocks = [block for i in range(2) for block in voice.speak(Sentence(i, "Four words are here.", i == 1))]
    begun = [played.note(block) for block in blocks]
    assert played.text() == "Four words are here. Four words are here."
    assert sum(begun) == 2
    assert played.played_s == pytest.approx(sum(len(block.samples) for block in blocks) / voice.rate_hz)


def test_a_sentence_without_sound_gives_one_empty_block_that_ends_it():
    (block,) = Voice(ToneTts()).speak(Sentence(0, "", True))
    assert len(block.samples) == 0
    assert block.ends_sentence

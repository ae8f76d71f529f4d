"""The last gate before espeak-ng, on any text at all: surrogates, stacks of suffixes, endless words."""

from __future__ import annotations

import re
import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st

from edge_agent.speak.wording.safe import REPEATS, WORD_CHARS, safe

ANY_CHARACTER = st.characters()  # with surrogates, which st.text() leaves out
SUFFIX = st.sampled_from(["s'", "'s", "ness", "edly", "ly", "less", "able", "ing", "\u0301", "👩\u200d💻", "ء"])
STACK = st.builds(lambda head, unit, times: head + unit * times, st.text(max_size=8), SUFFIX, st.integers(0, 300))
TEXT = st.lists(st.one_of(st.text(ANY_CHARACTER, max_size=80), STACK), max_size=4).map(" ".join)


@settings(max_examples=300)
@given(TEXT)
def test_what_comes_out_cannot_kill_the_phonemizer(text: str) -> None:
    out = safe(text)
    assert all(len(word) <= WORD_CHARS for word in out.split())
    assert "\0" not in out
    out.encode()  # no surrogates
    assert not {unicodedata.category(char) for char in out} & {"Cc", "Cf", "Cs", "Co", "Cn"}
    for repeated in re.finditer(rf"(.{{1,40}}?)\1{{{REPEATS},}}", out):
        assert repeated[1].isdecimal()
    assert safe(out) == out


@given(st.text("abcdefghij klmnop.,?!", max_size=120))
def test_plain_words_are_left_as_they_are(text: str) -> None:
    plain = " ".join(text.split())
    if re.search(r"(.{1,40}?)\1{8,}| [.,?!]", plain) is None and max(map(len, plain.split()), default=0) <= WORD_CHARS:
        assert safe(text) == plain

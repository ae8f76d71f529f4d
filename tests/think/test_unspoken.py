"""Unspoken: markup goes, words stay, plain text does not wait, and the cut does not matter."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from edge_agent.think.sentences import SentenceStream
from edge_agent.think.unspoken import Unspoken


def spoken(*pieces, **options):
    unspoken = Unspoken(**options)
    return "".join(unspoken.push(piece) for piece in pieces) + unspoken.finish()


TABLE = [
    # thoughts
    ("<think>So, 2 + 2.\n\n</think>\n\nIt is four.", "It is four."),
    ("It is<think>hm</think> four.", "It is\n\nfour."),
    ("Well. <THINKING>never closed, ", "Well. "),
    ("I thought.</think>The answer.", "I thought.\n\nThe answer."),
    # code and tables
    ("Try this:\n```python\nprint('*')\n```\nDone.", "Try this:\n\nDone."),
    ("~~~\n```\ncode\n~~~\nDone.", "Done."),
    ("````\n```\ncode\n```\n````\nDone.", "Done."),
    ("Look:\n  ```\ncode without end", "Look:"),
    ("Here:\n| a | b |\n|---|---|\n| 1 | 2 |\nDone.", "Here:\n\nDone."),
    # lines
    ("# Title\nText.", "Title\n\nText."),
    ("### Title ###\nText.", "Title ###\n\nText."),
    ("#1 is best", "#1 is best"),
    ("- milk\n- eggs\n  * brown\n+ tea", "milk\n\neggs\n\nbrown\n\ntea"),
    ("1. Open it.\n2. Close it", "Open it.\n\nClose it"),
    ("42. That is the answer.", "42. That is the answer."),
    ("It is\n5. Really.", "It is\n\n5. Really."),
    ("3.5 km", "3.5 km"),
    ("-5 degrees", "-5 degrees"),
    ("One.\n---\nTwo.\n***\nThree.", "One.\n\nTwo.\n\nThree."),
    ("Title\n=====\nText", "Title\n\nText"),
    ("> wise\n> words", "wise words"),
    ("a line that\ngoes on\nAnd one that does not", "a line that goes on\n\nAnd one that does not"),
    ("One.\r\n\r\nTwo.", "One.\n\nTwo."),
    # emphasis, code spans, links
    ("so **bold**, *it*, __b__, _i_, ***bi*** and ~~old~~", "so bold, it, b, i, bi and old"),
    ("2 * 3 * 4, 2*3, snake_case, ~5", "2 * 3 * 4, 2*3, snake_case, ~5"),
    ("run `ls -l *.py` and ``a_b``", "run ls -l *.py and a_b"),
    ("see [the *site*](https://a.io/x_(y)), ok", "see the site, ok"),
    ("[1], [x] and [ref][1]", "[1], [x] and ref"),
    ("![a cat](cat.png)A cat[^1].", "A cat."),
    ("[![badge](b.svg)](https://a.io) text", "text"),
    ("at https://a.io/x_y?z=1", "at https://a.io/x_y?z=1"),
    ("<https://a.io>", "https://a.io"),
    (r"\*not\* \# this", "*not* # this"),
    # HTML
    ("<b>bold</b> 5 < 6, a<b <!-- no -->&amp; &lt;i&gt;", "bold 5 < 6, a<b & <i>"),
    ("one<br>two<br/>three", "one\n\ntwo\n\nthree"),
    ("done<|im_end|>", "done"),
    # emoji
    ("Hi 👨‍👩‍👧 there 👍🏽!", "Hi there!"),
    ("yes😀no ❤️ 🇩🇪 1️⃣ © ok", "yes no 1 © ok"),
    ("😀", ""),
    # never completed
    ("a **star and [a link](", "a star and [a link]("),
    ("an `open tick", "an open tick"),
    ("", ""),
]


@pytest.mark.parametrize(("text", "expected"), TABLE)
def test_table(text, expected):
    assert spoken(*text).rstrip("\n") == expected
    assert spoken(text).rstrip("\n") == expected


def test_a_thought_that_the_prompt_has_opened():
    assert spoken("Hm, *so*.\n</thi", "nk>\n\nHello.", thinking=True).rstrip() == "Hello."
    assert spoken("never closed", thinking=True) == ""


def test_plain_text_does_not_wait():
    unspoken = Unspoken()
    for char in "Plain words, no (markup): 3.5 or so; fine.":
        given_out = unspoken.push(char)
        assert given_out.strip() == char.strip()  # a space waits for what follows it


def test_markup_is_held_only_until_it_is_decided():
    unspoken = Unspoken()
    assert [unspoken.push(char) for char in "a *b"] == ["a", "", " ", "b"]
    assert [unspoken.push(char) for char in " [c]d"] == ["", " ", "", "", "[c]d"]


MARKUP = ["```", "<think>", "</think>", "1. ", "- ", "](x)", "&amp;", "😀", "\u200d", "\r\n"]
TEXT = st.one_of(
    st.lists(st.sampled_from([*"aB1*_`~#<>[]()!|-+.\\& \n", *MARKUP]), max_size=60).map("".join),
    st.text(max_size=200),
)


@st.composite
def cut_text(draw):
    text = draw(TEXT)
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=12)))
    return text, [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]


@given(cut_text(), st.booleans())
def test_any_cut_gives_the_same_text(cut, thinking):
    text, pieces = cut
    assert spoken(*pieces, thinking=thinking) == spoken(text, thinking=thinking)


@given(st.lists(st.sampled_from(["Plain", "words,", "3.5", "(or)", "it's", "so:", "Really?"]), max_size=30))
def test_plain_words_pass_unchanged(words):
    assert spoken(" ".join(words)).split() == words


def test_same_words_as_a_markdown_parser():
    """markdown-it-py reads a whole document; the stream must come to the same words."""
    text = (
        "# Making *tea*\n\nYou need **hot** water, `1` cup and a [pot](http://pot.io).\n\n"
        "1. Boil the water\n2. Wait ~~two~~ five minutes\n   - or *less*\n\n> Enjoy\n> it.\n\n---\n\n"
        "```sh\nrm -rf tea\n```\n\nSee ![pic](p.png) snake_case &amp; 2 * 3.\n"
    )
    tokens = MarkdownIt().enable("strikethrough").parse(text)
    inline = [child for token in tokens if token.type == "inline" for child in token.children]
    words = [child.content for child in inline if child.type in ("text", "code_inline", "softbreak", "text_special")]
    assert "".join(spoken(text).split()) == "".join("".join(words).split())


def test_from_tokens_to_sentences():
    unspoken, stream = Unspoken(), SentenceStream()
    answer = "<think>|ok|</think>|\n\n|Sure|!| **|Two|**| ideas|:\n|1|.| Walk|\n|2|.| Read| a| book| 📚"
    tokens = answer.split("|")
    result = [sentence for token in tokens for sentence in stream.push(unspoken.push(token))]
    result += stream.push(unspoken.finish()) + stream.finish()
    assert [sentence.text for sentence in result] == ["Sure!", "Two ideas:", "Walk", "Read a book", ""]

"""Sentences: the same whatever the pieces, the first one early, nothing lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.think.sentences import SentenceStream
from edge_agent.types import Sentence
from edge_agent.words import languages


def sentences(*pieces, **options):
    stream = SentenceStream(**options)
    return [sentence for piece in pieces for sentence in stream.push(piece)] + stream.finish()


def texts(*pieces, **options):
    return [sentence.text for sentence in sentences(*pieces, **options)]


TABLE = [
    # sentence ends
    ("The sky is blue. The sun is up.", ["The sky is blue.", "The sun is up."]),
    ("Is it so? It is! Good.", ["Is it so?", "It is!", "Good."]),
    ("Sure! Here it is.", ["Sure!", "Here it is."]),
    ("Yes. It is raining.", ["Yes.", "It is raining."]),
    ('He said it. "Then go." (Maybe.) He did.', ["He said it.", '"Then go."', "(Maybe.)", "He did."]),
    ("你好，我今天很高兴，谢谢你。再见！", ["你好，我今天很高兴，", "谢谢你。", "再见！"]),
    ("Buy milk\n\nBuy eggs\n\n", ["Buy milk", "Buy eggs", ""]),
    ("J. R. R. Tolkien wrote it. I know.", ["J. R. R. Tolkien wrote it.", "I know."]),
    ("No end", ["No end"]),
    ("", [""]),
    ("  \n ", [""]),
    # the first fragment: a clause border after three words
    ("Well, of course, it is. Bye, then, all.", ["Well, of course,", "it is.", "Bye, then, all."]),
    ("Here you go: take the red one.", ["Here you go:", "take the red one."]),
    ("That is right; it works.", ["That is right;", "it works."]),
    ("I think so - but ask her.", ["I think so -", "but ask her."]),
    ("I think so — but ask her.", ["I think so —", "but ask her."]),
    ("I think so—but ask her.", ["I think so—", "but ask her."]),
    ("Is that you? yes it is.", ["Is that you?", "yes it is."]),
    ("Yes, sir, I do.", ["Yes, sir, I do."]),  # never with less than three words
    # ... or a word border after seven
    (
        "The old town hall stands right beside the river bank.",
        ["The old town hall stands right beside", "the river bank."],
    ),
    ("She was born near the small town of Olomouc.", ["She was born near the small town", "of Olomouc."]),
    # ... once three words are out, no more
    ("Sure! Here is one, and more, too.", ["Sure!", "Here is one,", "and more, too."]),
    # never inside a number, a date, an abbreviation, a URL
    ("It costs about 3.5 or 1,000 dollars, I think.", ["It costs about 3.5 or 1,000 dollars,", "I think."]),
    ("We meet at 10:30 in town, then.", ["We meet at 10:30 in town,", "then."]),
    ("It was on November 22, 2026 in Rome.", ["It was on November 22, 2026 in Rome."]),
    ("There are now about 12 000 of them.", ["There are now", "about 12 000 of them."]),
    ("Some soft fruit, e.g., a ripe pear.", ["Some soft fruit,", "e.g., a ripe pear."]),
    ("Take a spoon, i.e., a big one.", ["Take a spoon,", "i.e., a big one."]),
    ("You can take e.g., a spoon.", ["You can take e.g., a spoon."]),
    ("You could use, e.g., a spoon.", ["You could use,", "e.g., a spoon."]),
    ("Please call Dr. Smith, he knows.", ["Please call Dr. Smith,", "he knows."]),
    ("It ends at 5 p.m. today, I think.", ["It ends at 5 p.m. today,", "I think."]),
    ("Look at https://a.io/x,y;z:1 for more, please.", ["Look at https://a.io/x,y;z:1 for more,", "please."]),
    ("One two three four five six Prof. Smith came.", ["One two three four five six", "Prof. Smith came."]),
    ("There were five men and about seventeen 3-year-olds.",
     ["There were five men", "and about seventeen 3-year-olds."]),
    # what the library gets wrong, mended (pinned below)
    ("He watched the TV. Then he left.", ["He watched the TV.", "Then he left."]),
    ("Ask Prof. Smith or Capt. Kirk. They know.", ["Ask Prof. Smith or Capt. Kirk.", "They know."]),
    ("So 2 * 3 * 4 is 24.", ["So 2 * 3 * 4 is 24."]),
    # known weakness: a single letter before a full stop is taken for an initial
    ("Take vitamin C. It helps.", ["Take vitamin C. It helps."]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), TABLE)
def test_table(text, expected):
    assert texts(*text) == expected
    assert texts(text) == expected


GERMAN = [
    ("Am 22. November ist es soweit. Dann feiern wir.", ["Am 22. November", "ist es soweit.", "Dann feiern wir."]),
    ("Heute ist der 8. Mai, und es ist 16:05 Uhr.", ["Heute", "ist der 8. Mai, und es ist 16:05 Uhr."]),
    ("Das ist z. B. ein Apfel. Oder d. h. eine Birne.", ["Das ist z. B. ein Apfel.", "Oder d. h. eine Birne."]),
    ("Prof. Dr. Schmidt bzw. Frau Meier kommt. Gut.", ["Prof. Dr. Schmidt", "bzw. Frau Meier kommt.", "Gut."]),
    ("Ich kann dir mit dem Timer helfen.", ["Ich kann dir", "mit dem Timer helfen."]),
    ("Ende war 1945. Es kostet 3,50 Euro. Ja.", ["Ende war 1945.", "Es kostet 3,50 Euro.", "Ja."]),
    ("Das sind Äpfel usw. Mehr weiß ich nicht.", ["Das sind Äpfel usw.", "Mehr weiß ich nicht."]),
    # known weakness: a small number before a full stop is taken for an ordinal
    ("Es sind 12. Mehr nicht.", ["Es sind 12. Mehr nicht."]),
]


@pytest.mark.parametrize(("text", "expected"), GERMAN)
def test_german_sentences_end_where_german_ones_do(text, expected):
    options = {"first_min_words": 1, "first_max_words": 4, "language": "de"}
    assert texts(*text, **options) == texts(text, **options) == expected


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Ask Prof. Smith now.", ["Ask Prof.", "Smith now."]),  # parts an abbreviation of four letters
        (
            "I watched TV. Then I left.",
            ["I watched TV. Then I left."],
        ),  # takes a short word for an abbreviation
        ("Yes. It is.", ["Yes. It is."]),
        ('He left. "Then go."', ['He left. "Then go."']),  # never parts before a quotation mark
        ("It is 2 * 3 * 4.", ["It is 2  3  4."]),  # loses a product
    ],
)
def test_known_failures_of_the_library(text, parts):
    """When one of these fails, a newer sentence-stream needs less mending: see the list in sentences.py."""
    from sentence_stream import stream_to_sentences

    assert list(stream_to_sentences([text])) == parts


def test_one_last_sentence_and_running_indices():
    assert sentences("Here you go. ", "Have fun.", "") == [
        Sentence(0, "Here you go.", False),
        Sentence(1, "Have fun.", True),
    ]


@pytest.mark.parametrize(
    ("text", "border"),
    [
        ("Of course I can, it is easy.", "Of course I can, i"),
        ("The old town hall stands right beside the river", "The old town hall stands right beside t"),
        ("It is raining. Take care.", "It is raining. T"),
        ("First thing\n\nSecond thing", "First thing\n\n"),
    ],
)
def test_the_first_fragment_leaves_with_the_character_that_decides(text, border):
    stream = SentenceStream()
    assert [stream.push(char) for char in border[:-1]] == [[]] * (len(border) - 1)
    assert len(stream.push(border[-1])) == 1


def test_long_sentences_are_capped_at_a_clause_or_a_word():
    clauses = texts("and so on and on and on we go, " * 40)
    assert all(len(text) <= 280 and text.endswith(",") for text in clauses)
    words = texts("word " * 200)
    assert all(len(text) <= 280 for text in words)
    assert " ".join(words).split() == ["word"] * 200
    assert texts("x" * 700) == ["x" * 280, "x" * 280, "x" * 140]


def test_options_are_checked():
    with pytest.raises(ValueError, match="first_min_words"):
        SentenceStream(first_min_words=5, first_max_words=4)


# Characters on which borders depend are frequent here; a model never writes those that serve as a disguise.
TEXT = st.one_of(
    st.lists(st.sampled_from([*"aB1.,:;!?-—*\"' \n", "Dr.", "e.g.", "。", "，", "Then ", "word "]), max_size=80).map(
        "".join
    ),
    st.text(max_size=300),
).filter(lambda text: not set(text) & {"\ue000", "\ue001"})


@st.composite
def cut_text(draw):
    text = draw(TEXT)
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=12)))
    return text, [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]


@given(cut_text(), st.sampled_from([280, 25]), st.sampled_from(languages()))
def test_any_cut_gives_the_same_sentences(cut, max_chars, language):
    text, pieces = cut
    options = {"max_chars": max_chars, "language": language}
    assert sentences(*pieces, **options) == sentences(text, **options)


@given(TEXT, st.sampled_from([280, 25]), st.sampled_from(languages()))
def test_nothing_is_lost(text, max_chars, language):
    result = sentences(text, max_chars=max_chars, language=language)
    assert "".join("".join(sentence.text for sentence in result).split()) == "".join(text.split())
    assert [sentence.index for sentence in result] == list(range(len(result)))
    assert [sentence.last for sentence in result] == [False] * (len(result) - 1) + [True]
    assert all(0 < len(sentence.text) <= max_chars for sentence in result[:-1])


WORDS = ["a", "I", "word", "Dr.", "3.5", "e.g.,", "10:30", "Then,", "so;", "well:", "—", "end.", "Go!", "*"]


@given(st.lists(st.sampled_from(WORDS), max_size=60))
def test_words_stay_whole(words):
    assert " ".join(texts(" ".join(words))).split() == words

"""Names by voice: what the ASR makes of letters is weighed, a wrong name is spelled, and no booking is lost over it."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_agent.desk.phrases import phrases_of
from edge_agent.desk.readers.letters import spelled
from edge_agent.desk.readers.person import read_name
from edge_agent.desk.readers.spelling import SpelledTry, spelled_name
from edge_agent.desk.readers.word_letters import letters_as_said
from tests.desk.dentist import desk, dialogue

TO_THE_YES = ("I need a check-up on Thursday at three with Dr Okafor", "My name is Jo Baker", "020 7946 0958")


@pytest.mark.parametrize(
    ("letters", "words", "name"),
    [
        ("keblinokafor", "kevin ockoffer", "kevin okafor"),
        ("tomokfor", "tom akafer", "tom okafor"),
        ("leuranovk", "laura novak", "laura novak"),
        ("petersehmidt", "", "peter schmidt"),
        ("mrtinwhitfield", "martin woodfield", "martin whitfield"),
        ("dandermeer", "aisha vandermeer", "aisha vandermeer"),
        ("smyth", "john smith", "john smyth"),
        ("schmitt", "peter schmidt", "peter schmitt"),
        ("jon", "john smith", "jon smith"),
        ("zhou", "", "zhou"),
        ("wojcik", "tom voychick", "tom wojcik"),
    ],
)
def test_letters_and_sound_make_a_name(letters: str, words: str, name: str) -> None:
    assert " ".join(spelled_name([SpelledTry((letters,), tuple(words.split()))], "en")) == name


def test_a_refused_name_is_not_said_again_and_both_tries_count() -> None:
    once = SpelledTry(("nobak",), ("laura", "novak"))
    assert spelled_name([once], "en") == ("laura", "novak")
    assert spelled_name([once], "en", refused=["laura novak"]) != ("laura", "novak")
    assert spelled_name([SpelledTry(("moore",)), SpelledTry(("noore",), ("tom",))], "en") == ("tom", "moore")


@pytest.mark.parametrize(
    ("heard", "letters"),
    [
        ("my name is spelled WHITFILD.", "whitfild"),
        ("it's P. R. I. Y. A.", "priya"),
        ("that's okay F-O-R", "okfor"),
        ("L-A-U-R-A-R-O-S-S-I.", "laurarossi"),
    ],
)
def test_letters_are_found_however_they_are_written(heard: str, letters: str) -> None:
    assert [each.letters for each in spelled(heard, phrases_of("en"), least=3)] == [letters]


def test_a_sentence_with_few_words_for_letters_is_left_as_it_is() -> None:
    said = "No, that's wrong, it is in March, and it's in the morning, at ten."
    assert letters_as_said(said, phrases_of("en")) == said


def test_a_name_that_is_heard_wrong_again_is_to_be_spelled(tmp_path: Path) -> None:
    call = desk(tmp_path)
    dialogue(call, *TO_THE_YES)
    assert call.hear("No, Jo Baker.").asks == "name_spell"
    assert "J-O" not in call.expects
    assert "letter" in call.hear("Er, what?").said
    reply = call.hear("J-O, B-A-R-K-E-R.")
    assert reply.form["name"] == "Jo Barker"
    assert "spelled J O, B A R K E R" in reply.said


def test_a_name_that_cannot_be_got_right_is_noted_as_unsure(tmp_path: Path) -> None:
    call = desk(tmp_path)
    dialogue(call, *TO_THE_YES)
    call.hear("No, Jo Baker, that's spelled O-K-A-F-O-R.")
    reply = call.hear("No, Jo Baker, that's spelled O-K-A-V-O-R.")
    assert reply.asks == "name_spell"
    assert "a word for each letter" in reply.said
    assert call.hear("O as in oak, K as in king, A as in ape, F as in fox, O as in oak.").proposal is not None
    reply = call.hear("No, Jo Baker, that's spelled O-K-A-F-U-R.")
    assert reply.proposal is not None
    assert reply.proposal["name_unsure"] is True
    assert "not sure of the name" in reply.said
    call.hear("Yes.")
    (row,) = call.ledger.bookings()
    assert len(row.to_json()["name_heard"]) == 5


@pytest.mark.parametrize(
    ("before", "heard", "name"),
    [
        ("Daniel Ambike.", "D-D-N-I-E-L, M-S-N-M-R-E, B-S-N-Boy, E-S-N-E-G, K-S-N-King, I-S-N-I-S.", "Daniel Mbeki"),
        ("Martin Hughes.", "H's in house, you as an uncle, G's in girl, H's in house, he as an egg, S's in Sam.",
         "Martin Hughes"),
        ("Or in the last name is N-G-U-Y-E-N.", "L-A-U-R-A. N as in ice, G as in girl, U as in uncle, Y as in yellow, "
         "E as in egg, N as in ice.", "Laura Nguyen"),
        ("Jane Yomas.", "J-N-E, Y as in yellow, I as in ice, Elisyn Lemon, Amazon Mary, I as an apple, C as in seeper.",
         "Jane Yilmaz"),
        ("", "My name is David Vandermere-Victor, Alpha, November, Delta, Echo, Romano, Mike, Echo, Echo, Romano.",
         "David Vandermeer"),
        ("Asia Ahmadi.", "AISHA, AISN Apple, H as in house, M as in Mary, AISN Apple, D as in dog, AISN ICE.",
         "Aisha Ahmadi"),
        ("David Near.", "David Nair, that's spelled D to V by D and I R.", "David Nair"),
        ("My name is Sophie Inovic.", "Sophie and Novak, that's spelled S-O-F-I-A, and O-V-The-K.", "Sofia Novak"),
        ("Martin Okafor.", "Martin Novak, that's spelled M-I-R-T-I-N-N-O-V-L-K.", "Martin Novak"),
        ("Sofia Baker.", "He is in boy, as in apple, K as in king, E as in egg, R as in red.", "Sofia Baker"),
        ("Daniel Castelanos.", "C as in cat, as in apple, S as in sam, T as in tom, E as in egg, L as in lemon, L as "
         "in lemon, I as in apple, N as in nice, O as in orange, S as in sam.", "Daniel Castellanos"),
        ("Hurry you with the old.", "P-R-I-Y-A. W as in window, H as in house, I as in ice, T as in tom, F as in fox, "
         "I as in ice, E as in egg, L as in lemon, D as in dog.", "Priya Whitfield"),
    ],
)  # fmt: skip
def test_a_word_for_each_letter_as_it_is_heard(before: str, heard: str, name: str) -> None:
    """As Whisper base heard our voice."""
    found = read_name(heard, phrases_of("en"), [before], asked=True)
    assert found is not None
    assert found.name == name

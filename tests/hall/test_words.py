"""The words of each language: every folder is complete, and what has no folder is met in English."""

from __future__ import annotations

import logging
import re
import string
from typing import get_args

import pytest

from edge_agent.settings import Settings
from edge_agent.words import Recorded, languages, words_of


def test_english_is_the_first_language() -> None:
    assert "en" in languages()
    assert Settings().think.persona == words_of("en").persona
    assert Settings().speak.openers == words_of("en").openers


@pytest.mark.parametrize("language", languages())
def test_a_folder_has_every_text(language: str) -> None:
    own = words_of(language)
    assert own.language == language
    told = (own.persona, own.in_words, own.nudge, own.greeting)
    for text in (*told, *own.warm_up, *own.openers, own.apology, own.safe_mode, own.could_not_start):
        assert text == " ".join(text.split())
        assert text
    assert (len(own.months), len(own.digits) >= 10) == (12, True)
    assert all(word == word.lower().strip() for word in (*own.open_words, *own.digits))
    assert len(set(own.open_words)) == len(own.open_words) > 30
    for phrase in own.stock_phrases:
        assert re.fullmatch(phrase, "") is None


def test_settings_follow_the_language_that_is_heard() -> None:
    german = Settings.model_validate({"hear": {"language": "de"}, "speak": {"pace": 1.2}})
    assert (german.think.persona, german.speak.openers) == (words_of("de").persona, words_of("de").openers)
    assert german.speak.pace == 1.2
    own = Settings.model_validate({"hear": {"language": "de"}, "think": {"persona": "Sei kurz."}})
    assert own.think.persona == "Sei kurz."
    for other in ("auto", "fr"):
        assert Settings.model_validate({"hear": {"language": other}}).think == Settings().think


def fields(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


@pytest.mark.parametrize("language", languages())
def test_what_is_filled_in_has_its_places(language: str) -> None:
    assert fields(words_of(language).could_not_start) == {"times", "cause"}


@pytest.mark.parametrize("language", languages())
def test_all_or_nothing_of_a_language_is_recorded(language: str) -> None:
    """Half of it would make one agent speak two languages."""
    assert len({words_of(language).is_recorded(name) for name in get_args(Recorded)}) == 1
    for name in get_args(Recorded):
        assert words_of(language).recording(name).is_file()


@pytest.mark.parametrize("tag", ["en", "en_US", "en-gb", "EN"])
def test_a_language_is_found_by_any_tag_of_it(tag: str) -> None:
    assert words_of(tag) is words_of("en")


@pytest.mark.parametrize("language", ["tlh", "../en", "x" * 35])
def test_a_language_without_a_folder_is_met_in_english_and_the_log_says_so_once(
    language: str, caplog: pytest.LogCaptureFixture
) -> None:
    words_of.cache_clear()
    with caplog.at_level(logging.WARNING, logger="edge_agent.words"):
        assert [words_of(language) for _ in range(3)] == [words_of("en")] * 3
    assert [record.getMessage() for record in caplog.records] == [
        f"There are no words for the language {language!r} (there are for {', '.join(languages())}): "
        "English ones are used."
    ]


def test_a_language_that_is_yet_to_be_detected_is_no_surprise(caplog: pytest.LogCaptureFixture) -> None:
    words_of.cache_clear()
    assert words_of("auto") is words_of("") is words_of("en")
    assert not caplog.records

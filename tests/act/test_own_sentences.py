"""Sentences: ours, the owner's, and files that cannot be used."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from act_said import Said

from edge_agent.act.act import Act
from edge_agent.act.sentences import Sentences, checked
from edge_agent.act.skills import SKILLS
from edge_agent.errors import ConfigError

OWN = """\
language: en
intents:
  TimeNow:
    data:
      - sentences: ["what says the clock"]
  SetTimer:
    data:
      - sentences: ["egg time {duration}"]
"""


def test_each_intent_has_a_skill_and_each_skill_a_sentence() -> None:
    sentences = Sentences("en")
    assert set(sentences.intents.intents) == set(SKILLS)
    assert all(SKILLS[intent].__doc__ for intent in SKILLS)


def test_the_owners_sentences_are_understood_too(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(OWN)
    said = Said(tmp_path, Sentences("en", tmp_path))
    assert said("What says the clock?").said == "It is noon."
    assert said("egg time five minutes").said == "Timer set for 5 minutes."
    assert said("what time is it").said == "It is noon."


def test_of_two_that_fit_the_owners_wins(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(
        'language: en\nintents:\n  DayToday:\n    data:\n      - sentences: ["what time is it"]\n'
    )
    assert Said(tmp_path, Sentences("en", tmp_path))("what time is it").said == "Today is Tuesday."


def test_the_owners_files_of_another_language_wait_for_it(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(OWN.replace("language: en", "language: de"))
    assert Said(tmp_path, Sentences("en", tmp_path))("what says the clock").by == "llm"


BAD = {
    "no yaml": ("intents: [", "cannot be read"),
    "no mapping": ("- a\n- b\n", "no mapping"),
    "no data": ("intents:\n  TimeNow: {}\n", "TimeNow"),
    "an open bracket": ('intents:\n  TimeNow:\n    data:\n      - sentences: ["what (time"]\n', "what (time"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_file_that_cannot_be_used_is_left_out_with_a_sentence(
    name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    text, told = BAD[name]
    file = tmp_path / "bad.yaml"
    file.write_text(text)
    (tmp_path / "mine.yaml").write_text(OWN)
    with pytest.raises(ConfigError) as error:
        checked(file)
    assert told in str(error.value)
    assert str(file) in str(error.value)
    with caplog.at_level(logging.WARNING):
        said = Said(tmp_path, Sentences("en", tmp_path))
    assert len(caplog.messages) == 1
    assert "\n" not in caplog.messages[0].split("To mend")[0].strip()
    assert said("what says the clock").said == "It is noon."


def test_no_text_breaks_it(said: Said) -> None:
    for text in (
        "",
        " ",
        "?",
        "{duration}",
        "(a|b)",
        "qwhena",
        "[x]",
        "set a timer for {name}",
        "a" * 5000,
        "\x00",
        "ß",
    ):
        plan = said.act.plan(text)
        assert plan is None or isinstance(plan.said, str)


def test_one_conversation_at_a_time_is_warmed_up(said: Said) -> None:
    assert isinstance(said.act, Act)
    said.act.warm_up()
    assert said.records.timers() == []

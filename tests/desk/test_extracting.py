"""What an LLM may do at a desk: point at words that were said. It cannot say yes, nor make anything up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from edge_agent.desk.conversation import CallState
from edge_agent.desk.extracting import Extractor, extracted
from edge_agent.think.brief import Brief, Part, Text, Usage, Written
from tests.desk.dentist import booked, desk, dialogue


class Told:
    """An LLM that answers what it is told to."""

    def __init__(self, *answers: dict[str, str]) -> None:
        self._answers = list(answers)
        self.briefs: list[Brief] = []

    def write(self, brief: Brief) -> Iterator[Part]:
        self.briefs.append(brief)
        yield Text(json.dumps(self._answers.pop(0)))
        yield Written("stop", Usage())


def test_words_that_code_does_not_understand_are_read_where_the_llm_points(tmp_path: Path) -> None:
    call, llm = desk(tmp_path), Told({"service": "hygenist"})
    call.extractor = Extractor(llm.write, "")
    call.hear("I need an appointment")
    reply = call.hear("my gums are bleeding so whoever does that, the hygenist?")
    assert reply.form.get("service") == "cleaning"


def test_a_span_that_was_not_said_is_dropped(tmp_path: Path) -> None:
    call, llm = desk(tmp_path), Told({"service": "filling"})
    call.extractor = Extractor(llm.write, "")
    call.hear("I need an appointment")
    reply = call.hear("blah blah blah")
    assert "service" not in reply.form
    assert reply.by == "code"


def test_it_is_never_asked_for_a_yes(tmp_path: Path) -> None:
    call, llm = desk(tmp_path), Told({"confirm": "yes"})
    call.extractor = Extractor(llm.write, "")
    dialogue(call, "I'd like a check-up on Thursday at 3 pm", "Anna Smith", "07700 900123")
    dialogue(call, "mumble mumble whatever")
    assert booked(call) == []


def test_the_grammar_has_no_words_but_the_callers(tmp_path: Path) -> None:
    call, llm = desk(tmp_path), Told({"service": ""})
    call.extractor = Extractor(llm.write, "")
    dialogue(call, "I need an appointment", "blue green")
    (brief,) = llm.briefs
    assert brief.schema is not None
    assert brief.schema["properties"]["service"]["enum"] == ["", "blue", "blue green", "green"]
    assert brief.tools == ()


@pytest.mark.parametrize(("span", "name"), [("my wife", None), ("Theodora Quillfeather", "Theodora Quillfeather")])
def test_what_is_written_small_is_no_name(tmp_path: Path, span: str, name: str | None) -> None:
    words = "That one my wife would know, ask for Theodora Quillfeather"
    premises = replace(desk(tmp_path).premises(), extractor=Extractor(Told({"name": span}).write, ""))
    found = extracted(words, CallState("book", asked="name"), premises)
    assert (found.values["name"].value if found else None) == name

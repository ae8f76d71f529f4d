"""Answers in the form that a client asks for: ended by its own stops, chosen by its own top_p, JSON of its schema."""

from __future__ import annotations

import pytest
from test_writer import CALL, LIGHT, TIMER, ScriptedLlm, brief, kinds, parts_of, said, text_of

from edge_agent.errors import EngineError
from edge_agent.think.brief import CallBegun, Message, Text

CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
RESULT = (said("Where?"), Message("c", "call", CALL), Message("r", "result", "Paris"))


def text_said(parts):
    return "".join(part.text for part in parts if isinstance(part, Text))


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("One. Two. END Three.", "One. Two. "),
        ("One.\n\nTwo.", "One."),
        ("One. EN D.", "One. EN D."),
        ('{ "name": END', '{ "name": '),
    ],
)
def test_a_stop_ends_the_text_and_is_no_part_of_it(written, told):
    parts = parts_of(ScriptedLlm(written), brief(spoken=False, stop=("END", "\n\n")))
    assert (text_said(parts), parts[-1].reason) == (told, "stop")


def test_a_stop_is_no_call_and_a_call_is_no_stop():
    asked = brief(spoken=False, stop=("END",), tools=(TIMER,), parallel=False)
    assert not any(isinstance(part, CallBegun) for part in parts_of(ScriptedLlm("Sure. END <tool_call>"), asked))
    called = parts_of(ScriptedLlm("<tool_call> END", ' "set_timer"', '{"minutes": 5}'), asked)
    assert kinds(called)[-3:] == ["set_timer", '{"minutes": 5}', "stop"]


def test_top_p_is_that_of_the_brief():
    llm = ScriptedLlm("Fine.", "Fine.")
    parts_of(llm, brief(spoken=False, top_p=0.3))
    parts_of(llm, brief(spoken=False))
    assert llm.top_ps == [0.3, None]


def test_an_answer_with_a_schema_is_held_to_its_grammar():
    llm = ScriptedLlm('{"city": "Paris"}')
    parts = parts_of(llm, brief(spoken=False, schema=CITY))
    assert text_said(parts) == '{"city": "Paris"}'
    assert "city" in llm.grammars[0]
    assert "tool_call" not in llm.grammars[0]


def test_an_answer_with_a_schema_may_be_a_call_instead():
    llm = ScriptedLlm("<tool_call>", ' "set_light"', '{"on": true}')
    parts = parts_of(llm, brief(spoken=False, schema=CITY, tools=(TIMER, LIGHT), parallel=False))
    assert 'root ::= "<tool_call>" |' in llm.grammars[0]
    assert kinds(parts) == ["set_light", '{"on": true}', "stop"]


def test_after_a_result_json_that_was_asked_for_may_begin_and_no_words_are_asked_for():
    llm = ScriptedLlm('{"city": "Paris"}')
    parts = parts_of(llm, brief(*RESULT, spoken=False, schema=CITY))
    assert text_said(parts) == '{"city": "Paris"}'
    assert llm.not_first[0] == ""
    assert "words" not in text_of(llm.prompts[0])


@pytest.mark.parametrize("schema", [{"type": "array"}, {"$ref": "#"}, {"type": "string"}])
def test_a_schema_that_cannot_be_used_fails_before_a_word(schema):
    llm = ScriptedLlm("{}")
    with pytest.raises(EngineError, match="JSON schema"):
        parts_of(llm, brief(spoken=False, schema=schema))
    assert llm.prompts == []

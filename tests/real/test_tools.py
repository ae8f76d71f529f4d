"""Calls of tools with a real model: whatever a grammar allows it to write is JSON, and no schema ends the process."""

import json

import pytest
from jsonschema import Draft202012Validator
from tiers import fast_first

from edge_agent import build
from edge_agent.config import load
from edge_agent.errors import EngineError
from edge_agent.think.brief import Brief, CallArguments, CallBegun, CallDone, Message, Tool, Written

pytestmark = pytest.mark.model

SETTINGS = load({"models": {"profile": "tiny"}})


@pytest.fixture(scope="module")
def writer():
    made = build.writer(SETTINGS, build.choose_one(SETTINGS, "llm"))
    yield made
    made._llm.worker.close()


def call(writer, parameters, **more):
    tool = Tool("do_it", "Do what the user says.", parameters)
    brief = Brief("a", "Be brief.", (Message("u", "user", "Do it, please."),), (tool,), "do_it", parallel=False, **more)
    return list(writer.write(brief))


SCHEMAS = [
    {"type": "object", "properties": {"n": {"type": "integer", "minimum": 3, "maximum": 5}}, "required": ["n"]},
    {},
    {
        "type": "object",
        "properties": {
            "space": {"enum": ["grün", "a | b", "["]},
            "root": {"type": ["boolean", "null"]},
            "char": {"type": "array", "items": {"enum": [1, 2]}, "minItems": 1, "maxItems": 2},
            "a b": {"anyOf": [{"const": "x"}, {"type": "object", "properties": {"y": {"type": "boolean"}}}]},
        },
        "required": ["space", "root", "char", "a b"],
    },
]


@pytest.mark.parametrize("parameters", fast_first(SCHEMAS, 1))
@pytest.mark.parametrize("temperature", fast_first([1.5, 0.0], 1))
def test_what_the_grammar_allows_fits_the_schema(writer, parameters, temperature):
    begun, *deltas, done, written = call(writer, parameters, temperature=temperature)
    assert (begun, written.reason) == (CallBegun("do_it"), "stop")
    assert isinstance(done, CallDone)
    assert "".join(delta.delta for delta in deltas) == done.arguments
    Draft202012Validator(parameters).validate(json.loads(done.arguments))


def test_a_call_that_is_cut_has_no_end(writer):
    text = {"type": "object", "properties": {"x": {"type": "string", "minLength": 60}}, "required": ["x"]}
    *parts, written = call(writer, text, max_tokens=25)
    assert all(isinstance(part, CallBegun | CallArguments) for part in parts)
    assert isinstance(written, Written)
    assert written.reason == "length"


@pytest.mark.parametrize("grammar", ["root ::= root", 'root ::= "a', "root ::= other", 'other ::= "a"'])
def test_what_is_no_grammar_is_refused_and_the_process_lives(writer, grammar):
    with pytest.raises(EngineError, match="grammar"):
        writer._llm.check(grammar)


def test_a_prompt_in_place_costs_nothing_when_a_tool_is_named(writer):
    first, second = call(writer, SCHEMAS[0])[-1], call(writer, SCHEMAS[0])[-1]
    assert first.usage.prompt == second.usage.prompt
    assert second.usage.cached == second.usage.prompt

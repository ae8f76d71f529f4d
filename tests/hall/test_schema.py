"""Schemas of tools: what is read of them, what is refused, and that a grammar comes of whatever is read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.errors import EngineError
from edge_agent.schema import MOST_PARTS, arguments_schema
from edge_agent.think.grammar import arguments_grammar, names_grammar


def of(**properties):
    return {"type": "object", "properties": properties, "required": list(properties)}


def nested(levels):
    schema = {"type": "string"}
    for _ in range(levels):
        schema = of(inner=schema)
    return schema


@pytest.mark.parametrize(
    ("member", "read"),
    [
        ({"type": "string", "description": "x", "format": "email"}, {"type": "string"}),
        ({"type": "integer", "minimum": 1, "maximum": 3}, {"enum": [1, 2, 3]}),
        ({"type": "integer", "minimum": 1, "maximum": 10**9}, {"type": "integer", "minimum": 1, "maximum": 10**9}),
        ({"const": "on"}, {"enum": ["on"]}),
        ({"type": ["string", "null"]}, {"anyOf": [{"type": "string"}, {"type": "null"}]}),
        ({"enum": ["grün", 2, None]}, {"enum": ["grün", 2, None]}),
        ({"type": "string", "maxLength": 10**6, "pattern": "(a+)+$"}, {"type": "string"}),
        ({"type": "array", "items": {"type": "number"}}, {"type": "array", "items": {"type": "number"}}),
        ({"allOf": [{"type": "boolean"}]}, {"type": "boolean"}),
        ({"items": {"type": "null"}}, {"type": "array", "items": {"type": "null"}}),
    ],
)
def test_what_is_read_of_a_member(member, read):
    assert arguments_schema(of(x=member))["properties"]["x"] == read


def test_references_are_put_in_place():
    schema = {**of(a={"$ref": "#/$defs/room"}), "$defs": {"room": {"enum": ["hall"]}}}
    assert arguments_schema(schema)["properties"] == {"a": {"enum": ["hall"]}}


@pytest.mark.parametrize("nothing", [{}, {"type": "object"}, {"type": "object", "properties": {}}])
def test_a_tool_without_parameters_takes_an_empty_object(nothing):
    assert arguments_schema(nothing) == {"type": "object", "properties": {}}
    assert "root ::=" in arguments_grammar(arguments_schema(nothing))


HOSTILE = {
    "deep": nested(500),
    "huge enumeration": of(x={"enum": list(range(MOST_PARTS + 1))}),
    "wide": of(**{f"p{i}": {"type": "string"} for i in range(MOST_PARTS + 1)}),
    "refers to itself": {"$ref": "#"},
    "cycle": {**of(a={"$ref": "#/$defs/a"}), "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}},
    "tree": {**of(a={"$ref": "#/$defs/n"}), "$defs": {"n": of(l={"$ref": "#/$defs/n"}, r={"$ref": "#/$defs/n"})}},
    "from the network": of(x={"$ref": "https://example.com/schema.json"}),
    "refers to nothing": of(x={"$ref": "#/$defs/none"}),
    "quote in a name": of(**{'a" | "b': {"type": "string"}}),
    "line break in a name": of(**{"a\nroot ::= x": {"type": "string"}}),
    "quote in a value": of(x={"enum": ['say "hi"']}),
    "beyond the plane": of(x={"enum": ["\U0001f600"]}),
    "not a number": of(x={"enum": [float("nan")]}),
    "long value": of(x={"enum": ["a" * 10_000]}),
    "no schema": of(x="string"),
    "unknown type": of(x={"type": "strin"}),
    "type is a dict": of(x={"type": {}}),
    "no object": {"type": "array", "items": {}},
    "any of": {"anyOf": [of(), of()]},
    "empty enumeration": of(x={"enum": []}),
    "no type": of(x={"type": []}),
    "required is no list": {"type": "object", "properties": {}, "required": 3},
    "all of two": of(x={"allOf": [{}, {}]}),
}


@pytest.mark.parametrize("schema", HOSTILE.values(), ids=HOSTILE)
def test_what_no_grammar_can_hold_is_refused_in_words(schema):
    with pytest.raises(EngineError, match="schema"):
        arguments_schema(schema)


leaves = st.sampled_from(
    [{"type": "string"}, {"type": "integer", "minimum": 0, "maximum": 9}, {"enum": ["a", "ü"]}, {}, {"type": "array"}]
)
names = st.text("abc-_ ::=[]{}()|?*+.é", min_size=1, max_size=8)
schemas = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(of).flatmap(lambda _: st.dictionaries(names, inner, max_size=4).map(lambda ps: of(**ps))),
        inner.map(lambda each: {"type": "array", "items": each, "maxItems": 3}),
        st.lists(inner, min_size=1, max_size=3).map(lambda many: {"anyOf": many}),
    ),
    max_leaves=8,
)


@given(st.dictionaries(names, schemas, max_size=4))
def test_whatever_is_read_becomes_a_grammar(properties):
    grammar = arguments_grammar(arguments_schema(of(**properties)))
    assert grammar.count("\nroot ::=") + grammar.startswith("root ::=") == 1


@pytest.mark.parametrize("required", [[["a"], {}, 3, "a", "a"], ["a"] * 10_000])
def test_what_is_required_is_the_name_of_a_member_once(required):
    read = arguments_schema({"type": "object", "properties": {"a": {}}, "required": required})
    assert read["required"] == ["a"]


def test_a_schema_of_any_size_is_given_up_after_its_first_parts():
    class Names(dict):
        def items(self):
            for n in range(10**9):
                assert n <= MOST_PARTS
                yield f"p{n}", {}

    with pytest.raises(EngineError, match="too large"):
        arguments_schema({"type": "object", "properties": Names()})


def test_a_member_that_looks_like_a_reference_is_refused_in_words():
    with pytest.raises(EngineError, match="schema"):
        arguments_grammar(arguments_schema(of(**{"$ref": {"type": "string"}, "x": {"type": "string"}})))


def test_strings_hold_no_bare_line_breaks():
    line = next(line for line in arguments_grammar(of(x={"type": "string"})).splitlines() if line.startswith("char"))
    assert r"\x00-\x1F" in line


def test_names_stand_in_quotes():
    assert names_grammar(["a", "b"]) == 'root ::= " "? "\\"" ("a" | "b") "\\""'
